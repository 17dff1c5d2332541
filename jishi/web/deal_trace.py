"""What a deal's log rows became at other owners: their reactions' commands, found by the ids these must have."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, NamedTuple

from jishi.engine.follower import Told
from jishi.engine.reactions import BY, commands_of
from jishi.kernel.events import decode_events
from jishi.kernel.grammar import Stamp
from jishi.kernel.ledger import EntryRow
from jishi.kernel.owners import LogRow
from jishi.store.queries.deal_rows import Deal, answered_by, entries_at


class Trace(NamedTuple):
    """The deal's own log rows, decoded; what they caused elsewhere; and the entries booked there."""

    told: list[tuple[LogRow, list]]
    caused: list[tuple[LogRow, list]]
    booked: list[EntryRow]
    pending: int


async def trace(database: Any, deal: Deal) -> Trace:
    """Follow every log row to its reactions. pending: those not done yet."""
    told = [(row, decode_events(row.events)) for row in deal.log]
    wanted: dict[int, list[str]] = defaultdict(list)
    for row, events in told:
        for command_id, command in commands_of(
            Told(Stamp(row.owner, row.seq, row.at), row.command, row.principal, events)
        ):
            wanted[command.owner].append(command_id)
    caused, booked = [], []
    for owner, ids in sorted(wanted.items()):
        rows = await answered_by(database, owner, BY.label, ids)
        caused += [(row, decode_events(row.events)) for row in rows]
        booked += await entries_at(database, owner, [row.seq for row in rows]) if rows else []
    return Trace(told, caused, booked, sum(map(len, wanted.values())) - len(caused))
