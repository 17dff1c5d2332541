"""Keys for programs: what a host app or a shop's own software may do. The secret is derived, never stored."""

from typing import Annotated

from msgspec import Meta
from msgspec.structs import replace

from jishi.kernel.grammar import Command, Event, Forget, Keep, evolves, handles, nothing_to_do, one, recorded
from jishi.kernel.ids import OwnerId, id_type
from jishi.kernel.money import Code
from jishi.kernel.owners import PLATFORM
from jishi.kernel.parties import Name
from jishi.kernel.refused import require
from jishi.kernel.roles import DEMO, DUTIES, JOB, operator, staff
from jishi.kernel.rows import Row, table

KeyId = id_type("key")
PLATFORM_SCOPES = ("act_for", "operate", "read", "webhooks")


@table("keys", ("owner", "id"), changes=("state",))
class Key(Row, frozen=True):
    """A program's key: of the platform, with scopes, or of a shop, with duties as scopes. state: active or revoked."""

    owner: int
    id: KeyId
    state: str
    scopes: tuple[Code, ...]
    made_ms: int


@table("key_names", ("owner", "id"), indexes=(("party",),), personal={"name": "contract"})
class KeyName(Row, frozen=True):
    """What a key is for, in the words of who made it: party, 0 for the house."""

    owner: int
    id: KeyId
    party: OwnerId
    name: str


class MakeKey(Command, frozen=True):
    """Make a key for a program. Its secret is shown once, by a read of its own."""

    key_owner: OwnerId
    name: Name
    scopes: Annotated[tuple[Code, ...], Meta(min_length=1, max_length=10)]


class RevokeKey(Command, frozen=True):
    """A key is not accepted any more, from now on."""

    key_owner: OwnerId
    key: KeyId


class EraseKeyName(Command, frozen=True):
    """Who named the key is being erased. The key stays."""

    key_owner: OwnerId
    key: KeyId


class KeyMade(Event, frozen=True):
    key: KeyId
    scopes: tuple[Code, ...]


class KeyRevoked(Event, frozen=True):
    key: KeyId


class KeyNameErased(Event, frozen=True):
    key: KeyId


recorded(KeyNameErased)


@evolves(Key, KeyMade, key=("key",))
def _made(row, e, stamp):
    return Key(stamp.owner, e.key, "active", e.scopes, stamp.at)


@evolves(Key, KeyRevoked, key=("key",))
def _revoked(row, e, stamp):
    return replace(row, state="revoked")


def secret_parts(owner: int, key: int) -> tuple[str, ...]:
    """What a key's secret is derived from."""
    return ("key", str(owner), str(key))


_MANAGERS = (staff("manage"), operator("manage"), JOB, DEMO)


@handles(MakeKey, who=_MANAGERS, answer=("key",))
def make_key(c, case, now, ids):
    known = PLATFORM_SCOPES if c.key_owner == PLATFORM else DUTIES
    require(set(c.scopes) <= set(known), "scope_unknown")
    key = ids.next()
    return [KeyMade(key, tuple(sorted(set(c.scopes)))), Keep(KeyName(c.key_owner, key, case.me, c.name))]


@handles(
    RevokeKey,
    who=_MANAGERS,
    needs=(one("key", Key, lambda c, k: (c.key_owner, c.key)),),
    state=("key", ("active",)),
)
def revoke_key(c, case, now, ids):
    return [KeyRevoked(c.key)]


@handles(EraseKeyName, who=(JOB,), needs=(one("named", KeyName, lambda c, k: (c.key_owner, c.key)),))
def erase_key_name(c, case, now, ids):
    if case.named is None:
        return nothing_to_do("no_name")
    return [KeyNameErased(c.key), Forget(KeyName, (c.key_owner, c.key))]
