"""The words every noun is written in: command, event, case, role, and the tables that tie them together.

A noun's file declares rows, commands, events, then `@evolves` (how an event changes a row), `@handles` (how a command
is decided) and, in `clocks.py`, `reactions.py` and `postings.py`, the timers, reactions and entries that its events
make.
"""

import hmac
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache
from operator import attrgetter
from typing import Any, ClassVar, NamedTuple

import msgspec

from jishi.kernel.ids import IdSupply
from jishi.kernel.money import Code
from jishi.kernel.rows import TABLES, Row, values_of


class Command(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """An imperative, typed request to change the rows of one owner. Its first field is that owner's key.

    creates: the kind of owner it brings into being, if it does.
    """

    creates: ClassVar[str] = ""

    @property
    def owner(self) -> int:
        return getattr(self, self.__struct_fields__[0])

    def addressed(self, by: "Principal") -> "Command":
        """Itself; a command whose new owner follows from what it says, and from who says it, fills that in."""
        return self


class Event(msgspec.Struct, frozen=True, tag=True, gc=False):
    """A fact in the past tense.

    Carries ids, codes, amounts and times only. A changed shape is a new type with a new name.
    """


class Lapsed(Event, frozen=True):
    """A timer or reaction found nothing left to do."""

    why: Code


class Principal(msgspec.Struct, frozen=True, gc=False):
    """Who sends.

    kind: party (a person or visitor), app (a program's key) or system (timer, reaction, provider, carrier).

    id is the party or key; `via` the key a party token was obtained through; scopes are what an app may do;
    `owner` is the shop, party or platform an app's key belongs to.
    """

    kind: str
    id: int = 0
    name: str = ""
    via: int = 0
    scopes: tuple[str, ...] = ()
    owner: int = 0

    @property
    def party(self) -> int:
        """The party who acts; 0 for a program or the system."""
        return self.id if self.kind == "party" else 0

    @property
    def label(self) -> str:
        """The form kept in the log and in idempotency keys."""
        return self.name if self.kind == "system" else f"{self.kind}:{self.id}"


def system(name: str) -> Principal:
    """A principal of the house itself: `timer`, `reaction`, `provider`, `carrier`, `job`."""
    return Principal("system", name=name)


class Case:
    """The rows a decision needs, by slot name, with who asks and what rules hold. Filled by the engine."""

    def __init__(self, by: Principal, now: int, rulebook: Any, modes: dict[str, Any], seal: Callable[..., str]):
        """seal: a keyed signature of some strings, to check what our own links say.

        Decisions also have `me`, the party who acts, 0 for a program or the system.
        """
        self.by, self.now, self.rulebook, self.modes, self.seal = by, now, rulebook, modes, seal
        self.me = by.party

    def proves(self, proof: str, *parts: str) -> bool:
        """Whether a proof is our own signature over these parts."""
        return hmac.compare_digest(proof.encode(), self.seal(*parts).encode())


class Need(NamedTuple):
    """One slot of a case.

    `keys` gives full keys (shape one, each) or a key's beginning (shape many, always as long) from the command and who
    sends it, and from the slot `of`, if there is one, by columns that never change: it is loaded before, and gives no
    keys while it is empty.
    """

    slot: str
    row: type[Row]
    keys: Callable[[Any, Any], Any]
    shape: str = "one"
    of: str = ""


def one(slot: str, row: type[Row], keys: Callable, of: str = "") -> Need:
    """A single row by its key, or None. `keys` may return None for nothing to load."""
    return Need(slot, row, keys, "one", of)


def each(slot: str, row: type[Row], keys: Callable, of: str = "") -> Need:
    """Rows by several keys, as a dict key -> row; missing ones are absent."""
    return Need(slot, row, keys, "each", of)


def many(slot: str, row: type[Row], keys: Callable, of: str = "") -> Need:
    """All rows whose key begins with the given values, as a tuple in key order."""
    return Need(slot, row, keys, "many", of)


def in_waves(needs: Iterable[Need]) -> list[list[Need]]:
    """Needs by what can be loaded at once: each stands behind the wave that holds what its keys are of."""
    waves: list[list[Need]] = []
    left = list(needs)
    while left:
        known = {"", *[need.slot for wave in waves for need in wave]}
        waves.append([need for need in left if need.of in known])
        assert waves[-1], f"nothing loads what these keys are of: {[need.slot for need in left]}"
        left = [need for need in left if need.of not in known]
    return waves


@dataclass(frozen=True)
class Role:
    """Who may send: a test on (command, case), with what it needs loaded. The name stands in the authorization table.
    """

    name: str
    test: Callable[[Any, Any], bool]
    needs: tuple[Need, ...] = ()


@dataclass(frozen=True)
class Handler:
    """How a command is decided. `state` is (slot, states): outside of them the command is not legal now.

    answer: names of event fields that the answer repeats.
    modal: the decision asks the order's mode, so its case holds what the modes need as well.
    """

    command: type[Command]
    decide: Callable[[Any, Any, int, IdSupply], list]
    who: tuple[Role, ...]
    needs: tuple[Need, ...]
    state: tuple[str, tuple[str, ...]] | None
    answer: tuple[str, ...]
    modal: bool


class Evolve(NamedTuple):
    """How an event changes one row. key: from event and stamp to the row's key."""

    row: type[Row]
    key: Callable[[Any, Any], tuple]
    change: Callable[[Any, Any, Any], Row | None]


class Stamp(msgspec.Struct, frozen=True, gc=False):
    """Where an event stands: its owner, the log's sequence number and the business time in ms."""

    owner: int
    seq: int
    at: int


class Keep(msgspec.Struct, frozen=True, gc=False):
    """An erasable row (texts, names, addresses) written beside the events, which never carry such things."""

    row: Row


class Forget(msgspec.Struct, frozen=True, gc=False):
    """An erasable row to delete by its full key."""

    row: type[Row]
    key: tuple


class Arm(msgspec.Struct, frozen=True, gc=False):
    """Set the timer `kind` of a subject (an order, a claim, a parcel) to a business time. Setting it again moves it."""

    kind: str
    subject: int
    due_ms: int
    n: int = 0


class Disarm(msgspec.Struct, frozen=True, gc=False):
    """Remove the timer `kind` of a subject, if it is set."""

    kind: str
    subject: int
    n: int = 0


@dataclass
class Grammar:
    """Everything declared, by name. Filled when the nouns are imported; read-only afterwards."""

    handlers: dict[type[Command], Handler] = field(default_factory=dict)
    evolves: dict[type[Event], list[Evolve]] = field(default_factory=dict)
    timers: dict[str, Callable[[int, int, int], Command]] = field(default_factory=dict)
    clocks: dict[type[Event], Callable[[Any, Stamp], Iterable[Arm | Disarm]]] = field(default_factory=dict)
    reactions: dict[type[Event], list[tuple[str, Callable]]] = field(default_factory=dict)
    effects: dict[type[Event], str] = field(default_factory=dict)
    postings: dict[type[Event], Callable[[Any], list]] = field(default_factory=dict)
    bare: set[type[Event]] = field(default_factory=lambda: {Lapsed})


GRAMMAR = Grammar()


class Following(NamedTuple):
    """What follows from an event where it happened: changed rows, entries, timers."""

    evolves: tuple[Evolve, ...]
    posting: Callable[[Any], list] | None
    clock: Callable[[Any, Stamp], Iterable[Arm | Disarm]] | None


@cache
def following(event: type[Event]) -> Following:
    """What follows from this kind of event, once all nouns are imported."""
    evolves = tuple(GRAMMAR.evolves.get(event, ()))
    assert evolves or event in GRAMMAR.bare, f"{event.__name__} has no evolve"
    return Following(evolves, GRAMMAR.postings.get(event), GRAMMAR.clocks.get(event))


def handles(
    command: type[Command],
    *,
    who: tuple[Role, ...],
    needs: tuple[Need, ...] = (),
    state: tuple[str, tuple[str, ...]] | None = None,
    answer: tuple[str, ...] = (),
    modal: bool = False,
):
    """Declare the decision of a command: (command, case, now, ids) -> list of events and Keep/Forget, or raise
    Refused.
    """

    def declare(decide: Callable) -> Callable:
        assert command not in GRAMMAR.handlers, f"{command.__name__}: decided twice"
        assert who, f"{command.__name__}: nobody may send it"
        seen: dict[str, Need] = {}
        for need in (*needs, *(need for role in who for need in role.needs)):
            seen.setdefault(need.slot, need)
        GRAMMAR.handlers[command] = Handler(command, decide, who, tuple(seen.values()), state, answer, modal)
        return decide

    return declare


def _key_maker(names: tuple[str, ...]) -> Callable[[Any, Any], tuple]:
    """A function from event and stamp to a row's key."""
    if len(names) == 1 and names != ("seq",):
        only = attrgetter(*names)
        return lambda event, stamp: (stamp.owner, only(event))
    if "seq" not in names:
        told = values_of(names)
        return lambda event, stamp: (stamp.owner, *told(event))
    place = names.index("seq")
    before, behind = values_of(names[:place]), values_of(names[place + 1 :])
    return lambda event, stamp: (stamp.owner, *before(event), stamp.seq, *behind(event))


def evolves(row: type[Row], *events: type[Event], key: tuple[str, ...]):
    """Declare how events change a row: (row or None, event, stamp) -> row, or None to delete it.

    The row's key is the owner and these fields of the event; `seq` stands for the log row's number.
    """
    assert len(key) + 1 == len(TABLES[row].key), f"{row.__name__}: the event gives all of the key but the owner"
    made = _key_maker(key)

    def declare(change: Callable) -> Callable:
        for event in events:
            GRAMMAR.evolves.setdefault(event, []).append(Evolve(row, made, change))
        return change

    return declare


def timer(kind: str, build: Callable[[int, int, int], Command]) -> None:
    """Declare a kind of timer: (owner, subject, n) -> the command it sends when due."""
    assert kind not in GRAMMAR.timers, f"timer {kind} declared twice"
    GRAMMAR.timers[kind] = build


def clocks(*events: type[Event]):
    """Declare the timers an event sets or removes: (event, stamp) -> Arm and Disarm."""

    def declare(rule: Callable) -> Callable:
        for event in events:
            assert event not in GRAMMAR.clocks, f"{event.__name__}: clocks declared twice"
            GRAMMAR.clocks[event] = rule
        return rule

    return declare


def reacts(name: str, *events: type[Event]):
    """Declare commands for other owners that an event makes necessary: (event, stamp) -> list of commands."""

    def declare(rule: Callable) -> Callable:
        for event in events:
            GRAMMAR.reactions.setdefault(event, []).append((name, rule))
        return rule

    return declare


def effect(event: type[Event], name: str) -> None:
    """Declare that an event asks something of the outside; the outbox reads it from the log after the commit."""
    GRAMMAR.effects[event] = name


def recorded(*events: type[Event]) -> None:
    """Declare events that are facts for the log alone and change no row."""
    GRAMMAR.bare.update(events)


def nothing_to_do(why: str) -> list[Event]:
    """What a timer or reaction answers when the state has moved on."""
    return [Lapsed(why)]
