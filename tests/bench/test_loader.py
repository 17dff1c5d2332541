"""The fast loader writes the rows the engine would: table by table as many, and the auditor finds nothing wrong."""

import pytest

from bench.loader import load_orders
from bench.world import PRICE_MINOR, Market, Size, build
from jishi.audit.report import audit
from jishi.engine.engine import Engine, EngineOptions
from jishi.kernel.grammar import Principal, system
from jishi.kernel.ids import read_id
from jishi.kernel.notices import RecordNotice
from jishi.kernel.orders import Order
from jishi.kernel.placing import LineAsk, PlaceOrder
from jishi.kernel.rows import TABLES
from jishi.kernel.stock import Sku
from jishi.store import open_database

pytestmark = pytest.mark.anyio
REAL, LOADED = 4, 50


async def place_real_orders(url: str, market: Market) -> None:
    """A few orders, placed and paid by commands, with what follows them."""
    engine = await Engine.open(await open_database(url), EngineOptions(pumps=False))
    try:
        for number in range(REAL):
            buyer, sku = market.buyers[number % len(market.buyers)], market.skus[number % 2][number % 3]
            wanted = (LineAsk(sku.id, 1, PRICE_MINOR),)
            placed = PlaceOrder(sku.owner, wanted, address=read_id(buyer.address)[1])
            told = (await engine.send(placed, Principal("party", buyer.party))).told
            shop, order = read_id(told["order"])
            paid = RecordNotice(
                shop, order, 1, "paid", f"T{told['order']}", f"O{told['order']}-1", told["total_minor"], "CNY",
                told["at_ms"],
            )  # fmt: skip
            await engine.send(paid, system("provider"))
        await engine.settle_down()
    finally:
        await engine.stop()


async def sizes(url: str) -> dict[str, int]:
    """How many rows each table has."""
    database = await open_database(url, writer=False)
    try:
        names = [spec.name for spec in TABLES.values() if spec.kind != "local"]
        counts = [await database.fetch(f'SELECT COUNT(*) AS size FROM "{name}"') for name in names]
        return {name: rows[0].size for name, rows in zip(names, counts, strict=True)}
    finally:
        await database.close()


async def test_loaded_orders_look_like_placed_ones(database_url):
    market = await build(database_url, Size(2, 3, 5))
    before = await sizes(database_url)
    await place_real_orders(database_url, market)
    placed = await sizes(database_url)
    await load_orders(database_url, market, LOADED, seed=1)
    loaded = await sizes(database_url)

    of_one = {name: (placed[name] - before[name]) / REAL for name in placed if name != "balances"}
    assert {name: (loaded[name] - placed[name]) / LOADED for name in of_one} == of_one
    assert of_one["orders"] == 1 and of_one["log"] == 2 and of_one["timers"] == 1
    report = await audit(database_url)
    assert not report.violations, "\n".join(map(str, report.violations[:10]))


async def test_the_engine_goes_on_after_loaded_orders(database_url):
    market = await build(database_url, Size(2, 3, 5))
    await place_real_orders(database_url, market)
    await load_orders(database_url, market, LOADED, seed=2)
    await place_real_orders(database_url, market)
    report = await audit(database_url)
    assert not report.violations, "\n".join(map(str, report.violations[:10]))
    database = await open_database(database_url, writer=False)
    try:
        assert len(await database.read(Order)) == LOADED + 2 * REAL
        assert sum(sku.taken for sku in await database.read(Sku)) == LOADED + 2 * REAL
    finally:
        await database.close()
