"""Health for machines: `/healthz` (alive), `/readyz` (takes work) and `/metrics` (Prometheus)."""

from collections.abc import Awaitable, Callable
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from jishi.engine.engine import Engine
from jishi.engine.metrics import METRICS
from jishi.store.errors import Transient

PLAIN = "text/plain; charset=utf-8"


async def measure(engine: Engine) -> bytes:
    """The metrics, with those that are read from the database brought up to date."""
    (unknown,) = await engine.database.fetch("SELECT COUNT(*) AS n FROM legs WHERE state = 'unknown'")
    METRICS.unknown_payments.set(unknown.n)
    now = engine.world.clock.now_ms()
    (oldest,) = await engine.database.fetch("SELECT MIN(due_ms) AS due FROM timers")
    METRICS.oldest_timer_ms.set(max(0, now - oldest.due) if oldest.due is not None else 0)
    return generate_latest(METRICS.registry)


async def ready(engine: Engine) -> tuple[int, str]:
    """Whether commands are taken now, and why not."""
    if engine.stopping.is_set():
        return 503, "stopping\n"
    if engine.lane.task.done():
        return 503, "the write path has ended; restart the server\n"
    try:
        await engine.database.fetch("SELECT COUNT(*) AS n FROM leases")
    except Transient:
        return 503, "the database does not answer\n"
    return 200, "ready\n"


def create_health(engine: Engine) -> Callable[[dict, Callable, Callable], Awaitable[None]]:
    """A small ASGI application for the three addresses."""

    async def app(scope: dict[str, Any], receive: Callable, send: Callable) -> None:
        status, kind, body = 200, PLAIN, b"alive\n"
        if scope["path"] == "/readyz":
            status, text = await ready(engine)
            body = text.encode()
        elif scope["path"] == "/metrics":
            kind, body = CONTENT_TYPE_LATEST, await measure(engine)
        elif scope["path"] != "/healthz":
            status, body = 404, b"not found\n"
        headers = [(b"content-type", kind.encode()), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return app
