"""Panes: the path says who looks, every link of a page stays in its pane, and outside of a demo there are none."""

import pytest

from jishi.kernel.ids import public_id, public_owner
from jishi.kernel.orders import Order
from jishi.kernel.stock import Sku
from jishi.modes.gift import Gift
from jishi.web.rendering import inside
from tests.support.faces import open_faces, order_path

pytestmark = pytest.mark.anyio
OWN = ("href", "src", "action", "formaction", "hx-get", "hx-post", "hx-sse:connect")


async def people(faces):
    """A shop with goods, and a giver and a friend whom a visitor may be."""
    market = faces.market
    stall, giver, friend = await market.shop(), await market.person(), await market.person()
    sku = await market.goods(stall)
    await market.address(giver)
    await market.address(friend)
    for who, role, shop in ((giver, "giver", 0), (friend, "friend", 0), (stall.keeper, "staff", stall.shop)):
        await faces.persona(who, role, shop)
    return stall, giver, friend, sku


def pane(who) -> str:
    return f"/~p{who.id}"


def leaving(page, prefix: str) -> list[str]:
    """Own addresses on a page that lead out of its pane."""
    found = []
    for name in OWN:
        for node in page.css(f"[{name.replace(':', chr(92) + ':')}]"):
            address = node.attributes[name] or ""
            if address.startswith("/") and not address.startswith((prefix + "/", "/static/", "/files/")):
                found.append(f"{name}={address}")
    return found


async def test_every_link_stays_in_the_pane(sqlite_url, tmp_path):
    async with open_faces(sqlite_url, tmp_path) as faces:
        stall, giver, friend, sku = await people(faces)
        order = await faces.market.paid(stall, giver, (sku, 1), mode="gift")
        unpaid = await faces.market.place(stall, giver, (sku, 1))
        product = public_id(stall.shop, (await faces.market.row(Sku, id=sku)).product)
        desk = f"/desk/{public_owner(stall.shop)}"
        seen = {
            giver: [
                *("/goods", "/cart", "/orders", "/gifts", "/inbox", "/me", "/me/settings", "/me/addresses", "/shops"),
                *(f"/goods/{product}", f"/orders/{order_path(stall, order)}", f"/gifts/{order_path(stall, order)}"),
                *(f"/pay/orders/{order_path(stall, unpaid)}", f"/checkout?sku={public_id(stall.shop, sku)}"),
                *(f"/deals/{order_path(stall, order)}", f"/gifts/new?sku={public_id(stall.shop, sku)}"),
            ],
            friend: [f"/gift/{order_path(stall, order)}/{faces.market.proof(stall, order)}?open=1"],
            stall.keeper: [desk, f"{desk}/orders", f"{desk}/goods", f"{desk}/claims", f"{desk}/money"],
        }
        browser = faces.browser()
        for who, addresses in seen.items():
            for address in addresses:
                page = await browser.get(pane(who) + address)
                assert browser.path.startswith(pane(who)), address
                assert page.css("a, form") and leaving(page, pane(who)) == [], address
        await browser.get(f"{pane(giver)}/goods/nothing", 404)
        assert "/~" in browser.text and leaving(await browser.get(f"{pane(giver)}/nowhere", 404), pane(giver)) == []


async def test_two_people_in_one_browser(sqlite_url, tmp_path):
    async with open_faces(sqlite_url, tmp_path) as faces:
        stall, giver, friend, sku = await people(faces)
        browser = faces.browser()
        await browser.be(stall.keeper)
        at = f"{pane(giver)}/gifts/new?sku={public_id(stall.shop, sku)}"
        await browser.submit(f"{pane(giver)}/gifts/new", at=at, cover="plum", note="for you")
        (order,) = await faces.market.rows(Order)
        assert order.payer == giver.id, "the path says who it is, whoever is signed in"
        assert browser.path == f"{pane(giver)}/pay/orders/{order_path(stall, order.id)}"
        cashier = (await browser.get(browser.path)).css_first("a[target=_blank]")
        assert cashier.attributes["rel"] == "noopener noreferrer", "a cashier may not be framed"
        await faces.market.notice(stall, order.id)
        link = f"{pane(friend)}/gift/{order_path(stall, order.id)}/{faces.market.proof(stall, order.id)}"
        page = await browser.get(f"{link}?open=1")
        address = page.css_first("input[name=address]").attributes["value"]
        await browser.submit(link, at=f"{link}?open=1", address=address, action="accept")
        assert browser.path == f"{pane(friend)}/orders/{order_path(stall, order.id)}"
        assert (await faces.market.row(Gift, order=order.id)).recipient == friend.id
        page = await browser.get("/me")
        assert page.css_first("a[href^='/desk/']"), "outside of the panes the cookie says who it is"


async def test_the_page_that_leads_to_the_cashier_goes_on_by_itself(sqlite_url, tmp_path):
    async with open_faces(sqlite_url, tmp_path) as faces:
        stall, giver, _, sku = await people(faces)
        order = await faces.market.place(stall, giver, (sku, 1))
        browser, at = faces.browser(), f"{pane(giver)}/pay/orders/{order_path(stall, order)}"
        asked = {"HX-Request": "true"}
        assert (await browser.http.get(at, headers=asked)).status_code == 204
        await faces.market.notice(stall, order)
        told = await browser.http.get(at, headers=asked)
        assert (told.status_code, told.headers["hx-redirect"]) == (204, f"{at}/return")
        assert "close this tab" in (await browser.get(f"{at}/return?tab=1")).css_first("main").text()
        assert "close this tab" not in (await browser.get(f"{at}/return")).css_first("main").text()


async def test_panes_are_only_in_demo_databases(sqlite_url, tmp_path):
    async with open_faces(sqlite_url, tmp_path) as faces:
        _, giver, _, _ = await people(faces)
        browser = faces.browser()
        await browser.get("/~nobody/goods", 404)
        await browser.get("/~/goods", 404)
        await browser.get(f"{pane(giver)}/me")
        faces.market.engine.demo = False
        for address in ("/goods", "/me", "/orders", "/"):
            await browser.get(pane(giver) + address, 404)


def test_only_own_addresses_in_attributes_are_led() -> None:
    kept = '<a href="//other.example/x"></a><img src="/files/a.webp"><use href="/static/x#y"/><a href="/~b/me"></a>'
    assert inside("/~a", kept) == kept
    assert inside("/~a", '<p>href="/x"</p><a  href="/x">') == '<p>href="/x"</p><a  href="/~a/x">'
    assert inside("", '<a href="/x">') == '<a href="/x">'
