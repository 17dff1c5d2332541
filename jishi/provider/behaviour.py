"""How the provider behaves: set for all trades, or for one trade or payout number, and kept in its database."""

from typing import Annotated, Any, Literal, NamedTuple

import msgspec
from msgspec import Meta, Struct

from jishi.provider.database import transaction
from jishi.provider.office import Office
from jishi.provider.refusal import Refusal

Span = Annotated[int, Meta(ge=0, le=366 * 86_400_000)]
OutcomeName = Literal["ok", "slow", "fails", "fails_later", "unknown", "lost"]
EVERYWHERE = ""


class Outcome(NamedTuple):
    """What becomes of a refund or payout. Not answered: the caller gets a 503, whatever was recorded."""

    end_state: str = "succeeded"
    at_once: bool = True
    recorded: bool = True
    answered: bool = True


OUTCOMES: dict[str, Outcome] = {
    "ok": Outcome(),
    "slow": Outcome(at_once=False),
    "fails": Outcome(end_state="failed"),
    "fails_later": Outcome(end_state="failed", at_once=False),
    "unknown": Outcome(answered=False),
    "lost": Outcome(recorded=False, answered=False),
}


class Behaviour(Struct, frozen=True, forbid_unknown_fields=True):
    """`late_ms` delays each notice; `slow_ms` delays the end of slow transfers; both in business time."""

    notice: Literal["once", "twice", "out_of_order", "never"] = "once"
    late_ms: Span = 0
    pay: Literal["ok", "fails"] = "ok"
    refund: OutcomeName = "ok"
    payout: OutcomeName = "ok"
    slow_ms: Span = 1_000
    allow_double: bool = False
    pay_after_expiry: bool = False
    outage: Literal["none", "error", "hang"] = "none"
    hang_ms: Annotated[int, Meta(ge=0, le=60_000)] = 10_000


def _stored(office: Office, scope: str) -> dict[str, Any]:
    row = office.database.execute("SELECT fields FROM behaviour WHERE scope = ?", (scope,)).fetchone()
    return msgspec.json.decode(row[0]) if row else {}


def behaviour_of(office: Office, scope: str = EVERYWHERE) -> Behaviour:
    """The settings for one trade or payout number: its own fields over the general ones over the defaults."""
    fields = {"allow_double": office.settings.allow_double} | _stored(office, EVERYWHERE) | _stored(office, scope)
    return msgspec.convert(fields, Behaviour)


def set_behaviour(office: Office, scope: str, fields: dict[str, Any], reset: bool) -> Behaviour:
    """Merges the given fields into the scope's own; `reset` forgets the earlier ones first."""
    kept = fields if reset else _stored(office, scope) | fields
    try:
        msgspec.convert(kept, Behaviour)
    except msgspec.ValidationError as error:
        raise Refusal("malformed", str(error)) from error
    with transaction(office.database) as database:
        database.execute("INSERT OR REPLACE INTO behaviour VALUES (?, ?)", (scope, msgspec.json.encode(kept).decode()))
    return behaviour_of(office, scope)
