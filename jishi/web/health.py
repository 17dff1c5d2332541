"""The engine's health for operators: the queue, who lags behind the log, timers and reactions that could not be run."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jishi.kernel.ids import public_owner
from jishi.kernel.owners import Timer
from jishi.store import Waiting
from jishi.store.queries import unknown_payments
from jishi.web.asking import database_of, engine_of, now_of
from jishi.web.judging import operator_with
from jishi.web.languages import mark
from jishi.web.rendering import page
from jishi.web.saying import gettext_of
from jishi.web.words import TIMERS

SHOWN_MOST = 50
CONSUMERS = {
    "reactions": mark("Reactions"), "outbox": mark("Calls to the outside"), "webhooks": mark("Webhooks"),
}  # fmt: skip
_LAG = """
SELECT CAST(SUM(h.seq - COALESCE(c.seq, 0)) AS BIGINT) AS n
FROM heads h LEFT JOIN cursors c ON c.consumer = :consumer AND c.owner = h.owner
"""
_LISTENS = "SELECT COUNT(*) AS n FROM endpoints WHERE state <> 'removed'"
_OLDEST = "SELECT MIN(due_ms) AS due FROM timers"


async def show(request: Request) -> Response:
    """All of it at a glance; nothing here changes anything."""
    operator_with(request, "books", "judge", "manage")
    context = {"kpis": await kpis(request), "timers": await timers(request), "reactions": await reactions(request)}
    return page(request, "operator/health.html", context)


async def number(request: Request, sql: str, **told: Any) -> int:
    """The one figure a statement gives; 0 where there are no rows at all."""
    (row,) = await database_of(request).fetch(sql, **told)
    return row[0] or 0


async def kpis(request: Request) -> list[dict[str, Any]]:
    """The figures on top."""
    gettext, lane = gettext_of(request), engine_of(request).lane
    lags = {name: await number(request, _LAG, consumer=name) for name in CONSUMERS}
    if not await number(request, _LISTENS):
        del lags["webhooks"]  # nobody listens, so it reads nothing
    oldest = await number(request, _OLDEST)
    late_ms = max(0, now_of(request) - oldest) if oldest else 0
    return [
        {"label": gettext("Commands in the queue"), "value": lane.queued},
        {"label": gettext("Payments not known yet"), "value": await number(request, unknown_payments.COUNT)},
        {"label": gettext("Oldest timer is late by"), "value": gettext("%(n)s s", n=late_ms // 1_000)},
        *[
            {"label": gettext(CONSUMERS[name]), "value": lag, "note": gettext("log rows behind")}
            for name, lag in lags.items()
        ],
    ]


async def timers(request: Request) -> dict[str, Any]:
    """Timers that were tried and not possible, the most tried first."""
    rows = await database_of(request).read(
        Timer, "WHERE attempts > 0 ORDER BY attempts DESC, due_ms LIMIT :most", most=SHOWN_MOST
    )
    gettext = gettext_of(request)
    columns = [
        {"key": "kind", "label": gettext("Timer"), "kind": "text"},
        *tried(gettext),
        {"key": "due_ms", "label": gettext("Tried again"), "kind": "time"},
    ]
    shown = [
        {
            "kind": gettext(TIMERS[row.kind]) if row.kind in TIMERS else row.kind, "owner": public_owner(row.owner),
            "attempts": row.attempts, "code": row.code, "due_ms": row.due_ms,
        }
        for row in rows
    ]  # fmt: skip
    return {"columns": columns, "rows": shown}


async def reactions(request: Request) -> dict[str, Any]:
    """Reactions that wait to be tried again."""
    rows = await database_of(request).read(Waiting, "ORDER BY attempts DESC, due_ms LIMIT :most", most=SHOWN_MOST)
    gettext = gettext_of(request)
    columns = [
        {"key": "seq", "label": gettext("Log"), "kind": "number"},
        *tried(gettext),
        {"key": "due_ms", "label": gettext("Tried again"), "kind": "time"},
    ]
    shown = [
        {
            "seq": row.seq, "owner": public_owner(row.owner), "attempts": row.attempts, "code": row.code,
            "due_ms": row.due_ms,
        }
        for row in rows
    ]  # fmt: skip
    return {"columns": columns, "rows": shown}


def tried(gettext: Any) -> list[dict[str, str]]:
    """The columns that both tables have."""
    return [
        {"key": "owner", "label": gettext("Whose"), "kind": "id"},
        {"key": "attempts", "label": gettext("Tries"), "kind": "number"},
        {"key": "code", "label": gettext("Code"), "kind": "text"},
    ]


routes = [Route("/operator/health", show)]
