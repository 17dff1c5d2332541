"""The instrument counts each moment once, and changes nothing of what it measures."""

import asyncio
import time

import pytest

from bench.meter import PHASES, Meter, phase, read, stepped, whole

pytestmark = pytest.mark.anyio


def spin(seconds: float) -> None:
    """Use the processor for a while."""
    ends = time.thread_time() + seconds
    while time.thread_time() < ends:
        pass


async def test_phases_add_up_to_the_whole_without_counting_twice(tmp_path):
    meter = Meter(tmp_path / "meter")

    async def inner() -> None:
        spin(0.02)

    async def outer() -> None:
        spin(0.01)
        await phase("load", inner)()

    began = time.perf_counter()
    await whole(meter, phase("decide", outer))()
    took = time.perf_counter() - began
    meter.keep()
    told = read(tmp_path / "meter")
    assert told["load"] >= 0.02 and told["decide"] >= 0.01
    assert 0.03 <= sum(told[name] for name in PHASES) <= took


async def test_nothing_is_counted_outside_of_a_batch(tmp_path):
    meter = Meter(tmp_path / "meter")

    async def alone() -> str:
        return "told"

    async def batch() -> None:
        pass

    await whole(meter, batch)()
    meter.told.update(rest=0.0)
    assert await phase("commit", alone)() == "told"
    assert not any(meter.told.values())


async def test_two_batches_under_way_count_their_own_phases(tmp_path):
    meter = Meter(tmp_path / "meter")
    loading, loaded = asyncio.Event(), asyncio.Event()

    async def load() -> None:
        loading.set()
        await loaded.wait()

    async def write() -> None:
        await loading.wait()
        spin(0.01)
        loaded.set()

    began = time.perf_counter()
    await asyncio.gather(whole(meter, phase("load", load))(), whole(meter, phase("write", write))())
    took = time.perf_counter() - began
    assert all(0.01 <= meter.told[name] <= took for name in ("load", "write"))
    assert meter.told["rest"] < took


async def test_a_stepped_coroutine_counts_its_own_steps_and_answers_the_same(tmp_path):
    meter = Meter(tmp_path / "meter")

    async def work() -> str:
        spin(0.02)
        await asyncio.sleep(0)
        spin(0.02)
        return "told"

    async def beside() -> None:
        spin(0.2)

    told, _ = await asyncio.gather(stepped_task(meter, work()), beside())
    assert told == "told"
    assert 0.04 <= meter.told["lane_cpu"] < 0.2


async def test_a_stepped_coroutine_fails_and_is_cancelled_as_before(tmp_path):
    meter, cleaned = Meter(tmp_path / "meter"), []

    async def fails() -> None:
        await asyncio.sleep(0)
        raise LookupError("gone")

    async def waits() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cleaned.append(True)

    with pytest.raises(LookupError, match="gone"):
        await stepped(meter, fails())
    task = asyncio.create_task(stepped_task(meter, waits()))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert cleaned == [True]


async def stepped_task(meter: Meter, work) -> object:
    """As the lane runs it."""
    return await stepped(meter, work)
