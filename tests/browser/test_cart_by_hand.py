"""The cart by hand: the way into it from a product, on the narrowest phone, by keyboard and without scripts."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.walking import failed_rules

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
        assert page.evaluate("document.documentElement.scrollWidth") <= width
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
