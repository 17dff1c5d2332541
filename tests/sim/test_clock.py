"""Clocks that jump, go back, change for the summer or have a leap day: deadlines stay where they were promised."""

import os
import time
from datetime import UTC, datetime

import pytest

from jishi.engine.clock import Clock
from jishi.kernel.owners import Timer
from tests.support.market import DAY, HOUR, MINUTE, open_market

pytestmark = pytest.mark.anyio


def ms(*moment: int) -> int:
    return int(datetime(*moment, tzinfo=UTC).timestamp()) * 1000


@pytest.fixture(params=["UTC", "Europe/Berlin", "Asia/Shanghai", "America/New_York"])
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch):
    """The machine's own zone, which must not matter."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    os.environ.pop("TZ", None)
    time.tzset()


# The hour before: summer time begins and ends in Europe, 29 February, New Year.
MOMENTS = [ms(2026, 3, 29, 0, 45), ms(2026, 10, 25, 0, 45), ms(2028, 2, 28, 23, 45), ms(2026, 12, 31, 23, 45)]


@pytest.mark.parametrize("start", MOMENTS)
async def test_time_to_pay_is_half_an_hour_whatever_the_calendar_does(zone: str, start: int, sqlite_url: str) -> None:
    async with open_market(sqlite_url) as market:
        market.clock.at = start
        stall, buyer = await market.shop(), await market.person()
        order = await market.place(stall, buyer, (await market.goods(stall), 1))
        assert (await market.order(stall, order)).pay_by_ms == start + 30 * MINUTE
        await market.pass_time(30 * MINUTE - 1)
        assert (await market.order(stall, order)).state == "placed"
        await market.pass_time(1)
        assert (await market.order(stall, order)).state == "closed"


async def test_a_wall_clock_set_back_neither_hurries_nor_doubles_anything(sqlite_url: str) -> None:
    async with open_market(sqlite_url) as market:
        stall, buyer = await market.shop(), await market.person()
        goods = await market.goods(stall)
        order = await market.place(stall, buyer, (goods, 1))
        before = market.engine.world.clock.now_ms()
        await market.pass_time(-HOUR)
        assert market.engine.world.clock.now_ms() == before, "business time never goes back"
        second = await market.place(stall, buyer, (goods, 1))
        assert second != order
        await market.pass_time(HOUR + 30 * MINUTE)
        assert {(await market.order(stall, one)).state for one in (order, second)} == {"closed"}


async def test_ninety_days_in_one_step_fire_everything_once(sqlite_url: str) -> None:
    async with open_market(sqlite_url) as market:
        stall, buyer = await market.shop(), await market.person()
        order = await market.paid(stall, buyer, (await market.goods(stall), 1), mode="gift")
        await market.pass_time(90 * DAY)
        assert (await market.order(stall, order)).state == "closed"
        await market.refunds_arrive(stall, order)
        row = await market.order(stall, order)
        assert (row.refunded_minor, row.refunding_minor) == (row.paid_minor, 0)
        assert await market.rows(Timer) == []


async def test_two_processes_five_minutes_apart_agree_on_order() -> None:
    """The slower one's time is behind: it fires later, and never before what was promised."""
    fast, slow = Clock(wall=lambda: 1_000_000 + 5 * MINUTE), Clock(wall=lambda: 1_000_000)
    assert fast.now_ms() - slow.now_ms() == 5 * MINUTE
    slow.forward_to(fast.now_ms())
    assert slow.now_ms() == fast.now_ms()
