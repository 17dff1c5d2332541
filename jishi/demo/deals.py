"""A few deals that the simulated people begin by themselves, once, through the same commands and the same cashier as
anyone.
"""

import asyncio
from typing import Any

import httpx
import structlog

from jishi.demo.load import party_of, shop_of
from jishi.engine.engine import Engine
from jishi.kernel.catalog import Product
from jishi.kernel.claims import OpenClaim
from jishi.kernel.grammar import Command, Principal
from jishi.kernel.ids import derived_id
from jishi.kernel.orders import Order
from jishi.kernel.parcels import ConfirmReceipt, ShipParcel
from jishi.kernel.parties import Address
from jishi.kernel.placing import LineAsk, PlaceOrder
from jishi.kernel.stock import Sku
from jishi.kernel.touch import RecordTouch, touch_parts
from jishi.kernel.trade import trade_of
from jishi.modes.gift import AcceptGift, WrapGift, link_parts
from jishi.ports.pay import PaymentAsk
from jishi.store import Meta

log = structlog.get_logger("jishi.demo")
PAID_WITHIN_S = 10


class Hand:
    """Acts for the simulated people; every command id follows from the deal's name, so that nothing is done twice."""

    def __init__(self, engine: Engine, pay: Any, deal: str):
        self.engine, self.pay, self.deal, self.steps = engine, pay, deal, 0

    async def do(self, person: str, command: Command) -> dict:
        """One step of the deal, by a person's code."""
        self.steps += 1
        who = Principal("party", party_of(person))
        return (await self.engine.send(command, who, f"demo.{self.deal}.{self.steps}")).told

    async def sku(self, code: str) -> Sku:
        return (await self.engine.database.read(Sku, "WHERE code = :code", code=code))[0]

    async def address(self, person: str) -> int:
        rows = await self.engine.database.read(Address, "WHERE owner = :party ORDER BY id", party=party_of(person))
        return rows[0].id

    async def place(self, person: str, shop: str, code: str, quantity: int = 1, mode: str = "shelf") -> tuple[int, int]:
        """Order one SKU; returns (shop, order)."""
        sku, owner = await self.sku(code), shop_of(shop)
        order = derived_id("demo", "order", self.deal)
        address = await self.address(person) if mode == "shelf" else None
        line = LineAsk(sku.id, quantity, sku.price_minor)
        await self.do(person, PlaceOrder(owner, (line,), mode, address=address, order=order))
        return owner, order

    async def paid(self, owner: int, order: int) -> None:
        """Pay at the local provider's cashier and wait until its notice has come."""
        row = await self.order(owner, order)
        ask = PaymentAsk(
            trade_no=trade_of(row, 1), amount_minor=row.total_minor, currency=row.currency, subject_code=row.mode,
            return_url=self.pay.settings.notify_url, expires_ms=row.pay_by_ms,
        )  # fmt: skip
        async with httpx.AsyncClient(base_url=self.pay.settings.base_url, trust_env=False, timeout=5) as client:
            answer = await client.post("/v1/payments/pay", json=self.pay.payment_params(ask))
            answer.raise_for_status()
        for _ in range(PAID_WITHIN_S * 10):
            if (await self.order(owner, order)).state != "placed":
                return
            await asyncio.sleep(0.1)
        log.warning("demo_payment_not_heard", deal=self.deal)

    async def order(self, owner: int, order: int) -> Order:
        return (await self.engine.database.read(Order, "WHERE owner = :owner AND id = :id", owner=owner, id=order))[0]


async def bought(hand: Hand) -> None:
    """Paid, and the shop has to ship it."""
    await hand.paid(*await hand.place("wuyue", "cotton", await first_sku(hand, "cotton", 0)))


async def on_its_way(hand: Hand) -> None:
    """Paid and sent."""
    shop, order = await hand.place("linxiao", "mingqian", "longjing-green-100g", 2)
    await hand.paid(shop, order)
    await hand.do("staff-mingqian", ShipParcel(shop, order, "SF", "SF7000000001"))


async def unpaid(hand: Hand) -> None:
    """Waits for its payer."""
    await hand.place("zhouyu", "kiln", await first_sku(hand, "kiln", 1))


async def gift_waiting(hand: Hand) -> None:
    """A gift that nobody has opened yet."""
    shop, order = await hand.place("linxiao", "kiln", await first_sku(hand, "kiln", 0), mode="gift")
    await hand.do("linxiao", WrapGift(shop, order, "plum", "天冷了，记得喝茶。"))
    await hand.paid(shop, order)


async def gift_accepted(hand: Hand) -> None:
    """A gift whose friend has said yes: now the shop sees it."""
    shop, order = await hand.place("wuyue", "mingqian", "longjing-green-50g", mode="gift")
    await hand.do("wuyue", WrapGift(shop, order, "dusk", "Happy mid-autumn!"))
    await hand.paid(shop, order)
    proof = hand.engine.world.seal(*link_parts(shop, order))
    await hand.do("zhouyu", AcceptGift(shop, order, proof, await hand.address("zhouyu")))


async def promoted(hand: Hand) -> None:
    """Brought by a promoter's card; received, the time for claims runs."""
    sku = await hand.sku(await first_sku(hand, "glow", 0))
    (product,) = await hand.engine.database.read(
        Product, "WHERE owner = :owner AND id = :id", owner=sku.owner, id=sku.product
    )
    told = (sku.owner, product.id, party_of("hemiao"), "chat", "card", hand.engine.world.clock.now_ms())
    proof = hand.engine.world.seal(*touch_parts(*told))
    await hand.do("linxiao", RecordTouch(party_of("linxiao"), *told, proof))
    shop, order = await hand.place("linxiao", "glow", sku.code)
    await hand.paid(shop, order)
    await hand.do("staff-glow", ShipParcel(shop, order, "YTO", "YT7000000002"))
    await hand.do("linxiao", ConfirmReceipt(shop, order))


async def claimed(hand: Hand) -> None:
    """Sent, and something is wrong with it."""
    shop, order = await hand.place("zhouyu", "paperroom", await first_sku(hand, "paperroom", 0), 2)
    await hand.paid(shop, order)
    await hand.do("staff-paperroom", ShipParcel(shop, order, "ZTO", "ZT7000000003"))
    await hand.do("zhouyu", OpenClaim(shop, order, 1, "refund", 1, "damaged"))


async def first_sku(hand: Hand, shop: str, place: int) -> str:
    """The code of some SKU of a shop."""
    rows = await hand.engine.database.read(
        Sku, "WHERE owner = :owner ORDER BY code LIMIT 1 OFFSET :place", owner=shop_of(shop), place=place
    )
    return rows[0].code


DEALS = (bought, on_its_way, unpaid, gift_waiting, gift_accepted, promoted, claimed)


async def begin_deals(engine: Engine, pay: Any) -> None:
    """Begin each deal once; one that fails is told in the log and hinders no other."""
    if await engine.database.read(Meta, "WHERE key = 'deals'"):
        return
    for deal in DEALS:
        try:
            await deal(Hand(engine, pay, deal.__name__))
        except Exception as error:
            log.error("demo_deal_failed", deal=deal.__name__, exc_info=error)
    await engine.lane.chore(lambda session: session.upsert(Meta, [Meta("deals", "1")]))
