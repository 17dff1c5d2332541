"""The market a benchmark runs on, made by commands: shops, SKUs, buyers with addresses and tokens."""

import asyncio
from typing import NamedTuple

from jishi.engine.engine import Engine, EngineOptions
from jishi.engine.request import Busy
from jishi.engine.sign_in import SignIn
from jishi.kernel.apps import MakeKey
from jishi.kernel.catalog import Axis, DraftProduct, ListProduct, SkuAsk, Text
from jishi.kernel.freight import Rate, SaveFreight
from jishi.kernel.grammar import Principal, system
from jishi.kernel.ids import derived_id, public_id, read_id
from jishi.kernel.owners import PLATFORM
from jishi.kernel.parties import CreateParty, SaveAddress
from jishi.kernel.shops import Named, OpenShop
from jishi.kernel.stock import Sku
from jishi.store import migrate, open_database

AT_ONCE = 400
PRICE_MINOR = 9_900
DEMO = system("demo")


class Size(NamedTuple):
    """How large the market is."""

    shops: int
    skus_per_shop: int
    buyers: int


class Market(NamedTuple):
    """What requests are made of: (token, address) per buyer, public SKU ids per shop."""

    buyers: list[tuple[str, str]]
    skus: list[list[str]]


async def build(url: str, size: Size) -> Market:
    """Make the market on a fresh database."""
    await migrate(url)
    engine = await Engine.open(await open_database(url), EngineOptions(pumps=False))
    try:
        gate = asyncio.Semaphore(AT_ONCE)
        skus = [await shop(engine, number, size.skus_per_shop) for number in range(size.shops)]
        key = read_id((await send(engine, gate, MakeKey(PLATFORM, "bench", ("act_for",)), system("job")))["key"])[1]
        program, sign_in = Principal("app", key, owner=PLATFORM), SignIn(engine)
        addresses = await asyncio.gather(*[buyer(engine, gate, number) for number in range(size.buyers)])
        buyers = [(sign_in.party_token(party, program), address) for party, address in addresses]
        return Market(buyers, skus)
    finally:
        await engine.stop()


async def send(engine: Engine, gate: asyncio.Semaphore, command, by: Principal) -> dict:
    """One command, waiting while the engine is busy."""
    async with gate:
        while True:
            try:
                (answer,) = await engine.bundle([(command, by, engine.fresh_id())], background=True)
                return answer.told
            except Busy:
                await asyncio.sleep(0.05)


async def buyer(engine: Engine, gate: asyncio.Semaphore, number: int) -> tuple[int, str]:
    """A party with one address."""
    party = derived_id("bench", "party", number)
    await send(engine, gate, CreateParty(party, "person", f"simulated {number}"), DEMO)
    me = Principal("party", party)
    saved = SaveAddress(party, "CN-BJ", "simulated", "+86 190 0000 0000", "Market Road 1")
    return party, (await send(engine, gate, saved, me))["address"]


async def shop(engine: Engine, number: int, skus: int) -> list[str]:
    """A shop with products of up to fifty SKUs each, all of one price."""
    owner, gate = derived_id("bench", "shop", number), asyncio.Semaphore(AT_ONCE)
    await send(engine, gate, OpenShop(owner, "enterprise", (Named("zh-Hans", f"试验店 {number}"),)), DEMO)
    told = await send(engine, gate, SaveFreight(owner, "piece", (Rate((), 1, 800, 1, 0),)), DEMO)
    for first in range(0, skus, 50):
        places = range(min(50, skus - first))
        text = Text("zh-Hans", "试验用的商品", axes=(Axis("款", tuple(f"第 {n} 款" for n in places)),))
        asked = tuple(SkuAsk(f"s{first + n}", PRICE_MINOR, (n,), 200, 1_000_000) for n in places)
        draft = DraftProduct(owner, "food.tea.green", (text,), asked, read_id(told["template"])[1])
        product = read_id((await send(engine, gate, draft, DEMO))["product"])[1]
        await send(engine, gate, ListProduct(owner, product), DEMO)
    rows = await engine.database.read(Sku, "WHERE owner = :owner ORDER BY id", owner=owner)
    return [public_id(owner, row.id) for row in rows]
