"""Shops: who sells, and the people who work there."""

from typing import ClassVar, Literal

import msgspec
from msgspec.structs import replace

from jishi.kernel.grammar import Command, Event, Keep, evolves, handles, one
from jishi.kernel.ids import OwnerId
from jishi.kernel.machine import Machine
from jishi.kernel.money import Code
from jishi.kernel.owners import PLATFORM
from jishi.kernel.parties import Language, Name, Party
from jishi.kernel.refused import require
from jishi.kernel.review import ShopApproved, ShopAskedAgain, ShopBound, ShopEntered, ShopRejected
from jishi.kernel.roles import ANYONE, DEMO, DUTIES, JOB, OPERATOR_DUTIES, Staff, operator, staff
from jishi.kernel.rows import Row, table


@table("shops", ("owner",), changes=("state",))
class Shop(Row, frozen=True):
    """A shop. kind: enterprise, individual or person. state: in_review, rejected, open or closed."""

    owner: int
    kind: str
    state: str
    currency: str
    opened_ms: int


@table("shop_names", ("owner", "language"), changes=("name",))
class ShopName(Row, frozen=True):
    """What a shop is called in one language."""

    owner: int
    language: str
    name: str


class Named(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A name in one language."""

    language: Language
    name: Name


class OpenShop(Command, frozen=True):
    """Open a shop; who opens it gets all duties in it. Where the market looks shops over, it waits for that first."""

    creates: ClassVar[str] = "shop"

    shop: OwnerId
    kind: Literal["enterprise", "individual", "person"]
    names: tuple[Named, ...]
    currency: Literal["CNY"] = "CNY"


class CloseShop(Command, frozen=True):
    """Close a shop to new orders; what is under way goes on."""

    shop: OwnerId


class SetDuties(Command, frozen=True):
    """Take a party on with these duties, or change them; none means he leaves."""

    shop: OwnerId
    party: OwnerId
    duties: tuple[Code, ...]


class ShopOpened(Event, frozen=True):
    shop: OwnerId
    kind: Code
    currency: Code


class ShopClosed(Event, frozen=True):
    shop: OwnerId


class DutiesSet(Event, frozen=True):
    party: OwnerId
    duties: tuple[Code, ...]


SHOP = Machine(
    "shop",
    start="in_review",
    moves={
        ShopApproved: (("in_review",), "open"),
        ShopRejected: (("in_review",), "rejected"),
        ShopAskedAgain: (("rejected",), "in_review"),
        ShopClosed: (("in_review", "rejected", "open"), "closed"),
    },
    final=("closed",),
)


@evolves(Shop, ShopOpened, ShopEntered, key=())
def _opened(row, e, stamp):
    """A market that looks no shop over opens it at once."""
    state = SHOP.start if isinstance(e, ShopEntered) else "open"
    return Shop(stamp.owner, e.kind, state, e.currency, stamp.at)


@evolves(Shop, *SHOP.moves, key=())
def _moved(row, e, stamp):
    return replace(row, state=SHOP.after(row.state, e))


@evolves(Staff, DutiesSet, key=("party",))
def _duties(row, e, stamp):
    left = 0 if e.duties else stamp.at
    if row is None:
        return Staff(stamp.owner, e.party, e.duties, stamp.at, left)
    return replace(row, duties=e.duties, left_ms=left)


THE_SHOP = one("shop", Shop, lambda c, k: (c.shop,))


@handles(OpenShop, who=(ANYONE, DEMO), answer=("shop",))
def open_shop(c, case, now, ids):
    require(c.names, "name_missing")
    require(len({named.language for named in c.names}) == len(c.names), "language_twice")
    names = [Keep(ShopName(c.shop, named.language, named.name)) for named in c.names]
    rules = case.rulebook.at(now)
    waits, goods = (rules.review_shops, rules.review_goods) if case.me else (0, 0)
    opened = (ShopEntered if waits else ShopOpened)(c.shop, c.kind, c.currency)
    bound = [ShopBound(goods, waits)] if waits or goods else []
    hired = [DutiesSet(case.me, DUTIES)] if case.me else []
    return [opened, *bound, *hired, *names]


@handles(
    CloseShop,
    who=(staff("manage"), operator("manage")),
    needs=(THE_SHOP,),
    state=("shop", SHOP.moves[ShopClosed][0]),
)
def close_shop(c, case, now, ids):
    return [ShopClosed(c.shop)]


def may_replace(c: SetDuties, case) -> bool:
    """Nobody gives up managing by himself, nor has a program take it from him: so one who manages always remains."""
    return case.by.kind == "system" or (case.me != 0 and case.me != c.party)


@handles(
    SetDuties,
    who=(staff("manage"), operator("manage"), JOB, DEMO),
    needs=(
        one("member", Staff, lambda c, k: (c.shop, c.party)),
        one("member_party", Party, lambda c, k: (c.party,)),
    ),
)
def set_duties(c, case, now, ids):
    known = OPERATOR_DUTIES if c.shop == PLATFORM else DUTIES
    require(set(c.duties) <= set(known), "duty_unknown")
    require(case.member_party and case.member_party.state == "active", "party_unknown")
    require(case.member or c.duties, "not_found")
    manages_on = "manage" in c.duties or not case.member or "manage" not in case.member.duties
    require(manages_on or may_replace(c, case), "last_manager")
    if operator("manage").test(c, case) and not staff("manage").test(c, case):
        new = set(c.duties) - set(case.member.duties if case.member else ())
        require(c.party != case.me and "money" not in new, "forbidden")
    return [DutiesSet(c.party, tuple(sorted(set(c.duties))))]
