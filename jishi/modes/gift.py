"""Gift (送礼物): the giver pays, the friend gives the address.

Until he accepts, the shop sees nothing; after a day the money goes back.
"""

from typing import Annotated, Literal

from msgspec import Meta
from msgspec.structs import replace

from jishi.kernel.catalog import Product
from jishi.kernel.freight import FreightTemplate, reaches
from jishi.kernel.grammar import (
    Arm,
    Command,
    Disarm,
    Event,
    Forget,
    Keep,
    Role,
    clocks,
    evolves,
    handles,
    nothing_to_do,
    one,
    recorded,
    timer,
)
from jishi.kernel.ids import OwnerId
from jishi.kernel.machine import Machine
from jishi.kernel.mode import Mode
from jishi.kernel.money import Code
from jishi.kernel.orders import (
    THE_LINES,
    THE_ORDER,
    THE_SKUS,
    Line,
    Order,
    OrderAddressed,
    OrderClosed,
    free_stock,
    release,
)
from jishi.kernel.parties import Address, AddressId, Party
from jishi.kernel.payments import THE_CAPTURES
from jishi.kernel.refunds import THE_REFUNDS, request_all
from jishi.kernel.refused import require
from jishi.kernel.roles import JOB, PAYER, TIMER
from jishi.kernel.rows import Row, table
from jishi.kernel.stock import OrderId, Sku, SkuId, StockHeld

Note = Annotated[str, Meta(max_length=100)]
Cover = Literal["plain", "jade", "plum", "dusk", "paper"]
OFFERED = ("offered",)


@table(
    "gifts",
    ("owner", "order"),
    changes=("state", "cover", "recipient", "expires_ms", "done_ms"),
    indexes=(("recipient",),),
)
class Gift(Row, frozen=True):
    """The gate of a gift order. state: wrapped, offered, accepted, declined or expired."""

    owner: int
    order: OrderId
    state: str
    cover: str
    recipient: OwnerId
    expires_ms: int
    done_ms: int


@table("gift_notes", ("owner", "order"), changes=("note",), personal={"note": "contract"})
class GiftNote(Row, frozen=True):
    """What the giver writes on the card."""

    owner: int
    order: OrderId
    note: str


# -- commands and events ----------------------------------------------------------------------------


class WrapGift(Command, frozen=True):
    """The giver chooses a cover and writes a note, until the gift is accepted."""

    shop: OwnerId
    order: OrderId
    cover: Cover = "plain"
    note: Note = ""


class AcceptGift(Command, frozen=True):
    """Who holds the claim link takes the gift, perhaps as another SKU of the same price, and says where to send it."""

    shop: OwnerId
    order: OrderId
    proof: Code
    address: AddressId
    sku: SkuId | None = None


class DeclineGift(Command, frozen=True):
    """Who holds the claim link says no, thank you."""

    shop: OwnerId
    order: OrderId
    proof: Code


class ExpireGift(Command, frozen=True):
    """Nobody accepted in time."""

    shop: OwnerId
    order: OrderId


class EraseNote(Command, frozen=True):
    """The giver is being erased: so is what he wrote."""

    shop: OwnerId
    order: OrderId


timer("expire_gift", lambda owner, order, n: ExpireGift(owner, order))


class GiftWrapped(Event, frozen=True):
    order: OrderId
    cover: Code


class NoteErased(Event, frozen=True):
    order: OrderId


recorded(NoteErased)


class GiftOffered(Event, frozen=True):
    order: OrderId
    expires_ms: int


class GiftSwapped(Event, frozen=True):
    order: OrderId
    line: int
    sku: SkuId


class GiftAccepted(Event, frozen=True):
    order: OrderId
    recipient: OwnerId


class GiftDeclined(Event, frozen=True):
    order: OrderId


class GiftExpired(Event, frozen=True):
    order: OrderId


GIFT_GATE = Machine(
    "gift",
    start="wrapped",
    moves={
        GiftOffered: (("wrapped",), "offered"),
        GiftAccepted: (OFFERED, "accepted"),
        GiftDeclined: (OFFERED, "declined"),
        GiftExpired: (OFFERED, "expired"),
    },
    final=("accepted", "declined", "expired"),
)


@evolves(Gift, GiftWrapped, key=("order",))
def _wrapped(row, e, stamp):
    return replace(row, cover=e.cover) if row else Gift(stamp.owner, e.order, GIFT_GATE.start, e.cover, 0, 0, 0)


@evolves(Gift, GiftOffered, key=("order",))
def _offered(row, e, stamp):
    row = row or Gift(stamp.owner, e.order, GIFT_GATE.start, "plain", 0, 0, 0)
    return replace(row, state=GIFT_GATE.after(row.state, e), expires_ms=e.expires_ms)


@evolves(Gift, GiftAccepted, GiftDeclined, GiftExpired, key=("order",))
def _over(row, e, stamp):
    recipient = e.recipient if isinstance(e, GiftAccepted) else 0
    return replace(row, state=GIFT_GATE.after(row.state, e), recipient=recipient, done_ms=stamp.at)


@evolves(Line, GiftSwapped, key=("order", "line"))
def _swapped(row, e, stamp):
    return replace(row, sku=e.sku)


@clocks(GiftOffered)
def _expiry(e, stamp):
    return (Arm("expire_gift", e.order, e.expires_ms),)


@clocks(GiftAccepted, GiftDeclined, GiftExpired)
def _no_expiry(e, stamp):
    return (Disarm("expire_gift", e.order),)


# -- decisions --------------------------------------------------------------------------------------

THE_GIFT = one("gift", Gift, lambda c, k: (c.shop, c.order))
THE_NOTE = one("written", GiftNote, lambda c, k: (c.shop, c.order))


def link_parts(shop: int, order: int) -> tuple[str, ...]:
    """What the claim link proves: that its holder may open this gift."""
    return ("gift", str(shop), str(order))


def holds_link(c, case) -> bool:
    """Who has no link is told the same as of an order that does not exist; who has one still signs in to act."""
    require(case.proves(c.proof, *link_parts(c.shop, c.order)), "not_found")
    return case.me != 0


HOLDER = Role("holder", holds_link)


@handles(
    WrapGift,
    who=(PAYER,),
    needs=(THE_ORDER, THE_GIFT, THE_NOTE),
    state=("order", ("placed", "paid")),
    answer=("order",),
)
def wrap_gift(c, case, now, ids):
    require(case.order.mode == "gift", "not_a_gift")
    require(not case.gift or case.gift.state in ("wrapped", "offered"), "gift_over")
    return [GiftWrapped(c.order, c.cover), Keep(GiftNote(c.shop, c.order, c.note))]


def on_paid(order: Order, case, now: int) -> list[Event]:
    """The gate closes: the link can be opened until it expires."""
    return [GiftOffered(order.id, now + case.rulebook.of(order.rules).gift_claim_ms)]


def admit(c, case, asked: list) -> None:
    """One kind of goods to one friend; giftable by category and by the shop; no dearer than the cap."""
    rules = case.rulebook.at(case.now)
    require(len(asked) == 1, "gift_one_kind")
    (one_kind,) = asked
    require(one_kind.product.giftable and rules.category(one_kind.product.category).giftable, "not_giftable")
    require(one_kind.sku.price_minor <= rules.gift_most_minor, "gift_too_dear", most_minor=rules.gift_most_minor)


def is_offered(case, now: int) -> None:
    """The gift is still there to be taken, by someone else than its giver."""
    require(case.order.mode == "gift" and case.gift and case.gift.state == "offered", "gift_over")
    require(now < case.gift.expires_ms, "gift_expired")
    require(case.me != case.order.payer, "gift_own")


@handles(
    AcceptGift,
    who=(HOLDER,),
    needs=(
        THE_ORDER,
        THE_LINES,
        THE_SKUS,
        THE_GIFT,
        one("party", Party, lambda c, k: (k.me,)),
        one("address", Address, lambda c, k: (k.me, c.address)),
        one("swap", Sku, lambda c, k: (c.shop, c.sku) if c.sku else None),
        one("product", Product, lambda c, k: (c.shop, k.lines[0].product) if k.lines else None, of="lines"),
        one("template", FreightTemplate, lambda c, k: (c.shop, k.product.freight) if k.product else None, of="product"),
    ),
    state=("order", ("paid",)),
    answer=("order", "ship_by_ms"),
)
def accept_gift(c, case, now, ids):
    is_offered(case, now)
    require(case.party and case.party.state == "active", "party_unknown")
    require(case.address and not case.address.removed_ms, "address_unknown")
    (line,) = case.lines
    swapped = swap(c, case, line)
    sku = case.swap if swapped else case.skus[c.shop, line.sku]
    weight, region = sku.weight_g * line.quantity, case.address.region
    there = reaches(case.template, region, line.quantity, weight, line.amount_minor)
    require(there, "region_excluded", region=region)
    lines = (replace(line, sku=sku.id),) if swapped else case.lines
    addressed = OrderAddressed(c.order, case.me, c.address)
    return [GiftAccepted(c.order, case.me), *swapped, addressed, *release(case.order, lines, case, now)]


def swap(c: AcceptGift, case, line: Line) -> list[Event]:
    """Another SKU of the same product and price, if there is any left of it."""
    if not c.sku or c.sku == line.sku:
        return []
    require(case.swap and case.swap.state == "on" and case.swap.product == line.product, "swap_unknown")
    require(case.swap.price_minor == line.price_minor, "swap_price_differs")
    require(case.swap.free >= line.quantity, "stock_short", sku=c.sku, left=case.swap.free)
    held = StockHeld(c.sku, line.order, line.n, line.quantity)
    return [*free_stock((line,)), held, GiftSwapped(c.order, line.n, c.sku)]


_BACK = (THE_ORDER, THE_LINES, THE_SKUS, THE_GIFT, THE_CAPTURES, THE_REFUNDS)


def send_back(case, over: Event, reason: str) -> list[Event]:
    """The gate will not open: the goods are free and the money goes back to the giver."""
    back = request_all(case.order, case.captures, case.refunds, "gate")
    return [over, OrderClosed(case.order.id, reason), *free_stock(case.lines), *back]


@handles(DeclineGift, who=(HOLDER,), needs=_BACK, state=("order", ("paid",)), answer=("order",))
def decline_gift(c, case, now, ids):
    is_offered(case, now)
    return send_back(case, GiftDeclined(c.order), "gift_declined")


@handles(ExpireGift, who=(TIMER,), needs=_BACK, state=("gift", OFFERED))
def expire_gift(c, case, now, ids):
    """A gift whose payment was undone is over as well, though its order ended before."""
    require(now >= case.gift.expires_ms, "not_yet")
    if case.order.state != "paid":
        return [GiftExpired(c.order)]
    return send_back(case, GiftExpired(c.order), "gift_expired")


@handles(EraseNote, who=(JOB,), needs=(one("written", GiftNote, lambda c, k: (c.shop, c.order)),))
def erase_note(c, case, now, ids):
    if case.written is None:
        return nothing_to_do("no_note")
    return [NoteErased(c.order), Forget(GiftNote, (c.shop, c.order))]


GIFT = Mode("gift", on_paid=on_paid, admit=admit, known=False, gate=12, needs=(THE_GIFT,))
