"""A buyer's ordinary life: buying again, shops, tabs with counts, the inbox, and what is said when it goes wrong."""

import pytest

from jishi.kernel.cart import CartLine
from jishi.kernel.catalog import PriceSku, WithdrawProduct
from jishi.kernel.claims import AnswerClaim, EscalateClaim, OpenClaim
from jishi.kernel.ids import public_id, public_owner
from jishi.kernel.orders import Order
from jishi.kernel.parcels import ConfirmReceipt, ShipParcel
from jishi.kernel.stock import CountStock, Sku
from jishi.scenes.friends import AnswerAsk, AskFriend, friend_parts
from tests.support.faces import open_faces, order_path
from tests.support.market import DAY
from tests.web.test_panes import pane, people

pytestmark = pytest.mark.anyio
HOUR = 3_600_000


async def waiting(browser, who) -> tuple[list[str], str]:
    """What somebody's inbox leads to, and its badge."""
    page = await browser.get(f"{pane(who)}/inbox")
    badge = (await browser.http.get(f"{pane(who)}/inbox/count", headers={"HX-Request": "true"})).text
    found = [node.attributes["href"].removeprefix(pane(who)) for node in page.css("main .inbox-item")]
    return found, "".join(sign for sign in badge.split(":")[-1] if sign.isdecimal())


async def test_buying_again_takes_todays_price_and_says_what_is_gone(sqlite_url, tmp_path):
    async with open_faces(sqlite_url, tmp_path) as faces:
        stall, buyer, friend, sku = await people(faces)
        market, browser = faces.market, faces.browser()
        gone, short = await market.goods(stall, 1_000), await market.goods(stall, 2_000)
        order = await market.paid(stall, buyer, (sku, 2), (gone, 1), (short, 3))
        await market.do(PriceSku(stall.shop, sku, 12_300), stall.keeper)
        await market.do(WithdrawProduct(stall.shop, (await market.row(Sku, id=gone)).product), stall.keeper)
        await market.do(CountStock(stall.shop, short, -6), stall.keeper)
        at = f"{pane(buyer)}/orders/{order_path(stall, order)}"
        for _ in range(2):
            page = await browser.submit(f"{at}/again", at=at)
        assert browser.path == f"{pane(buyer)}/cart?again={order_path(stall, order)}"
        told = page.css_first("[role=status].notice").text()
        assert "¥123.00" in told and "it was ¥99.00" in told
        assert "not on sale any more" in told and "only 1 left" in told
        rows = await market.rows(CartLine, owner=buyer.id)
        assert {(row.sku, row.quantity) for row in rows} == {(sku, 2), (short, 1)}, "a second time changes nothing"
        await browser.get(f"{pane(friend)}/cart?again={order_path(stall, order)}")
        assert "it was" not in browser.text, "another's order tells nothing"
        await browser.get(f"{pane(buyer)}/cart?again=nonsense", 404)


async def test_the_market_by_category_and_by_shop(sqlite_url, tmp_path):
    async with open_faces(sqlite_url, tmp_path) as faces:
        stall, buyer, _, sku = await people(faces)
        market, browser = faces.market, faces.browser()
        product = await market.row(Sku, id=sku)
        card = f"a.product[href='{pane(buyer)}/goods/{public_id(stall.shop, product.product)}']"
        other = await market.shop()
        await market.goods(other)
        page = await browser.get(f"{pane(buyer)}/goods")
        assert len(page.css("a.product")) == 2 and page.css_first(".shop-row") is None
        await market.paid(stall, buyer, (sku, 1))
        page = await browser.get(f"{pane(buyer)}/goods")
        shop = f"{pane(buyer)}/shops/{public_owner(stall.shop)}"
        assert [node.attributes["href"] for node in page.css(".shop-row a")] == [shop]
        page = await browser.get(shop)
        assert len(page.css("a.product")) == 1 and page.css_first(card)
        links = [node.attributes["href"] for node in (await browser.get(f"{pane(buyer)}/goods")).css(".pills a")]
        inside = await browser.get(links[0])
        assert inside.css_first(".pills [aria-current]") and len(inside.css("a.product")) == 2
        assert (await browser.get(f"{pane(buyer)}/goods?category=jewellery")).css_first("a.product") is None
        await browser.get(f"{pane(buyer)}/goods?category=nothing", 404)
        await browser.get(f"{pane(buyer)}/shops/{public_owner(buyer.id)}", 404)


async def test_the_tabs_count_what_is_still_to_come(sqlite_url, tmp_path):
    async with open_faces(sqlite_url, tmp_path) as faces:
        stall, buyer, _, sku = await people(faces)
        market, browser = faces.market, faces.browser()
        await market.place(stall, buyer, (sku, 1))
        for _ in range(2):
            await market.paid(stall, buyer, (sku, 1))
        await market.settled(stall, buyer, (sku, 1))
        page = await browser.get(f"{pane(buyer)}/orders")
        counts = {
            tab.attributes["href"].partition("tab=")[2]: badge.text().strip()[-1]
            for tab in page.css(".tabs a")
            if (badge := tab.css_first(".badge"))
        }
        assert counts["ship"] == "2" and "done" not in counts
        assert "left" in page.css_first("main").text()


async def test_the_inbox_of_a_buyer(sqlite_url, tmp_path):
    async with open_faces(sqlite_url, tmp_path) as faces:
        stall, buyer, _, sku = await people(faces)
        market, browser = faces.market, faces.browser()
        assert await waiting(browser, buyer) == ([], "")
        assert "Nothing waits" in (await browser.get(f"{pane(buyer)}/inbox")).css_first("main").text()
        order = await market.place(stall, buyer, (sku, 1))
        assert await waiting(browser, buyer) == ([f"/orders/{order_path(stall, order)}"], "1")
        await market.notice(stall, order)
        assert await waiting(browser, buyer) == ([], "")
        await market.do(ShipParcel(stall.shop, order, "SF", "SF1"), stall.keeper)
        assert await waiting(browser, buyer) == ([f"/orders/{order_path(stall, order)}"], "1")
        await market.do(ConfirmReceipt(stall.shop, order), buyer)
        assert await waiting(browser, buyer) == ([], "")
        gift = await market.gift(stall, buyer, sku)
        assert await waiting(browser, buyer) == ([], ""), "there is time yet"
        await market.pass_time(13 * HOUR)
        assert await waiting(browser, buyer) == ([f"/gifts/{order_path(stall, gift)}"], "1")
        await market.pass_time(DAY)
        assert await waiting(browser, buyer) == ([], "")


async def test_there_is_a_way_back_from_the_inbox(sqlite_url, tmp_path):
    async with open_faces(sqlite_url, tmp_path) as faces:
        _, buyer, _, _ = await people(faces)
        page = await faces.browser().get(f"{pane(buyer)}/inbox")
        assert page.css_first(".topbar a").attributes["href"] == f"{pane(buyer)}/me"


async def test_the_inbox_of_who_is_asked(sqlite_url, tmp_path):
    async with open_faces(sqlite_url, tmp_path) as faces:
        _, giver, friend, _ = await people(faces)
        browser = faces.browser()
        proof = faces.market.engine.world.seal(*friend_parts(friend.id))
        await faces.market.do(AskFriend(giver.id, friend.id, proof), giver)
        await faces.market.engine.settle_down()
        assert await waiting(browser, friend) == (["/friends"], "1")
        assert await waiting(browser, giver) == ([], "")
        await faces.market.do(AnswerAsk(friend.id, giver.id, 1), friend)
        assert await waiting(browser, friend) == ([], "")


async def test_the_inboxes_of_a_claim(sqlite_url, tmp_path):
    async with open_faces(sqlite_url, tmp_path) as faces:
        stall, buyer, _, sku = await people(faces)
        market, browser = faces.market, faces.browser()
        operator = await market.operator()
        await faces.persona(operator, "operator")
        desk = f"/desk/{public_owner(stall.shop)}"
        order = await market.paid(stall, buyer, (sku, 1))
        assert await waiting(browser, stall.keeper) == ([f"{desk}/orders/{order_path(stall, order)}"], "1")
        await market.do(ShipParcel(stall.shop, order, "SF", "SF1"), stall.keeper)
        await market.do(ConfirmReceipt(stall.shop, order), buyer)
        await market.do(OpenClaim(stall.shop, order, 1, "return", 1, "damaged"), buyer)
        assert await waiting(browser, stall.keeper) == ([f"{desk}/claims"], "1")
        assert await waiting(browser, buyer) == ([], "")
        await market.do(AnswerClaim(stall.shop, order, 1, 0, "used"), stall.keeper)
        assert await waiting(browser, stall.keeper) == ([], "")
        assert await waiting(browser, buyer) == ([f"/orders/{order_path(stall, order)}"], "1")
        await market.do(EscalateClaim(stall.shop, order, 1), buyer)
        assert await waiting(browser, buyer) == ([], "")
        assert await waiting(browser, operator) == (["/operator"], "1")


async def test_two_tabs_pay_one_order(sqlite_url, tmp_path):
    async with open_faces(sqlite_url, tmp_path) as faces:
        stall, buyer, _, sku = await people(faces)
        market, first, second = faces.market, faces.browser(), faces.browser()
        order = await market.place(stall, buyer, (sku, 1))
        at = f"{pane(buyer)}/pay/orders/{order_path(stall, order)}"
        for tab in (first, second):
            await tab.get(at)
        await first.submit(at)
        assert first.path == at and "cashier" in first.text
        await market.notice(stall, order)
        page = await second.submit(at)
        assert second.path == f"{at}/return" and "Paid" in page.css_first("main h2").text()
        row = await market.order(stall, order)
        assert page.css_first(".tabbar") and row.paid_minor == row.total_minor, "paid once"


async def test_a_session_that_ended_in_the_middle_of_a_checkout(sqlite_url, tmp_path):
    async with open_faces(sqlite_url, tmp_path) as faces:
        stall, buyer, _, sku = await people(faces)
        browser = faces.browser()
        await browser.be(buyer)
        page = await browser.get(f"/checkout?sku={public_id(stall.shop, sku)}")
        form = next(form for form in page.css("form[method=post]") if form.css_first("[name=lines]"))
        told = {field.attributes["name"]: field.attributes["value"] or "" for field in form.css("input[name]")}
        for name in [name for name in browser.http.cookies if name.endswith("jishi_party")]:
            del browser.http.cookies[name]
        answer = await browser.http.post(form.attributes["action"], data=told)
        assert answer.status_code == 303 and answer.headers["location"].startswith("/sign-in?next=")
        answer = await browser.http.get(answer.headers["location"])
        assert "Sign in" in answer.text and 'id="content"' in answer.text
        assert await faces.market.rows(Order) == []
        browser.http.cookies.clear()
        answer = await browser.http.post(form.attributes["action"], data=told)
        assert answer.status_code == 403 and "Nothing was changed" in answer.text and "</html>" in answer.text
        assert await faces.market.rows(Order) == []
