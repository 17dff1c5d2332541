"""A gift by hand: two people in two browsers; the giver never sees the address, the recipient never the price."""

import pytest
from playwright.sync_api import expect

from tests.browser.walking import choose, expect_state, failed_rules, pay, sign_in
from tests.support.browsers import CONSOLE, PHONE

WORDS = {
    "zh-Hans": {
        "giver": "林晓",
        "friend": "周雨",
        "goods": "小口花瓶",
        "search": "花瓶",
        "gift": "送礼",
        "note": "写给朋友的话",
        "buy": "付款并生成礼物链接",
        "cashier": "前往收银台",
        "confirm": "确认支付",
        "link": "去复制礼物链接",
        "open": "打开礼物",
        "sign_in": "登录并收下",
        "accept": "收下礼物",
        "to_ship": "待发货",
        "offered": "等待收下",
    },
    "en": {
        "giver": "Wu Yue",
        "friend": "Zhou Yu",
        "goods": "Narrow celadon vase",
        "search": "celadon",
        "gift": "Gift",
        "note": "A note",
        "buy": "Pay and get the link",
        "cashier": "Go to the cashier",
        "confirm": "^Pay",
        "link": "To the gift link",
        "open": "Open it",
        "sign_in": "Sign in and accept",
        "accept": "Accept the gift",
        "to_ship": "To ship",
        "offered": "Waits to be accepted",
    },
}


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_one_gives_the_other_accepts(demo, new_page, language):
    words = WORDS[language]
    giver, friend, watcher = new_page(**PHONE), new_page(**PHONE), new_page(**CONSOLE)
    sign_in(giver, demo.origin, words["giver"], language)
    choose(giver, demo.origin, words["goods"], words["search"], words["gift"])
    giver.get_by_label(words["note"]).fill("来喝杯茶")
    assert failed_rules(giver) == []
    giver.get_by_role("button", name=words["buy"]).click()
    pay(giver, words["cashier"], words["confirm"])
    giver.get_by_role("link", name=words["link"]).click()
    link = giver.locator(".link-box [data-copy]").get_attribute("data-copy")
    assert failed_rules(giver) == []
    watcher.goto(f"{demo.origin}/deals/{link.split('/')[-2]}?lang={language}")
    expect(watcher.locator(".machine").nth(1).locator("[aria-current=step]")).to_contain_text(words["offered"])

    friend.goto(f"{link}?lang={language}")
    expect(friend.locator("blockquote")).to_have_text("来喝杯茶")
    assert failed_rules(friend) == []
    friend.get_by_role("link", name=words["open"]).click()
    assert "¥" not in friend.locator("main").inner_text()
    friend.get_by_role("link", name=words["sign_in"]).click()
    friend.get_by_role("button", name=words["friend"]).click()
    assert failed_rules(friend) == []
    _, _, street = friend.locator(".choice > span").first.inner_text().partition("\n")
    friend.get_by_role("button", name=words["accept"]).click()
    expect_state(watcher, words["to_ship"])
    expect(friend.locator("main")).to_contain_text(street)
    for path in ("gifts", "orders"):
        giver.goto(f"{demo.origin}/{path}/{link.split('/')[-2]}")
        assert street not in giver.locator("body").inner_text()
