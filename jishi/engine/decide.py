"""One command, from case to changes: allowed? legal? decide, evolve, post, log, set timers.

Pure but for the workspace it fills.
"""

from functools import lru_cache

import msgspec

from jishi.engine.request import Answer, Request
from jishi.engine.workspace import Workspace
from jishi.kernel.grammar import GRAMMAR, Arm, Case, Disarm, Event, Forget, Handler, Keep, Lapsed, Stamp
from jishi.kernel.ids import public_owner
from jishi.kernel.ledger import EntryRow
from jishi.kernel.orders import Order
from jishi.kernel.owners import GENESIS, Head, LogRow, Timer, chained, mark_of
from jishi.kernel.public import public_value
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
    row = LogRow(
        owner, stamp.seq, command_id, sender, type(request.command).__name__, request.fingerprint,
        body.decode(), encode(events).decode(), now, b"",
    )  # fmt: skip
    row = msgspec.structs.replace(row, chain=chained(head.chain, row))
    work.put(work.heads, owner, Head(owner, head.kind, stamp.seq, row.chain, mark_of(wall_ms)))
    work.put(work.log, (owner, stamp.seq), row)
    answer = Answer(body, owner, stamp.seq, news=kinds)
    work.put(work.told, request.key, (request.fingerprint, answer))
    return answer


def apply(work: Workspace, outcome: list, stamp: Stamp) -> list[Event]:
    """Evolve rows, book entries and set timers for each event; write the kept rows. Returns the events."""
    events, entries, changed = [], 0, 0
    for one in outcome:
        if isinstance(one, Keep):
            work.set_row(type(one.row), key_of(one.row), one.row)
            changed += 1
            continue
        if isinstance(one, Forget):
            assert one.key in work.rows[one.row], f"{one.row.__name__}: what is not loaded cannot be forgotten"
            work.set_row(one.row, one.key, None)
            changed += 1
            continue
        events.append(one)
        changed += evolve(work, one, stamp)
        entries = post(work, one, stamp, entries)
        rule = GRAMMAR.clocks.get(type(one))
        for timer in rule(one, stamp) if rule else ():
            set_timer(work, timer, stamp)
    assert changed + entries <= MOST_ROWS, f"{changed} rows and {entries} entries changed by one command"
    return events


def evolve(work: Workspace, event: Event, stamp: Stamp) -> int:
    """Change every row the event speaks of; returns how many."""
    rules = GRAMMAR.evolves.get(type(event), ())
    assert rules or type(event) in GRAMMAR.bare, f"{type(event).__name__} has no evolve"
    for rule in rules:
        key = rule.key(event, stamp)
        row = rule.change(work.rows[rule.row].get(key), event, stamp)
        work.set_row(rule.row, key, row)
    return len(rules)


def post(work: Workspace, event: Event, stamp: Stamp, n: int) -> int:
    """Book the entries of a money event; returns the next entry number of this log row."""
    rule = GRAMMAR.postings.get(type(event))
    for movement in rule(event) if rule else ():
        row = EntryRow(
            stamp.owner, stamp.seq, n, movement.order, movement.debit, movement.credit,
            movement.amount_minor, movement.currency, movement.code,
        )  # fmt: skip
        work.set_row(EntryRow, key_of(row), row)
        work.add_to_balance(stamp.owner, movement.debit, movement.currency, movement.amount_minor)
        work.add_to_balance(stamp.owner, movement.credit, movement.currency, -movement.amount_minor)
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


@lru_cache(maxsize=1_000)
def told_by(kinds: tuple[type[Event], ...], names: tuple[str, ...]) -> tuple[tuple[str, int], ...]:
    """Which of these events tells each of these fields: the first that has it. What none has is left out."""
    places = [(name, [n for n, kind in enumerate(kinds) if name in kind.__struct_fields__]) for name in names]
    return tuple([(name, found[0]) for name, found in places if found])


def answer_of(events: list[Event], fields: tuple[tuple[str, int], ...], stamp: Stamp) -> bytes:
    """The answer: where it stands in the log, and the declared fields of the events in public form."""
    told = {"owner": public_owner(stamp.owner), "seq": stamp.seq, "at_ms": stamp.at}
    for name, place in fields:
        told[name] = public_value(events[place], name, stamp.owner)
    if events and isinstance(events[0], Lapsed):
        told["lapsed"] = events[0].why
    return encode(told)
