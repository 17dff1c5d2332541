"""An operator moves time: a gift that nobody opened expires, and the giver sees his money come back."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.walking import choose, failed_rules, pay, sign_in
from tests.support.browsers import CONSOLE, PHONE
from tests.support.server_process import ServerProcess


@pytest.fixture
def demo(tmp_path) -> Iterator[ServerProcess]:
    """A demo world of its own: what is past here is still to come in the others' one."""
    with ServerProcess(tmp_path) as server:
        yield server


def test_a_gift_expires_in_front_of_everyone(demo, new_page):
    giver, desk = new_page(**PHONE), new_page(**CONSOLE)
    sign_in(giver, demo.origin, "Wu Yue", "en")
    choose(giver, demo.origin, "Narrow celadon vase", "celadon", "Gift")
    giver.get_by_role("button", name="Pay and get the link").click()
    pay(giver, "Go to the cashier", "^Pay")
    giver.get_by_role("link", name="To the gift link").click()
    deal = f"{demo.origin}/deals/{giver.url.rsplit('/', 1)[1]}"

    sign_in(desk, demo.origin, "Operator on duty", "en")
    desk.goto(f"{demo.origin}/operator/clock")
    assert failed_rules(desk) == []
    desk.get_by_label("Days").fill("2")
    desk.get_by_role("button", name="Move by so many days").click()
    while desk.get_by_role("button", name="Go on").count():
        assert failed_rules(desk) == []
        desk.get_by_role("button", name="Go on").click()
    expect(desk.locator("main")).to_contain_text("Ahead by")
    giver.goto(deal)
    expect(giver.locator("main")).to_contain_text("Not accepted in time")
    expect(giver.locator("main")).to_contain_text("Arrived")
    giver.goto(deal.replace("/deals/", "/gifts/"))
    expect(giver.locator("main")).to_contain_text("was not accepted in time; the money goes back")
