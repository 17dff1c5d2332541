"""The auditor on demand: run in a process of its own that shares no code with what it checks, bounded in time.

Its result is kept in the database, with the time it was made; beside it, what the provider's statement adds up to.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from typing import Any

import msgspec
import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jishi.ports.pay import PayRefused, Unknown
from jishi.store import Meta
from jishi.web.asking import database_of, engine_of, now_of
from jishi.web.judging import operator_with
from jishi.web.rendering import see_other

log = structlog.get_logger("jishi.audit")
KEY, WITHIN_S, SHOWN_MOST = "audit", 120, 100


class Found(msgspec.Struct, frozen=True):
    """What a run said. outcome: clean, broken or failed. statement_minor: None when no provider could be asked."""

    began_ms: int
    took_ms: int
    outcome: str
    checks: int = 0
    breaks: tuple[str, ...] = ()
    more: int = 0
    statement_minor: int | None = None


async def last_run(request: Request) -> Found | None:
    """The last run that came to an end."""
    rows = await database_of(request).read(Meta, "WHERE key = :key", key=KEY)
    return msgspec.json.decode(rows[0].value, type=Found) if rows else None


def running(request: Request) -> bool:
    """Whether one is under way in this process."""
    task = getattr(request.app.state, "auditing", None)
    return task is not None and not task.done()


async def start(request: Request) -> Response:
    """Begin a run, unless one is under way; the page shows its result when it is there."""
    operator_with(request, "books")
    if not running(request):
        request.app.state.auditing = asyncio.get_running_loop().create_task(run(request), name="audit")
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(asyncio.shield(request.app.state.auditing), 1.5)  # a small market is done by then
    return see_other(request, "/operator/books")


async def run(request: Request) -> None:
    """One run, to its kept result."""
    engine, began, wall = engine_of(request), now_of(request), engine_of(request).world.clock.wall()
    told = await examine(request.app.state.db)
    sum_minor = await statement(request.app.state.pay)
    found = Found(
        began, engine.world.clock.wall() - wall, told["outcome"], told["checks"], told["breaks"], told["more"],
        sum_minor,
    )  # fmt: skip
    kept = Meta(KEY, msgspec.json.encode(found).decode())
    await engine.lane.chore(lambda session: session.upsert(Meta, [kept]))


async def examine(db: str) -> dict[str, Any]:
    """The auditor's own words; `failed` when it did not come to an end in time."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "jishi", "audit", "--json", env=os.environ | {"JISHI_DB": db},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        out, _ = await asyncio.wait_for(process.communicate(), WITHIN_S)
        said = msgspec.json.decode(out)
    except (TimeoutError, msgspec.DecodeError) as error:
        log.warning("audit_failed", error=type(error).__name__)
        return {"outcome": "failed", "checks": 0, "breaks": (), "more": 0}
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    lines = [line_of(one) for one in said["violations"]]
    outcome = "broken" if lines else "clean"
    return {
        "outcome": outcome, "checks": said["checks"], "breaks": tuple(lines[:SHOWN_MOST]),
        "more": max(0, len(lines) - SHOWN_MOST),
    }  # fmt: skip


def line_of(violation: dict[str, Any]) -> str:
    """One break on one line, as the command line says it."""
    where = ", ".join(f"{column}={value}" for column, value in violation["key"].items())
    return f"{violation['check']}: {violation['table']}({where}): {violation['told']}"


async def statement(pay: Any) -> int | None:
    """What the provider's whole statement adds up to in CNY; None when it cannot be asked."""
    if pay is None or not hasattr(pay, "statement"):
        return None
    try:
        return (await pay.statement(None)).balance_minor.get("CNY", 0)
    except (Unknown, PayRefused) as error:
        log.warning("statement_unknown", code=error.code)
        return None


routes = [Route("/operator/books/check", start, methods=["POST"])]
