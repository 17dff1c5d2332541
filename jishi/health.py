"""Health for machines: `/healthz` (alive), `/readyz` (takes work) and `/metrics` (Prometheus)."""

from collections.abc import Awaitable, Callable

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from jishi.api.wire import Call, Reply
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


def create_health(engine: Engine) -> Callable[[Call], Awaitable[Reply]]:
    """Who answers at the three addresses."""

    async def answer(call: Call) -> Reply:
        status, kind, body = 200, PLAIN, b"alive\n"
        if call.path == "/readyz":
            status, text = await ready(engine)
            body = text.encode()
        elif call.path == "/metrics":
            kind, body = CONTENT_TYPE_LATEST, await measure(engine)
        elif call.path != "/healthz":
            status, body = 404, b"not found\n"
        return Reply(status, body, (), kind)

    return answer
