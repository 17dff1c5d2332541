"""After-sale claims (售后单): per line, before and after shipping, with a deadline for whoever has to act.

Rows, events, machine.

Who may do what stands in `claims.py`. Final states are refunded, withdrawn and closed; a new attempt is a new claim.
"""

from msgspec.structs import replace

from jishi.kernel.grammar import Event, evolves, many, one
from jishi.kernel.machine import Machine
from jishi.kernel.money import Code
from jishi.kernel.orders import Line
from jishi.kernel.rows import Row, table
from jishi.kernel.stock import OrderId

OPEN = ("requested", "awaiting_return", "returning", "rejected", "judging", "refunding")


@table(
    "claims",
    ("owner", "order", "n"),
    changes=("state", "due_ms", "carrier", "number"),
    indexes=(("state", "owner", "due_ms"),),
)
class Claim(Row, frozen=True):
    """One claim on one line. kind: refund or return. due_ms: until when the next one has to act, 0 when nobody has.

    amount = goods + freight. carrier, number: how the goods are sent back.
    """

    owner: int
    order: OrderId
    n: int
    line: int
    kind: str
    quantity: int
    goods_minor: int
    freight_minor: int
    reason: str
    state: str
    opened_ms: int
    due_ms: int
    carrier: str
    number: str

    @property
    def amount_minor(self) -> int:
        return self.goods_minor + self.freight_minor


class ClaimOpened(Event, frozen=True):
    order: OrderId
    claim: int
    line: int
    kind: Code
    quantity: int
    goods_minor: int
    freight_minor: int
    reason: Code
    due_ms: int


class ClaimAgreed(Event, frozen=True):
    """The goods are to be sent back."""

    order: OrderId
    claim: int
    how: Code
    due_ms: int


class ClaimSentBack(Event, frozen=True):
    order: OrderId
    claim: int
    carrier: Code
    number: Code
    due_ms: int


class ClaimGranted(Event, frozen=True):
    """The money goes back. how: merchant, unshipped, time or judged."""

    order: OrderId
    claim: int
    how: Code


class ClaimRejected(Event, frozen=True):
    order: OrderId
    claim: int
    reason: Code
    due_ms: int


class ClaimEscalated(Event, frozen=True):
    """The platform is asked to judge (纠纷单)."""

    order: OrderId
    claim: int
    due_ms: int


class ClaimWithdrawn(Event, frozen=True):
    order: OrderId
    claim: int
    line: int
    quantity: int


class ClaimClosed(Event, frozen=True):
    """Ended without money: not sent back in time, not escalated in time, or judged so."""

    order: OrderId
    claim: int
    line: int
    quantity: int
    how: Code


class ClaimRefunded(Event, frozen=True):
    order: OrderId
    claim: int


CLAIM = Machine(
    "claim",
    start="requested",
    moves={
        ClaimAgreed: (("requested", "judging"), "awaiting_return"),
        ClaimSentBack: (("awaiting_return",), "returning"),
        ClaimGranted: (("requested", "returning", "judging"), "refunding"),
        ClaimRejected: (("requested", "returning"), "rejected"),
        ClaimEscalated: (("rejected",), "judging"),
        ClaimWithdrawn: (("requested", "awaiting_return", "rejected"), "withdrawn"),
        ClaimClosed: (("awaiting_return", "rejected", "judging"), "closed"),
        ClaimRefunded: (("refunding",), "refunded"),
    },
    final=("withdrawn", "closed", "refunded"),
)


@evolves(Claim, ClaimOpened, key=("order", "claim"))
def _opened(row, e, stamp):
    return Claim(
        stamp.owner, e.order, e.claim, e.line, e.kind, e.quantity, e.goods_minor, e.freight_minor, e.reason,
        CLAIM.start,
        stamp.at, e.due_ms, "", "",
    )  # fmt: skip


@evolves(
    Claim,
    ClaimAgreed,
    ClaimRejected,
    ClaimEscalated,
    ClaimGranted,
    ClaimWithdrawn,
    ClaimClosed,
    ClaimRefunded,
    key=("order", "claim"),
)
def _moved(row, e, stamp):
    return replace(row, state=CLAIM.after(row.state, e), due_ms=getattr(e, "due_ms", 0))


@evolves(Claim, ClaimSentBack, key=("order", "claim"))
def _sent_back(row, e, stamp):
    return replace(row, state=CLAIM.after(row.state, e), due_ms=e.due_ms, carrier=e.carrier, number=e.number)


@evolves(Line, ClaimOpened, key=("order", "line"))
def _claimed(row, e, stamp):
    return replace(row, claimed=row.claimed + e.quantity)


@evolves(Line, ClaimWithdrawn, ClaimClosed, key=("order", "line"))
def _unclaimed(row, e, stamp):
    return replace(row, claimed=row.claimed - e.quantity)


THE_CLAIM = one("claim", Claim, lambda c, k: (c.shop, c.order, c.claim))
THE_CLAIMS = many("claims", Claim, lambda c, k: (c.shop, c.order))
