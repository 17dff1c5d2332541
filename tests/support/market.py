"""A small market for stories: a real engine on a real database, a clock moved by hand, a few named people and shops.

Everything goes through commands, as it does from the pages; `provider` sends what the payment provider would.
"""

import asyncio
import dataclasses
from collections import Counter
from contextlib import asynccontextmanager
from math import inf

from jishi.audit.report import audit
from jishi.engine.clock import Clock
from jishi.engine.engine import Engine, EngineOptions
from jishi.engine.lane import Lane
from jishi.engine.request import Item
from jishi.kernel.aftersale import Claim
from jishi.kernel.catalog import Axis, DraftProduct, ListProduct, SkuAsk, Text
from jishi.kernel.claims import AnswerClaim, OpenClaim
from jishi.kernel.events import decode_events
from jishi.kernel.freight import Rate, SaveFreight
from jishi.kernel.grammar import Command, Principal, system
from jishi.kernel.ids import read_id, read_owner
from jishi.kernel.ledger import Balance, amount_of
from jishi.kernel.notices import RecordNotice
from jishi.kernel.orders import Order, escrow_of
from jishi.kernel.owners import PLATFORM, LogRow
from jishi.kernel.parcels import ConfirmReceipt, ShipParcel
from jishi.kernel.parties import CreateParty, SaveAddress
from jishi.kernel.placing import LineAsk, PlaceOrder
from jishi.kernel.refund_results import RecordRefund
from jishi.kernel.refunds import Refund
from jishi.kernel.refused import Refused
from jishi.kernel.rows import Row, key_of
from jishi.kernel.shops import Named, OpenShop, SetDuties
from jishi.kernel.stock import Sku
from jishi.kernel.touch import RecordTouch, touch_parts
from jishi.kernel.trade import trade_of
from jishi.modes.gift import AcceptGift, link_parts
from jishi.store import migrate, open_database

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
FEB_1 = 1_769_904_000_000 + 2 * HOUR  # 2026-02-01 10:00 in the market's zone
CHINESE = "zh-Hans"


class HandClock(Clock):
    """Business time and wall time that stand still until a story moves them."""

    def __init__(self, start_ms: int = FEB_1):
        self.at = start_ms
        super().__init__(wall=lambda: self.at)

    def pass_by(self, ms: int) -> None:
        self.at += ms


class Market:
    """What a story holds: the engine, its clock, and the words to act with."""

    def __init__(self, engine: Engine, clock: HandClock):
        self.engine, self.clock = engine, clock
        self.made = 0
        self.prices: dict[int, int] = {}

    async def do(self, command: Command, by: Principal, id: str = "") -> dict:
        """Run a command; returns what the answer tells."""
        return (await self.engine.send(command, by, id)).told

    def queue(self, lane: Lane, who: Principal, *, background: bool = False) -> asyncio.Future:
        """Queue a command that locks this person's rows, in any lane, for five seconds."""
        command = SaveAddress(who.party, "CN-BJ", "simulated", "+86 190 0000 0000", "Market Road 1")
        request = self.engine.request(command, who, self.engine.fresh_id())
        future = asyncio.get_running_loop().create_future()
        return lane.put(Item([request], future, lane.monotonic() + 5, background))

    async def row(self, row_type: type[Row], **key):
        """One row by columns, or None."""
        rows = await self.rows(row_type, **key)
        return rows[0] if rows else None

    async def rows(self, row_type: type[Row], **key) -> list:
        """All rows by columns, in key order."""
        where = " AND ".join(f'"{name}" = :{name}' for name in key)
        found = await self.engine.database.read(row_type, f"WHERE {where}" if where else "", **key)
        return sorted(found, key=key_of)

    async def pass_time(self, ms: int) -> None:
        """Time passes; whatever becomes due happens, and what follows from it."""
        self.clock.pass_by(ms)
        await self.engine.settle_down()

    # -- people, shops and goods ------------------------------------------------------------------

    async def person(self, name: str = "simulated") -> Principal:
        """A new party, as it acts for itself."""
        self.made += 1
        owner = 1_000_000 + self.made
        await self.do(CreateParty(owner, "person", f"{name} {self.made}"), system("demo"))
        return Principal("party", owner)

    async def address(self, who: Principal, region: str = "CN-BJ") -> int:
        told = await self.do(SaveAddress(who.id, region, "simulated", "+86 190 0000 0001", "Market Road 1"), who)
        return read_id(told["address"])[1]

    async def shop(
        self, keeper: Principal | None = None, *, rates: tuple[Rate, ...] = (), excluded: tuple = (), **freight
    ) -> "Stall":
        """An open shop with one freight template (8 yuan, unless told)."""
        keeper = keeper or await self.person("keeper")
        self.made += 1
        told = await self.do(OpenShop(2_000_000 + self.made, "individual", (Named(CHINESE, "试用小店"),)), keeper)
        shop = read_owner(told["shop"])
        rates = rates or (Rate((), 1, 800, 1, 0),)
        told = await self.do(SaveFreight(shop, freight.pop("by", "piece"), rates, excluded=excluded, **freight), keeper)
        return Stall(shop, keeper, read_id(told["template"])[1])

    async def goods(self, stall: "Stall", price_minor: int = 9_900, stock: int = 10, **product) -> int:
        """A listed product of one SKU; returns the SKU."""
        return (await self.variants(stall, (price_minor,), stock, **product))[0]

    async def variants(self, stall: "Stall", prices: tuple[int, ...], stock: int = 10, **product) -> list[int]:
        """A listed product with one SKU per price; returns the SKUs."""
        self.made += 1
        axis = Axis("款式", tuple(f"第{n}款" for n in range(1, len(prices) + 1)))
        text = Text(CHINESE, "一件试用的好东西", axes=(axis,))
        skus = tuple(SkuAsk(f"sku{self.made}.{n}", price, (n,), 200, stock) for n, price in enumerate(prices))
        category = product.pop("category", "food.tea.green")
        told = await self.do(DraftProduct(stall.shop, category, (text,), skus, stall.freight, **product), stall.keeper)
        product_id = read_id(told["product"])[1]
        await self.do(ListProduct(stall.shop, product_id), stall.keeper)
        found = sorted(await self.rows(Sku, owner=stall.shop, product=product_id), key=lambda sku: sku.options)
        self.prices |= {sku.id: sku.price_minor for sku in found}
        return [sku.id for sku in found]

    # -- trading ----------------------------------------------------------------------------------

    async def place(self, stall: "Stall", buyer: Principal, *wanted: tuple[int, int], **order) -> int:
        """Order (SKU, quantity) pairs; returns the order."""
        if order.get("mode", "shelf") == "shelf" and "address" not in order:
            order["address"] = await self.address(buyer)
        lines = tuple(LineAsk(sku, quantity, self.prices[sku]) for sku, quantity in wanted)
        told = await self.do(PlaceOrder(stall.shop, lines, **order), buyer)
        return read_id(told["order"])[1]

    async def order(self, stall: "Stall", order: int) -> Order:
        return await self.row(Order, owner=stall.shop, id=order)

    async def notice(
        self, stall: "Stall", order: int, kind: str = "paid", txn: str = "", amount_minor: int = 0, **told
    ) -> dict:
        """What the provider would tell of an order's payment."""
        row = await self.order(stall, order)
        command = RecordNotice(
            stall.shop, order, told.get("leg", 1), kind, txn or f"T{order}", trade_of(row, 1),
            amount_minor or row.total_minor, told.get("currency", row.currency), self.clock.at,
        )  # fmt: skip
        return await self.do(command, system("provider"))

    async def paid(self, stall: "Stall", buyer: Principal, *wanted: tuple[int, int], **order) -> int:
        """An order, placed and paid."""
        placed = await self.place(stall, buyer, *wanted, **order)
        await self.notice(stall, placed)
        return placed

    async def refunds_arrive(self, stall: "Stall", order: int, outcome: str = "succeeded") -> int:
        """The provider confirms every refund under way; returns how many."""
        waiting = await self.rows(Refund, owner=stall.shop, order=order, state="requested")
        for refund in waiting:
            await self.do(RecordRefund(stall.shop, order, refund.n, outcome), system("provider"))
        await self.engine.settle_down()
        return len(waiting)

    async def received(self, stall: "Stall", buyer: Principal, order: int) -> None:
        """The whole order is sent and its receipt confirmed."""
        self.made += 1
        await self.do(ShipParcel(stall.shop, order, "SF", f"SF{self.made:09}"), stall.keeper)
        await self.do(ConfirmReceipt(stall.shop, order), buyer)

    async def settled(self, stall: "Stall", buyer: Principal, *wanted: tuple[int, int], **order) -> int:
        """An order that was paid, sent, received and settled, eight days later."""
        placed = await self.paid(stall, buyer, *wanted, **order)
        await self.received(stall, buyer, placed)
        await self.pass_time(8 * DAY)
        assert (await self.order(stall, placed)).state == "settled"
        return placed

    async def follow_link(self, stall: "Stall", sku: int, promoter: Principal, visitor: Principal) -> None:
        """A visitor follows a promoter's card to a product."""
        product = (await self.row(Sku, owner=stall.shop, id=sku)).product
        link = (stall.shop, product, promoter.id, "chat", "card", self.clock.at)
        proof = self.engine.world.seal(*touch_parts(*link))
        await self.do(RecordTouch(visitor.id, *link, proof), visitor)

    async def claim(self, stall: "Stall", buyer: Principal, order: int, amount_minor: int | None = None) -> int:
        """Money back for one piece of the first line, agreed by the shop at once; returns the claim."""
        told = await self.do(OpenClaim(stall.shop, order, 1, "refund", 1, "damaged", amount_minor), buyer)
        if await self.row(Claim, owner=stall.shop, order=order, n=told["claim"], state="requested"):
            await self.do(AnswerClaim(stall.shop, order, told["claim"], 1), stall.keeper)
        return told["claim"]

    async def provider_minor(self) -> int:
        """What all books together say that the provider holds; every book nets to zero and nothing is on its way."""
        by_owner, by_account = Counter(), Counter()
        for row in await self.rows(Balance):
            by_owner[row.owner] += row.balance_minor
            by_account[row.account] += row.balance_minor
        assert not any(by_owner.values()), f"books that do not net to zero: {+by_owner} {-by_owner}"
        assert by_account["transit"] == 0
        held = sum(escrow_of(order) for order in await self.rows(Order))
        assert held == -by_account["escrow"], "escrow is not what the orders hold"
        return by_account["provider"]

    async def operator(self) -> Principal:
        """A party with every duty of the platform."""
        from jishi.kernel.roles import OPERATOR_DUTIES

        who = await self.person("operator")
        await self.do(SetDuties(PLATFORM, who.id, OPERATOR_DUTIES), system("demo"))
        return who

    async def refuses(self, command: Command, by: Principal, id: str = "") -> Refused:
        """Run a command that must be refused; returns the refusal, with its code and facts."""
        try:
            told = await self.do(command, by, id)
        except Refused as refused:
            return refused
        raise AssertionError(f"{type(command).__name__} was accepted: {told}")

    async def at_once(self, *commands: tuple[Command, Principal]) -> list:
        """Several single commands in one batch, in this order: what each is told, or why it is refused."""
        lane = self.engine.lane
        requests = [self.engine.request(command, by, self.engine.fresh_id()) for command, by in commands]
        results = await lane.batch.run(lane.session, [Item([one], None, inf) for one in requests])
        return [result if isinstance(result, Exception) else result[0].told for result in results]

    def proof(self, stall: "Stall", order: int) -> str:
        """What a gift's claim link carries."""
        return self.engine.world.seal(*link_parts(stall.shop, order))

    async def gift(self, stall: "Stall", giver: Principal, sku: int, quantity: int = 1) -> int:
        """A gift, paid and waiting to be accepted; returns its order."""
        return await self.paid(stall, giver, (sku, quantity), mode="gift")

    async def accepts(self, stall: "Stall", order: int, friend: Principal, region: str = "CN-BJ", sku: int = 0):
        """The command by which a friend takes a gift."""
        address = await self.address(friend, region)
        return AcceptGift(stall.shop, order, self.proof(stall, order), address, sku or None)

    async def shipped(self, stall: "Stall", buyer: Principal, *wanted: tuple[int, int], **order) -> int:
        """An order, paid and sent in one parcel."""
        paid = await self.paid(stall, buyer, *wanted, **order)
        await self.do(ShipParcel(stall.shop, paid, "SF", f"SF{paid}"), stall.keeper)
        return paid

    async def log_reads_back(self) -> int:
        """Every event of every log row decodes; returns how many there are."""
        return sum([len(decode_events(row.events)) for row in await self.rows(LogRow)])

    async def balance(self, owner: int, account: str) -> int:
        """What stands on an account's own side, in fen."""
        rows = {(row.owner, row.account, row.currency): row for row in await self.rows(Balance, owner=owner)}
        return amount_of(rows, owner, account, "CNY")


class Stall:
    """A shop, who keeps it, and its freight template."""

    def __init__(self, shop: int, keeper: Principal, freight: int):
        self.shop, self.keeper, self.freight = shop, keeper, freight


def replaced(handler, decide):
    """The same handler with another decision."""
    return dataclasses.replace(handler, decide=decide)


@asynccontextmanager
async def open_market(url: str, clock: HandClock | None = None, **options):
    """A market on a fresh database, closed at the end. Every story ends with the auditor.

    clock: another market's, to join it as a second engine on one PostgreSQL. options: further `EngineOptions`.
    """
    await migrate(url)
    clock = clock or HandClock()
    engine = await Engine.open(await open_database(url), EngineOptions(clock=clock, pumps=False, **options))
    try:
        yield Market(engine, clock)
        await engine.settle_down()
        report = await audit(url)
        assert not report.violations, "\n".join(map(str, report.violations))
    finally:
        await engine.stop()
