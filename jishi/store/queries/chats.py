"""Conversations: my rooms, a shop's, the messages of one, who sits in it; friends, and what I have muted."""

from typing import Any

from jishi.kernel.ids import OwnerId
from jishi.kernel.parties import Language
from jishi.kernel.roles import SELF
from jishi.kernel.roles import staff as staff_with
from jishi.kernel.stock import OrderId, ProductId
from jishi.scenes.friends import Contact, friend_parts
from jishi.scenes.messages import day_of
from jishi.scenes.mutes import Mute
from jishi.scenes.seats import MEMBER, seated
from jishi.store.queries import chat_rows
from jishi.store.query import Page, Paged, Query, View, answers, before, beyond, number_of


class RoomView(View, frozen=True):
    """One conversation in a list. kind: direct, group or service. text: of the last message, "" for a card."""

    room: OwnerId
    kind: str
    title: str
    guest: OwnerId
    founder: OwnerId
    shop: OwnerId
    members: int
    unread: int
    last_n: int
    last_ms: int
    text: str


async def _rooms(database: Any, seat: int, q: Paged) -> Page:
    """A page of rooms; its cursor is the last one's time and key."""
    last_ms, _, room = q.after.partition(".")
    since = (number_of(last_ms), number_of(room)) if q.after else chat_rows.LATEST
    rows = await chat_rows.seated(database, seat, since, q.limit + 1)
    shown = rows[: q.limit]
    titles = await chat_rows.titles(database, [row.owner for row in shown])
    last = await chat_rows.last_messages(database, shown)
    views = [
        RoomView(
            row.owner, row.kind, titles.get(row.owner, ""), row.guest, row.founder, row.shop, row.members,
            row.last_n - row.read_n, row.last_n, row.last_ms,
            (last[row.owner].text or "") if row.owner in last and row.last_n > row.joined_n else "",
        )
        for row in shown
    ]  # fmt: skip
    return Page(views, f"{shown[-1].last_ms}.{shown[-1].owner}" if len(rows) > q.limit else "")


class MyRooms(Paged, frozen=True, kw_only=True):
    """My conversations, the last talked in first."""

    party: OwnerId


@answers(MyRooms, "rooms/mine", who=(SELF,), view=RoomView)
async def my_rooms(database, q, case) -> Page:
    return await _rooms(database, q.party, q)


class ShopRooms(Paged, frozen=True, kw_only=True):
    """The conversations of a shop with its buyers, the last talked in first."""

    shop: OwnerId


@answers(ShopRooms, "rooms/shop", who=(staff_with("orders"), staff_with("aftersale")), view=RoomView)
async def shop_rooms(database, q, case) -> Page:
    return await _rooms(database, q.shop, q)


class MessageView(View, frozen=True):
    """One message. kind: text or a card's kind. now: what became of a card's goods, gift or order."""

    shop: OwnerId
    product: ProductId
    order: OrderId
    room: OwnerId
    n: int
    author: OwnerId
    seat: OwnerId
    kind: str
    text: str
    price_minor: int
    now: str
    price_now_minor: int
    at_ms: int


class RoomMessages(Paged, frozen=True, kw_only=True):
    """What was said in a room since I came, newest first; cards are shown as their goods are now."""

    room: OwnerId
    language: Language = "zh-Hans"


@answers(RoomMessages, "messages/listed", who=(MEMBER,), view=MessageView)
async def room_messages(database, q, case) -> Page:
    since = case.member.joined_n if seated(case) else 0
    rows = await chat_rows.messages(database, q.room, since, before(q.after), q.limit + 1)
    shown = rows[: q.limit]
    cards = await chat_rows.cards_now(database, [one.row for one in shown], q.language)
    views = []
    for row, text in shown:
        card, priced = cards.get(row.n), row.kind == "product"
        views.append(
            MessageView(
                row.shop, row.product, row.order, row.owner, row.n, row.author, row.seat, row.kind, text or "",
                row.price_minor, card.code if card else "", card.price_minor if card and priced else 0, row.at_ms,
            )
        )  # fmt: skip
    return Page(views, str(shown[-1].row.n) if len(rows) > q.limit else "")


class RoomShown(View, frozen=True):
    """One conversation. held_today: product cards that were held back today, of everybody."""

    room: OwnerId
    kind: str
    title: str
    founder: OwnerId
    guest: OwnerId
    shop: OwnerId
    members: int
    last_n: int
    read_n: int
    held_today: int


class ShowRoom(Query, frozen=True, kw_only=True):
    """One conversation I am in."""

    room: OwnerId


@answers(ShowRoom, "rooms/show", who=(MEMBER,), view=RoomShown)
async def show_room(database, q, case) -> RoomShown:
    row, seat = case.room, case.member if seated(case) else case.shop_seat
    held = await chat_rows.held_on(database, q.room, day_of(case.now))
    title = (await chat_rows.titles(database, [q.room])).get(q.room, "")
    return RoomShown(
        q.room, row.kind, title, row.founder, row.guest, row.shop, row.members, row.last_n, seat.read_n,
        sum(one.held for one in held),
    )  # fmt: skip


class MemberView(View, frozen=True):
    """Who sits in a room: a party, or a shop."""

    room: OwnerId
    member: OwnerId
    joined_ms: int


class RoomMembers(Paged, frozen=True, kw_only=True):
    """Who sits in a room I am in, in the order they came."""

    room: OwnerId


@answers(RoomMembers, "rooms/members", who=(MEMBER,), view=MemberView)
async def room_members(database, q, case) -> Page:
    """A room has so few seats that one page after another is cut from all of them."""
    rows, start = await chat_rows.members_of(database, q.room), beyond(q.after)
    shown = rows[start : start + q.limit]
    more = start + q.limit < len(rows)
    return Page(
        [MemberView(row.owner, row.party, row.joined_ms) for row in shown], str(start + q.limit) if more else ""
    )  # fmt: skip


class ContactView(View, frozen=True):
    """What I am to another. state: asked (by me), asking (me), friends or ended. blocked: 1 while I do not hear him."""

    party: OwnerId
    other: OwnerId
    state: str
    blocked: int
    changed_ms: int


class Friends(Paged, frozen=True, kw_only=True):
    """Whom I know: friends, asks both ways, and whom I blocked."""

    party: OwnerId


@answers(Friends, "friends/listed", who=(SELF,), view=ContactView)
async def friends(database, q, case) -> Page:
    rows = await database.read(
        Contact,
        "WHERE owner = :party AND other < :before ORDER BY other DESC LIMIT :most",
        party=q.party, before=before(q.after), most=q.limit + 1,
    )  # fmt: skip
    shown = [
        ContactView(row.owner, row.other, row.state, int(bool(row.blocked_ms)), row.changed_ms)
        for row in rows[: q.limit]
    ]
    return Page(shown, str(shown[-1].other) if len(rows) > q.limit else "")


class FriendLink(View, frozen=True):
    """What others need to ask me. Whoever holds it may ask; it changes nothing by itself."""

    party: OwnerId
    proof: str


class MyFriendLink(Query, frozen=True, kw_only=True):
    """My own link, for others to ask me to be friends."""

    party: OwnerId


@answers(MyFriendLink, "friends/link", who=(SELF,), view=FriendLink)
async def my_friend_link(database, q, case) -> FriendLink:
    return FriendLink(q.party, case.seal(*friend_parts(q.party)))


class MuteView(View, frozen=True):
    """One thing I muted. about: product, gift, order, shop or person."""

    party: OwnerId
    about: str
    whom: OwnerId
    since_ms: int


class Mutes(Paged, frozen=True, kw_only=True):
    """What I muted, by kind and name."""

    party: OwnerId


@answers(Mutes, "mutes/listed", who=(SELF,), view=MuteView)
async def mutes(database, q, case) -> Page:
    rows = await database.read(Mute, "WHERE owner = :party ORDER BY about, whom", party=q.party)
    start = beyond(q.after)
    shown = [MuteView(row.owner, row.about, row.whom, row.since_ms) for row in rows[start : start + q.limit]]
    return Page(shown, str(start + q.limit) if start + q.limit < len(rows) else "")
