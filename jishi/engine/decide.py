"""One command, from case to changes: allowed? legal? decide, evolve, post, log, set timers.

Pure but for the workspace it fills.
"""

from functools import lru_cache
from typing import NamedTuple

import msgspec

from jishi.engine.request import Answer, Request
from jishi.engine.workspace import Workspace
from jishi.kernel.grammar import (
    GRAMMAR,
    Arm,
    Case,
    Disarm,
    Event,
    Forget,
    Handler,
    Keep,
    Lapsed,
    Stamp,
    following,
)
from jishi.kernel.ids import public_owner
from jishi.kernel.ledger import Entry, EntryRow
from jishi.kernel.orders import Order
from jishi.kernel.owners import GENESIS, Head, LogRow, Timer, chained, mark_of
from jishi.kernel.public import id_fields, public_form
from jishi.kernel.refused import Refused, require
from jishi.kernel.rows import key_of

encode = msgspec.json.encode
MOST_ROWS = 1000


def allow(handler: Handler, request: Request, case: Case) -> str:
    """Refuse who may not send it. Of who comes with a token nobody has asked so far whether he is still there.

    Returns why there is nothing to do ("" when there is), for senders that are never refused.
    """
    actor = case.actor
    require(not request.by.via or (actor and actor.state == "active"), "token_refused")
    require(not actor or actor.state != "erased", "party_erased")
    subject = getattr(case, handler.state[0]) if handler.state else None
    if handler.state and subject is None:
        raise Refused("not_found")
    require(any(role.test(request.command, case) for role in handler.who), "forbidden")
    if handler.state and subject.state not in handler.state[1]:
        if request.by.kind != "system":
            raise Refused("state_forbids", state=subject.state)
        return subject.state
    return ""


def decide(work: Workspace, request: Request, case: Case, wall_ms: int) -> Answer:
    """Take one command whose case is complete. Refused leaves the workspace as it was."""
    command, handler = request.command, GRAMMAR.handlers[type(request.command)]
    if command.creates:
        require(request.owner not in work.heads, "owner_exists")
    elif request.owner not in work.heads:
        raise Refused("not_found")
    past = allow(handler, request, case)
    outcome = [Lapsed(past)] if past else handler.decide(command, case, case.now, request.supply.rewind())
    return record(work, request, outcome, case.now, wall_ms)


def record(work: Workspace, request: Request, outcome: list, now: int, wall_ms: int) -> Answer:
    """Apply what was decided and write the log row. From here on nothing may fail but for a fault of ours.

    A command changes at most MOST_ROWS rows, entries included; larger work is a plan with chunks.
    """
    (owner, sender, command_id), handler = request.key, GRAMMAR.handlers[type(request.command)]
    head = work.heads.get(owner) or Head(owner, request.command.creates, 0, GENESIS, 0)
    stamp = Stamp(owner, head.seq + 1, now)
    if request.timer:
        work.put(work.timers, key_of(request.timer), None)
    events = apply(work, outcome, stamp)
    kinds = tuple(map(type, events))
    body = answer_of(events, told_by(kinds, handler.answer), stamp)
    told = (
        owner, stamp.seq, command_id, sender, type(request.command).__name__, request.fingerprint,
        body.decode(), encode(events).decode(), now,
    )  # fmt: skip
    row = LogRow(*told, chained(head.chain, told))
    work.put(work.heads, owner, Head(owner, head.kind, stamp.seq, row.chain, mark_of(wall_ms)))
    work.put(work.log, (owner, stamp.seq), row)
    answer = Answer(body, owner, stamp.seq, news=kinds)
    work.put(work.told, request.key, (request.fingerprint, answer))
    return answer


def apply(work: Workspace, outcome: list, stamp: Stamp) -> list[Event]:
    """Evolve rows, book entries and set timers for each event; write the kept rows. Returns the events."""
    events, entries, changed, rows = [], 0, 0, work.rows
    for one in outcome:
        kind = type(one)
        if kind is Keep or kind is Forget:
            keep(work, one)
            changed += 1
            continue
        events.append(one)
        evolves, posting, clock = following(kind)
        for row_type, key_of_row, change in evolves:
            key = key_of_row(one, stamp)
            work.set_row(row_type, key, change(rows[row_type].get(key), one, stamp))
        changed += len(evolves)
        if posting:
            entries = post(work, posting(one), stamp, entries)
        if clock:
            for timer in clock(one, stamp):
                set_timer(work, timer, stamp)
    assert changed + entries <= MOST_ROWS, f"{changed} rows and {entries} entries changed by one command"
    return events


def keep(work: Workspace, one: Keep | Forget) -> None:
    """Write an erasable row, or delete it."""
    if isinstance(one, Keep):
        work.set_row(type(one.row), key_of(one.row), one.row)
        return
    assert one.key in work.rows[one.row], f"{one.row.__name__}: what is not loaded cannot be forgotten"
    work.set_row(one.row, one.key, None)


def post(work: Workspace, entries: list[Entry], stamp: Stamp, n: int) -> int:
    """Book the entries of a money event; returns the next entry number of this log row."""
    for entry in entries:
        row = EntryRow(
            stamp.owner, stamp.seq, n, entry.order, entry.debit, entry.credit,
            entry.amount_minor, entry.currency, entry.code,
        )  # fmt: skip
        work.set_row(EntryRow, key_of(row), row)
        work.add_to_balance(stamp.owner, entry.debit, entry.currency, entry.amount_minor)
        work.add_to_balance(stamp.owner, entry.credit, entry.currency, -entry.amount_minor)
        n += 1
    return n


def set_timer(work: Workspace, timer: Arm | Disarm, stamp: Stamp) -> None:
    """Set or remove a timer in the same transaction as what made it necessary.

    A timer about an order is set in the order's own time and kept in business time: earlier by what the order is ahead.
    """
    key = (stamp.owner, timer.subject, timer.kind, timer.n)
    assert timer.kind in GRAMMAR.timers, f"timer {timer.kind} is not declared"
    order = work.rows[Order].get((stamp.owner, timer.subject))
    ahead_ms = order.ahead_ms if order else 0
    row = Timer(*key, timer.due_ms - ahead_ms, stamp.seq, 0, "") if isinstance(timer, Arm) else None
    work.put(work.timers, key, row)


class Field(NamedTuple):
    """A field of an answer: which of the events tells it, and of which noun it is an id, "" if it is none."""

    name: str
    place: int
    noun: str


@lru_cache(maxsize=1_000)
def told_by(kinds: tuple[type[Event], ...], names: tuple[str, ...]) -> tuple[Field, ...]:
    """Which of these events tells each of these fields: the first that has it. What none has is left out."""
    places = [(name, [n for n, kind in enumerate(kinds) if name in kind.__struct_fields__]) for name in names]
    return tuple([Field(name, at[0], id_fields(kinds[at[0]]).get(name, "")) for name, at in places if at])


def answer_of(events: list[Event], fields: tuple[Field, ...], stamp: Stamp) -> bytes:
    """The answer: where it stands in the log, and the declared fields of the events in public form."""
    told = {"owner": public_owner(stamp.owner), "seq": stamp.seq, "at_ms": stamp.at}
    for name, place, noun in fields:
        value = getattr(events[place], name)
        told[name] = public_form(value, noun, stamp.owner) if noun else value
    if events and isinstance(events[0], Lapsed):
        told["lapsed"] = events[0].why
    return encode(told)
