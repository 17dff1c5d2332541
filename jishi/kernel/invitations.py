"""Invitations: who manages a shop asks somebody to work there, by his login or by a link, with these duties.

Whoever is asked accepts or declines; after a week an invitation is over by itself.
"""

from typing import Annotated

from msgspec import Meta
from msgspec.structs import replace

from jishi.kernel.grammar import (
    Arm,
    Command,
    Disarm,
    Event,
    Role,
    clocks,
    evolves,
    handles,
    one,
    timer,
)
from jishi.kernel.ids import OwnerId, id_type
from jishi.kernel.logins import LOGIN_MOST, Login, read_login
from jishi.kernel.machine import Machine
from jishi.kernel.money import Code
from jishi.kernel.owners import PLATFORM
from jishi.kernel.parties import Party
from jishi.kernel.refused import Refused, require
from jishi.kernel.roles import DUTIES, OPERATOR_DUTIES, TIMER, Staff, staff
from jishi.kernel.rows import Row, table
from jishi.kernel.shops import DutiesSet

InvitationId = id_type("invitation")
INVITATION_MS = 7 * 86_400_000  # our default
Duties = Annotated[tuple[Code, ...], Meta(min_length=1, max_length=10)]


@table("invitations", ("owner", "id"), changes=("state", "party", "done_ms"), indexes=(("party",),))
class Invitation(Row, frozen=True):
    """A shop asks somebody. state: open, accepted, declined, withdrawn or expired. how: login or link.

    party: who is asked; 0 while only the link tells, or nobody has the login yet. by: who asked; 0 for a program.
    """

    owner: int
    id: InvitationId
    state: str
    how: str
    party: OwnerId
    by: OwnerId
    duties: tuple[Code, ...]
    made_ms: int
    expires_ms: int
    done_ms: int


class InviteStaff(Command, frozen=True):
    """Ask somebody to work for the shop with these duties: by his login, or without one by a link to hand over."""

    shop: OwnerId
    duties: Duties
    login: Annotated[str, Meta(max_length=LOGIN_MOST)] = ""


class WithdrawInvitation(Command, frozen=True):
    """The shop does not ask any more."""

    shop: OwnerId
    invitation: InvitationId


class AcceptInvitation(Command, frozen=True):
    """Who is asked says yes, and works there from now on. link: what the link proves, where it was one."""

    shop: OwnerId
    invitation: InvitationId
    link: Annotated[str, Meta(max_length=80)] = ""


class DeclineInvitation(Command, frozen=True):
    """Who is asked says no, thank you."""

    shop: OwnerId
    invitation: InvitationId
    link: Annotated[str, Meta(max_length=80)] = ""


class ExpireInvitation(Command, frozen=True):
    """Nobody answered in time."""

    shop: OwnerId
    invitation: InvitationId


timer("expire_invitation", lambda owner, invitation, n: ExpireInvitation(owner, invitation))


class StaffInvited(Event, frozen=True):
    invitation: InvitationId
    how: Code
    party: OwnerId
    by: OwnerId
    duties: tuple[Code, ...]
    expires_ms: int


class InvitationWithdrawn(Event, frozen=True):
    invitation: InvitationId


class InvitationAccepted(Event, frozen=True):
    invitation: InvitationId
    party: OwnerId


class InvitationDeclined(Event, frozen=True):
    invitation: InvitationId
    party: OwnerId


class InvitationExpired(Event, frozen=True):
    invitation: InvitationId


INVITATION = Machine(
    "invitation",
    start="open",
    moves={
        InvitationAccepted: (("open",), "accepted"),
        InvitationDeclined: (("open",), "declined"),
        InvitationWithdrawn: (("open",), "withdrawn"),
        InvitationExpired: (("open",), "expired"),
    },
    final=("accepted", "declined", "withdrawn", "expired"),
)


@evolves(Invitation, StaffInvited, key=("invitation",))
def _invited(row, e, stamp):
    start = INVITATION.start
    return Invitation(stamp.owner, e.invitation, start, e.how, e.party, e.by, e.duties, stamp.at, e.expires_ms, 0)


@evolves(Invitation, InvitationAccepted, InvitationDeclined, key=("invitation",))
def _answered(row, e, stamp):
    return replace(row, state=INVITATION.after(row.state, e), party=e.party, done_ms=stamp.at)


@evolves(Invitation, InvitationWithdrawn, InvitationExpired, key=("invitation",))
def _over(row, e, stamp):
    return replace(row, state=INVITATION.after(row.state, e), done_ms=stamp.at)


@clocks(StaffInvited)
def _expiry(e, stamp):
    return (Arm("expire_invitation", e.invitation, e.expires_ms),)


@clocks(InvitationAccepted, InvitationDeclined, InvitationWithdrawn)
def _no_expiry(e, stamp):
    return (Disarm("expire_invitation", e.invitation),)


# -- decisions --------------------------------------------------------------------------------------

THE_INVITATION = one("invitation", Invitation, lambda c, k: (c.shop, c.invitation))


def invitation_parts(shop: int, invitation: int) -> tuple[str, ...]:
    """What an invitation's link proves: that its holder is the one who is asked."""
    return ("invitation", str(shop), str(invitation))


def is_invited(c, case) -> bool:
    """Who is asked, by name or by link. Anybody else is told the same as of an invitation that does not exist."""
    asked, by = case.invitation, case.me
    require(asked, "not_found")
    named = bool(by) and asked.party == by
    open_to = not asked.party and case.proves(c.link, *invitation_parts(c.shop, c.invitation))
    require(named or open_to, "not_found")
    return by != 0


INVITED = Role("invited", is_invited)


def _claimed(c, case) -> tuple | None:
    """Where the directory tells who has the login; a malformed one is refused when its turn comes."""
    try:
        return (read_login(c.login).mark(case.seal),) if c.login else None
    except Refused:
        return None


@handles(
    InviteStaff,
    who=(staff("manage"),),
    needs=(
        one("known", Login, _claimed),
        one("member", Staff, lambda c, k: (c.shop, k.known.party) if k.known else None, of="known"),
    ),
    answer=("invitation", "expires_ms"),
)
def invite_staff(c, case, now, ids):
    require(set(c.duties) <= set(OPERATOR_DUTIES if c.shop == PLATFORM else DUTIES), "duty_unknown")
    if c.login:
        read_login(c.login)
    require(not case.member or case.member.left_ms, "works_here")
    party = case.known.party if case.known else 0
    how, duties = "login" if c.login else "link", tuple(sorted(set(c.duties)))
    return [StaffInvited(ids.next(), how, party, case.me, duties, now + INVITATION_MS)]


@handles(WithdrawInvitation, who=(staff("manage"),), needs=(THE_INVITATION,), state=("invitation", ("open",)))
def withdraw_invitation(c, case, now, ids):
    return [InvitationWithdrawn(c.invitation)]


@handles(
    AcceptInvitation,
    who=(INVITED,),
    needs=(
        THE_INVITATION,
        one("party", Party, lambda c, k: (k.me,) if k.me else None),
        one("member", Staff, lambda c, k: (c.shop, k.me) if k.me else None),
        one("inviter", Staff, lambda c, k: (c.shop, k.invitation.by) if k.invitation else None, of="invitation"),
    ),
    state=("invitation", ("open",)),
    answer=("invitation",),
)
def accept_invitation(c, case, now, ids):
    """Only while whoever asked still manages the shop: what he may not do, his letter may not do for him."""
    require(now < case.invitation.expires_ms, "invitation_over")
    require(case.party and case.party.state == "active", "party_unknown")
    manages = case.inviter and not case.inviter.left_ms and "manage" in case.inviter.duties
    require(manages or not case.invitation.by, "invitation_over")
    kept = case.member.duties if case.member and not case.member.left_ms else ()
    duties = tuple(sorted({*kept, *case.invitation.duties}))
    return [InvitationAccepted(c.invitation, case.me), DutiesSet(case.me, duties)]


@handles(
    DeclineInvitation,
    who=(INVITED,),
    needs=(THE_INVITATION,),
    state=("invitation", ("open",)),
    answer=("invitation",),
)
def decline_invitation(c, case, now, ids):
    return [InvitationDeclined(c.invitation, case.me)]


@handles(ExpireInvitation, who=(TIMER,), needs=(THE_INVITATION,), state=("invitation", ("open",)))
def expire_invitation(c, case, now, ids):
    require(now >= case.invitation.expires_ms, "not_yet")
    return [InvitationExpired(c.invitation)]
