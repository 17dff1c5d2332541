"""Pictures of the pages in every language: `python -m tests.browser.screenshots [OUT]` (default var/screenshots)."""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.walking import sign_in
from tests.support.chromium import launch_options
from tests.support.server_process import ServerProcess

# name, who (by his Chinese name, "" for a guest), address or a link on the page before, width
SHOTS = (
    ("first", "", "/", 1440),
    ("first-phone", "", "/", 375),
    ("first-small", "", "/?face=deal", 320),
    ("first-left", "", "/?tour=off", 1280),
    ("latest", "", "/deals/latest", 560),
    ("deals", "", "/deals", 1280),
    ("deals-phone", "", "/deals", 375),
    ("deal", "", "/deals link:a.deal", 1280),
    ("deal-phone", "", "/deals link:a.deal", 375),
    ("gift-deal", "", "/deals?state=paid link:a.deal", 1280),
    ("pane", "", "/~linxiao/goods", 375),
    ("goods", "林晓", "/goods", 375),
    ("category", "林晓", "/goods?category=food.tea", 375),
    ("shop", "林晓", "/shops link:a.cell", 375),
    ("shops", "林晓", "/shops", 320),
    ("inbox", "林晓", "/inbox", 375),
    ("settings", "林晓", "/me/settings", 320),
    ("product", "林晓", "/goods?q=tea link:a.product", 375),
    ("orders", "林晓", "/orders", 375),
    ("order", "吴越", "/orders link:.card a.row", 320),
    ("gifts", "林晓", "/gifts", 375),
    ("me", "林晓", "/me", 320),
    ("earnings", "何苗", "/me/earnings", 375),
    ("desk", "陈青", "/desk", 1280),
    ("desk-inbox", "沈砚", "/inbox", 375),
    ("desk-goods", "陈青", "/desk link:a[href$='/goods']", 1280),
    ("desk-claims", "沈砚", "/desk link:a[href$='/claims']", 375),
    ("desk-money", "梁灯", "/desk link:a[href$='/money']", 1280),
    ("books", "平台值班员", "/operator/books", 1280),
    ("judging", "平台值班员", "/operator", 375),
    ("reviews", "平台值班员", "/operator/reviews?tab=listed", 375),
    ("review", "平台值班员", "/operator/reviews?tab=listed link:a.deal", 1280),
    ("clock", "平台值班员", "/operator/clock", 375),
    ("clock-wide", "平台值班员", "/operator/clock", 1280),
    ("account", "平台值班员", "/operator/books/accounts/provider", 375),
    ("health", "平台值班员", "/operator/health", 375),
    ("desk-orders", "陈青", "/desk link:a[href$='/orders']", 375),
    ("desk-product", "陈青", "/desk link:a[href$='/goods'] link:a.deal", 375),
    ("desk-new", "陈青", "/desk/new", 375),
)
LOOKS = (("zh-Hans", "light"), ("en", "dark"), ("zh-Hant", "light"))


def open_at(page: Page, origin: str, where: str) -> None:
    """Open an address, then follow the links named after it."""
    first, *links = where.split(" link:") if not where.startswith("link:") else ["/deals", where.removeprefix("link:")]
    page.goto(origin + first)
    for link in links:
        page.goto(origin + page.locator(link).first.get_attribute("href"))


def take(browser: Browser, origin: str, out: Path) -> int:
    """Every shot in every look; returns how many."""
    for language, theme in LOOKS:
        for name, who, where, width in SHOTS:
            context = browser.new_context(viewport={"width": width, "height": 812 if width < 700 else 900})
            page = context.new_page()
            if who:
                sign_in(page, origin, who)
            page.goto(f"{origin}/personas?lang={language}&theme={theme}")
            open_at(page, origin, where)
            page.locator("main").wait_for()
            page.screenshot(path=out / f"{name}.{language}.{theme}.png", full_page=True)
            context.close()
    return len(LOOKS) * len(SHOTS)


def main(arguments: list[str]) -> int:
    """Start the demo on a file of its own, take the pictures, stop."""
    out = Path(arguments[0] if arguments else "var/screenshots")
    out.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        ServerProcess(Path(folder)) as server,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(**launch_options())
        print(f"{take(browser, server.origin, out)} pictures in {out}")
        browser.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
