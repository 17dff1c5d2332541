"""What a database keeps of signing in, of class local: sessions, failed tries, codes, spent tokens, letters."""

from jishi.kernel.ids import OwnerId
from jishi.kernel.rows import Row, table


@table(
    "sessions",
    ("id",),
    kind="local",
    changes=("state",),
    indexes=(("party",),),
    personal={"device": "contract"},
)
class SessionRow(Row, frozen=True):
    """One browser in which a party is signed in. state: active or revoked. how: password, code, host or persona."""

    id: int
    party: OwnerId
    state: str
    how: str
    device: str
    made_ms: int
    until_ms: int


@table("tries", ("mark",), kind="local", changes=("failures", "since_ms", "locked_ms"), indexes=(("since_ms",),))
class Tries(Row, frozen=True):
    """Failures under one login or from one address, by its keyed hash, and until when no more are heard."""

    mark: str
    failures: int
    since_ms: int
    locked_ms: int


@table(
    "codes",
    ("mark",),
    kind="local",
    changes=("serial", "sent_ms", "tries", "sent", "since_ms"),
    indexes=(("since_ms",),),
)
class CodeRow(Row, frozen=True):
    """The last code sent for one purpose to one login, by its keyed hash; the code itself is derived, never kept.

    serial: random, 0 once used. tries: how often it was entered. sent: how many since `since_ms`.
    """

    mark: str
    serial: int
    sent_ms: int
    tries: int
    sent: int
    since_ms: int


@table("spent_tokens", ("mark",), kind="local", indexes=(("until_ms",),))
class SpentToken(Row, frozen=True):
    """A host app's token that was used, by its keyed hash, kept until it would be refused as too old."""

    mark: str
    until_ms: int


@table(
    "letters",
    ("id",),
    kind="local",
    changes=("party",),
    indexes=(("mark",), ("at_ms",)),
    personal={"address": "contract", "subject": "contract", "text": "contract"},
)
class LetterRow(Row, frozen=True):
    """A letter of the local post, which goes nowhere: /outbox shows it in a demo. mark: its address, hashed."""

    id: int
    party: OwnerId
    mark: str
    way: str
    address: str
    subject: str
    text: str
    at_ms: int
