"""A host app walks one order through the API alone: party, token, shop, goods, cart, order, the same answer again."""

import pytest

from jishi.kernel.ids import public_id, public_owner
from jishi.kernel.stock import Sku
from tests.api.desk import open_desk

pytestmark = pytest.mark.anyio

ADDRESS = {"region": "CN-BJ", "name": "simulated", "phone": "+86 190 0000 0001", "street": "Market Road 1"}
TEXT = {"language": "zh-Hans", "title": "一件试用的好东西"}


async def person(desk, key: str) -> tuple[str, str]:
    """A new party and its token, through the host's key."""
    made = await desk.post(
        "parties/create", {"kind": "person", "name": "simulated"}, desk.host_key, idempotency_key=key
    )
    assert made.status == 200, made
    told = await desk.post("party-tokens", {"party": made.told["party"]}, desk.host_key)
    assert told.status == 200, told
    return made.told["party"], told.told["token"]


async def stall(desk, keeper: str, price: int = 9_900) -> dict:
    """A shop with one product on sale, all made through the API."""
    names = [{"language": "zh-Hans", "name": "试用小店"}]
    shop = (await desk.post("shops/open", {"kind": "person", "names": names}, keeper)).told["shop"]
    rates = [{"regions": [], "first_units": 1, "first_fee_minor": 800, "step_units": 1, "step_fee_minor": 0}]
    freight = (await desk.post("freight/save", {"shop": shop, "by": "piece", "rates": rates}, keeper)).told["template"]
    skus = [{"code": "one", "price_minor": price, "stock": 5}]
    draft = {"category": "food.tea.green", "texts": [TEXT], "skus": skus, "freight": freight}
    product = (await desk.post("goods/draft", draft, keeper)).told["product"]
    assert (await desk.post("goods/list", {"product": product}, keeper)).status == 200
    shown = (await desk.get("goods/show", product=product)).told
    return {"shop": shop, "product": product, "sku": shown["skus"][0]["sku"], "price_minor": price}


async def test_one_order_through_the_api(database_url):
    async with open_desk(database_url) as desk:
        _, keeper = await person(desk, "keeper")
        me, buyer = await person(desk, "buyer")
        goods = await stall(desk, keeper)
        listed = (await desk.get("goods/listed")).told["items"]
        assert [item["product"] for item in listed] == [goods["product"]]

        address = (await desk.post("parties/save-address", ADDRESS, buyer)).told["address"]
        await desk.post("cart/set", {"sku": goods["sku"], "quantity": 2}, buyer)
        cart = (await desk.get("cart/show", buyer)).told
        assert (cart["party"], cart["goods_minor"], cart["lines"][0]["differences"]) == (me, 19_800, [])

        line = {"sku": goods["sku"], "quantity": 2, "price_minor": 9_900}
        wish = {"lines": [line], "address": address}
        quoted = await desk.post("orders/place", wish, buyer, prefer="dry-run")
        assert quoted.told["freight_minor"] == 800 and quoted.headers["preference-applied"] == "dry-run"
        assert (await desk.get("orders/bought", buyer)).told["items"] == []

        first = await desk.post("orders/place", wish, buyer, idempotency_key="order-1")
        again = await desk.post("orders/place", wish, buyer, idempotency_key="order-1")
        assert first.body == again.body and first.told["total_minor"] == 20_600
        assert "idempotent-replayed" not in first.headers and again.headers["idempotent-replayed"] == "true"
        other = await desk.post(
            "orders/place", {**wish, "lines": [{**line, "quantity": 1}]}, buyer, idempotency_key="order-1"
        )
        assert (other.status, other.code) == (422, "id_reused")
        shown = (await desk.get("orders/show", buyer, order=first.told["order"])).told
        assert (shown["state"], shown["payer"], shown["total_minor"]) == ("placed", me, 20_600)
        assert (await desk.get("orders/show", keeper, order=first.told["order"])).status == 403
        sold = (await desk.get("orders/sold", keeper, shop=goods["shop"])).told
        assert sold == {"items": [], "after": ""}, "an unpaid order is not the shop's yet"


async def test_a_checkout_over_two_shops_tells_every_difference(database_url):
    async with open_desk(database_url) as desk:
        _, keeper = await person(desk, "keeper")
        _, buyer = await person(desk, "buyer")
        tea, cup = await stall(desk, keeper), await stall(desk, keeper, 500)
        address = (await desk.post("parties/save-address", ADDRESS, buyer)).told["address"]

        def wish(price: int, pieces: int) -> dict:
            lines = [
                {"sku": tea["sku"], "quantity": 1, "price_minor": price},
                {"sku": cup["sku"], "quantity": pieces, "price_minor": 500},
            ]
            return {"lines": lines, "address": address}

        differs = await desk.post("checkouts/place", wish(9_000, 99), buyer, accept_language="zh-TW")
        assert (differs.status, differs.code) == (409, "checkout_differs")
        told = {one["code"]: one["facts"] for one in differs.told["differences"]}
        assert told["price_changed"] == {"sku": tea["sku"], "price_minor": 9_900}
        assert told["stock_short"] == {"sku": cup["sku"], "left": 5} and len(told) == 2
        assert differs.headers["content-language"] == "zh-Hant" and "請" in differs.told["next"]

        placed = await desk.post("checkouts/place", wish(9_900, 2), buyer, idempotency_key="both")
        again = await desk.post("checkouts/place", wish(9_900, 2), buyer, idempotency_key="both")
        assert placed.status == 200 and placed.body == again.body and again.headers["idempotent-replayed"] == "true"
        assert placed.told["total_minor"] == 9_900 + 1_000 + 2 * 800 and len(placed.told["orders"]) == 2
        assert placed.told["checkout"] and len((await desk.get("orders/bought", buyer)).told["items"]) == 2
        page = (await desk.get("orders/bought", buyer, limit=1)).told
        rest = (await desk.get("orders/bought", buyer, limit=1, after=page["after"])).told
        assert page["items"][0]["order"] != rest["items"][0]["order"] and rest["after"] == ""
        assert public_owner(0) not in placed.body.decode()
        skus = {public_id(row.owner, row.id): row.held for row in await desk.market.rows(Sku)}
        assert (skus[tea["sku"]], skus[cup["sku"]]) == (1, 2)
