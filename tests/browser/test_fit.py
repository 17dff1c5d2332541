"""What stands on a phone is in its place: labels in one piece, deadlines legible, what belongs together together."""

import re

import pytest

from tests.browser.walking import choose, sign_in, width_of
from tests.support.browsers import PHONE

SMALL = {**PHONE, "viewport": {"width": 320, "height": 700}}
LINES = """node => {
  const range = document.createRange();
  range.selectNodeContents(node);
  return new Set([...range.getClientRects()].map(box => Math.round(box.top))).size;
}"""


@pytest.mark.parametrize("language", ["zh-Hant", "zh-Hans", "en"])
def test_no_label_of_the_bar_breaks_in_large_text(demo, new_page, language):
    page = new_page(**SMALL)
    sign_in(page, demo.origin, "吴越")
    page.goto(f"{demo.origin}/personas?lang={language}&care=1")
    page.goto(f"{demo.origin}/goods?q=龙井")
    page.goto(demo.origin + page.locator("a.product").first.get_attribute("href"))
    labels = page.locator(".sticky-bar .button span")
    assert labels.count() == 3
    assert [label.evaluate(LINES) for label in labels.all()] == [1, 1, 1]
    assert len({label.bounding_box()["y"] for label in labels.all()}) == 1
    assert width_of(page) == 320


def test_a_deadline_is_not_squeezed_beside_buttons(demo, new_page):
    page = new_page(**SMALL)
    sign_in(page, demo.origin, "林晓")
    page.goto(f"{demo.origin}/personas?lang=zh-Hant&care=1")
    page.goto(f"{demo.origin}/orders")
    told = page.locator(".dialog-actions .grow")
    assert told.count() > 1
    assert max(one.evaluate(LINES) for one in told.all()) <= 3


def test_what_comes_next_is_not_squeezed_beside_the_timer(demo, new_page):
    page = new_page(**SMALL)
    sign_in(page, demo.origin, "Lin Xiao", language="en")
    choose(page, demo.origin, "Narrow celadon vase", "celadon", "Buy")
    page.get_by_role("button", name="Place the order").click()
    page.wait_for_url(re.compile("/pay/"))  # so the deal touched last has a timer
    page.goto(f"{demo.origin}/deals/latest?lang=en")
    assert page.locator(".small-deal form button").count() == 1
    assert page.locator(".small-deal p.grow").evaluate(LINES) <= 4


def test_what_belongs_to_a_price_stands_beside_it(demo, new_page):
    page = new_page(**PHONE)
    sign_in(page, demo.origin, "吴越")
    page.goto(f"{demo.origin}/goods?q=龙井")
    page.locator("a.product").first.click()
    price, more = (page.locator("main .card").first.locator(which).bounding_box() for which in (".price", ".from"))
    assert 0 <= more["x"] - (price["x"] + price["width"]) <= 16


def test_a_line_of_the_cart_keeps_its_buttons_in_one_row(demo, new_page):
    page = new_page(**PHONE)
    sign_in(page, demo.origin, "孙禾")
    choose(page, demo.origin, "明前龙井绿茶", "龙井", "加购物车")
    page.goto(f"{demo.origin}/cart")
    change, amount = page.get_by_role("button", name="修改").bounding_box(), page.locator(".stepper").bounding_box()
    assert abs(change["y"] - amount["y"]) < 12
    bin_, title = page.get_by_role("button", name="移除").bounding_box(), page.locator(".line a").bounding_box()
    assert bin_["y"] < title["y"] + title["height"], "taking a line out stands beside its name"
    assert bin_["x"] >= title["x"] + title["width"]
    page.get_by_role("button", name="移除").click()
    page.get_by_text("购物车是空的").wait_for()


def test_quotation_marks_of_english_are_as_wide_as_its_letters(demo, new_page):
    page = new_page(**PHONE)
    page.goto(f"{demo.origin}/goods?q=nothing-like-it&lang=en")
    wide = """() => {
      const mark = document.createElement("span");
      mark.textContent = "\\u201c";
      document.querySelector("main p").append(mark);
      return mark.getBoundingClientRect().width / parseFloat(getComputedStyle(mark).fontSize);
    }"""
    assert page.evaluate(wide) < 0.7


def test_with_letters_twice_as_large_nothing_is_cut_off(demo, new_page):
    page = new_page(**{**PHONE, "viewport": {"width": 195, "height": 422}})  # a phone of 390 px, zoomed to 200 %
    sign_in(page, demo.origin, "林晓")
    page.goto(f"{demo.origin}/personas?lang=en")
    strips = ".tabs, .pills, .shop-row, .gallery-strip, .unseen"  # these scroll by themselves
    cut = """(strips) => [...document.querySelectorAll("main *")].filter((one) => {
      const box = one.getBoundingClientRect();
      return box.width > 1 && box.height > 1 && box.right > innerWidth + 1 && !one.closest(strips);
    }).map((one) => one.outerHTML.slice(0, 120))"""
    found = {}
    for where in ["inbox", "me", "me/sessions", "me/addresses", "orders", "gifts", "shops", "friends", "goods"]:
        page.goto(f"{demo.origin}/{where}")
        if wrong := page.evaluate(cut, strips):
            found[where] = wrong[:3]
    assert found == {}
