"""Logins: the names people sign in with. The directory knows them by a keyed hash; the words stand at their party."""

import re
import unicodedata
from collections.abc import Callable
from typing import Annotated, NamedTuple

from msgspec import Meta

from jishi.kernel.ids import OwnerId
from jishi.kernel.refused import require
from jishi.kernel.rows import Row, table

LOGIN_MOST = 120
EMAIL = re.compile(r"[^\s@<>\"',;:\\]{1,64}@[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+")
PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
MAINLAND = re.compile(r"1[3-9][0-9]{9}")
LoginText = Annotated[str, Meta(min_length=1, max_length=LOGIN_MOST)]
Seal = Callable[..., str]


@table("logins", ("mark",), kind="directory", indexes=(("party",),))
class Login(Row, frozen=True):
    """Who a login belongs to. mark: a keyed hash of the login, so that no name stands in a table of all owners."""

    mark: str
    party: OwnerId
    claimed_ms: int


@table("accounts", ("owner", "kind"), changes=("login", "mark", "proved_ms"), personal={"login": "contract"})
class Account(Row, frozen=True):
    """One way to be recognised: kind email or phone, proved by a code; or host, by a host app's signed token."""

    owner: int
    kind: str
    login: str
    mark: str
    proved_ms: int


@table("passwords", ("owner",), changes=("hash", "set_ms"), personal={"hash": "contract"})
class Password(Row, frozen=True):
    """The argon2 hash of a party's password."""

    owner: int
    hash: str
    set_ms: int


class Named(NamedTuple):
    """A login as it is compared: kind and text."""

    kind: str
    text: str

    def mark(self, seal: Seal) -> str:
        """How the directory knows it."""
        return seal("login", self.kind, self.text)


def read_login(text: str) -> Named:
    """An e-mail address or phone number in the one form in which it is kept; refuses `login_malformed`.

    A number of eleven digits without a country's code is one of mainland China.
    """
    told = unicodedata.normalize("NFKC", text).strip()
    if "@" in told:
        told = told.casefold()
        require(len(told) <= LOGIN_MOST and EMAIL.fullmatch(told), "login_malformed")
        return Named("email", told)
    digits = re.sub(r"[ \-().]", "", told)
    digits = f"+86{digits}" if MAINLAND.fullmatch(digits) else re.sub("^00", "+", digits)
    require(PHONE.fullmatch(digits), "login_malformed")
    return Named("phone", digits)


def host_login(issuer: str, subject: str) -> Named:
    """What a host app calls one of its people."""
    return Named("host", f"{issuer} {subject}")
