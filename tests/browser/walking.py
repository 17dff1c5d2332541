"""How a person walks through the demo world with a browser: sign in, choose, pay, follow the deal."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect

expect.set_options(timeout=10_000)  # as long as the other waits: the machine may be busy
AXE = Path(__file__).resolve().parents[1] / "vendor" / "axe.min.js"


def sign_in(page: Page, origin: str, name: str, language: str = "zh-Hans") -> None:
    """Be this simulated person."""
    page.goto(f"{origin}/personas?lang={language}")
    page.get_by_role("button", name=name).first.click()
    page.wait_for_url(lambda url: "/personas" not in url)


def choose(page: Page, origin: str, title: str, search: str, button: str) -> None:
    """Find goods, open the sheet, take the first option of each kind, and press a button of the sheet."""
    page.goto(f"{origin}/goods?q={search}")
    page.get_by_role("link", name=title).first.click()
    page.locator(".sticky-bar").get_by_role("link", name=button).click()
    sheet = page.get_by_role("dialog")
    for axis in sheet.get_by_role("group").all():
        radio = axis.get_by_role("radio")
        if radio.count():
            radio.first.check()
    sheet.get_by_role("button", name=button, exact=True).click()


def pay(page: Page, cashier: str, confirm: str) -> None:
    """Go to the provider's cashier, pay, and come back."""
    page.get_by_role("link", name=cashier).click()
    page.get_by_role("button", name=re.compile(confirm)).click()
    page.wait_for_url(re.compile("/return"))


def order_id(page: Page) -> str:
    """The public id of the order whose page is open."""
    return re.search(r"/orders/([0-9A-Z]{27})", page.url).group(1)


def current_state(page: Page) -> str:
    """Where the order's machine stands on the page of a deal."""
    return page.locator(".machine").first.locator("[aria-current=step] span").first.inner_text()


def expect_state(page: Page, state: str) -> None:
    """Wait until the page of a deal shows this state by itself."""
    expect(page.locator(".machine").first.locator("[aria-current=step]")).to_contain_text(state)


def width_of(page: Page) -> int:
    """How wide the page really is, in CSS pixels; before its stylesheet has come it would be anything."""
    page.wait_for_load_state()
    return page.evaluate("document.documentElement.scrollWidth")


def failed_rules(page: Page) -> list[str]:
    """What axe finds once all that fades or slides has come to rest: half-way, colours are not what they will be.

    Run past the content policy, which forbids adding a script.
    """
    page.wait_for_load_state()
    session = page.context.new_cdp_session(page)
    session.send("Runtime.evaluate", {"expression": AXE.read_text("utf-8")})
    moving = "document.getAnimations().filter(a => a.effect.getComputedTiming().iterations !== Infinity)"
    told = "r.violations.map(v => v.id + ': ' + v.nodes.map(n => n.html).join(' '))"
    run = f"Promise.allSettled({moving}.map(a => a.finished)).then(() => axe.run()).then(r => {told})"
    answer = session.send("Runtime.evaluate", {"expression": run, "awaitPromise": True, "returnByValue": True})
    return answer["result"]["value"]


def fits(page: Page) -> None:
    """Nothing that axe finds, and nothing wider than the screen."""
    assert failed_rules(page) == [], page.url
    assert width_of(page) <= page.viewport_size["width"], page.url
