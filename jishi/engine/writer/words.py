"""What server and writer say to each other."""

import msgspec

from jishi.engine.firing import Fired
from jishi.engine.metrics import Tally
from jishi.engine.request import Answer, Busy, Item, Later, Stopping
from jishi.kernel.grammar import Command, Event, Principal
from jishi.kernel.owners import Timer
from jishi.kernel.refused import Differences, Refused
from jishi.kernel.rules import Rules
from jishi.store.errors import Transient


class Word(msgspec.Struct, frozen=True, gc=False):
    """What is said. A struct, as pickling one takes half as long as pickling a named tuple."""


class Open(Word):
    """To the writer: begin, on this database, with these rules and this secret."""

    url: str
    secret: bytes
    rules: list[Rules]


class Opened(Word):
    """From the writer: it takes commands; or why it cannot."""

    error: str = ""


class Held(Word):
    """From the writer of background work to the others: its batch locks these owners; none, once it has ended."""

    owners: set[int]


class Asked(Word):
    """One command of an item: what a `Request` is made of."""

    command: Command
    by: Principal
    id: str
    fingerprint: str
    timer: Timer | None


class Run(Word):
    """To the writer: do an item. Business time and the engine's number travel with the work that needs them."""

    number: int
    offset_ms: int
    engine: int
    asked: list[Asked]
    deadline: float
    background: bool
    dry: bool


class Fire(Word):
    """To the writer: fire the timers that are due."""

    number: int
    offset_ms: int
    engine: int


class Done(Word):
    """From the writer: what became of what was asked under this number."""

    number: int
    result: "Accepted | Fired | Failed"


class News(Word):
    """From the writer: what a batch has committed, whoever asked for it, each as its owner, seq and kinds of events."""

    rows: list[tuple[int, int, tuple[type[Event], ...]]]


class Told(Word):
    """From the writer: what it counted in a batch."""

    tally: Tally


class Turn(Word):
    """To the writer: let the server write; from the writer: it may."""


class Turned(Word):
    """To the writer: the server has written."""


class Stop(Word):
    """To the writer: take no more, finish what is queued, and leave."""


class Accepted(Word):
    """Answers, each as its fields, without what `News` tells."""

    answers: list[tuple]


class Failed(Word):
    """An exception, as what it is made of. kind: refused, differences, later, stopping, busy, transient or fault."""

    kind: str
    code: str = ""
    facts: dict[str, int | str] = {}
    more: tuple["Failed", ...] = ()
    retry_after_s: int = 0


class WriterFault(Exception):
    """A command failed inside the writer, whose log says why."""


def asked_of(item: Item) -> list[Asked]:
    """An item's commands, without what only one process can hold."""
    return [Asked(one.command, one.by, one.id, one.fingerprint, one.timer) for one in item.requests]


def told_of(result: list[Answer] | Fired | Exception) -> Accepted | Fired | Failed:
    """A result in words."""
    match result:
        case Exception():
            return failed_of(result)
        case Fired():
            return result
    return Accepted([(one.body, one.owner, one.seq, one.replayed) for one in result])


def failed_of(error: Exception) -> Failed:
    """An exception in words."""
    match error:
        case Differences():
            return Failed("differences", error.code, error.facts, tuple(map(failed_of, error.refusals)))
        case Later():
            return Failed("later", error.code, error.facts, retry_after_s=error.retry_after_s)
        case Refused():
            return Failed("refused", error.code, error.facts)
        case Stopping():
            return Failed("stopping")
        case Busy():
            return Failed("busy", retry_after_s=error.retry_after_s)
        case Transient():
            return Failed("transient", str(error))
        case _:
            return Failed("fault", type(error).__name__)


def result_of(told: Accepted | Fired | Failed) -> list[Answer] | Fired | Exception:
    """The result that these words stand for."""
    match told:
        case Failed():
            return error_of(told)
        case Fired():
            return told
    return [Answer(*fields) for fields in told.answers]


def error_of(told: Failed) -> Exception:
    """The exception that these words stand for."""
    match told.kind:
        case "differences":
            return Differences([error_of(one) for one in told.more])
        case "later":
            return Later(Refused(told.code, **told.facts), told.retry_after_s)
        case "refused":
            return Refused(told.code, **told.facts)
        case "stopping":
            return Stopping()
        case "busy":
            return Busy(told.retry_after_s)
        case "transient":
            return Transient(told.code)
        case _:
            return WriterFault(f"{told.code} inside the writer; its log says more")
