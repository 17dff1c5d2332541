"""A shelf order by hand: from the product to everyone's share, while the page of the deal follows by itself."""

from playwright.sync_api import expect

from tests.browser.walking import choose, expect_state, failed_rules, order_id, pay, sign_in
from tests.support.browsers import CONSOLE, PHONE


def test_from_product_to_settled(demo, new_page):
    buyer, watcher, keeper = new_page(**PHONE), new_page(**CONSOLE), new_page(**CONSOLE)
    sign_in(buyer, demo.origin, "林晓")
    choose(buyer, demo.origin, "明前龙井绿茶", "龙井", "购买")
    assert failed_rules(buyer) == []
    buyer.get_by_role("button", name="提交订单").click()
    buyer.get_by_role("link", name="返回").click()
    order = order_id(buyer)

    watcher.goto(f"{demo.origin}/deals/{order}?lang=zh-Hans")
    expect_state(watcher, "待付款")
    buyer.get_by_role("button", name="付款").click()
    pay(buyer, "前往收银台", "确认支付")
    expect(buyer.get_by_role("heading", name="已付款")).to_be_visible()
    expect_state(watcher, "待发货")

    sign_in(keeper, demo.origin, "陈青")
    keeper.locator(f"a[href$='{order}']").click()
    keeper.get_by_label("运单号").fill("SF1234567890")
    assert failed_rules(keeper) == []
    keeper.get_by_role("button", name="确认发货").click()
    expect_state(watcher, "运输中")
    assert failed_rules(watcher) == []

    buyer.goto(f"{demo.origin}/orders/{order}")
    buyer.get_by_role("button", name="确认收货").click()
    expect_state(watcher, "已收货")
    assert watcher.url.endswith("?lang=zh-Hans")  # it has followed without being loaded again

    watcher.get_by_role("button", name="下一个定时任务").click()
    expect_state(watcher, "已完成")
    expect(watcher.locator("#share_moves")).to_contain_text("平台服务费")
    expect(watcher.locator(".proof")).not_to_contain_text("尚未")
    expect(watcher.locator("#equation")).to_contain_text("成立")
    assert watcher.get_by_role("button", name="下一个定时任务").count() == 0
