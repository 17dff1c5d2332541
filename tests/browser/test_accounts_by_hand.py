"""Accounts by hand: register, sign out, recover, sign in; and a gift that a guest takes with nothing but a phone."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.walking import choose, fits, pay, sign_in
from tests.support.browsers import PHONE

PASSWORD, ANOTHER = "a sentence that is long", "another long sentence"
ADDRESS = {"Recipient": "Simulated Guest", "Phone": "+86 190 0000 0042", "Street and number": "Market Road 42"}


def code_for(page: Page, origin: str, login: str) -> str:
    """The code of the newest letter to this login, from the demo's outbox in a tab of its own."""
    outbox = page.context.new_page()
    outbox.goto(f"{origin}/outbox")
    text = outbox.locator("article", has_text=login).first.inner_text()
    outbox.close()
    return re.search(r"\b\d{6}\b", text).group()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_register_sign_out_recover_sign_in(demo, new_page, guard, scripts):
    mail = f"simulated{int(scripts)}@example.com"
    page = new_page(viewport={"width": 320, "height": 640}, java_script_enabled=scripts)
    page.goto(f"{demo.origin}/sign-in?lang=en")
    if scripts:
        fits(page)
    page.get_by_role("link", name="Register").click()
    page.get_by_label("E-mail address or phone").fill(mail)
    page.get_by_role("button", name="Send the code").click()
    if scripts:
        fits(page)
    page.get_by_label("Code", exact=True).fill(code_for(page, demo.origin, mail))
    page.get_by_label("What we may call you").fill("Simulated Person")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    expect(page.locator("main")).to_contain_text("Simulated Person")
    for name in ("Account and password", "Where you are signed in", "Invitations to work"):
        page.goto(f"{demo.origin}/me")
        page.get_by_role("link", name=name).click()
        if scripts:
            fits(page)
    page.goto(f"{demo.origin}/me")
    page.get_by_role("button", name="Sign out").click()

    page.goto(f"{demo.origin}/me/account")
    page.get_by_role("link", name="Forgotten the password?").click()
    page.get_by_label("E-mail address or phone").fill(mail)
    page.get_by_role("button", name="Send the code").click()
    page.get_by_label("Code", exact=True).fill(code_for(page, demo.origin, mail))
    page.get_by_label("Password").fill(ANOTHER)
    page.get_by_role("button", name="Go on").click()
    expect(page).to_have_url(re.compile("/me/account$"))
    page.goto(f"{demo.origin}/me")
    page.get_by_role("button", name="Sign out").click()

    page.goto(f"{demo.origin}/sign-in")
    guard.allow(422)
    for password in (PASSWORD, ANOTHER):
        page.get_by_label("E-mail address or phone").fill(mail)
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.locator("main")).to_contain_text("Simulated Person")


def test_a_guest_takes_a_gift(demo, new_page):
    giver, guest = new_page(**PHONE), new_page(**PHONE)
    sign_in(giver, demo.origin, "Wu Yue", "en")
    choose(giver, demo.origin, "Narrow celadon vase", "celadon", "Gift")
    giver.get_by_role("button", name="Pay and get the link").click()
    pay(giver, "Go to the cashier", "^Pay")
    giver.get_by_role("link", name="To the gift link").click()
    link = giver.locator(".link-box [data-copy]").get_attribute("data-copy")

    guest.goto(f"{link}?lang=en")
    guest.get_by_role("link", name="Open it").click()
    fits(guest)
    guest.get_by_label("Phone").fill("+86 190 0000 0042")
    guest.get_by_role("button", name="Accept as a guest").click()
    fits(guest)
    guest.get_by_label("Code", exact=True).fill(code_for(guest, demo.origin, "+8619000000042"))
    guest.get_by_role("button", name="Go on").click()
    guest.get_by_role("link", name="Add an address").click()
    for label, value in ADDRESS.items():
        guest.get_by_label(label).fill(value)
    guest.get_by_label("Region").select_option("CN-BJ")
    guest.get_by_role("button", name="Save the address").click()
    guest.get_by_role("button", name="Accept the gift").click()
    expect(guest.locator("main")).to_contain_text("Market Road 42")
    giver.reload()
    assert "Market Road 42" not in giver.locator("body").inner_text()


def test_a_shop_s_team(demo, new_page):
    keeper = new_page(viewport={"width": 320, "height": 640})
    keeper.goto(f"{demo.origin}/personas?lang=en")
    keeper.locator(".persona", has_text=re.compile("shop|Kiln|Tea|Paper", re.IGNORECASE)).first.click()
    keeper.wait_for_url(re.compile("/desk/"))
    keeper.goto(f"{re.match('.*/desk/[0-9A-Z]+', keeper.url).group()}/team")
    keeper.get_by_label("Orders").first.check()
    keeper.get_by_role("button", name="Invite").click()
    expect(keeper.locator(".link-box")).to_contain_text("/invitations/")
    fits(keeper)
