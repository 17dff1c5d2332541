"""A shop from its door to its first parcel: let in, sent back with a reason, mended, approved, sold, shipped."""

from playwright.sync_api import Page, expect

from tests.browser.walking import choose, fits, order_id, pay, sign_in
from tests.support.browsers import CONSOLE, PHONE

TITLE = "Bamboo tea strainer"
NARROW = {"viewport": {"width": 320, "height": 700}}


def verdict(page: Page, button: str) -> None:
    page.get_by_role("button", name=button, exact=True).click()


def test_from_the_door_to_the_first_parcel(demo, new_page):
    shop, desk, buyer = new_page(**NARROW), new_page(**CONSOLE), new_page(**PHONE)
    sign_in(shop, demo.origin, "Zhou Yu", "en")
    sign_in(desk, demo.origin, "Operator on duty", "en")
    sign_in(buyer, demo.origin, "Lin Xiao", "en")

    shop.goto(f"{demo.origin}/me")
    shop.get_by_role("link", name="Open a shop").click()
    fits(shop)
    shop.get_by_label("Name of the shop").fill("Bamboo Hall")
    shop.get_by_role("button", name="Open the shop").click()
    expect(shop.locator("main")).to_contain_text("looks at this shop first")
    fits(shop)
    base = shop.url
    desk.goto(f"{demo.origin}/operator/reviews")
    expect(desk.locator("main")).to_contain_text("Bamboo Hall")
    fits(desk)
    verdict(desk, "Let it in")

    shop.goto(f"{base}/goods/new")
    shop.get_by_label("Title", exact=True).fill("A tea")
    shop.get_by_label("Category").select_option("food.tea.green")
    shop.get_by_label("Price in yuan").fill("25")
    fits(shop)
    shop.get_by_role("button", name="Put on sale").click()
    expect(shop.locator("main")).to_contain_text("The platform looks at it")
    product = shop.url
    desk.goto(f"{demo.origin}/operator/reviews")
    desk.get_by_role("link", name="A tea").click()
    fits(desk)
    desk.get_by_text("Send it back with a reason").click()
    desk.get_by_label("Reason").select_option("category_wrong")
    desk.get_by_label("What the shop should do").fill("A strainer is no tea.")
    verdict(desk, "Send back")

    shop.goto(product)
    expect(shop.locator("main")).to_contain_text("A strainer is no tea.")
    fits(shop)
    shop.get_by_label("Title", exact=True).fill(TITLE)
    shop.get_by_label("Category").select_option("home.teaware.cup")
    shop.get_by_role("button", name="Save").click()
    shop.get_by_role("button", name="Send it in again").click()
    desk.goto(f"{demo.origin}/operator/reviews")
    desk.get_by_role("link", name=TITLE).click()
    verdict(desk, "Approve")

    choose(buyer, demo.origin, TITLE, "Bamboo", "Buy")
    buyer.get_by_role("button", name="Place the order").click()
    pay(buyer, "Go to the cashier", "^Pay")
    shop.goto(base)
    shop.locator("a.deal", has_text=TITLE).first.click()
    order = order_id(shop)
    shop.get_by_label("Tracking number").fill("SF100200300")
    shop.get_by_role("button", name="Send it").click()
    expect(shop.locator("main")).to_contain_text("On the way")
    fits(shop)
    buyer.goto(f"{demo.origin}/orders/{order}")
    expect(buyer.locator("main")).to_contain_text("SF100200300")
