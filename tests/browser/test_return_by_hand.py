"""From a friend's card to money back: he shows it, she buys, gets and returns it; each sees what the other does."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.walking import choose, expect_state, failed_rules, order_id, pay, sign_in
from tests.support.browsers import CONSOLE, PHONE

WORDS = {
    "zh-Hans": {
        "friend": "吴越", "buyer": "周雨", "keeper": "罗陶", "goods": "小口花瓶", "search": "花瓶",
        "send_to": "发给好友", "send": "发送", "buy": "购买", "order": "提交订单",
        "cashier": "前往收银台", "confirm": "确认支付", "number": "运单号",
        "ship": "确认发货", "arrived": "确认收货", "claim": "退款 / 退货", "return": "退货退款",
        "why": "原因", "ask": "提交申请", "agree": "同意", "sent_back": "我已寄出", "back": "已收到退货",
        "to_ship": "待发货", "received": "已收货", "refunded": "已退款",
    },
    "en": {
        "friend": "Wu Yue", "buyer": "Zhou Yu", "keeper": "Luo Tao", "goods": "Narrow celadon vase",
        "search": "celadon", "send_to": "Send to a friend", "send": "Send", "buy": "Buy",
        "order": "Place the order", "cashier": "Go to the cashier", "confirm": "^Pay", "number": "Tracking number",
        "ship": "Send it", "arrived": "It arrived", "claim": "Refund or return", "return": "Return and refund",
        "why": "Why?", "ask": "Ask the shop", "agree": "Agree", "sent_back": "I have sent it back",
        "back": "The goods are back", "to_ship": "To ship", "received": "Received", "refunded": "Refunded",
    },
}  # fmt: skip


def show_card(friend: Page, origin: str, words: dict[str, str]) -> None:
    """Put the product's card into the chat with the buyer."""
    friend.goto(f"{origin}/goods?q={words['search']}")
    friend.get_by_role("link", name=words["goods"]).first.click()
    friend.locator(".sticky-bar").get_by_role("link", name=words["send_to"]).click()
    friend.locator(".cell", has_text=words["buyer"]).first.get_by_role("button", name=words["send"]).click()
    friend.wait_for_url(re.compile("/chats/"))


def buy_from_card(buyer: Page, origin: str, words: dict[str, str]) -> str:
    """Follow the card that hangs in the chat, order and pay; returns the order's id."""
    buyer.goto(f"{origin}/chats")
    buyer.locator(".chat-row", has_text=words["friend"]).first.click()
    buyer.locator("a.chat-card", has_text=words["goods"]).last.click()
    buyer.wait_for_url(re.compile("/goods/"))
    choose(buyer, origin, words["goods"], words["search"], words["buy"])
    buyer.get_by_role("button", name=words["order"]).click()
    pay(buyer, words["cashier"], words["confirm"])
    return re.search(r"/pay/orders/([0-9A-Z]{27})", buyer.url).group(1)


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_bought_by_a_card_and_given_back(demo, new_page, language):
    words, origin = WORDS[language], demo.origin
    friend, buyer, keeper, watcher = new_page(**PHONE), new_page(**PHONE), new_page(**CONSOLE), new_page(**CONSOLE)
    for page, name in ((friend, words["friend"]), (buyer, words["buyer"]), (keeper, words["keeper"])):
        sign_in(page, origin, name, language)
    show_card(friend, origin, words)
    order = buy_from_card(buyer, origin, words)
    watcher.goto(f"{origin}/deals/{order}?lang={language}")
    expect_state(watcher, words["to_ship"])
    expect(watcher.locator(".cells").first).to_contain_text(words["friend"])

    desk = re.search(r"/desk/[0-9A-Z]{14}", keeper.url).group(0)
    keeper.goto(f"{origin}{desk}/orders/{order}")
    keeper.get_by_label(words["number"]).fill("SF99887766")
    keeper.get_by_role("button", name=words["ship"]).click()
    buyer.goto(f"{origin}/orders/{order}")
    assert order_id(buyer) == order
    buyer.get_by_role("button", name=words["arrived"]).click()
    expect_state(watcher, words["received"])

    buyer.get_by_role("link", name=words["claim"]).first.click()
    buyer.get_by_role("radio", name=words["return"]).check()
    buyer.get_by_label(words["why"]).select_option("damaged")
    assert failed_rules(buyer) == []
    buyer.get_by_role("button", name=words["ask"]).click()
    keeper.goto(f"{origin}{desk}/orders/{order}")
    assert failed_rules(keeper) == []
    keeper.get_by_role("button", name=words["agree"], exact=True).click()
    buyer.goto(f"{origin}/orders/{order}")
    buyer.get_by_label(words["number"]).fill("SF11223344")
    buyer.get_by_role("button", name=words["sent_back"]).click()
    keeper.goto(f"{origin}{desk}/orders/{order}")
    keeper.get_by_role("button", name=words["back"]).click()
    expect(watcher.locator(".machine [aria-current=step]", has_text=words["refunded"]).first).to_be_visible()
    buyer.goto(f"{origin}/orders/{order}")
    expect(buyer.locator("main")).to_contain_text(words["refunded"])
