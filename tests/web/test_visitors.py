"""A browser before anyone signs in: its cart and who brought it are kept, and are the person's at the checkout."""

import pytest

from jishi.engine.request import Busy
from jishi.kernel.cart import CartLine
from jishi.kernel.ids import public_id, public_owner
from jishi.kernel.orders import Line, Order
from jishi.kernel.parties import Party
from jishi.kernel.stock import Sku
from jishi.kernel.touch import touch_parts
from jishi.kernel.visitors import TakeVisitor
from tests.support.faces import open_faces
from tests.support.market import DAY

pytestmark = pytest.mark.anyio
COOKIE = "jishi_visitor"


async def goods(market, **product):
    """A shop and the address of what it sells."""
    stall = await market.shop()
    sku = await market.goods(stall, **product)
    return stall, sku, f"/goods/{public_id(stall.shop, (await market.row(Sku, id=sku)).product)}"


async def carts(market) -> dict[int, int]:
    """Party -> how many pieces lie in its cart."""
    found: dict[int, int] = {}
    for line in await market.rows(CartLine):
        found[line.owner] = found.get(line.owner, 0) + line.quantity
    return found


async def test_a_visitor_fills_a_cart_and_goes_on_as_a_person(sqlite_url, tmp_path):
    async with open_faces(sqlite_url, tmp_path) as faces:
        market, browser = faces.market, faces.browser()
        stall, sku, place = await goods(market)
        buyer = await market.person()
        await market.address(buyer)
        await faces.persona(buyer)
        await browser.get("/cart")
        assert "empty" in browser.text and COOKIE not in browser.http.cookies, "nobody is made who only looks"
        await browser.submit(place, at=place, axis_0="0", quantity="2", action="cart")
        assert browser.path == "/cart" and "belongs to this browser" in browser.text
        await browser.submit(f"/cart/{public_id(stall.shop, sku)}", quantity="3", action="set")
        (visitor,) = await market.rows(Party, kind="visitor")
        assert await carts(market) == {visitor.owner: 3}
        await browser.get("/checkout")
        assert browser.path.startswith("/sign-in?next=%2Fcheckout")
        page = await browser.submit(f"/personas/{public_owner(buyer.id)}")
        assert browser.path == "/checkout" and "297" in page.text()
        assert await carts(market) == {buyer.id: 3} and COOKIE not in browser.http.cookies
        await browser.submit("/checkout")
        (order,) = await market.rows(Order)
        assert order.payer == buyer.id and await carts(market) == {}
        await browser.submit("/sign-out", at="/me")
        await browser.get("/cart")
        assert "empty" in browser.text, "who comes next is someone else"


async def test_a_visitor_that_could_not_be_linked_at_once_is_linked_with_the_cart(sqlite_url, tmp_path, monkeypatch):
    async with open_faces(sqlite_url, tmp_path) as faces:
        market, browser = faces.market, faces.browser()
        _, _, place = await goods(market)
        buyer = await market.person()
        await faces.persona(buyer)
        await browser.submit(place, at=place, axis_0="0", quantity="2", action="cart")
        (visitor,) = await market.rows(Party, kind="visitor")
        bundle = market.engine.bundle

        async def busy(commands, **options):
            if any(isinstance(command, TakeVisitor) for command, _, _ in commands):
                raise Busy(2)
            return await bundle(commands, **options)

        monkeypatch.setattr(market.engine, "bundle", busy)
        await browser.be(buyer)
        await browser.get("/cart")
        assert "empty" in browser.text and await carts(market) == {visitor.owner: 2}, "signed in, and nothing is lost"
        monkeypatch.setattr(market.engine, "bundle", bundle)
        await browser.get("/cart")
        assert await carts(market) == {buyer.id: 2} and COOKIE not in browser.http.cookies


async def test_a_double_tap_makes_one_visitor(sqlite_url, tmp_path):
    async with open_faces(sqlite_url, tmp_path) as faces:
        market, browser = faces.market, faces.browser()
        _, _, place = await goods(market)
        await browser.get(place)
        shown = browser.text
        for _ in range(2):
            browser.text = shown
            browser.http.cookies.delete(COOKIE) if COOKIE in browser.http.cookies else None
            await browser.submit(place, axis_0="0", quantity="2", action="cart")
        assert len(await market.rows(Party, kind="visitor")) == 1
        assert list((await carts(market)).values()) == [2]


async def test_a_forged_cookie_opens_nobodys_cart(sqlite_url, tmp_path):
    async with open_faces(sqlite_url, tmp_path) as faces:
        market, browser, other = faces.market, faces.browser(), faces.browser()
        _, _, place = await goods(market)
        await browser.submit(place, at=place, axis_0="0", action="cart")
        (visitor,) = await market.rows(Party, kind="visitor")
        for forged in (f"{public_owner(visitor.owner)}.{'0' * 32}", "nonsense"):
            other.http.cookies.set(COOKIE, forged)
            await other.get("/cart")
            assert "empty" in other.text
        await browser.get("/me")
        assert browser.path.startswith("/sign-in"), "a visitor is nobody to any other page"


async def test_who_brought_the_visitor_earns_from_the_person(sqlite_url, tmp_path):
    async with open_faces(sqlite_url, tmp_path) as faces:
        market, browser = faces.market, faces.browser()
        stall, sku, place = await goods(market, promoter_ppm=50_000)
        promoter, buyer = await market.person(), await market.person()
        await market.address(buyer)
        await faces.persona(buyer)
        parts = ("chat", "link", market.clock.at)
        product = (await market.row(Sku, id=sku)).product
        proof = market.engine.world.seal(*touch_parts(stall.shop, product, promoter.id, *parts))
        link = f"/t/{place.removeprefix('/goods/')}/{public_owner(promoter.id)}/chat.link.{parts[2]}"
        await browser.get(f"{link}.{'0' * 32}", 404)
        assert not await market.rows(Party, kind="visitor"), "a forged link makes nobody"
        await browser.get(f"{link}.{proof}")
        assert browser.path == place
        await market.pass_time(DAY)
        await browser.be(buyer)
        buying = f"/checkout?sku={public_id(stall.shop, sku)}"
        await browser.submit(buying, at=buying)
        (line,) = await market.rows(Line)
        assert [share.payee for share in line.shares if share.role == "promoter"] == [promoter.id]


async def test_a_session_that_ends_at_the_checkout_loses_nothing(sqlite_url, tmp_path):
    async with open_faces(sqlite_url, tmp_path) as faces:
        market, browser = faces.market, faces.browser()
        stall, sku, place = await goods(market)
        buyer = await market.person()
        await market.address(buyer)
        second = public_id(buyer.id, await market.address(buyer))
        await faces.persona(buyer)
        await browser.be(buyer)
        buying = f"/checkout?sku={public_id(stall.shop, sku)}&quantity=2"
        await browser.get(f"{buying}&address={second}")
        await market.pass_time(8 * DAY)
        shown = browser.text
        await browser.submit(f"/checkout?sku={public_id(stall.shop, sku)}&quantity=2")
        assert browser.path.startswith("/sign-in?") and "ended" in browser.path and not await market.rows(Order)
        back = browser.text
        await browser.submit(place, at=place, axis_0="0", quantity="1", action="cart")  # goes on as a visitor meanwhile
        browser.text = back
        page = await browser.submit(f"/personas/{public_owner(buyer.id)}")
        assert browser.path == f"{buying}&address={second}"
        assert page.css_first("input[name=address][checked]").attributes["value"] == second
        assert shown.count("198") and "198" in browser.text
        assert await carts(market) == {buyer.id: 1}
        await browser.submit(f"/checkout?sku={public_id(stall.shop, sku)}&quantity=2")
        (order,) = await market.rows(Order)
        assert order.goods_minor == 19_800 and await carts(market) == {buyer.id: 1}, "bought at once, beside the cart"
