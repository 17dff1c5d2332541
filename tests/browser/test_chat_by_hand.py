"""Chat by hand: two people at once; a card leads to the goods with a touch, a gift is accepted in the chat."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.walking import choose, failed_rules, pay, sign_in
from tests.support.browsers import PHONE

# The demo itself shows a gift between 林晓 and 周雨; nobody has one to open between these two.
WORDS = {
    "zh-Hans": {
        "giver": "吴越", "friend": "周雨", "goods": "小口花瓶", "search": "花瓶", "gift": "送礼",
        "note": "写给朋友的话",
        "buy": "付款并生成礼物链接", "cashier": "前往收银台", "confirm": "确认支付", "link": "去复制礼物链接",
        "send_to": "发给好友", "send": "发送", "message": "消息", "open": "拆开礼物", "accept": "收下礼物",
        "accepted": "已收下", "chats": "聊天",
    },
    "en": {
        "giver": "Wu Yue", "friend": "Zhou Yu", "goods": "Narrow celadon vase", "search": "celadon", "gift": "Gift",
        "note": "A note", "buy": "Pay and get the link", "cashier": "Go to the cashier", "confirm": "^Pay",
        "link": "To the gift link", "send_to": "Send to a friend", "send": "Send", "message": "Message",
        "open": "Open the gift", "accept": "Accept the gift", "accepted": "Accepted", "chats": "Chats",
    },
}  # fmt: skip


def enter_chat(page, origin, words, name):
    """From the tab bar to the conversation with a friend."""
    page.goto(f"{origin}/goods")
    page.locator(".tabbar").get_by_role("link", name=words["chats"]).click()
    page.locator(".chat-row", has_text=name).first.click()
    page.wait_for_url(re.compile("/chats/[0-9A-Z]{14}"))


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_words_a_card_and_a_gift_between_two(demo, new_page, language):
    words = WORDS[language]
    giver, friend = new_page(**PHONE), new_page(**PHONE)
    sign_in(giver, demo.origin, words["giver"], language)
    sign_in(friend, demo.origin, words["friend"], language)
    assert_no_rules = [failed_rules(giver)]
    enter_chat(giver, demo.origin, words, words["friend"])
    enter_chat(friend, demo.origin, words, words["giver"])
    assert_no_rules += [failed_rules(giver), failed_rules(friend)]

    said = f"<b>{language}</b> hello"
    giver.get_by_label(words["message"], exact=True).fill(said)
    giver.get_by_label(words["message"], exact=True).press("Enter")
    expect(friend.locator(".bubble").last).to_have_text(said)
    expect(giver.locator(".bubble").last).to_have_text(said)
    expect(giver.get_by_label(words["message"], exact=True)).to_have_value("")
    friend.get_by_label(words["message"], exact=True).fill("again")
    friend.get_by_role("button", name=words["send"]).click()
    expect(giver.locator(".bubble").last).to_have_text("again")

    giver.goto(f"{demo.origin}/goods?q={words['search']}")
    giver.get_by_role("link", name=words["goods"]).first.click()
    giver.locator(".sticky-bar").get_by_role("link", name=words["send_to"]).click()
    assert_no_rules.append(failed_rules(giver))
    row = giver.locator(".cell", has_text=words["friend"]).first
    row.get_by_role("button", name=words["send"]).click()
    card = friend.locator("a.chat-card", has_text=words["goods"]).last
    expect(card).to_be_visible()
    assert re.fullmatch(r"/t/[0-9A-Z]{27}/[0-9A-Z]{14}/chat\.card\.\d+\.[0-9a-f]{32}", card.get_attribute("href"))
    assert_no_rules.append(failed_rules(friend))
    room = friend.url
    card.click()
    friend.wait_for_url(re.compile("/goods/"))
    friend.goto(room)

    choose(giver, demo.origin, words["goods"], words["search"], words["gift"])
    giver.get_by_label(words["note"]).fill("来喝杯茶")
    giver.get_by_role("button", name=words["buy"]).click()
    pay(giver, words["cashier"], words["confirm"])
    giver.get_by_role("link", name=words["link"]).click()
    giver.get_by_role("link", name=words["send_to"]).click()
    giver.locator(".cell", has_text=words["friend"]).first.get_by_role("button", name=words["send"]).click()
    opener = friend.get_by_role("link", name=words["open"]).last
    expect(opener).to_be_visible()
    opener.click()
    sheet = friend.get_by_role("dialog")
    expect(sheet.get_by_role("button", name=words["accept"])).to_be_visible()
    assert "¥" not in sheet.inner_text()
    assert_no_rules.append(failed_rules(friend))
    sheet.get_by_role("button", name=words["accept"]).click()
    sheet.locator("[data-close]").click()
    expect(friend.locator(".chat-gift").last).to_contain_text(words["accepted"])
    assert friend.url.startswith(room.split("#")[0]), "he never left the conversation"
    expect(giver.locator(".chat-gift").last).to_contain_text(words["accepted"])
    assert [rule for rules in assert_no_rules for rule in rules] == []
