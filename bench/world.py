"""The market a benchmark runs on, made by commands: shops, SKUs, buyers with addresses; and tokens for the buyers."""

import asyncio
import time
from dataclasses import dataclass, field
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
TOKEN_S = 600
READ_TRIES, READ_WAIT_S = 6_000, 0.1
PRICE_MINOR = 9_900
DEMO = system("demo")
BEHIND = """
SELECT h.owner AS owner FROM heads h WHERE (
    SELECT COUNT(*) FROM cursors c WHERE c.owner = h.owner AND c.seq = h.seq AND c.consumer IN ('reactions', 'outbox')
) < 2 LIMIT 1
"""


class Size(NamedTuple):
    """How large the market is."""

    shops: int
    skus_per_shop: int
    buyers: int


class Buyer(NamedTuple):
    """A simulated person and the public id of his address."""

    party: int
    address: str


@dataclass
class Market:
    """What requests are made of: buyers, the SKUs of each shop, and who signs in for the buyers.

    engine: closed by now; its clock, secret and seal are all that signing in needs.
    """

    buyers: list[Buyer]
    skus: list[list[Sku]]
    program: Principal
    engine: Engine
    sign_in: SignIn = field(init=False)
    tokens: dict[int, tuple[float, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.sign_in = SignIn(self.engine)

    def token(self, buyer: Buyer) -> str:
        """With which this buyer acts: the same for ten of the fifteen minutes that it lives."""
        until, token = self.tokens.get(buyer.party, (0.0, ""))
        if until < time.monotonic():
            token = self.sign_in.party_token(buyer.party, self.program)
            self.tokens[buyer.party] = (time.monotonic() + TOKEN_S, token)
        return token


async def build(url: str, size: Size) -> Market:
    """Make the market on a fresh database."""
    await migrate(url)
    engine = await Engine.open(await open_database(url), EngineOptions())
    try:
        gate = asyncio.Semaphore(AT_ONCE)
        for number in range(size.shops):
            await shop(engine, number, size.skus_per_shop)
        skus = [await skus_of(engine, derived_id("bench", "shop", number)) for number in range(size.shops)]
        key = read_id((await send(engine, gate, MakeKey(PLATFORM, "bench", ("act_for",)), system("job")))["key"])[1]
        buyers = await asyncio.gather(*[buyer(engine, gate, number) for number in range(size.buyers)])
        await read_up(engine)
        return Market(buyers, skus, Principal("app", key, owner=PLATFORM), engine)
    finally:
        await engine.stop()


async def read_up(engine: Engine) -> None:
    """Wait until reactions and outbox have read all logs: else every server of a benchmark would begin with that."""
    for _ in range(READ_TRIES):
        if not await engine.database.fetch(BEHIND):
            return
        await asyncio.sleep(READ_WAIT_S)
    raise RuntimeError("the market's logs are never read to their end")


async def send(engine: Engine, gate: asyncio.Semaphore, command, by: Principal) -> dict:
    """One command, waiting while the engine is busy."""
    async with gate:
        while True:
            try:
                (answer,) = await engine.bundle([(command, by, engine.fresh_id())], background=True)
                return answer.told
            except Busy:
                await asyncio.sleep(0.05)


async def buyer(engine: Engine, gate: asyncio.Semaphore, number: int) -> Buyer:
    """A party with one address."""
    party = derived_id("bench", "party", number)
    await send(engine, gate, CreateParty(party, "person", f"simulated {number}"), DEMO)
    me = Principal("party", party)
    saved = SaveAddress(party, "CN-BJ", "simulated", "+86 190 0000 0000", "Market Road 1")
    return Buyer(party, (await send(engine, gate, saved, me))["address"])


async def shop(engine: Engine, number: int, skus: int) -> None:
    """A shop with products of up to fifty SKUs each, all of one price, all to be given too."""
    owner, gate = derived_id("bench", "shop", number), asyncio.Semaphore(AT_ONCE)
    await send(engine, gate, OpenShop(owner, "enterprise", (Named("zh-Hans", f"试验店 {number}"),)), DEMO)
    told = await send(engine, gate, SaveFreight(owner, "piece", (Rate((), 1, 800, 1, 0),)), DEMO)
    for first in range(0, skus, 50):
        places = range(min(50, skus - first))
        text = Text("zh-Hans", "试验用的商品", axes=(Axis("款", tuple(f"第 {n} 款" for n in places)),))
        asked = tuple(SkuAsk(f"s{first + n}", PRICE_MINOR, (n,), 200, 1_000_000) for n in places)
        draft = DraftProduct(owner, "food.tea.green", (text,), asked, read_id(told["template"])[1], giftable=1)
        product = read_id((await send(engine, gate, draft, DEMO))["product"])[1]
        await send(engine, gate, ListProduct(owner, product), DEMO)


async def skus_of(engine: Engine, owner: int) -> list[Sku]:
    """A shop's SKUs."""
    return await engine.database.read(Sku, "WHERE owner = :owner ORDER BY id", owner=owner)


def public_sku(sku: Sku) -> str:
    """As requests name it."""
    return public_id(sku.owner, sku.id)
