"""Orders, gifts and settlement against a small model: whatever is done in whatever order, both agree.

Hypothesis draws the steps and, when they differ, finds the shortest way to it.
"""

import asyncio
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule

from jishi.engine.engine import Engine, EngineOptions
from jishi.kernel.closing import CancelOrder, CancelOversold
from jishi.kernel.grammar import Principal
from jishi.kernel.orders import escrow_of
from jishi.kernel.parcels import ConfirmReceipt, ShipParcel
from jishi.kernel.refused import Refused
from jishi.kernel.stock import Sku
from jishi.modes.gift import AcceptGift, DeclineGift, link_parts
from jishi.sim import invariants
from jishi.sim.loop import VirtualLoop
from jishi.store import open_database
from tests.support.market import DAY, MINUTE, HandClock, Market

EXAMPLES, STEPS = 50, 30
STOCK = 6
# The model: state -> what may be done, and the state after it. Time moves what waits too long.
MOVES = {
    ("placed", "cancel"): "closed",
    ("paid", "accept"): "to_ship",
    ("paid", "decline"): "closed",
    ("to_ship", "ship"): "shipped",
    ("to_ship", "oversold"): "closed",
    ("shipped", "confirm"): "received",
}
AFTER_LONG = {"placed": "closed", "paid": "closed", "shipped": "settled", "received": "settled"}
HELD, TAKEN = {"placed", "paid"}, {"to_ship", "shipped", "received", "settled"}


async def in_memory() -> Market:
    """A market that is gone when it is closed."""
    clock = HandClock()
    database = await open_database("sqlite:///:memory:")
    return Market(await Engine.open(database, EngineOptions(clock=clock, pumps=False)), clock)


class Deals(RuleBasedStateMachine):
    """The market and the model side by side."""

    orders = Bundle("orders")

    def __init__(self):
        super().__init__()
        self.runner = asyncio.Runner(loop_factory=VirtualLoop)
        self.model: dict[int, tuple[str, str]] = {}

    def run(self, coroutine: Any) -> Any:
        return self.runner.run(coroutine)

    @initialize()
    def opens(self) -> None:
        self.market = self.run(in_memory())
        self.stall = self.run(self.market.shop())
        self.buyer, self.friend = self.run(self.market.person()), self.run(self.market.person())
        self.address = self.run(self.market.address(self.friend))
        self.goods = self.run(self.market.goods(self.stall, stock=STOCK))

    @rule(target=orders, mode=st.sampled_from(["shelf", "gift"]))
    def places(self, mode: str) -> int:
        left = STOCK - sum(state in HELD | TAKEN for state, _ in self.model.values())
        try:
            order = self.run(self.market.place(self.stall, self.buyer, (self.goods, 1), mode=mode))
        except Refused as refused:
            assert (refused.code, left) == ("stock_short", 0)
            return 0
        assert left > 0
        self.model[order] = ("placed", mode)
        return order

    @rule(order=orders)
    def pays(self, order: int) -> None:
        if not order:
            return
        state, mode = self.model[order]
        if state == "placed":
            self.model[order] = ("paid" if mode == "gift" else "to_ship", mode)
        elif state == "closed" and (self.run(self.market.order(self.stall, order))).paid_minor == 0:
            return  # late payment is a story of its own
        self.run(self.market.notice(self.stall, order))
        self.run(self.market.refunds_arrive(self.stall, order))

    @rule(order=orders, what=st.sampled_from(["cancel", "accept", "decline", "ship", "oversold", "confirm"]))
    def does(self, order: int, what: str) -> None:
        if not order:
            return
        state, mode = self.model[order]
        after = MOVES.get((state, what))
        try:
            self.run(self.market.do(*self.command(order, what)))
        except Refused as refused:
            assert after is None, f"{what} in {state}: {refused.code}"
            return
        assert after is not None, f"{what} was taken in {state}"
        self.model[order] = (after, mode)
        self.run(self.market.refunds_arrive(self.stall, order))

    def command(self, order: int, what: str) -> tuple[Any, Principal]:
        shop, keeper = self.stall.shop, self.stall.keeper
        proof = self.market.engine.world.seal(*link_parts(shop, order))
        receiver = self.friend if self.model[order][1] == "gift" else self.buyer
        return {
            "cancel": (CancelOrder(shop, order), self.buyer),
            "accept": (AcceptGift(shop, order, proof, self.address), self.friend),
            "decline": (DeclineGift(shop, order, proof), self.friend),
            "ship": (ShipParcel(shop, order, "SF", "SF1"), keeper),
            "oversold": (CancelOversold(shop, order), keeper),
            "confirm": (ConfirmReceipt(shop, order), receiver),
        }[what]

    @rule(order=consumes(orders))
    def is_forgotten(self, order: int) -> None:
        """Nobody acts on it any more; time still does."""

    @rule()
    def a_minute_passes(self) -> None:
        self.run(self.market.pass_time(MINUTE))
        self.by_time({state for state, _ in self.model.values()} - set(AFTER_LONG))

    @rule()
    def a_month_passes(self) -> None:
        for _ in range(2):
            self.run(self.market.pass_time(15 * DAY))
        for order, (state, mode) in self.model.items():
            self.model[order] = (AFTER_LONG.get(state, state), mode)
            self.run(self.market.refunds_arrive(self.stall, order))

    def by_time(self, fixed: set[str]) -> None:
        """A minute ends nothing but a time to pay that was nearly over."""
        for order, (state, mode) in self.model.items():
            row = self.run(self.market.order(self.stall, order))
            if state not in fixed and state == "placed" and self.market.clock.at >= row.pay_by_ms:
                self.model[order] = ("closed", mode)

    @invariant()
    def both_agree(self) -> None:
        if not hasattr(self, "market"):
            return
        for order, (state, _) in self.model.items():
            row = self.run(self.market.order(self.stall, order))
            assert row.state == state
            assert escrow_of(row) == (row.total_minor if state in TAKEN - {"settled"} or state == "paid" else 0)
        sku = self.run(self.market.row(Sku, id=self.goods))
        states = [state for state, _ in self.model.values()]
        assert sku.held == sum(state in HELD for state in states)
        assert sku.taken == sum(state in TAKEN for state in states)
        assert self.run(invariants.found(self.market.engine.database, invariants.ALWAYS)) == []

    def teardown(self) -> None:
        if hasattr(self, "market"):
            self.run(self.market.engine.stop())
        self.runner.close()


Deals.TestCase.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=STEPS,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestDeals = Deals.TestCase
