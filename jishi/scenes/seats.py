"""Seats: the rows of a room and who sits in it, which everything in a conversation asks first."""

from jishi.kernel.grammar import Role, one
from jishi.kernel.ids import OwnerId, derived_id
from jishi.kernel.refused import require
from jishi.kernel.roles import Staff
from jishi.kernel.rows import Row, table

SERVICE_DUTIES = {"orders", "aftersale"}


@table("rooms", ("owner",), changes=("last_n", "last_ms", "members"), indexes=(("shop", "last_ms"),))
class Room(Row, frozen=True):
    """A conversation. kind: direct, group or service. guest: the other of two, or the buyer at a shop.

    members: those who sit in it; a shop has one seat, whoever of its staff answers.
    """

    owner: int
    kind: str
    founder: OwnerId
    guest: OwnerId
    shop: OwnerId
    last_n: int
    last_ms: int
    members: int
    opened_ms: int


@table("room_titles", ("owner",), changes=("party", "title"), indexes=(("party",),), personal={"title": "contract"})
class RoomTitle(Row, frozen=True):
    """What a group is called, in the words of one of its members."""

    owner: int
    party: OwnerId
    title: str


@table(
    "members", ("owner", "party"), changes=("read_n", "joined_n", "joined_ms", "left_ms"), indexes=(("party",),),
)  # fmt: skip
class Member(Row, frozen=True):
    """One seat: a party's, or a shop's in a service room. He sees what came after joined_n.

    left_ms: 0 while he stays.
    """

    owner: int
    party: OwnerId
    read_n: int
    joined_n: int
    joined_ms: int
    left_ms: int


THE_ROOM = one("room", Room, lambda c, k: (c.room,))
THE_MEMBER = one("member", Member, lambda c, k: (c.room, k.me) if k.me else None)
THE_DESK = one("desk", Staff, lambda c, k: (k.room.shop, k.me) if k.room and k.room.shop else None, of="room")
THE_SEAT = one("shop_seat", Member, lambda c, k: (c.room, k.room.shop) if k.room and k.room.shop else None, of="room")


def serves(row: Staff | None) -> bool:
    """Whether this is staff who may talk with buyers."""
    return row is not None and not row.left_ms and bool(SERVICE_DUTIES & set(row.duties))


def sits_in(c, case) -> bool:
    """Who is in the room. Anyone else is told the same as of a room that does not exist."""
    require(case.room and (seated(case) or serves(case.desk)), "not_found")
    return True


def sat_in(c, case) -> bool:
    """Who is in the room or was: his own leaving, sent again, is answered again."""
    require(case.room and case.member, "not_found")
    return True


def seated(case) -> bool:
    """Whether the party has a seat of his own."""
    return case.member is not None and not case.member.left_ms


def seat_of(case) -> int:
    """Whose seat who acts sits on: his own, or his shop's."""
    return case.me if seated(case) else case.room.shop


def founded(c, case) -> bool:
    """Who opened the room, while he is in it."""
    return sits_in(c, case) and case.me == case.room.founder


MEMBER = Role("member", sits_in, (THE_ROOM, THE_MEMBER, THE_DESK, THE_SEAT))
LEAVER = Role("member", sat_in, (THE_ROOM, THE_MEMBER))
FOUNDER = Role("founder", founded, MEMBER.needs)
GUEST = Role("guest", lambda c, k: k.me != 0 and k.me == c.guest)
DESK = Role("desk", lambda c, k: serves(k.vendor), (one("vendor", Staff, lambda c, k: (c.shop, k.me)),))


def direct_room(one_party: int, other: int) -> int:
    """The id of the one room of two parties."""
    return derived_id("direct", *sorted((one_party, other)))


def service_room(shop: int, buyer: int) -> int:
    """The id of the one room of a shop and a buyer."""
    return derived_id("service", shop, buyer)
