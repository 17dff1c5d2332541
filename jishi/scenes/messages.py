"""Messages: words, and cards that carry goods into a conversation. A card holds ids; it is drawn as its goods are now.

Product cards are capped for each person, room and business day; what is over it is held back and counted.
"""

from typing import Annotated, Literal

from msgspec import Meta
from msgspec.structs import replace

from jishi.kernel.catalog import Product
from jishi.kernel.grammar import Command, Event, Forget, Keep, evolves, handles, nothing_to_do, one, recorded
from jishi.kernel.ids import OwnerId
from jishi.kernel.money import Code, Minor
from jishi.kernel.orders import Order
from jishi.kernel.parties import Party
from jishi.kernel.refused import require
from jishi.kernel.roles import JOB, Staff
from jishi.kernel.rows import Row, table
from jishi.kernel.stock import OrderId, ProductId, Sku, SkuId
from jishi.scenes.friends import Contact, are_friends
from jishi.scenes.seats import MEMBER, Member, Room, seat_of, seated, serves
from jishi.scenes.texts import clean

TEXT_MOST = 2_000
DAY_MS, ZONE_MS = 86_400_000, 28_800_000  # a business day is the market's, UTC+8
CardKind = Literal["product", "gift", "order"]


@table("messages", ("owner", "n"))
class Message(Row, frozen=True):
    """One message. kind: text, product, gift or order. seat: the author's own, or his shop's.

    price_minor: what the card's product cost when it was sent.
    """

    owner: int
    n: int
    author: OwnerId
    seat: OwnerId
    kind: str
    shop: OwnerId
    product: ProductId
    order: OrderId
    price_minor: int
    at_ms: int


@table("message_texts", ("owner", "n"), indexes=(("author",),), personal={"text": "contract"})
class MessageText(Row, frozen=True):
    """The words of a message, which go when their author is erased."""

    owner: int
    n: int
    author: OwnerId
    text: str


@table("card_counts", ("owner", "party", "day"), changes=("shown", "held"))
class CardCount(Row, frozen=True):
    """How many product cards a person sent to a room on one business day, and how many more were held back."""

    owner: int
    party: OwnerId
    day: int
    shown: int
    held: int


@table("held_cards", ("owner", "party", "day", "n"))
class HeldCard(Row, frozen=True):
    """A card over the day's number: kept, and shown to nobody else."""

    owner: int
    party: OwnerId
    day: int
    n: int
    shop: OwnerId
    product: ProductId
    at_ms: int


class SendText(Command, frozen=True):
    """Say something."""

    room: OwnerId
    text: Annotated[str, Meta(min_length=1)]


class SendCard(Command, frozen=True):
    """Put a product (by one of its SKUs), a gift of one's own or an order into the conversation."""

    room: OwnerId
    kind: CardKind
    shop: OwnerId
    sku: SkuId = 0
    order: OrderId = 0


class EraseText(Command, frozen=True):
    """The author is being erased: so is what he wrote. The message stays, without words."""

    room: OwnerId
    n: int


class MessageSent(Event, frozen=True):
    n: int
    author: OwnerId
    seat: OwnerId
    kind: Code
    shop: OwnerId
    product: ProductId
    order: OrderId
    price_minor: Minor


class CardCounted(Event, frozen=True):
    """A product card was shown."""

    author: OwnerId
    day: int


class CardHeld(Event, frozen=True):
    """Over the day's number: nobody else sees it."""

    author: OwnerId
    day: int
    held: int
    shop: OwnerId
    product: ProductId


class TextErased(Event, frozen=True):
    n: int


recorded(TextErased)


@evolves(Message, MessageSent, key=("n",))
def _sent(row, e, stamp):
    return Message(
        stamp.owner, e.n, e.author, e.seat, e.kind, e.shop, e.product, e.order, e.price_minor, stamp.at
    )  # fmt: skip


@evolves(Room, MessageSent, key=())
def _last(row, e, stamp):
    return replace(row, last_n=e.n, last_ms=stamp.at)


@evolves(Member, MessageSent, key=("seat",))
def _read_own(row, e, stamp):
    return replace(row, read_n=e.n)


@evolves(CardCount, CardCounted, key=("author", "day"))
def _counted(row, e, stamp):
    row = row or CardCount(stamp.owner, e.author, e.day, 0, 0)
    return replace(row, shown=row.shown + 1)


@evolves(CardCount, CardHeld, key=("author", "day"))
def _held_counted(row, e, stamp):
    row = row or CardCount(stamp.owner, e.author, e.day, 0, 0)
    return replace(row, held=row.held + 1)


@evolves(HeldCard, CardHeld, key=("author", "day", "held"))
def _held(row, e, stamp):
    return HeldCard(stamp.owner, e.author, e.day, e.held, e.shop, e.product, stamp.at)


# -- decisions --------------------------------------------------------------------------------------


def day_of(at_ms: int) -> int:
    """The business day of a moment, counted from 1970."""
    return (at_ms + ZONE_MS) // DAY_MS


def _peer(case) -> int:
    """The other of two friends; 0 in other rooms."""
    room = case.room
    if not room or room.kind != "direct":
        return 0
    return room.guest if room.founder == case.me else room.founder


_TALK = (
    one("mine", Contact, lambda c, k: (k.me, _peer(k)) if _peer(k) else None, of="room"),
    one("theirs", Contact, lambda c, k: (_peer(k), k.me) if _peer(k) else None, of="room"),
    one("peer", Party, lambda c, k: (_peer(k),) if _peer(k) else None, of="room"),
)


def require_heard(case) -> None:
    """In a room of two both must be friends; whether he was blocked or left, who writes is told the same."""
    if case.room.kind == "direct":
        require(are_friends(case.mine), "not_friends")
        require(are_friends(case.theirs) and case.peer and case.peer.state == "active", "not_reached")


def sent(case, kind: str, shop: int = 0, product: int = 0, order: int = 0, price_minor: int = 0) -> MessageSent:
    """The next message of the room."""
    n, author = case.room.last_n + 1, case.me
    return MessageSent(n, author, seat_of(case), kind, shop, product, order, price_minor)


@handles(SendText, who=(MEMBER,), needs=_TALK, answer=("n",))
def send_text(c, case, now, ids):
    require_heard(case)
    require(len(c.text) <= 2 * TEXT_MOST, "message_too_long", most=TEXT_MOST)
    text = clean(c.text)
    require(text, "message_empty")
    require(len(text) <= TEXT_MOST, "message_too_long", most=TEXT_MOST)
    told = sent(case, "text")
    return [told, Keep(MessageText(c.room, told.n, case.me, text))]


@handles(
    SendCard,
    who=(MEMBER,),
    needs=(
        *_TALK,
        one("sku", Sku, lambda c, k: (c.shop, c.sku) if c.sku else None),
        one("product", Product, lambda c, k: (c.shop, k.sku.product) if k.sku else None, of="sku"),
        one("deal", Order, lambda c, k: (c.shop, c.order) if c.order else None),
        one("vendor", Staff, lambda c, k: (c.shop, k.me) if c.order else None),
        one("count", CardCount, lambda c, k: (c.room, k.me, day_of(k.now))),
    ),
    answer=("n", "held"),
)
def send_card(c, case, now, ids):
    require_heard(case)
    if c.kind == "product":
        return product_card(c, case, now)
    allowed = gift_card if c.kind == "gift" else order_card
    allowed(c, case)
    return [sent(case, c.kind, c.shop, 0, c.order)]


def product_card(c: SendCard, case, now: int) -> list[Event]:
    """On sale now. A product that was withdrawn, is another shop's or never was is all the same to who sends it."""
    sku, product, author = case.sku, case.product, case.me
    require(sku and sku.state == "on" and product and product.state == "listed" and not c.order, "card_unavailable")
    day, count = day_of(now), case.count
    if count and count.shown >= case.rulebook.at(now).cards_per_day:
        return [CardHeld(author, day, count.held + 1, c.shop, product.id)]
    return [sent(case, "product", c.shop, product.id, 0, sku.price_minor), CardCounted(author, day)]


def gift_card(c: SendCard, case) -> None:
    """By its giver, while it waits to be accepted, to people and not to a shop."""
    deal = case.deal
    require(case.room.kind != "service", "card_not_here")
    mine = deal and deal.mode == "gift" and deal.payer == case.me
    require(mine and deal.state == "paid" and not c.sku, "card_unavailable")


def order_card(c: SendCard, case) -> None:
    """By who pays, who receives, or the shop's staff; with that shop, or between two friends.

    While its gate is closed an order is none of its shop's business; staff show a buyer his own orders only.
    """
    deal, by, room = case.deal, case.me, case.room
    require(room.kind != "group", "card_not_here")
    parties = (deal.payer, deal.beneficiary) if deal else ()
    his = by in parties
    if room.kind == "service":
        his = (seated(case) and his) or (not seated(case) and serves(case.vendor) and room.guest in parties)
        his = his and c.shop == room.shop and (deal.state == "placed" or deal.ship_by_ms > 0)
    require(his and not c.sku, "card_unavailable")


@handles(EraseText, who=(JOB,), needs=(one("written", MessageText, lambda c, k: (c.room, c.n)),))
def erase_text(c, case, now, ids):
    if case.written is None:
        return nothing_to_do("no_text")
    return [TextErased(c.n), Forget(MessageText, (c.room, c.n))]
