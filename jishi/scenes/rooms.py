"""Rooms (会话): where people talk. direct: two friends; group: up to 200; service: a buyer and the staff of a shop.

A room is an owner without a book. Of two friends, and of a buyer and a shop, there is one room, whose id is derived.
A message costs no row per member: what is unread is the room's last number less the member's.
"""

from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta
from msgspec.structs import replace

from jishi.kernel.grammar import (
    Command,
    Event,
    Forget,
    Keep,
    each,
    evolves,
    handles,
    nothing_to_do,
    one,
    recorded,
)  # fmt: skip
from jishi.kernel.ids import OwnerId
from jishi.kernel.money import Code
from jishi.kernel.orders import Order
from jishi.kernel.parties import Party
from jishi.kernel.refused import require
from jishi.kernel.roles import ANYONE, JOB
from jishi.kernel.shops import Shop
from jishi.kernel.stock import OrderId
from jishi.scenes.friends import Contact, are_friends
from jishi.scenes.seats import (
    DESK,
    FOUNDER,
    GUEST,
    LEAVER,
    MEMBER,
    Member,
    Room,
    RoomTitle,
    direct_room,
    seat_of,
    seated,
    serves,
    service_room,
)
from jishi.scenes.texts import one_line

MEMBERS_MOST = 200  # our default
INVITED_MOST = 50  # in one command
TITLE_MOST = 40


class Invited(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One whom a command brings into a room."""

    member: OwnerId


Members = Annotated[tuple[Invited, ...], Meta(min_length=1, max_length=INVITED_MOST)]


def invited(*parties: int) -> tuple[Invited, ...]:
    """These parties, for a command."""
    return tuple([Invited(party) for party in parties])


def named(c) -> list[int]:
    """Whom a command names, each once."""
    return list(dict.fromkeys([one.member for one in c.members]))


# -- commands ---------------------------------------------------------------------------------------


class OpenDirect(Command, frozen=True):
    """Open the room of two friends."""

    creates: ClassVar[str] = "room"

    room: OwnerId
    other: OwnerId

    def addressed(self, by):
        return replace(self, room=direct_room(by.party, self.other))


class OpenGroup(Command, frozen=True):
    """Open a group with some friends."""

    creates: ClassVar[str] = "room"

    room: OwnerId
    title: Annotated[str, Meta(max_length=TITLE_MOST)]
    members: Members


class OpenService(Command, frozen=True):
    """Open the room of a buyer and a shop: the buyer himself, or the shop's staff about an order of his."""

    creates: ClassVar[str] = "room"

    room: OwnerId
    shop: OwnerId
    guest: OwnerId
    order: OrderId = 0

    def addressed(self, by):
        return replace(self, room=service_room(self.shop, self.guest))


class Invite(Command, frozen=True):
    """Bring friends into a group."""

    room: OwnerId
    members: Members


class LeaveRoom(Command, frozen=True):
    """Leave a group."""

    room: OwnerId


class RemoveMember(Command, frozen=True):
    """The founder takes somebody out of his group."""

    room: OwnerId
    member: OwnerId


class MarkRead(Command, frozen=True):
    """All up to this message has been read."""

    room: OwnerId
    n: Annotated[int, Meta(ge=0, le=2**53)]


class EraseTitle(Command, frozen=True):
    """Who named the group is being erased."""

    room: OwnerId


# -- events -----------------------------------------------------------------------------------------


class RoomOpened(Event, frozen=True):
    room: OwnerId
    kind: Code
    founder: OwnerId
    guest: OwnerId
    shop: OwnerId


class MemberJoined(Event, frozen=True):
    member: OwnerId
    after_n: int


class MemberLeft(Event, frozen=True):
    member: OwnerId
    by: OwnerId


class RoomRead(Event, frozen=True):
    member: OwnerId
    n: int


class TitleErased(Event, frozen=True):
    room: OwnerId


recorded(TitleErased)


@evolves(Room, RoomOpened, key=())
def _opened(row, e, stamp):
    return Room(stamp.owner, e.kind, e.founder, e.guest, e.shop, 0, stamp.at, 0, stamp.at)


@evolves(Room, MemberJoined, key=())
def _one_more(row, e, stamp):
    return replace(row, members=row.members + 1)


@evolves(Member, MemberJoined, key=("member",))
def _joined(row, e, stamp):
    return Member(stamp.owner, e.member, e.after_n, e.after_n, stamp.at, 0)


@evolves(Room, MemberLeft, key=())
def _one_less(row, e, stamp):
    return replace(row, members=row.members - 1)


@evolves(Member, MemberLeft, key=("member",))
def _left(row, e, stamp):
    return replace(row, left_ms=stamp.at)


@evolves(Member, RoomRead, key=("member",))
def _read(row, e, stamp):
    return replace(row, read_n=e.n)


# -- decisions --------------------------------------------------------------------------------------

_CONTACTS = (
    each("mine", Contact, lambda c, k: [(k.me, other) for other in named(c)]),
    each("theirs", Contact, lambda c, k: [(other, k.me) for other in named(c)]),
)


def opened(c, kind: str, seats: tuple[int, ...], founder: int, guest: int = 0, shop: int = 0) -> list[Event]:
    """The room and who sits in it."""
    return [RoomOpened(c.room, kind, founder, guest, shop), *[MemberJoined(seat, 0) for seat in seats]]


def require_friends(case, others: list[int]) -> None:
    """All of them are friends of who acts, and hear him."""
    for other in others:
        require(are_friends(case.mine.get((case.me, other))), "not_friends")
        require(are_friends(case.theirs.get((other, case.me))), "not_reached")


@handles(
    OpenDirect,
    who=(ANYONE,),
    needs=(
        each("mine", Contact, lambda c, k: [(k.me, c.other)]),
        each("theirs", Contact, lambda c, k: [(c.other, k.me)]),
    ),
    answer=("room",),
)
def open_direct(c, case, now, ids):
    me = case.me
    require(c.room == direct_room(me, c.other), "room_differs")
    require_friends(case, [c.other])
    return opened(c, "direct", (me, c.other), me, guest=c.other)


@handles(OpenGroup, who=(ANYONE,), needs=_CONTACTS, answer=("room",))
def open_group(c, case, now, ids):
    me, others, title = case.me, named(c), one_line(c.title)
    require(1 <= len(title) <= TITLE_MOST, "title_wrong", most=TITLE_MOST)
    require_friends(case, others)
    return [*opened(c, "group", (me, *others), me), Keep(RoomTitle(c.room, me, title))]


@handles(
    OpenService,
    who=(GUEST, DESK),
    needs=(
        one("shop", Shop, lambda c, k: (c.shop,)),
        one("buyer", Party, lambda c, k: (c.guest,)),
        one("deal", Order, lambda c, k: (c.shop, c.order) if c.order else None),
    ),
    answer=("room",),
)
def open_service(c, case, now, ids):
    """A shop does not write to strangers: its staff name an order that they may see."""
    require(c.room == service_room(c.shop, c.guest), "room_differs")
    require(case.shop and case.buyer and case.buyer.state == "active", "not_found")
    deal = case.deal
    require(not c.order or (deal and c.guest in (deal.payer, deal.beneficiary)), "not_found")
    require(case.me == c.guest or (deal and deal.ship_by_ms), "not_found")
    require(not serves(case.vendor) or case.me != c.guest, "room_own_shop")
    return opened(c, "service", (c.guest, c.shop), case.me, guest=c.guest, shop=c.shop)


@handles(
    Invite,
    who=(MEMBER,),
    needs=(*_CONTACTS, each("invited", Member, lambda c, k: [(c.room, other) for other in named(c)])),
)
def invite(c, case, now, ids):
    require(case.room.kind == "group", "room_kind_wrong")
    here = {key[1] for key, row in case.invited.items() if not row.left_ms}
    others = [other for other in named(c) if other not in here]
    require(others, "member_already")
    require(case.room.members + len(others) <= MEMBERS_MOST, "room_full", most=MEMBERS_MOST)
    require_friends(case, others)
    return [MemberJoined(other, case.room.last_n) for other in others]


@handles(LeaveRoom, who=(LEAVER,))
def leave_room(c, case, now, ids):
    require(not case.member.left_ms, "not_found")
    require(case.room.kind == "group", "room_kind_wrong")
    return [MemberLeft(case.me, case.me)]


@handles(RemoveMember, who=(FOUNDER,), needs=(one("removed", Member, lambda c, k: (c.room, c.member)),))
def remove_member(c, case, now, ids):
    require(case.room.kind == "group", "room_kind_wrong")
    require(case.removed and not case.removed.left_ms and c.member != case.me, "member_unknown")
    return [MemberLeft(c.member, case.me)]


@handles(MarkRead, who=(MEMBER,))
def mark_read(c, case, now, ids):
    seat, row = seat_of(case), case.member if seated(case) else case.shop_seat
    return [RoomRead(seat, max(row.read_n, min(c.n, case.room.last_n)))]


@handles(EraseTitle, who=(JOB,), needs=(one("title", RoomTitle, lambda c, k: (c.room,)),))
def erase_title(c, case, now, ids):
    if case.title is None:
        return nothing_to_do("no_title")
    return [TitleErased(c.room), Forget(RoomTitle, (c.room,))]
