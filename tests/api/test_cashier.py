"""The payer's link to the cashier: for him alone, for an order or a whole checkout, and back to us or whom we allow."""

from urllib.parse import parse_qs, urlsplit

import pytest

from jishi.api.app import create_api
from jishi.api.paying import origin_of
from jishi.kernel.ids import public_id
from jishi.kernel.payments import Leg
from tests.api.desk import OWN_URL, Desk, open_desk
from tests.api.world import World

pytestmark = pytest.mark.anyio


def link(got) -> dict[str, str]:
    """What a cashier link says."""
    assert got.status == 200, got
    return {name: values[0] for name, values in parse_qs(urlsplit(got.told["url"]).query).items()}


async def test_an_order_and_a_checkout_are_paid_at_the_cashier(database_url):
    async with open_desk(database_url) as desk:
        market = desk.market
        stall, buyer = await market.shop(), await market.person()
        order = await market.place(stall, buyer, (await market.goods(stall), 1))
        told, token = {"order": public_id(stall.shop, order)}, desk.token(buyer)

        tried = await desk.post("payments/cashier", told, token, prefer="dry-run")
        assert (tried.status, tried.told) == (200, {"url": None})
        assert (await market.row(Leg, owner=stall.shop, order=order)).state == "due"
        said = link(await desk.post("payments/cashier", told, token, accept_language="zh-TW"))
        assert (said["amount_minor"], said["lang"]) == ("10700", "zh-Hant")
        assert said["return_url"] == f"{OWN_URL}/pay/orders/{told['order']}/return"
        assert (await market.row(Leg, owner=stall.shop, order=order)).state == "unknown", "so that we ask"

        stranger = await desk.post("payments/cashier", told, desk.token(await market.person()))
        assert (stranger.status, stranger.code) == (403, "forbidden")
        missing = await desk.post("payments/cashier", {"order": public_id(stall.shop, 1)}, token)
        assert (missing.status, missing.code) == (403, "forbidden"), "nor does it tell which orders there are"
        await market.notice(stall, order)
        assert (await desk.post("payments/cashier", told, token)).status == 409

        checkout = await World(desk).checkout(stall, buyer, await market.goods(stall, 9_900))
        whole = link(await desk.post("payments/cashier", {"checkout": public_id(buyer.id, checkout)}, token))
        assert whole["amount_minor"] == str(9_900 + 500 + 2 * 800) and whole["subject_code"] == "checkout"


async def test_a_link_leads_back_only_to_us_or_whom_we_allow(sqlite_url):
    async with open_desk(sqlite_url) as desk:
        market = desk.market
        stall, buyer = await market.shop(), await market.person()
        order = public_id(stall.shop, await market.place(stall, buyer, (await market.goods(stall), 1)))
        for good in (f"{OWN_URL}/done", "https://host.test/app/paid?x=1", "http://market.test:80/"):
            body = {"order": order, "return_url": good}
            assert link(await desk.post("payments/cashier", body, desk.token(buyer)))["return_url"] == good
        for bad in (
            "https://elsewhere.test/", "//market.test/", "/done", "javascript:alert(1)", "https://market.test/",
            "http://market.test@elsewhere.test/", "http://market.test\\@elsewhere.test/", "http://market.test:8000/",
            "http://elsewhere.test#http://market.test/", "http://market.test.elsewhere.test/", "http://[::1", "x",
            "http://market.test /", "http://market.test:port/", "http://mаrket.test/",
        ):  # fmt: skip
            got = await desk.post("payments/cashier", {"order": order, "return_url": bad}, desk.token(buyer))
            assert (got.status, got.code, got.told["field"]) == (422, "return_url_foreign", "return_url"), bad
        for odd in ({}, {"order": order, "checkout": order}):
            assert (await desk.post("payments/cashier", odd, desk.token(buyer))).code == "body_invalid"
        assert origin_of("HTTPS://Market.test/") == "https://market.test:443"


async def test_without_a_provider_there_is_no_cashier(sqlite_url):
    async with open_desk(sqlite_url) as desk:
        market = desk.market
        stall, buyer = await market.shop(), await market.person()
        order = public_id(stall.shop, await market.place(stall, buyer, (await market.goods(stall), 1)))
        alone = Desk(market, create_api(market.engine, None, desk.api.sign_in))
        got = await alone.post("payments/cashier", {"order": order}, desk.token(buyer))
        assert (got.status, got.code) == (503, "cashier_missing") and got.told["next"]
