"""What has ended opens nothing any more: removed, withdrawn, revoked, closed, erased; and the logs do not grow."""

import pytest

from jishi.kernel.ids import public_id, public_owner
from jishi.kernel.roles import DUTIES
from tests.api.desk import open_desk
from tests.api.test_isolation import lengths
from tests.api.world import RATE, TEXT, World
from tests.support.market import MINUTE

pytestmark = pytest.mark.anyio


async def test_what_has_ended_opens_nothing(database_url):
    async with open_desk(database_url) as desk:
        world = await World(desk).build()
        ids, payer, manager = world.ids, world.senders["payer"], desk.token(world.stall.keeper)
        lines = [{"sku": ids["sku"], "quantity": 1, "price_minor": 9_900}]
        ends = [
            ("parties/remove-address", {"address": ids["address"]}, payer),
            ("keys/revoke", {"key": ids["key"]}, manager),
            ("webhooks/remove-endpoint", {"endpoint": ids["endpoint"]}, manager),
            ("goods/remove-picture", {"product": ids["product"], "n": 1}, manager),
            ("goods/withdraw", {"product": ids["product"]}, manager),
        ]
        for path, body, by in ends:
            assert (await desk.post(path, body, by)).status == 200, path
        url = {"url": "https://example.com/hear"}
        after = [
            ("orders/place", {"lines": lines, "address": ids["address"]}, payer),
            ("checkouts/place", {"lines": lines, "address": ids["address"]}, payer),
            ("gifts/wrap", {"order": ids["order"]}, payer),
            ("webhooks/rotate-secret", {"endpoint": ids["endpoint"]}, manager),
            ("webhooks/change-endpoint", {"endpoint": ids["endpoint"], **url}, manager),
            *[(path, body, by) for path, body, by in ends],
        ]
        before = await lengths(desk)
        for path, body, by in after:
            got = await desk.post(path, body, by)
            assert got.status in (403, 404, 409, 422) and got.code, (path, got)
        assert await lengths(desk) == before
        assert (await desk.get("webhooks/secret", manager, endpoint=ids["endpoint"])).status == 404
        assert ids["address"] not in (await desk.get("parties/addresses", payer, party=ids["party"])).body.decode()
        assert ids["product"] not in (await desk.get("goods/listed")).body.decode()


async def test_a_closed_shop_sells_nothing(database_url):
    async with open_desk(database_url) as desk:
        market = desk.market
        stall, buyer = await market.shop(), await market.person()
        sku, keeper, token = await market.goods(stall), desk.token(stall.keeper), desk.token(buyer)
        address = public_id(buyer.id, await market.address(buyer))
        shop, freight = public_owner(stall.shop), public_id(stall.shop, stall.freight)
        assert (await desk.post("shops/close", {"shop": shop}, keeper)).status == 200
        before = await lengths(desk)
        lines = [{"sku": public_id(stall.shop, sku), "quantity": 1, "price_minor": 9_900}]
        draft = {"category": "food.tea.green", "texts": [TEXT], "freight": freight}
        skus = [{"code": "one", "price_minor": 100}]
        for path, body, by in [
            ("orders/place", {"lines": lines, "address": address}, token),
            ("shops/close", {"shop": shop}, keeper),
            ("goods/draft", {**draft, "skus": skus}, keeper),
            ("freight/save", {"shop": shop, "by": "piece", "rates": [RATE], "code": "new"}, keeper),
        ]:
            got = await desk.post(path, body, by)
            assert 400 <= got.status < 500, (path, got)
        assert await lengths(desk) == before


async def test_an_erased_party_is_nobody(database_url):
    async with open_desk(database_url) as desk:
        market = desk.market
        stall, who = await market.shop(), await market.person()
        token, party = desk.token(who), public_owner(who.id)
        assert (await desk.get("parties/show", token)).status == 200
        put = {"sku": public_id(stall.shop, await market.goods(stall)), "quantity": 1}
        erased = await desk.post("parties/erase", {"party": party}, token, idempotency_key="gone")
        assert erased.status == 200
        before = await lengths(desk)
        again = await desk.post("parties/erase", {"party": party}, token, idempotency_key="gone")
        assert (again.status, again.body) == (200, erased.body), "what was done is told once more, and not done again"
        for got in (
            await desk.post("cart/set", put, token),
            await desk.get("parties/show", token),
            await desk.get("orders/bought", token),
            await desk.post("cart/set", {"sku": public_id(stall.shop, 1), "quantity": 1}, token),
        ):
            assert (got.status, got.code) == (401, "token_refused")
        again = await desk.post("party-tokens", {"party": party}, desk.host_key)
        assert again.status in (404, 409, 422) and "token" not in again.told
        assert await lengths(desk) == before


async def test_an_erasure_by_another_engine_is_seen_within_seconds(sqlite_url):
    async with open_desk(sqlite_url) as desk:
        who = await desk.market.person()
        token, sign_in = desk.token(who), desk.api.sign_in
        assert (await desk.get("parties/show", token)).status == 200
        desk.market.engine.listeners.remove(sign_in.committed)  # as if it had happened elsewhere
        assert (await desk.post("parties/erase", {}, token)).status == 200
        assert (await desk.post("parties/set-profile", {"name": "x"}, token)).code == "token_refused"  # it is decided
        desk.market.clock.pass_by(MINUTE)
        assert (await desk.get("parties/show", token)).code == "token_refused"


async def test_who_has_left_a_shop_may_nothing_there(sqlite_url):
    async with open_desk(sqlite_url) as desk:
        market = desk.market
        stall, helper = await market.shop(), await market.person()
        keeper, token = desk.token(stall.keeper), desk.token(helper)
        body = {"shop": public_owner(stall.shop), "party": public_owner(helper.id)}
        assert (await desk.post("shops/set-duties", {**body, "duties": DUTIES}, keeper)).status == 200
        assert (await desk.get("orders/sold", token, shop=body["shop"])).status == 200
        assert (await desk.post("shops/set-duties", {**body, "duties": []}, keeper)).status == 200
        assert (await desk.get("orders/sold", token, shop=body["shop"])).status == 403
