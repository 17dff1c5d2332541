"""Every edge of the claim machine, walked: what each side does, and what happens when either lets its time pass."""

import pytest

from jishi.kernel.aftersale import CLAIM, Claim
from jishi.kernel.claims import (
    AnswerClaim,
    EscalateClaim,
    JudgeClaim,
    OpenClaim,
    ReceiveReturn,
    SendBack,
    WithdrawClaim,
)
from jishi.kernel.events import decode_events
from jishi.kernel.orders import Line
from jishi.kernel.owners import LogRow, Timer
from jishi.kernel.refunds import Refund
from jishi.kernel.stock import Sku
from tests.support.market import DAY, HOUR, open_market

pytestmark = pytest.mark.anyio
ANSWER, RETURN, RECEIVE, ESCALATE = 48 * HOUR, 10 * DAY, 7 * DAY, 7 * DAY  # who has to act has so long

# kind of claim, what is done, state at the end (a number: so much time passes)
PATHS = [
    ("refund", ["agree"], "refunding"),
    ("refund", [ANSWER - 1], "requested"),
    ("refund", [ANSWER], "refunding"),
    ("refund", ["withdraw"], "withdrawn"),
    ("refund", ["reject", "withdraw"], "withdrawn"),
    ("refund", ["reject", ESCALATE - 1], "rejected"),
    ("refund", ["reject", ESCALATE], "closed"),
    ("refund", ["reject", "escalate", "grant"], "refunding"),
    ("refund", ["reject", "escalate", "deny"], "closed"),
    ("refund", ["reject", "escalate", ESCALATE], "refunding"),
    ("refund", ["agree", "money"], "refunded"),
    ("return", ["agree"], "awaiting_return"),
    ("return", [ANSWER], "awaiting_return"),
    ("return", ["agree", "withdraw"], "withdrawn"),
    ("return", ["agree", RETURN], "closed"),
    ("return", ["agree", "send", "receive", "money"], "refunded"),
    ("return", ["agree", "send", RECEIVE - 1], "returning"),
    ("return", ["agree", "send", RECEIVE], "refunding"),
    ("return", ["agree", "send", "reject", ESCALATE], "closed"),
    ("return", ["agree", "send", "reject", "escalate", "grant"], "refunding"),
    ("return", ["agree", "send", "reject", "escalate", ESCALATE], "refunding"),
    ("return", ["reject", "escalate", "grant"], "awaiting_return"),
    ("return", ["reject", "escalate", ESCALATE], "awaiting_return"),
    ("return", ["reject", "escalate", "grant", "send", "receive"], "refunding"),
]


class Deal:
    """An order of two pieces, sent, with a claim on one of them."""

    def __init__(self, market, stall, buyer, judge):
        self.market, self.stall, self.buyer, self.judge = market, stall, buyer, judge

    async def claimed(self, sku: int, kind: str) -> "Deal":
        self.order = await self.market.shipped(self.stall, self.buyer, (sku, 2))
        await self.market.do(OpenClaim(self.stall.shop, self.order, 1, kind, 1, "not_as_described"), self.buyer)
        return self

    async def walk(self, step: str | int) -> None:
        if isinstance(step, int):
            await self.market.pass_time(step)
        elif step == "money":
            assert await self.market.refunds_arrive(self.stall, self.order) == 1
        else:
            await self.market.do(*self.step(step))

    def step(self, name: str) -> tuple:
        place, shop, buyer = (self.stall.shop, self.order, 1), self.stall.keeper, self.buyer
        return {
            "agree": (AnswerClaim(*place, 1), shop),
            "reject": (AnswerClaim(*place, 0, "used"), shop),
            "send": (SendBack(*place, "SF", "SF777"), buyer),
            "receive": (ReceiveReturn(*place, 1), shop),
            "withdraw": (WithdrawClaim(*place), buyer),
            "escalate": (EscalateClaim(*place), buyer),
            "grant": (JudgeClaim(*place, 1), self.judge),
            "deny": (JudgeClaim(*place, 0), self.judge),
        }[name]

    async def edges(self) -> set[tuple[str, type]]:
        """The moves of the machine that this claim made."""
        state, walked = CLAIM.start, set()
        for row in sorted(await self.market.rows(LogRow, owner=self.stall.shop), key=lambda row: row.seq):
            for event in decode_events(row.events):
                if type(event) in CLAIM.moves and event.order == self.order:
                    walked.add((state, type(event)))
                    state = CLAIM.after(state, event)
        return walked


async def test_every_edge(database_url):
    async with open_market(database_url) as market:
        stall, judge = await market.shop(), await market.operator()
        sku, walked = await market.goods(stall, 9_900, stock=2 * len(PATHS)), set()
        for kind, steps, end in PATHS:
            deal = await Deal(market, stall, await market.person(), judge).claimed(sku, kind)
            for step in steps:
                await deal.walk(step)
            claim = await market.row(Claim, order=deal.order)
            assert claim.state == end, (kind, steps)
            await consequences(deal, claim)
            walked |= await deal.edges()
        assert walked == {(state, event) for event, (states, _) in CLAIM.moves.items() for state in states}
        returned = sum("receive" in steps for _, steps, _ in PATHS)
        assert (await market.row(Sku, id=sku)).free == returned, "what came back is on the shelf"


async def consequences(deal: Deal, claim: Claim) -> None:
    """What holds in each state: the money asked for, the piece counted, and a deadline while somebody has to act."""
    refunds = await deal.market.rows(Refund, order=deal.order)
    timers = await deal.market.rows(Timer, subject=deal.order, kind="claim_due")
    assert sum(refund.amount_minor for refund in refunds) == (9_900 if claim.state in ("refunding", "refunded") else 0)
    waits = claim.state in ("requested", "awaiting_return", "returning", "rejected", "judging")
    assert [timer.due_ms for timer in timers] == ([claim.due_ms] if waits else [])
    line = (await deal.market.rows(Line, order=deal.order))[0]
    assert line.claimed == (0 if claim.state in ("withdrawn", "closed") else 1)


async def test_nobody_acts_out_of_turn(database_url):
    async with open_market(database_url) as market:
        stall, judge = await market.shop(), await market.operator()
        deal = await Deal(market, stall, await market.person(), judge).claimed(await market.goods(stall), "return")

        async def refused(name: str, by=None) -> str:
            command, who = deal.step(name)
            return (await market.refuses(command, by or who)).code

        for name in ("send", "receive", "escalate", "grant", "deny"):
            assert await refused(name) == "state_forbids", name
        stranger = await market.person()
        for name in ("agree", "reject", "withdraw"):
            assert await refused(name, stranger) == "forbidden", name
        assert await refused("agree", deal.buyer) == "forbidden"
        assert await refused("withdraw", stall.keeper) == "forbidden"
        await deal.walk("reject")
        assert await refused("agree") == "state_forbids"
        await deal.walk("escalate")
        assert await refused("grant", stall.keeper) == "forbidden", "the shop is no judge"
        assert await refused("grant", deal.buyer) == "forbidden"
