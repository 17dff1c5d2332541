"""The first page: both phones, the desk and the deal alive at once, and the tour run to its end by really doing it."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.walking import failed_rules
from tests.support.browsers import CONSOLE

WORDS = {
    "zh-Hans": {
        "open_one": "替我打开一件",
        "gift": "送礼",
        "note": "写给朋友的话",
        "buy": "付款并生成礼物链接",
        "cashier": "前往收银台",
        "confirm": "确认支付",
        "close": "可以关闭此标签页了",
        "paid": "已付款",
        "open_send": "在手机上打开发送页",
        "friend": "周雨",
        "send_gift": "发送",
        "find_gift": "在聊天里找到这份礼物",
        "open": "拆开礼物",
        "accept": "收下礼物",
        "open_order": "在后台打开订单",
        "number": "运单号",
        "send": "确认发货",
        "arrived": "确认收货",
        "timer": "下一个定时任务",
        "whole": "一笔完整的交易走完了",
        "offered": "等待收下",
        "to_ship": "待发货",
        "shipped": "运输中",
        "received": "已收货",
        "done": "已完成",
        "holds": "成立",
    },
    "en": {
        "open_one": "Open one for me",
        "gift": "Gift",
        "note": "A note",
        "buy": "Pay and get the link",
        "cashier": "Go to the cashier",
        "confirm": "^Pay",
        "close": "You may close this tab",
        "paid": "Paid",
        "open_send": "Open the way to the friend there",
        "friend": "Zhou Yu",
        "send_gift": "Send",
        "find_gift": "Show me the gift in the chat",
        "open": "Open the gift",
        "accept": "Accept the gift",
        "open_order": "Open the order there",
        "number": "Tracking number",
        "send": "Send it",
        "arrived": "It arrived",
        "timer": "next timer",
        "whole": "That was a whole deal",
        "offered": "Waits to be accepted",
        "to_ship": "To ship",
        "shipped": "On the way",
        "received": "Received",
        "done": "Done",
        "holds": "It holds",
    },
}


class Stage:
    """The first page with its four faces."""

    def __init__(self, page: Page, origin: str, language: str):
        self.page, self.words = page, WORDS[language]
        page.goto(f"{origin}/?lang={language}")
        self.giver, self.friend, self.desk, self.deal = (
            page.frame_locator(f"iframe[name={name}]") for name in ("giver", "friend", "desk", "deal")
        )

    def ticked(self, count: int) -> None:
        """Wait until so many steps are ticked, by themselves."""
        expect(self.page.locator(".tour-steps .done")).to_have_count(count)

    def step(self, name: str) -> None:
        """Press the tour's own button."""
        self.page.locator(".tour").get_by_role("link", name=self.words[name]).click()

    def shows(self, state: str) -> None:
        """Wait until the deal's own page shows this state by itself."""
        expect(self.deal.locator(".small-deal .tag").first).to_have_text(self.words[state])

    def wrap(self) -> None:
        """Choose the first options of the product in the giver's phone and wrap it as a gift."""
        words = self.words
        self.giver.locator(".sticky-bar").get_by_role("link", name=words["gift"]).click()
        sheet = self.giver.get_by_role("dialog")
        for axis in sheet.get_by_role("group").all():
            radio = axis.get_by_role("radio")
            if radio.count():
                radio.first.check()
        sheet.get_by_role("button", name=words["gift"], exact=True).click()
        self.giver.get_by_label(words["note"]).fill("来喝杯茶")
        self.giver.get_by_role("button", name=words["buy"]).click()

    def pay(self) -> None:
        """Pay in the new tab; the phone goes on by itself."""
        words = self.words
        with self.page.context.expect_page() as opened:
            self.giver.get_by_role("link", name=words["cashier"]).click()
        tab = opened.value
        tab.get_by_role("button", name=re.compile(words["confirm"])).click()
        expect(tab.locator("main")).to_contain_text(words["close"])
        tab.close()
        expect(self.giver.locator("main h2").first).to_have_text(words["paid"])


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_the_tour_is_done_to_its_end(demo, new_page, language):
    stage = Stage(new_page(viewport={"width": 1440, "height": 900}), demo.origin, language)
    words = stage.words
    for face in (stage.giver, stage.friend, stage.desk, stage.deal):
        expect(face.locator("main")).to_be_visible()
    assert failed_rules(stage.page) == []
    stage.ticked(0)
    stage.step("open_one")
    stage.ticked(1)
    stage.wrap()
    stage.ticked(2)
    stage.pay()
    stage.ticked(3)
    stage.shows("offered")
    stage.step("open_send")
    row = stage.giver.locator(".cell", has_text=words["friend"]).first
    row.get_by_role("button", name=words["send_gift"]).click()
    stage.step("find_gift")
    card = stage.friend.locator(":target .chat-gift")
    expect(card).to_be_in_viewport(ratio=0.9)
    expect(stage.friend.get_by_role("link", name=words["open"])).to_have_count(1)  # no other gift waits in this chat
    card.get_by_role("link", name=words["open"]).click()
    sheet = stage.friend.get_by_role("dialog")
    sheet.get_by_role("button", name=words["accept"]).click()
    stage.ticked(4)
    sheet.locator("[data-close]").first.click()
    stage.friend.locator(":target .chat-gift").get_by_role("link").click()
    stage.shows("to_ship")
    stage.step("open_order")
    stage.desk.get_by_label(words["number"]).fill("SF1234567890")
    stage.desk.get_by_role("button", name=words["send"]).click()
    stage.shows("shipped")
    stage.friend.get_by_role("button", name=words["arrived"]).click()  # the phone has heard of the parcel by itself
    stage.shows("received")
    stage.deal.get_by_role("button", name=re.compile(words["timer"])).click()
    stage.shows("done")
    expect(stage.deal.locator("#equation")).to_contain_text(words["holds"])
    expect(stage.deal.locator(".shares li")).to_have_count(2)
    stage.ticked(5)
    expect(stage.page.locator(".tour")).to_contain_text(words["whole"])
    assert failed_rules(stage.page) == []


def test_leaving_the_tour_leaves_the_panes_where_they_are(demo, new_page):
    stage = Stage(new_page(viewport={"width": 1440, "height": 900}), demo.origin, "en")
    stage.step("open_one")
    shown = stage.giver.locator(".sticky-bar")
    expect(shown).to_be_visible()
    stage.ticked(1)
    tour = stage.page.locator(".tour")
    for link, steps in (("Leave the tour", 0), ("Go on with the tour", 5)):
        tour.get_by_role("link", name=link).click()
        expect(stage.page.locator(".tour-steps li")).to_have_count(steps)
        expect(shown).to_be_visible()
    stage.page.reload()
    expect(stage.page.locator(".tour-steps li")).to_have_count(5)


def test_on_a_narrow_screen_the_faces_are_tabs(demo, new_page):
    page = new_page(viewport={"width": 375, "height": 812})
    page.goto(f"{demo.origin}/?lang=zh-Hans")
    tabs = page.locator(".stage-tabs a")
    expect(tabs).to_have_count(4)
    for place, name in enumerate(("giver", "friend", "desk", "deal")):
        tabs.nth(place).click()
        expect(page.locator(".face:visible")).to_have_count(1)
        expect(page.locator(f"#face-{name}")).to_be_visible()
        expect(page.frame_locator(f"iframe[name={name}]").locator("main")).to_be_visible()
    assert page.url.endswith("?lang=zh-Hans"), "no page was loaded for it"
    tabs.first.click()
    page.locator(".tour").get_by_role("link", name="替我打开一件").click()
    expect(page.frame_locator("iframe[name=giver]").locator(".sticky-bar")).to_be_visible()


def test_without_scripts_every_face_has_its_address(demo, new_page):
    page = new_page(**CONSOLE, java_script_enabled=False)
    page.goto(f"{demo.origin}/?face=friend&lang=zh-Hans")
    expect(page.frame_locator("iframe[name=friend]").locator("main")).to_be_visible()
    page.get_by_role("link", name="退出导览").click()
    expect(page.locator(".tour-steps")).to_have_count(0)
    page.get_by_role("link", name="五步看懂集市").click()
    expect(page.locator(".tour-steps li")).to_have_count(5)
    page.goto(page.locator("iframe[name=desk]").get_attribute("src") and f"{demo.origin}/~staff-kiln/desk")
    expect(page.locator("nav").first).to_be_visible()
