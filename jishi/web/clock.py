"""The clock of a demo market: business time, what is due next, and time moved forward from one due instant to the next.
"""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jishi.engine import clock_moves
from jishi.kernel.ids import public_id, public_owner
from jishi.kernel.orders import Order
from jishi.kernel.refused import require
from jishi.ports.pay import Unknown
from jishi.web.asking import database_of, engine_of, fields, missing, now_of, number_in
from jishi.web.judging import operator_with
from jishi.web.languages import mark
from jishi.web.rendering import page, see_other
from jishi.web.saying import gettext_of
from jishi.web.words import TIMERS

SHOWN = 10
DAY_MS = clock_moves.DAY_MS
HERE = "/operator/clock"
SUBJECTS = {"ask_payout": mark("A withdrawal"), "ask_surplus": mark("A surplus"), "split_undone": mark("A checkout")}


def keeper_of_time(request: Request) -> None:
    """Only in demo databases, and only operators with this duty."""
    if not engine_of(request).demo:
        missing()
    operator_with(request, "clock")


async def show(request: Request) -> Response:
    """What time it is here, and what happens next."""
    keeper_of_time(request)
    engine = engine_of(request)
    move = await clock_moves.move_of(engine.database)
    share = 100
    if move and not move.done and move.to_ms > move.from_ms:
        share = max(0, min(100, (now_of(request) - move.from_ms) * 100 // (move.to_ms - move.from_ms)))
    context = {
        "business_ms": now_of(request), "wall_ms": engine.world.clock.wall(), "move": move, "share": share,
        "offset_ms": engine.world.clock.offset_ms, "next": await coming(request),
    }  # fmt: skip
    return page(request, "operator/clock.html", context)


async def coming(request: Request) -> list[dict[str, Any]]:
    """The next timers in words, each with its deal."""
    rows = await clock_moves.next_timers(database_of(request), SHOWN)
    gettext, shown = gettext_of(request), []
    for row in rows:
        order = await database_of(request).read(
            Order, "WHERE owner = :owner AND id = :id", owner=row.owner, id=row.subject
        )
        deal = public_id(row.owner, row.subject) if order else None
        shown.append(
            {
                "kind": gettext(TIMERS.get(row.kind, row.kind)), "due_ms": row.due_ms, "deal": deal,
                "deal_href": f"/deals/{deal}" if deal else "",
                "about": gettext(mark("An order")) if deal else gettext(SUBJECTS.get(row.kind, row.kind)),
                "owner": public_owner(row.owner),
            }
        )  # fmt: skip
    return shown


async def move(request: Request) -> Response:
    """To the next due instant, by some days, or on with what was begun; a bounded number of steps each time."""
    keeper_of_time(request)
    engine, form = engine_of(request), await fields(request)
    action = form.get("action")
    require(action in ("next", "days", "on"), "input_malformed")
    if action == "next":
        due = await clock_moves.next_timers(engine.database, 1)
        require(due, "nothing_waits")
        await clock_moves.plan(engine, max(due[0].due_ms, now_of(request)))
    elif action == "days":
        days = number_in(form, "days")
        require(1 <= days <= clock_moves.DAYS_MOST, "clock_range")
        await clock_moves.plan(engine, now_of(request) + days * DAY_MS)
    await clock_moves.go_on(engine, outside=outside_of(request))
    return see_other(request, HERE)


def outside_of(request: Request) -> Any:
    """How the sandbox provider hears of it; one that cannot be reached is told with the next step."""
    tell = getattr(request.app.state.pay, "set_clock", None)
    if tell is None:
        return None

    async def outside(offset_ms: int) -> None:
        try:
            await tell(offset_ms)
        except Unknown as error:
            clock_moves.log.warning("provider_clock_unknown", code=error.code)

    return outside


routes = [Route(HERE, show), Route(HERE, move, methods=["POST"])]
