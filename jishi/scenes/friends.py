"""Friends (好友): who knows whom. Each side keeps a row of its own; asks, answers and ends cross over by reactions.

Blocking is one's own: the other side is told nothing, and what he sends is not taken.
"""

from typing import Literal

from msgspec.structs import replace

from jishi.kernel.grammar import Command, Event, evolves, handles, nothing_to_do, one, reacts
from jishi.kernel.ids import OwnerId
from jishi.kernel.machine import Machine
from jishi.kernel.money import Code
from jishi.kernel.parties import Party
from jishi.kernel.refused import require
from jishi.kernel.roles import REACTION, SELF
from jishi.kernel.rows import Row, table


@table("contacts", ("owner", "other"), changes=("state", "blocked_ms", "changed_ms"))
class Contact(Row, frozen=True):
    """What one party is to another, in his own words. state: none, asked (by me), asking (me), friends or ended.

    blocked_ms: since when he hears nothing of the other, 0 when he does.
    """

    owner: int
    other: OwnerId
    state: str
    blocked_ms: int
    changed_ms: int


# -- commands ---------------------------------------------------------------------------------------


class AskFriend(Command, frozen=True):
    """Ask to be friends. `proof` is of the other's own link; who asks back by it becomes a friend at once."""

    party: OwnerId
    other: OwnerId
    proof: Code


class AnswerAsk(Command, frozen=True):
    """Say yes (1) or no (0) to who asked."""

    party: OwnerId
    other: OwnerId
    accept: Literal[0, 1]


class EndFriend(Command, frozen=True):
    """End a friendship, or take an ask back."""

    party: OwnerId
    other: OwnerId


class SetBlock(Command, frozen=True):
    """Hear nothing more of somebody (1), or hear him again (0)."""

    party: OwnerId
    other: OwnerId
    on: Literal[0, 1]


class NoteAsk(Command, frozen=True):
    """Somebody asks this party to be friends."""

    party: OwnerId
    other: OwnerId


class NoteAnswer(Command, frozen=True):
    """Whom this party asked has answered."""

    party: OwnerId
    other: OwnerId
    accept: Literal[0, 1]


class NoteEnd(Command, frozen=True):
    """The other side has ended it."""

    party: OwnerId
    other: OwnerId


# -- events -----------------------------------------------------------------------------------------


class FriendAsked(Event, frozen=True):
    other: OwnerId


class FriendAskNoted(Event, frozen=True):
    other: OwnerId


class FriendMade(Event, frozen=True):
    other: OwnerId


class FriendDeclined(Event, frozen=True):
    """This party said no."""

    other: OwnerId


class FriendDeclineNoted(Event, frozen=True):
    """The other said no."""

    other: OwnerId


class FriendEnded(Event, frozen=True):
    other: OwnerId


class FriendEndNoted(Event, frozen=True):
    other: OwnerId


class PersonBlocked(Event, frozen=True):
    other: OwnerId


class PersonUnblocked(Event, frozen=True):
    other: OwnerId


ASKABLE = ("none", "ended")
CONTACT = Machine(
    "contact",
    start="none",
    moves={
        FriendAsked: (ASKABLE, "asked"),
        FriendAskNoted: (ASKABLE, "asking"),
        FriendMade: (("asked", "asking", "friends"), "friends"),
        FriendDeclined: (("asking",), "ended"),
        FriendDeclineNoted: (("asked", "friends"), "ended"),
        FriendEnded: (("asked", "friends"), "ended"),
        FriendEndNoted: (("asking", "friends"), "ended"),
    },
    final=(),
)


def state_of(row: Contact | None) -> str:
    """The state of a row that may not be there yet."""
    return row.state if row else CONTACT.start


def may(row: Contact | None, event: type[Event]) -> bool:
    """Whether the machine lets this happen to a row."""
    return state_of(row) in CONTACT.moves[event][0]


def are_friends(row: Contact | None) -> bool:
    """Whether this side takes the other for a friend and hears him."""
    return row is not None and row.state == "friends" and not row.blocked_ms


@evolves(Contact, *CONTACT.moves, key=("other",))
def _moved(row, e, stamp):
    row = row or Contact(stamp.owner, e.other, CONTACT.start, 0, 0)
    return replace(row, state=CONTACT.after(row.state, e), changed_ms=stamp.at)


@evolves(Contact, PersonBlocked, PersonUnblocked, key=("other",))
def _blocked(row, e, stamp):
    row = row or Contact(stamp.owner, e.other, CONTACT.start, 0, 0)
    return replace(row, blocked_ms=stamp.at if isinstance(e, PersonBlocked) else 0)


# -- decisions --------------------------------------------------------------------------------------

_PARTY = one("party", Party, lambda c, k: (c.party,))
_CONTACT = one("contact", Contact, lambda c, k: (c.party, c.other))
_OTHER = one("whom", Party, lambda c, k: (c.other,))
_ACTIVE = ("party", ("active",))


def friend_parts(party: int) -> tuple[str, ...]:
    """What a party's own link proves: that he gave it out himself, or was met in a room."""
    return ("friend", str(party))


@handles(AskFriend, who=(SELF,), needs=(_PARTY, _CONTACT, _OTHER), state=_ACTIVE)
def ask_friend(c, case, now, ids):
    require(case.proves(c.proof, *friend_parts(c.other)), "proof_wrong")
    require(c.other != c.party, "friend_self")
    require(case.whom, "party_unknown")
    require(not (case.contact and case.contact.blocked_ms), "person_blocked")
    if case.contact and case.contact.state == "asking":
        return [FriendMade(c.other)]
    require(may(case.contact, FriendAsked), "friend_already", state=state_of(case.contact))
    return [FriendAsked(c.other)]


@handles(AnswerAsk, who=(SELF,), needs=(_PARTY, _CONTACT), state=_ACTIVE)
def answer_ask(c, case, now, ids):
    require(state_of(case.contact) == "asking", "friend_not_asking")
    return [FriendMade(c.other) if c.accept else FriendDeclined(c.other)]


@handles(EndFriend, who=(SELF,), needs=(_PARTY, _CONTACT), state=_ACTIVE)
def end_friend(c, case, now, ids):
    require(may(case.contact, FriendEnded), "not_friends")
    return [FriendEnded(c.other)]


@handles(SetBlock, who=(SELF,), needs=(_PARTY, _CONTACT, _OTHER), state=_ACTIVE)
def set_block(c, case, now, ids):
    require(c.other != c.party, "friend_self")
    require(case.whom, "party_unknown")
    return [PersonBlocked(c.other) if c.on else PersonUnblocked(c.other)]


@handles(NoteAsk, who=(REACTION,), needs=(_PARTY, _CONTACT), state=_ACTIVE)
def note_ask(c, case, now, ids):
    """Asks that cross make friends. A block is not told: the ask just stays unanswered."""
    if case.contact and case.contact.blocked_ms:
        return nothing_to_do("blocked")
    if state_of(case.contact) in ("asked", "friends"):
        return [FriendMade(c.other)]
    return [FriendAskNoted(c.other)] if may(case.contact, FriendAskNoted) else nothing_to_do("asking")


@handles(NoteAnswer, who=(REACTION,), needs=(_PARTY, _CONTACT), state=_ACTIVE)
def note_answer(c, case, now, ids):
    if c.accept:
        return [FriendMade(c.other)] if state_of(case.contact) == "asked" else nothing_to_do("not_asked")
    return [FriendDeclineNoted(c.other)] if may(case.contact, FriendDeclineNoted) else nothing_to_do("not_asked")


@handles(NoteEnd, who=(REACTION,), needs=(_PARTY, _CONTACT), state=_ACTIVE)
def note_end(c, case, now, ids):
    return [FriendEndNoted(c.other)] if may(case.contact, FriendEndNoted) else nothing_to_do("over")


@reacts("note_friend", FriendAsked, FriendMade, FriendDeclined, FriendEnded)
def _to_the_other(e, stamp):
    if isinstance(e, FriendAsked):
        return [NoteAsk(e.other, stamp.owner)]
    if isinstance(e, FriendEnded):
        return [NoteEnd(e.other, stamp.owner)]
    return [NoteAnswer(e.other, stamp.owner, int(isinstance(e, FriendMade)))]
