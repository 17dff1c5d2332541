"""The cart by hand: the way into it from a product, on the narrowest phone, by keyboard and without scripts."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.walking import failed_rules, width_of

WORDS = {
    "zh-Hans": {"goods": "小口花瓶", "search": "花瓶", "bar": ["加购物车", "送礼", "购买"]},
    "zh-Hant": {"goods": "小口花瓶", "search": "花瓶", "bar": ["加購物車", "送禮", "購買"]},
    "en": {"goods": "Narrow celadon vase", "search": "celadon", "bar": ["To cart", "Gift", "Buy"]},
}


def open_goods(page: Page, origin: str, language: str) -> dict:
    """The page of a product that can be a gift."""
    words = WORDS[language]
    page.goto(f"{origin}/goods?lang={language}&q={words['search']}")
    page.get_by_role("link", name=words["goods"]).first.click()
    page.wait_for_url("**/goods/*")
    return words


@pytest.mark.parametrize("language", sorted(WORDS))
@pytest.mark.parametrize("width", [320, 375])
def test_the_bar_of_a_product_leads_to_the_cart(demo, new_page, language, width):
    page = new_page(viewport={"width": width, "height": 812})
    words = open_goods(page, demo.origin, language)
    bar = page.locator(".sticky-bar")
    assert [link.inner_text() for link in bar.locator(".button").all()] == words["bar"]
    for care in ("", "on"):
        page.evaluate("care => document.documentElement.toggleAttribute('data-care', care)", bool(care))
        assert width_of(page) <= width
        for one in bar.locator("a").all():
            box = one.bounding_box()
            assert box["x"] >= 0 and box["x"] + box["width"] <= width and box["height"] >= 44
            assert one.evaluate("a => a.scrollWidth <= a.clientWidth + 1"), "the label fits its button"
        assert len({one.bounding_box()["height"] for one in bar.locator(".button").all()}) == 1, "no label is broken"
    page.evaluate("document.documentElement.removeAttribute('data-care')")
    bar.get_by_role("link", name=words["bar"][0]).focus()
    page.keyboard.press("Enter")
    sheet = page.get_by_role("dialog")
    expect(sheet.get_by_role("button", name=words["bar"][0])).to_be_visible()
    assert failed_rules(page) == []


def test_the_way_to_the_cart_needs_no_script(demo, new_page):
    page = new_page(viewport={"width": 320, "height": 812}, java_script_enabled=False)
    words = open_goods(page, demo.origin, "en")
    page.locator(".sticky-bar").get_by_role("link", name=words["bar"][0]).click()
    expect(page.locator("#sku").get_by_role("button", name=words["bar"][0])).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_visitor_fills_a_cart_and_goes_on_with_it_at_the_checkout(demo, new_page, scripts):
    page = new_page(viewport={"width": 375, "height": 812}, java_script_enabled=scripts)
    words = open_goods(page, demo.origin, "en")
    page.locator(".sticky-bar").get_by_role("link", name=words["bar"][0]).click()
    sheet = page.locator("#sku")
    for axis in sheet.locator("[data-axis]").all():
        axis.get_by_role("radio").first.check()
    sheet.get_by_role("button", name=words["bar"][0]).click()
    page.wait_for_url("**/cart")
    line = page.locator(".line", has_text=words["goods"])
    expect(line).to_have_count(1)
    expect(page.locator(".notice")).to_contain_text("sign in")
    if scripts:
        assert failed_rules(page) == []
    page.get_by_role("link", name="Check out").click()
    page.wait_for_url("**/sign-in?next=%2Fcheckout")
    page.get_by_role("button", name="Sun He").click()
    page.wait_for_url("**/checkout")
    expect(page.locator("main")).to_contain_text(words["goods"])
    page.get_by_role("button", name="Place the order").click()
    page.wait_for_url("**/pay/**")
    page.goto(f"{demo.origin}/cart")
    expect(page.locator("main")).to_contain_text("Your cart is empty")
