"""What waits in the queue: a command with its sender, its id and the ids it may use."""

import asyncio
import hashlib

import msgspec

from jishi.kernel.grammar import Case, Command, Event, Principal
from jishi.kernel.ids import IdSupply
from jishi.kernel.owners import Timer
from jishi.kernel.refused import Refused


class Request(msgspec.Struct):
    """One command of one sender. `id` is the sender's idempotency key; `timer` the row that sent it, if a timer did.

    owner: whose log it goes to. key: the idempotency key as the log keeps it. Both are worked out once, as neither the
    command nor its sender changes. case: the rows it is decided on, as a batch has filled them.
    """

    command: Command
    by: Principal
    id: str
    supply: IdSupply
    fingerprint: str
    timer: Timer | None = None
    owner: int = 0
    key: tuple[int, str, str] = (0, "", "")
    case: Case | None = None

    def __post_init__(self) -> None:
        self.owner = self.command.owner
        self.key = (self.owner, self.by.label, self.id)


class Item(msgspec.Struct):
    """One or several requests that are done together or not at all, and who waits for the answers.

    deadline: a person's item is not run after it, and background work rests only while it is done by then; dry: only as
    if; passed: how often others went before it, since a batch had just locked its owner; owners: whose rows it locks.
    """

    requests: list[Request]
    future: asyncio.Future
    deadline: float
    background: bool = False
    dry: bool = False
    passed: int = 0
    owners: list[int] = []

    def __post_init__(self) -> None:
        self.owners = [request.owner for request in self.requests]


class Answer(msgspec.Struct, frozen=True, gc=False):
    """What an accepted command says: the stored JSON, where it stands in its owner's log, and what kinds of events."""

    body: bytes
    owner: int
    seq: int
    replayed: bool = False
    news: tuple[type[Event], ...] = ()

    @property
    def told(self) -> dict:
        """The body, decoded."""
        return msgspec.json.decode(self.body)


def fingerprint(secret: bytes, command: Command) -> str:
    """A keyed hash of the decoded command: tells another body under the same id, and nothing about what it says."""
    told = type(command).__name__.encode() + b"\0" + msgspec.msgpack.encode(command)
    return hashlib.blake2b(told, key=secret, digest_size=16).hexdigest()


class Busy(Exception):
    """More work is queued than can be done in time. Try again after `retry_after_s` seconds."""

    def __init__(self, retry_after_s: int = 1):
        super().__init__("The market is busy. Try again in a moment; nothing was changed.")
        self.retry_after_s = retry_after_s


class Later(Refused, Busy):
    """A refusal that is not the last word: the same id may be answered otherwise a little later."""

    def __init__(self, refused: Refused, retry_after_s: int):
        Busy.__init__(self, retry_after_s)
        self.args, self.code, self.facts = refused.args, refused.code, refused.facts


class Stopping(Busy):
    """The engine is shutting down and takes no more work."""
