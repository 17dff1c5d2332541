"""One conversation as it is drawn: bubbles by day, each card as its goods are now, what is muted folded."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from starlette.requests import Request

from jishi.kernel.ids import public_id, public_owner
from jishi.kernel.refused import require
from jishi.kernel.roles import Staff
from jishi.kernel.touch import touch_parts
from jishi.modes.gift import link_parts
from jishi.scenes.friends import Contact
from jishi.scenes.messages import ZONE_MS, HeldCard, Message, day_of
from jishi.scenes.mutes import Mute
from jishi.scenes.seats import serves
from jishi.store.queries import chat_rows, page_goods
from jishi.store.queries.chats import RoomShown, ShowRoom
from jishi.store.queries.roles import shop_sees
from jishi.web.asking import database_of, engine_of, language_of, now_of, put
from jishi.web.chat_names import names_in
from jishi.web.formats import MARKET_ZONE
from jishi.web.market import picture_url
from jishi.web.saying import gettext_of
from jishi.web.words import CARD, GIFT, ORDER

AT_ONCE, LATEST_N = 40, 2**31
assert ZONE_MS == 28_800_000


class Looker(NamedTuple):
    """Who looks. seat: himself, or the shop whose staff he is."""

    party: int
    seat: int
    base: str

    @property
    def staff(self) -> bool:
        return self.seat != self.party


class Told(NamedTuple):
    """What all who look at a room are shown alike."""

    rows: list[chat_rows.Shown]
    cards: dict[int, chat_rows.CardNow]
    names: dict[int, str]
    shops: dict[int, str]
    held: dict[int, int]
    kept: dict[int, list[tuple[HeldCard, chat_rows.CardNow]]]

    @property
    def goods_of(self) -> set[int]:
        """The shops whose goods, gifts or orders are shown."""
        return {one.row.shop for one in self.rows if one.row.shop}


async def room_shown(request: Request, room: int) -> RoomShown:
    """The room, for who is in it; anyone else is told that there is none."""
    return await put(request, ShowRoom(room=room))


async def told_of(request: Request, room: int, before_n: int = LATEST_N) -> Told:
    """The last messages with all that their bubbles need."""
    database, language = database_of(request), language_of(request)
    rows = await chat_rows.messages(database, room, 0, before_n, AT_ONCE)
    cards = await chat_rows.cards_now(database, [one.row for one in rows], language)
    day = day_of(now_of(request))
    held = await chat_rows.held_on(database, room, day)
    kept = await chat_rows.held_cards(database, room, day, language) if held else {}
    people = {one.row.author for one in rows} | {row.party for row in held}
    shops = {one.row.shop for one in rows if one.row.shop} | {one.row.seat for one in rows}
    shops |= {row.shop for mine in kept.values() for row, _ in mine}
    return Told(
        rows, cards, await names_in(database, people, language),
        await page_goods.shop_names(database, shops, language), {row.party: row.held for row in held}, kept,
    )  # fmt: skip


class Folds(NamedTuple):
    """What who looks has muted, and whom he does not hear."""

    kinds: set[str]
    shops: set[int]
    people: set[int]

    def why(self, row: Message, looker: Looker) -> str:
        """The code of why a message is folded, or ""."""
        if row.seat == looker.seat:
            return ""
        if row.author in self.people:
            return "person"
        if row.kind != "text" and row.kind in self.kinds:
            return row.kind
        return "shop" if row.shop in self.shops or row.seat in self.shops else ""


async def folds_of(request: Request, party: int) -> Folds:
    """A party's mutes and blocks."""
    database = database_of(request)
    mutes = await database.read(Mute, "WHERE owner = :me", me=party)
    blocks = await database.read(Contact, "WHERE owner = :me AND blocked_ms > 0", me=party)
    named = {about: {row.whom for row in mutes if row.about == about} for about in ("shop", "person")}
    kinds = {row.about for row in mutes if not row.whom}
    return Folds(kinds, named["shop"], named["person"] | {row.other for row in blocks})


async def since_of(request: Request, room: int, looker: Looker) -> int:
    """Since which message who looks sits here; refuses who does not sit here any more."""
    sql = "SELECT joined_n FROM members WHERE owner = :room AND party = :seat AND left_ms = 0"
    rows = await database_of(request).fetch(sql, room=room, seat=looker.seat)
    require(rows, "not_found")
    return rows[0].joined_n


async def require_staff(database: Any, looker: Looker) -> None:
    """Whoever answered for a shop and does so no more is told that there is nothing."""
    found = await database.read(Staff, "WHERE owner = :shop AND party = :me", shop=looker.seat, me=looker.party)
    require(found and serves(found[0]), "not_found")


def room_context(
    request: Request, shown: RoomShown, looker: Looker, told: Told, mine: tuple[int, Folds], title: str
) -> dict[str, Any]:
    """What a room's page and its frames show. mine: since which message he sits here, and what he folded."""
    since, folds = mine
    rows = bubbles(request, told, looker, since, folds)
    first = rows[0]["n"] if rows else 0
    return {
        "room": shown, "base": looker.base, "title": title, "bubbles": rows, "staff": looker.staff,
        "older": f"{looker.base}?before={first}" if first > since + 1 else "",
        "held": sum(told.held.values()), "held_mine": told.held.get(looker.party, 0),
        "held_cards": held_for(request, told, looker), "cards_most": cards_most(request),
    }  # fmt: skip


def differences(told: Told, looker: Looker, since: int, folds: Folds) -> tuple:
    """All in which a frame of the room differs among those who look; a deal's card differs for everyone."""
    rows = [one.row for one in told.rows if one.row.n > since]
    mine = tuple([row.n for row in rows if row.seat == looker.seat])
    folded = tuple([(row.n, why) for row in rows if (why := folds.why(row, looker))])
    deals = looker.party if any(row.order for row in rows) else 0
    held = looker.party if looker.party in told.held else 0
    first = rows[-1].n if rows else 0
    return (looker.base, looker.staff, mine, folded, first > since + 1, len(rows), deals, held)


def bubbles(request: Request, told: Told, looker: Looker, after_n: int, folds: Folds) -> list[dict[str, Any]]:
    """The messages as bubbles, oldest first; the first of each day says so."""
    shown, day = [], ""
    for row, text in reversed([one for one in told.rows if one.row.n > after_n]):
        at = datetime.fromtimestamp(row.at_ms / 1000, MARKET_ZONE)
        today = at.strftime("%Y-%m-%d")
        mine = row.seat == looker.seat
        as_shop = row.seat != row.author
        shown.append(
            {
                "n": row.n, "mine": mine, "kind": row.kind, "text": text,
                "name": told.shops.get(row.seat, "") if as_shop and not looker.staff else told.names[row.author],
                "at_ms": row.at_ms, "time": at.strftime("%H:%M"), "day": today if today != day else "",
                "folded": folds.why(row, looker),
                "card": card_for(request, row, told, looker) if row.kind != "text" else None,
            }
        )  # fmt: skip
        day = today
    return shown


def cards_most(request: Request) -> int:
    """How many product cards of one person a room shows on one day."""
    return engine_of(request).world.rulebook.at(now_of(request)).cards_per_day


def held_for(request: Request, told: Told, looker: Looker) -> list[dict[str, Any]]:
    """Cards of who looks that were held back today, as nobody else sees them."""
    mine = told.kept.get(looker.party, [])
    return [
        goods_parts(request, row, now, told.shops)
        | {"n": row.n, "href": "" if now.code == "withdrawn" else f"/goods/{public_id(row.shop, row.product)}"}
        for row, now in mine
    ]


def goods_parts(request: Request, row: Any, now: chat_rows.CardNow, shops: dict[int, str]) -> dict[str, Any]:
    """What a product card shows, to whomever."""
    word = CARD.get(now.code)
    return {
        "kind": "product", "title": now.title, "lang": now.language, "picture": picture_url(request, now.thumb),
        "shop": shops.get(row.shop, ""), "currency": now.currency, "quantity": now.quantity, "code": now.code,
        "price_minor": now.price_minor, "from": now.several,
        "status": gettext_of(request)(word.label) if word else "", "status_kind": word.kind if word else "plain",
    }  # fmt: skip


def card_for(request: Request, row: Message, told: Told, looker: Looker) -> dict[str, Any]:
    """A card of its kind, for who looks."""
    now, gettext = told.cards[row.n], gettext_of(request)
    card = goods_parts(request, row, now, told.shops) | {"kind": row.kind, "href": "", "n": row.n}
    if row.kind == "product":
        return card | {"href": product_href(request, row, now, looker)}
    word = GIFT[now.code] if row.kind == "gift" or now.code not in ORDER else ORDER[now.order.state]
    return card | deal_parts(request, row, now, looker) | {"status": gettext(word.label), "status_kind": word.kind}


def product_href(request: Request, row: Message, now: chat_rows.CardNow, looker: Looker) -> str:
    """Where a product card leads: with a friend's touch when a friend sent it, and nowhere when the goods are gone."""
    if now.code == "withdrawn":
        return ""
    place = public_id(row.shop, row.product)
    if row.seat == looker.seat or row.seat != row.author or looker.staff:
        return f"/goods/{place}"
    parts = touch_parts(row.shop, row.product, row.author, "chat", "card", row.at_ms)
    proof = engine_of(request).world.seal(*parts)
    return f"/t/{place}/{public_owner(row.author)}/chat.card.{row.at_ms}.{proof}"


def deal_parts(request: Request, row: Message, now: chat_rows.CardNow, looker: Looker) -> dict[str, Any]:
    """What a gift's or an order's card says to who looks; its sum is the payer's and the shop's alone."""
    order, place = now.order, public_id(row.shop, row.order)
    pays = order.payer == looker.party and not looker.staff
    parts = {"total_minor": order.total_minor if pays or looker.staff else None, "claim": "", "sheet": ""}
    if row.kind == "gift":
        proof = engine_of(request).world.seal(*link_parts(row.shop, row.order))
        open_now = now.code == "offered" and not pays
        parts |= {
            "cover": now.gift.cover, "claim": f"/gift/{place}/{proof}?open=1" if open_now else "",
            "sheet": f"{looker.base}/gifts/{row.n}" if open_now else "",
            "href": f"/gifts/{place}" if pays else f"/orders/{place}" if order.beneficiary == looker.party else "",
            "due_ms": now.gift.expires_ms - order.ahead_ms if now.code == "offered" else 0,
        }  # fmt: skip
        return parts
    if looker.staff:
        desk = f"/desk/{public_owner(row.shop)}/orders/{place}"
        return parts | {"href": desk if row.shop == looker.seat and shop_sees(order) else ""}
    return parts | {"href": f"/orders/{place}" if looker.party in (order.payer, order.beneficiary) else ""}
