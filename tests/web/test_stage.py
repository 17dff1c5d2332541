"""The first page of a demo: who stands on it, how the tour is ticked by what happened, and which deal is shown."""

import pytest

from jishi.kernel.ids import public_id, public_owner
from jishi.kernel.orders import Order
from jishi.kernel.parcels import ConfirmReceipt, ShipParcel
from jishi.kernel.stock import Sku
from jishi.scenes.messages import SendCard
from tests.support.chatting import direct
from tests.support.faces import open_faces, order_path
from tests.support.market import DAY, HOUR
from tests.web.test_panes import pane, people

pytestmark = pytest.mark.anyio
ASKED = {"HX-Request": "true"}


async def ticks(browser) -> int:
    """How many steps of the tour are ticked, as the strip says when it is asked for alone."""
    return (await browser.http.get("/tour", headers=ASKED)).text.count('class="done"')


async def test_two_phones_a_desk_and_a_deal(sqlite_url, tmp_path):
    async with open_faces(sqlite_url, tmp_path) as faces:
        stall, giver, friend, _ = await people(faces)
        page = await faces.browser().get("/")
        frames = {frame.attributes["name"]: frame.attributes["src"] for frame in page.css("iframe")}
        assert frames["giver"] == f"{pane(giver)}/chats" and frames["friend"] == f"{pane(friend)}/chats"
        assert frames["desk"].startswith(f"{pane(stall.keeper)}/desk/") and frames["deal"] == "/deals/latest"
        assert all(frame.attributes["title"] for frame in page.css("iframe"))
        assert "sandbox money" in page.text()
        room = public_owner(await direct(faces.market, giver, friend))
        page = await faces.browser().get("/")
        assert page.css_first("iframe[name=friend]").attributes["src"] == f"{pane(friend)}/chats/{room}"
        guest = faces.browser()
        await guest.get(f"{pane(giver)}/")
        assert guest.path == f"{pane(giver)}/chats"
        faces.market.engine.demo = False
        await guest.get("/")
        assert guest.path == "/goods"
        assert (await guest.http.get("/deals/latest")).status_code == 404


async def test_a_stage_without_people_shows_the_deals(sqlite_url, tmp_path):
    async with open_faces(sqlite_url, tmp_path) as faces:
        browser = faces.browser()
        await browser.get("/")
        assert browser.path == "/deals"
        await browser.get("/deals/latest")
        assert "No deal yet" in browser.text


async def test_the_tour_is_ticked_by_what_the_giver_does(sqlite_url, tmp_path):
    async with open_faces(sqlite_url, tmp_path) as faces:
        stall, giver, friend, sku = await people(faces)
        market, browser = faces.market, faces.browser()
        await market.paid(stall, giver, (sku, 1), mode="gift")  # before the tour: it does not count
        await market.pass_time(60_000)
        await browser.get("/")
        assert await ticks(browser) == 0
        await browser.get(f"{pane(giver)}/goods/{public_id(stall.shop, (await market.row(Sku, id=sku)).product)}")
        assert await ticks(browser) == 1
        await market.place(stall, friend, (sku, 1))  # of another, and no gift
        await market.place(stall, giver, (sku, 1))
        assert await ticks(browser) == 1
        order = await market.place(stall, giver, (sku, 1), mode="gift")
        assert await ticks(browser) == 2
        await market.notice(stall, order)
        assert await ticks(browser) == 3
        room = await direct(market, giver, friend)
        page = await browser.get("/")
        send_it = page.css_first(".tour-now a[target=giver]").attributes["href"]
        assert send_it == f"{pane(giver)}/send?kind=gift&of={order_path(stall, order)}"
        told = await market.do(SendCard(room, "gift", stall.shop, order=order), giver)
        page = await browser.get("/")
        found = page.css_first(".tour-now a[target=friend]").attributes["href"]
        assert found == f"{pane(friend)}/chats/{public_owner(room)}#m{told['n']}"
        assert "一件试用的好东西" in page.css_first(".tour-now p").text()
        assert f'id="m{told["n"]}"' in (await browser.http.get(found)).text
        await market.do(await market.accepts(stall, order, friend), friend)
        assert await ticks(browser) == 4
        page = await browser.get("/")
        assert page.css_first(".tour-now").attributes["data-at"] == "desk"
        await market.do(ShipParcel(stall.shop, order, "SF", "SF1"), stall.keeper)
        assert await ticks(browser) == 4
        assert (await browser.get("/")).css_first(".tour-now").attributes["data-at"] == "deal"
        await market.do(ConfirmReceipt(stall.shop, order), friend)
        await market.pass_time(9 * DAY)
        assert await ticks(browser) == 5
        assert "whole deal" in (await browser.get("/")).css_first(".tour-now").text()


async def test_the_tour_is_left_and_taken_up_again(sqlite_url, tmp_path):
    async with open_faces(sqlite_url, tmp_path) as faces:
        stall, giver, _, sku = await people(faces)
        market, browser = faces.market, faces.browser()
        await browser.get("/")
        await market.place(stall, giver, (sku, 1), mode="gift")
        assert await ticks(browser) == 2
        page = await browser.get("/?tour=off")
        assert browser.path == "/" and page.css_first(".tour-steps") is None
        page = await browser.get("/?tour=on")
        assert len(page.css(".tour-steps .done")) == 2, "what was done is still done"
        for asked, steps in (("off", 0), ("on", 2)):
            strip = await browser.http.get(f"/tour?tour={asked}", headers=ASKED)
            assert strip.status_code == 200 and strip.text.count('class="done"') == steps
            assert await ticks(browser) == steps, "and the browser has kept it"
        await market.pass_time(1_000)
        page = await browser.get("/?tour=new")
        assert len(page.css(".tour-steps .done")) == 0
        browser.http.cookies.set("jishi_tour", "nonsense")
        await browser.get("/")


async def test_an_old_order_that_expires_pushes_no_deal_aside(sqlite_url, tmp_path):
    async with open_faces(sqlite_url, tmp_path) as faces:
        stall, giver, friend, sku = await people(faces)
        other = await faces.market.shop()
        market, browser = faces.market, faces.browser()
        await market.place(other, friend, (await market.goods(other), 1))
        await market.pass_time(1_000)
        kept = await market.paid(stall, giver, (sku, 1))
        await market.pass_time(2 * HOUR)
        (closed,) = await market.rows(Order, owner=other.shop)
        assert closed.state == "closed"
        page = await browser.get("/deals/latest")
        assert page.css_first("[data-deal]").attributes["data-deal"] == order_path(stall, kept)


async def test_the_deal_touched_last_is_shown(sqlite_url, tmp_path):
    async with open_faces(sqlite_url, tmp_path) as faces:
        stall, giver, friend, sku = await people(faces)
        market, browser = faces.market, faces.browser()
        first = await market.place(stall, giver, (sku, 1))
        second = await market.place(stall, friend, (sku, 1))
        shown = [(await browser.get("/deals/latest")).css_first("[data-deal]").attributes["data-deal"]]
        await market.notice(stall, first)
        page = await browser.get("/deals/latest")
        shown.append(page.css_first("[data-deal]").attributes["data-deal"])
        assert shown == [order_path(stall, second), order_path(stall, first)]
        assert page.css_first("nav") is None, "it stands inside another page"
        form = {field.attributes["name"]: field.attributes["value"] or "" for field in page.css("form input[name]")}
        action = page.css_first("form").attributes["action"]
        told = await browser.http.post(action, data=form, headers=ASKED)
        assert told.status_code == 204, "the live page shows it by itself"
        assert (await market.order(stall, first)).ahead_ms > 0
        assert (await browser.http.post(action, data=form)).headers["location"] == "/deals/latest"
