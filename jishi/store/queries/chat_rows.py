"""Conversations as pages and programs show them: rooms with what is unread, messages, cards as they are now."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from jishi.kernel.catalog import Product
from jishi.kernel.orders import Line, Order
from jishi.modes.gift import Gift
from jishi.scenes.messages import CardCount, HeldCard, Message, MessageText
from jishi.scenes.seats import Member, Room, RoomTitle
from jishi.store.queries import page_goods

_SEATED = """
SELECT r.owner AS owner, r.kind AS kind, r.founder AS founder, r.guest AS guest, r.shop AS shop, r.last_n AS last_n,
       r.last_ms AS last_ms, r.members AS members, m.read_n AS read_n, m.joined_n AS joined_n
FROM members m JOIN rooms r ON r.owner = m.owner
WHERE m.party = :seat AND m.left_ms = 0
"""
_IN_ORDER = """
AND (r.last_ms < :last_ms OR (r.last_ms = :last_ms AND r.owner < :room))
ORDER BY r.last_ms DESC, r.owner DESC LIMIT :most
"""
LATEST = (2**62, 2**62)
HELD_SHOWN = 5  # of each author's held cards, the last ones
_LAST_HELD = """
WHERE owner = :room AND day = :day AND n > (
  SELECT c.held - :most FROM card_counts c
  WHERE c.owner = held_cards.owner AND c.party = held_cards.party AND c.day = held_cards.day)
ORDER BY party, n
"""


class Shown(NamedTuple):
    """One message with its words; None where they were erased or it is a card."""

    row: Message
    text: str | None


class CardNow(NamedTuple):
    """What a card stands for, as it is now. code: same, price_changed, sold_out or withdrawn for a product; of a gift
    or an order its state.
    """

    code: str
    title: str = ""
    language: str = ""
    thumb: str = ""
    price_minor: int = 0
    currency: str = "CNY"
    several: bool = False
    quantity: int = 0
    order: Order | None = None
    gift: Gift | None = None


async def seated(database: Any, seat: int, before: tuple[int, int], most: int) -> list[Any]:
    """The rooms in which a party, or a shop, has a seat; the last talked in first."""
    last_ms, room = before
    return await database.fetch(_SEATED + _IN_ORDER, seat=seat, last_ms=last_ms, room=room, most=most)


async def unread(database: Any, seat: int) -> int:
    """How many messages wait to be read, over all rooms."""
    sql = """SELECT COALESCE(SUM(r.last_n - m.read_n), 0) AS waiting FROM members m JOIN rooms r ON r.owner = m.owner
    WHERE m.party = :seat AND m.left_ms = 0 AND r.last_n > m.read_n"""
    return int((await database.fetch(sql, seat=seat))[0].waiting)


async def titles(database: Any, rooms: Iterable[int]) -> dict[int, str]:
    """Group -> what it is called."""
    wanted = sorted(set(rooms))
    rows = await database.read(RoomTitle, "WHERE owner IN (:rooms*)", rooms=wanted) if wanted else []
    return {row.owner: row.title for row in rows}


async def last_messages(database: Any, rooms: list[Any]) -> dict[int, Shown]:
    """Room -> its last message."""
    if not rooms:
        return {}
    wanted = {"owners": sorted({row.owner for row in rooms}), "ns": sorted({row.last_n for row in rooms})}
    where = "WHERE owner IN (:owners*) AND n IN (:ns*)"
    last = {row.owner: row.last_n for row in rooms}
    texts = {(row.owner, row.n): row.text for row in await database.read(MessageText, where, **wanted)}
    found = await database.read(Message, where, **wanted)
    return {row.owner: Shown(row, texts.get((row.owner, row.n))) for row in found if last[row.owner] == row.n}


async def messages(database: Any, room: int, after_n: int, before_n: int, most: int) -> list[Shown]:
    """The last messages of a room in a span of numbers, newest first."""
    span = {"room": room, "after": after_n, "before": before_n}
    where = "WHERE owner = :room AND n > :after AND n < :before"
    rows = await database.read(Message, f"{where} ORDER BY n DESC LIMIT :most", **span, most=most)
    if not rows:
        return []
    span["after"] = rows[-1].n - 1
    texts = {row.n: row.text for row in await database.read(MessageText, where, **span)}
    return [Shown(row, texts.get(row.n)) for row in rows]


async def held_on(database: Any, room: int, day: int) -> list[CardCount]:
    """Who had cards held back in a room on a business day."""
    where = "WHERE owner = :room AND day = :day AND held > 0"
    return await database.read(CardCount, where, room=room, day=day)


async def held_cards(database: Any, room: int, day: int, language: str) -> dict[int, list[tuple[HeldCard, CardNow]]]:
    """Author -> his last cards held back in a room on a business day, as their goods are now: for his eyes alone."""
    rows = await database.read(HeldCard, _LAST_HELD, room=room, day=day, most=HELD_SHOWN)
    cards = await _cards(database, rows, language)
    found: dict[int, list[tuple[HeldCard, CardNow]]] = {}
    for row in rows:
        card = cards.get((row.shop, row.product))
        found.setdefault(row.party, []).append((row, _product(card, card.price_minor if card else 0)))
    return found


async def members_of(database: Any, room: int) -> list[Member]:
    """Who sits in a room."""
    return await database.read(Member, "WHERE owner = :room AND left_ms = 0 ORDER BY joined_ms, party", room=room)


async def room_of(database: Any, room: int) -> Room | None:
    """A room, or None."""
    rows = await database.read(Room, "WHERE owner = :room", room=room)
    return rows[0] if rows else None


async def cards_now(database: Any, rows: list[Message], language: str) -> dict[int, CardNow]:
    """Number -> the card of a message, as its goods, gift or order are now."""
    products = await _products(database, [row for row in rows if row.kind == "product"], language)
    deals = await _deals(database, [row for row in rows if row.order], language)
    return products | deals


async def _products(database: Any, rows: list[Message], language: str) -> dict[int, CardNow]:
    cards = await _cards(database, rows, language)
    return {row.n: _product(cards.get((row.shop, row.product)), row.price_minor) for row in rows}


async def _cards(database: Any, rows: list[Any], language: str) -> dict[tuple[int, int], page_goods.Card]:
    """(shop, product) -> its card now, for the products that messages or held cards name."""
    if not rows:
        return {}
    owners, ids = sorted({row.shop for row in rows}), sorted({row.product for row in rows})
    found = await database.read(Product, "WHERE owner IN (:owners*) AND id IN (:ids*)", owners=owners, ids=ids)
    return {(card.product.owner, card.product.id): card for card in await page_goods.cards(database, found, language)}


def _product(card: page_goods.Card | None, price_minor: int) -> CardNow:
    """Gone goods say only that; a price that moved says so, without calling it a bargain."""
    if card is None:
        return CardNow("withdrawn")
    gone = card.product.state != "listed"
    moved = card.price_minor != price_minor
    code = "withdrawn" if gone else "sold_out" if not card.free else "price_changed" if moved else "same"
    return CardNow(
        code, card.text.title, card.text.language, card.thumb, card.price_minor, card.currency, card.several
    )  # fmt: skip


async def _deals(database: Any, rows: list[Message], language: str) -> dict[int, CardNow]:
    if not rows:
        return {}
    wanted = {"owners": sorted({row.shop for row in rows}), "ids": sorted({row.order for row in rows})}
    found = await database.read(Order, "WHERE owner IN (:owners*) AND id IN (:ids*)", **wanted)
    parts = 'WHERE owner IN (:owners*) AND "order" IN (:ids*)'
    gifts = {(row.owner, row.order): row for row in await database.read(Gift, parts, **wanted)}
    lines: dict[tuple[int, int], Line] = {}
    for line in await database.read(Line, f"{parts} ORDER BY n", **wanted):
        lines.setdefault((line.owner, line.order), line)
    names = await page_goods.names_of(database, list(lines.values()), language)
    orders = {(row.owner, row.id): row for row in found}
    return {row.n: _deal(orders[row.shop, row.order], lines[row.shop, row.order], gifts, names) for row in rows}


def _deal(order: Order, line: Line, gifts: dict, names: dict) -> CardNow:
    gift, name = gifts.get((order.owner, order.id)), names[line.owner, line.order, line.n]
    code = gift.state if gift else order.state
    return CardNow(
        code, name.title, name.language, name.thumb, order.total_minor, order.currency, False, line.quantity, order,
        gift,
    )  # fmt: skip
