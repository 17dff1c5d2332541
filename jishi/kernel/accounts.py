"""Accounts: how a party is recognised again. The house sends these once a code, a password or a token was proved.

Neither a login nor a hash stands in an event: both are rows of their own that can be erased.
"""

from typing import Annotated, ClassVar, Literal

from msgspec import Meta
from msgspec.structs import replace

from jishi.kernel.grammar import Command, Event, Forget, Keep, each, evolves, handles, one, recorded
from jishi.kernel.ids import OwnerId
from jishi.kernel.logins import Account, Login, LoginText, Named, Password
from jishi.kernel.money import Code
from jishi.kernel.parties import Language, Name, Party, PartyCreated, Profile
from jishi.kernel.refused import require
from jishi.kernel.roles import JOB

Kind = Literal["email", "phone", "host"]
Hash = Annotated[str, Meta(max_length=300)]


class OpenAccount(Command, frozen=True):
    """Bring a party into being under a login that nobody else has; hash "" for one without a password."""

    creates: ClassVar[str] = "party"

    party: OwnerId
    kind: Literal["guest", "person"]
    login_kind: Kind
    login: LoginText
    name: Name
    language: Language = "zh-Hans"
    hash: Hash = ""


class ClaimLogin(Command, frozen=True):
    """Give a party a login, instead of the one of that kind it had. A guest becomes a person by an e-mail address."""

    party: OwnerId
    login_kind: Kind
    login: LoginText


class SetPassword(Command, frozen=True):
    """Set or change the password. A guest becomes a person by it."""

    party: OwnerId
    hash: Annotated[str, Meta(min_length=1, max_length=300)]


class LoginClaimed(Event, frozen=True):
    party: OwnerId
    kind: Code


class PasswordSet(Event, frozen=True):
    party: OwnerId


class GuestGrown(Event, frozen=True):
    """A guest is a person from now on: the same party, with what it had."""

    party: OwnerId


recorded(LoginClaimed, PasswordSet)


@evolves(Party, GuestGrown, key=())
def _grown(row, e, stamp):
    return replace(row, kind="person")


# -- decisions --------------------------------------------------------------------------------------

_PARTY = one("party", Party, lambda c, k: (c.party,))
_ACTIVE = ("party", ("active",))
_CLAIMED = one("claimed", Login, lambda c, k: (_named(c).mark(k.seal),))


def _named(c) -> Named:
    return Named(c.login_kind, c.login)


def _keep(c, case, now: int) -> list:
    """The rows of a claimed login: in the directory, and at its party."""
    mark = _named(c).mark(case.seal)
    return [Keep(Login(mark, c.party, now)), Keep(Account(c.party, c.login_kind, c.login, mark, now))]


@handles(OpenAccount, who=(JOB,), needs=(_CLAIMED,), answer=("party",))
def open_account(c, case, now, ids):
    require(case.claimed is None, "login_taken")
    secret = [PasswordSet(c.party), Keep(Password(c.party, c.hash, now))] if c.hash else []
    profile = Keep(Profile(c.party, c.name, c.login if c.login_kind == "phone" else "", c.language))
    return [PartyCreated(c.party, c.kind), LoginClaimed(c.party, c.login_kind), *secret, profile, *_keep(c, case, now)]


@handles(
    ClaimLogin,
    who=(JOB,),
    needs=(
        _PARTY,
        _CLAIMED,
        one("known", Account, lambda c, k: (c.party, c.login_kind)),
        each("former", Login, lambda c, k: [(k.known.mark,)] if k.known else [], of="known"),
    ),
    state=_ACTIVE,
    answer=("party",),
)
def claim_login(c, case, now, ids):
    require(case.claimed is None or case.claimed.party == c.party, "login_taken")
    claimed = LoginClaimed(c.party, c.login_kind)
    if case.claimed:
        return [claimed]
    gone = [Forget(Login, (row.mark,)) for row in case.former.values()]
    grown = _grown_up(case) if c.login_kind == "email" else []
    return [claimed, *grown, *gone, *_keep(c, case, now)]


@handles(
    SetPassword,
    who=(JOB,),
    needs=(_PARTY, one("known", Password, lambda c, k: (c.party,))),
    state=_ACTIVE,
    answer=("party",),
)
def set_password(c, case, now, ids):
    return [PasswordSet(c.party), *_grown_up(case), Keep(Password(c.party, c.hash, now))]


def _grown_up(case) -> list[Event]:
    return [GuestGrown(case.party.owner)] if case.party.kind == "guest" else []
