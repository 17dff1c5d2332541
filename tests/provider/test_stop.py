"""The provider's worker ends when it is cancelled, also at the very moment at which the bell rings."""

import asyncio

import pytest

from jishi.provider.app import work
from jishi.provider.notices import Deliverer
from jishi.provider.office import open_office
from jishi.provider.settings import Settings

pytestmark = pytest.mark.anyio
STOP_S = 5


async def test_a_cancellation_that_meets_the_bell_is_not_lost(tmp_path):
    office = open_office(Settings(port=1, file=tmp_path / "provider.sqlite", secret="s" * 32, merchant="jishi"))
    try:
        for turns in range(6):
            worker = asyncio.create_task(work(office, Deliverer(office, None)))
            for _ in range(10):
                await asyncio.sleep(0)  # let it come to where it waits
            office.bell.set()
            for _ in range(turns):
                await asyncio.sleep(0)
            worker.cancel()
            await asyncio.wait([worker], timeout=STOP_S)
            assert worker.cancelled(), f"lost after {turns} turns of the loop"
    finally:
        office.database.close()
