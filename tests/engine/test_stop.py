"""The engine stops whatever its pumps are doing: a cancellation that meets a hint must not be lost."""

import asyncio

import pytest

from jishi.engine.engine import Engine
from jishi.store import migrate, open_database

pytestmark = pytest.mark.anyio
STOP_S, TIMES = 5, 20


async def test_stopped_at_the_moment_of_a_hint(sqlite_url):
    await migrate(sqlite_url)
    for n in range(TIMES):
        engine = await Engine.open(await open_database(sqlite_url))
        pumps = [engine.timers, engine.reactions, engine.outbox]
        for _ in range(10 + n):
            await asyncio.sleep(0)  # let the pumps come to where they wait
        for pump in pumps:
            pump.hinted.set()
        await asyncio.wait_for(engine.stop(), STOP_S)
        assert all(task.done() for task in engine.running)
