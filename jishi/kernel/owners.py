"""Owners: who a row belongs to. The head row is the lock, the sequence of the log and the end of its hash chain."""

import hashlib

from jishi.kernel.rows import Index, Row, table

PLATFORM = 1  # the platform's key; every other owner's is made by an engine and is far larger
GENESIS = bytes(32)
MARK_MS = 1_000  # how fine the marks of heads are


@table("heads", ("owner",), changes=("seq", "chain", "touched_ms"), indexes=(("touched_ms",),))
class Head(Row, frozen=True):
    """One owner.

    kind: platform, shop, party or room. touched_ms: the last change's mark, a hint for consumers; see `mark_of`.
    """

    owner: int
    kind: str
    seq: int
    chain: bytes
    touched_ms: int


def mark_of(wall_ms: int) -> int:
    """The wall clock in whole seconds: while an indexed column stays as it is, PostgreSQL changes a busy shop's head in
    its place, and writes no index.
    """
    return wall_ms - wall_ms % MARK_MS


@table(
    "log",
    ("owner", "seq"),
    unique=(("owner", "principal", "command_id"),),
)
class LogRow(Row, frozen=True):
    """One accepted command: who, what, the answer and the events, chained to the row before it."""

    owner: int
    seq: int
    command_id: str
    principal: str
    command: str
    fingerprint: str
    answer: str
    events: str
    at: int
    chain: bytes


@table(
    "timers",
    ("owner", "subject", "kind", "n"),
    changes=("due_ms", "set_seq", "attempts", "code"),
    indexes=(("due_ms",), Index(("kind", "due_ms"), where="kind = 'ask_payment'")),
)
class Timer(Row, frozen=True):
    """A future command of this owner about a subject (most often an order) and its child n.

    set_seq names the log row that set it; attempts and code tell of tries that were not possible.
    """

    owner: int
    subject: int
    kind: str
    n: int
    due_ms: int
    set_seq: int
    attempts: int
    code: str


def chained(previous: bytes, told: tuple) -> bytes:
    """sha256 over the previous chain value and the row's other fields in their order, with a zero byte between them
    (JSON never holds a raw one).
    """
    return hashlib.sha256(previous + "\0".join(map(str, told)).encode()).digest()
