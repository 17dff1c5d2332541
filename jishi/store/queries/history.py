"""The log of an owner: who did what and when, and the facts that followed."""

from typing import Any

from jishi.kernel.events import decode_events
from jishi.kernel.grammar import Event
from jishi.kernel.ids import OwnerId, public_owner
from jishi.kernel.owners import LogRow
from jishi.kernel.roles import operator, staff
from jishi.store.queries.books import OWN_BOOK
from jishi.store.queries.roles import BACK_OFFICE
from jishi.store.query import Page, Paged, View, answers, before


class LogView(View, frozen=True):
    """One accepted command. by: a party's id, `program` or the house's own name; events: what followed."""

    owner: OwnerId
    seq: int
    at: int
    command: str
    by: str
    events: tuple[Any, ...]
    types: tuple[str, ...]


class History(Paged, frozen=True, kw_only=True):
    """The log of a shop, a party or the platform, newest first."""

    owner: OwnerId


@answers(History, "log/listed", who=(OWN_BOOK, staff("manage"), operator("books"), BACK_OFFICE), view=LogView)
async def history(database, q, case) -> Page:
    rows = await database.read(
        LogRow,
        "WHERE owner = :owner AND seq < :before ORDER BY seq DESC LIMIT :most",
        owner=q.owner, before=before(q.after), most=q.limit + 1,
    )  # fmt: skip
    views = [view_of(row) for row in rows[: q.limit]]
    return Page(views, str(views[-1].seq) if len(rows) > q.limit else "")


def view_of(row: LogRow) -> LogView:
    """A log row with its principal in public form."""
    events: tuple[Event, ...] = tuple(decode_events(row.events))
    types = tuple(type(event).__name__ for event in events)
    return LogView(row.owner, row.seq, row.at, row.command, public_label(row.principal), events, types)


def public_label(label: str) -> str:
    """Who sent a command, without internal numbers."""
    kind, _, number = label.partition(":")
    if kind == "party" and number:
        return public_owner(int(number))
    return "program" if kind == "app" else label
