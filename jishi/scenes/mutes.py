"""Mutes: what a party does not want to see at once, by kind of card, by shop or by person. It is folded, not lost."""

from typing import Literal

from jishi.kernel.grammar import Command, Event, evolves, handles, many, one
from jishi.kernel.ids import OwnerId
from jishi.kernel.money import Code
from jishi.kernel.parties import Party
from jishi.kernel.refused import require
from jishi.kernel.roles import SELF
from jishi.kernel.rows import Row, table

MUTES_MOST = 500
About = Literal["product", "gift", "order", "shop", "person"]


@table("mutes", ("owner", "about", "whom"), changes=("since_ms",))
class Mute(Row, frozen=True):
    """One thing muted. about: a kind of card (whom is 0), a shop or a person."""

    owner: int
    about: str
    whom: OwnerId
    since_ms: int


class SetMute(Command, frozen=True):
    """Fold a kind of card, what a shop sells or what a person sends (1), or show it again (0)."""

    party: OwnerId
    about: About
    on: Literal[0, 1]
    whom: OwnerId = 0


class MuteSet(Event, frozen=True):
    about: Code
    whom: OwnerId
    on: int


@evolves(Mute, MuteSet, key=("about", "whom"))
def _set(row, e, stamp):
    return Mute(stamp.owner, e.about, e.whom, stamp.at) if e.on else None


@handles(
    SetMute,
    who=(SELF,),
    needs=(one("party", Party, lambda c, k: (c.party,)), many("mutes", Mute, lambda c, k: (c.party,))),
    state=("party", ("active",)),
)
def set_mute(c, case, now, ids):
    named = c.about in ("shop", "person")
    require(bool(c.whom) == named, "mute_wrong")
    require(not c.on or len(case.mutes) < MUTES_MOST, "mutes_too_many", most=MUTES_MOST)
    return [MuteSet(c.about, c.whom, c.on)]
