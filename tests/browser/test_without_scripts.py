"""A shelf order without JavaScript: every button is a form or a link, so it goes through all the same."""

from playwright.sync_api import expect

from tests.browser.walking import pay, sign_in
from tests.support.browsers import PHONE


def test_a_shelf_order_is_placed_and_paid(demo, new_page):
    page = new_page(**PHONE, java_script_enabled=False)
    sign_in(page, demo.origin, "林晓")
    page.goto(f"{demo.origin}/goods?q=龙井")
    page.get_by_role("link", name="明前龙井绿茶").first.click()
    page.locator(".sticky-bar").get_by_role("link", name="购买").click()
    sheet = page.locator("#sku")
    expect(sheet).to_be_visible()
    for axis in sheet.get_by_role("group").all():
        if axis.get_by_role("radio").count():
            axis.locator("label").first.click()
    sheet.get_by_role("button", name="购买", exact=True).click()
    page.get_by_role("button", name="提交订单").click()
    page.wait_for_url("**/pay/orders/*")
    pay(page, "前往收银台", "确认支付")
    again = page.get_by_role("link", name="再看一次")
    for _ in range(200):  # a page without scripts does not follow by itself: the person looks again
        if not again.count():
            break
        again.click()
    expect(page.get_by_role("heading", name="已付款")).to_be_visible()


def test_what_was_bought_is_bought_again(demo, new_page):
    page = new_page(**PHONE, java_script_enabled=False)
    sign_in(page, demo.origin, "林晓")
    page.goto(f"{demo.origin}/orders?tab=done")
    page.get_by_role("button", name="再买一次").first.click()
    page.wait_for_url("**/cart?again=*")
    expect(page.get_by_role("status").first).to_contain_text("已加入购物车")
    expect(page.locator("main .line")).not_to_have_count(0)
    page.get_by_role("link", name="去结算").click()
    expect(page.get_by_role("button", name="提交订单")).to_be_visible()
