"""The desks' pages: a shop is opened and let in, goods are sent back and mended, time moves, the auditor is asked."""

import pytest

from jishi.engine.rulebook import read_rulebook
from jishi.kernel.catalog import Product
from jishi.kernel.claims import AnswerClaim, EscalateClaim, OpenClaim
from jishi.kernel.ids import public_id, public_owner
from jishi.kernel.shops import Shop
from tests.support.faces import open_faces
from tests.support.market import DAY

pytestmark = pytest.mark.anyio


async def under_review(faces) -> None:
    """From now on the rules look new shops over."""
    rulebook, reviewed = faces.market.engine.world.rulebook, read_rulebook(demo=True)
    rulebook.versions, rulebook.by_id = reviewed.versions, reviewed.by_id


async def test_a_shop_is_opened_and_its_goods_are_mended_and_approved(sqlite_url, tmp_path):
    async with open_faces(sqlite_url, tmp_path) as faces:
        market = faces.market
        await under_review(faces)
        keeper, operator = await market.person(), await market.operator()
        await faces.persona(keeper)
        await faces.persona(operator, "operator")
        shop, desk = faces.browser(), faces.browser()
        await shop.be(keeper)
        await desk.be(operator)

        await shop.submit("/desk/new", at="/desk/new", name="Bamboo", kind="person", freight="0")
        (row,) = await market.rows(Shop)
        base = f"/desk/{public_owner(row.owner)}"
        assert row.state == "in_review" and "looks at this shop first" in shop.text
        door = f"/operator/reviews/shops/{public_owner(row.owner)}"
        await desk.submit(door, at="/operator/reviews", action="reject", reason="rights", note="Papers, please.")
        assert "Papers, please." in (await shop.get(base)).text()
        await shop.submit(f"{base}/ask-review")
        await desk.submit(door, at="/operator/reviews", action="approve")
        assert (await market.row(Shop, owner=row.owner)).state == "open"

        told = {"title": "A cup of tea", "category": "food.tea.green", "price": "12.50", "stock": "3", "weight_g": "1"}
        form = await shop.get(f"{base}/goods/new")
        freight = form.css_first("select[name=freight] option").attributes["value"]
        await shop.submit(f"{base}/goods/new", **told, freight=freight)
        (product,) = await market.rows(Product)
        here, there = (
            f"{base}/goods/{public_id(product.owner, product.id)}",
            f"/operator/reviews/{public_id(product.owner, product.id)}",
        )
        assert product.state == "in_review" and "The platform looks at it" in shop.text
        assert "A cup of tea" in (await desk.get("/operator/reviews")).text()
        await desk.submit(there, at=there, action="reject", reason="category_wrong", note="A cup is no tea.")
        page = (await shop.get(here)).text()
        assert "Stands in the wrong category" in page and "A cup is no tea." in page
        assert "1" in (await shop.get(f"{base}/goods?state=rejected")).css_first(".tabs [aria-current]").text()
        cup = {"title": "A tea cup", "subtitle": "", "detail": "", "category": "home.teaware.cup"}
        await shop.submit(here, at=here, action="revise", **cup)
        await shop.submit(here, at=here, action="list")
        await desk.submit(there, at=there, action="approve")
        product = await market.row(Product, id=product.id)
        assert (product.state, product.category) == ("listed", "home.teaware.cup")
        assert "A tea cup" in (await shop.get("/goods")).text()
        await desk.submit(there, at=there, action="block", reason="safety", note="Lead.")
        assert "Lead." in (await shop.get(here)).text()
        await desk.submit(there, at=there, action="free")
        assert (await market.row(Product, id=product.id)).state == "withdrawn"


async def test_only_the_right_operator_sits_at_each_desk(sqlite_url, tmp_path):
    async with open_faces(sqlite_url, tmp_path) as faces:
        market = faces.market
        buyer = await market.person()
        await faces.persona(buyer)
        browser = faces.browser()
        await browser.be(buyer)
        for address in ("/operator/reviews", "/operator/clock", "/operator/books", "/operator/books/transit"):
            await browser.get(address, 403)
        market.engine.demo = False
        await browser.get("/operator/clock", 404)  # whoever asks: outside of a demo there is no such page


async def test_time_is_moved_by_hand_with_its_progress_shown(sqlite_url, tmp_path):
    async with open_faces(sqlite_url, tmp_path) as faces:
        market = faces.market
        stall, buyer, operator = await market.shop(), await market.person(), await market.operator()
        await faces.persona(operator, "operator")
        sku = await market.goods(stall, stock=100)
        orders = [await market.place(stall, buyer, (sku, 1)) for _ in range(45)]
        browser = faces.browser()
        await browser.be(operator)
        page = await browser.get("/operator/clock")
        assert len(page.css("tbody tr")) == 10 and "Close if not paid" in page.text()
        begin = market.clock.now_ms()
        page = await browser.submit("/operator/clock", action="next")
        assert (await market.order(stall, orders[0])).state == "closed"
        await browser.submit("/operator/clock", action="days", days="2")
        assert market.clock.now_ms() >= begin + 2 * DAY and "Nothing is due" in browser.text
        await browser.submit("/operator/clock", 422, action="days", days="500")
        await browser.submit("/operator/clock", 409, at="/operator/clock", action="next")


async def test_both_sides_of_a_dispute_are_shown(sqlite_url, tmp_path):
    async with open_faces(sqlite_url, tmp_path) as faces:
        market = faces.market
        stall, buyer, operator = await market.shop(), await market.person(), await market.operator()
        await faces.persona(operator, "operator")
        await faces.persona(stall.keeper, "staff", stall.shop)
        order = await market.shipped(stall, buyer, (await market.goods(stall), 1))
        told = await market.do(OpenClaim(stall.shop, order, 1, "refund", 1, "damaged"), buyer)
        await market.do(AnswerClaim(stall.shop, order, told["claim"], 0, "no_fault"), stall.keeper)
        await market.do(EscalateClaim(stall.shop, order, told["claim"]), buyer)
        browser = faces.browser()
        await browser.be(operator)
        page = (await browser.get("/operator")).text()
        assert "Arrived damaged" in page and "There is no fault" in page and "go back to the buyer" in page
        keeper = faces.browser()
        await keeper.be(stall.keeper)
        page = (await keeper.get(f"/desk/{public_owner(stall.shop)}/money")).text()
        assert "Still in escrow" in page and "On the way" in page


async def test_the_auditor_is_asked_and_says_when(sqlite_url, tmp_path):
    async with open_faces(sqlite_url, tmp_path) as faces:
        market = faces.market
        stall, buyer, operator = await market.shop(), await market.person(), await market.operator()
        await faces.persona(operator, "operator")
        await market.settled(stall, buyer, (await market.goods(stall), 1))
        browser = faces.browser()
        await browser.be(operator)
        await browser.submit("/operator/books/check", at="/operator/books")
        await faces.app.state.auditing
        page = await browser.get("/operator/books")
        assert "No break" in page.text() and "facts checked" in page.text()
        links = [link.attributes["href"] for link in page.css("td a")]
        assert "/operator/books/accounts/available?currency=CNY" in links
        page = await browser.get("/operator/books/accounts/available")
        page = await browser.get(page.css_first("td a").attributes["href"])
        assert len(page.css("tbody tr")) > 2
