"""Pumps: timers, reactions, outer calls and leases, when one of them is broken, slow, late or set back."""

import asyncio

import pytest

from jishi.engine import follower
from jishi.engine.batch import RETRY_FIRST_MS
from jishi.engine.engine import Engine, EngineOptions
from jishi.engine.follower import LOOKS_MS
from jishi.engine.pump import Pump
from jishi.engine.request import Busy
from jishi.kernel.closing import CancelOversold
from jishi.kernel.grammar import GRAMMAR, system
from jishi.kernel.owners import MARK_MS, Head, LogRow, Timer
from jishi.kernel.parties import CreateParty, EraseParty
from jishi.kernel.refused import Refused
from jishi.kernel.rows import key_of
from jishi.kernel.settle import BookShare, SettleOrder, Transfer
from jishi.store import Cursor, EngineNumber, Waiting, migrate, open_database
from jishi.store.errors import Transient
from tests.support.market import DAY, HOUR, MINUTE, open_market, replaced

pytestmark = pytest.mark.anyio
PRICE = 9_900


async def test_a_timer_that_is_not_possible_yet_is_kept(database_url):
    """Settlement waits for an open claim: the timer keeps why, how often it tried and when it tries next."""
    async with open_market(database_url) as market:
        stall, buyer = await market.shop(), await market.person()
        tea = await market.goods(stall, PRICE)
        order = await market.paid(stall, buyer, (tea, 1))
        await market.received(stall, buyer, order)
        await market.pass_time(7 * DAY - MINUTE)
        await market.claim(stall, buyer, order, amount_minor=100)
        await market.pass_time(MINUTE)
        timer = await market.row(Timer, kind="settle")
        assert (timer.code, timer.attempts, timer.due_ms) == ("claim_open", 1, market.clock.at + RETRY_FIRST_MS)
        await market.pass_time(RETRY_FIRST_MS)
        timer = await market.row(Timer, kind="settle")
        assert (timer.attempts, timer.due_ms) == (2, market.clock.at + 2 * RETRY_FIRST_MS)
        await market.refunds_arrive(stall, order)
        await market.pass_time(2 * RETRY_FIRST_MS)
        assert not await market.rows(Timer)
        assert (await market.order(stall, order)).state == "settled"


async def test_a_broken_timer_stops_no_other(database_url, monkeypatch):
    """A fault in settling one order: it is kept as failed and tried again; the other order settles in time."""
    real = GRAMMAR.handlers[SettleOrder]
    async with open_market(database_url) as market:
        stall, buyer = await market.shop(), await market.person()
        tea = await market.goods(stall, PRICE)
        bad, good = [await market.paid(stall, buyer, (tea, 1)) for _ in range(2)]
        for order in (bad, good):
            await market.received(stall, buyer, order)

        def broken(c, case, now, ids):
            assert c.order != bad, "a fault of ours"
            return real.decide(c, case, now, ids)

        monkeypatch.setitem(GRAMMAR.handlers, SettleOrder, replaced(real, broken))
        await market.pass_time(7 * DAY)
        timer = await market.row(Timer)
        assert (timer.subject, timer.code, timer.attempts) == (bad, "failed", 1)
        assert (await market.order(stall, good)).state == "settled"
        monkeypatch.setitem(GRAMMAR.handlers, SettleOrder, real)
        await market.pass_time(RETRY_FIRST_MS)
        assert (await market.order(stall, bad)).state == "settled"


async def test_a_timer_of_an_unknown_kind_stops_no_other(database_url):
    """A kind that an uninstalled mode has left behind: kept as failed, and the others go off."""
    async with open_market(database_url) as market:
        stall, buyer = await market.shop(), await market.person()
        order = await market.place(stall, buyer, (await market.goods(stall, PRICE), 1))
        unknown = Timer(stall.shop, 5, "of_a_mode_long_gone", 0, 1, 1, 0, "")
        await market.engine.lane.chore(lambda session: session.upsert(Timer, [unknown]))
        await market.pass_time(HOUR)
        kept = await market.row(Timer, kind=unknown.kind)
        assert (kept.code, kept.attempts, kept.due_ms > market.clock.at) == ("failed", 1, True)
        assert (await market.order(stall, order)).state == "closed"
        await market.engine.lane.chore(lambda session: session.delete(Timer, [key_of(kept)]))


async def test_a_broken_reaction_stops_no_other(database_url, monkeypatch):
    """A fault in booking one share: it waits as failed, what its shop does later is booked, and so is it in the end."""
    real = GRAMMAR.handlers[BookShare]
    async with open_market(database_url) as market:
        stall, buyer = await market.shop(), await market.person()
        tea, broken = await market.goods(stall, PRICE), set()

        def decide(c, case, now, ids):
            if c.order in broken:
                raise ZeroDivisionError
            return real.decide(c, case, now, ids)

        monkeypatch.setitem(GRAMMAR.handlers, BookShare, replaced(real, decide))
        bad, good = [await market.paid(stall, buyer, (tea, 1)) for _ in range(2)]
        broken.add(bad)
        for order in (bad, good):
            await market.received(stall, buyer, order)
            await market.pass_time(8 * DAY)
        assert [row.order for row in await market.rows(Transfer)] == [good]
        waiting = await market.row(Waiting)
        assert (waiting.code, waiting.attempts > 1) == ("failed", True)
        broken.clear()
        await market.pass_time(HOUR)
        assert {row.order for row in await market.rows(Transfer)} == {bad, good}
        assert not await market.rows(Waiting)


async def test_reactions_are_done_once_after_a_crash(database_url):
    """R22: the process dies when a share is booked and the cursor not yet written: read again, booked once."""
    async with open_market(database_url) as market:
        stall, buyer = await market.shop(), await market.person()
        tea = await market.goods(stall, PRICE)
        await market.settled(stall, buyer, (tea, 1))
        booked = len(await market.rows(Transfer))
        session = market.engine.lane.session
        await market.engine.lane.chore(lambda session: session.upsert(Cursor, [Cursor("reactions", stall.shop, 0)]))
        await market.engine.settle_down()
        assert len(await market.rows(Transfer)) == booked == 1
        assert len(await market.rows(LogRow, command="BookShare")) == 1

        crashes = []

        def crash(step: str) -> None:
            if step == "before:upsert:cursors" and not crashes:
                crashes.append(step)
                raise Transient("the process died")

        session.probe = crash
        order = await market.paid(stall, buyer, (tea, 1))
        await market.received(stall, buyer, order)
        with pytest.raises(Transient):
            await market.pass_time(8 * DAY)
        session.probe = None
        await market.engine.settle_down()
        assert len(await market.rows(LogRow, command="BookShare")) == 2
        head = await market.row(Head, owner=stall.shop)
        assert (await market.row(Cursor, consumer="reactions", owner=stall.shop)).seq == head.seq


async def about_to_settle(market):
    """A shop with an order whose time to settle has just come, and its timer, which nobody has fired yet."""
    stall, buyer = await market.shop(), await market.person()
    order = await market.paid(stall, buyer, (await market.goods(stall, PRICE), 1))
    await market.received(stall, buyer, order)
    await market.pass_time(7 * DAY - MINUTE)
    market.clock.pass_by(MINUTE)
    (timer,) = await market.rows(Timer, kind="settle")
    assert market.clock.now_ms() == timer.due_ms
    return stall, timer


async def commit_late(market, timer: Timer, late_ms: int = 10_000, look: int = 0) -> None:
    """Fire a timer by a clock that is behind ours, let a turn pass over it, and wait for the next look so far back."""
    market.clock.pass_by(-late_ms)
    await market.engine.firing.fire([timer])
    market.clock.pass_by(late_ms)
    await market.engine.reactions.turn()
    market.clock.pass_by(LOOKS_MS[look][0])


async def test_a_wall_clock_that_is_set_back_hides_nothing(database_url):
    """The wall clock goes back an hour; what is done in that hour is seen at once, by the pumps that ran before."""
    async with open_market(database_url) as market:
        stall, timer = await about_to_settle(market)
        market.clock.pass_by(-HOUR)
        await market.engine.firing.fire([timer])
        assert not await market.rows(Transfer)
        await market.engine.settle_down()
        assert (await market.row(Transfer)).shop == stall.shop
        market.clock.pass_by(HOUR)


@pytest.mark.parametrize(("late_ms", "look"), [(10_000, 0), (4 * MINUTE, 1), (DAY, 2)])
async def test_a_commit_by_a_slower_clock_is_seen(database_url, late_ms, look):
    """The clock of whoever commits is ten seconds behind ours: we see it within seconds all the same; what is later,
    within a minute, or an hour.
    """
    async with open_market(database_url) as market:
        stall, timer = await about_to_settle(market)
        await market.engine.reactions.turn()
        await commit_late(market, timer, late_ms, look)
        assert not await market.rows(Transfer)
        await market.engine.settle_down()
        assert (await market.row(Transfer)).shop == stall.shop


async def test_a_busy_shops_mark_stays_for_a_second(database_url):
    """Whatever it does within a second changes its head in its place; what comes after is a new mark."""
    async with open_market(database_url) as market:
        stall = await market.shop()
        market.clock.pass_by(MARK_MS - market.clock.wall() % MARK_MS)
        marks = []
        for pass_ms in (MARK_MS - 1, 1, 0):
            await market.goods(stall, PRICE)
            head = await market.row(Head, owner=stall.shop)
            marks.append((head.touched_ms, market.clock.wall() - head.touched_ms))
            market.clock.pass_by(pass_ms)
        assert [late for _, late in marks] == [0, MARK_MS - 1, 0]
        assert marks[1][0] == marks[0][0] == marks[2][0] - MARK_MS


async def test_a_look_further_back_comes_in_parts(database_url, monkeypatch):
    """However few owners it may look at in a turn, what was committed late is found by one of the next turns."""
    monkeypatch.setattr(follower, "LOOKED_AT_ONCE", 2)
    async with open_market(database_url) as market:
        stall, timer = await about_to_settle(market)
        for _ in range(8):
            market.clock.pass_by(MARK_MS)
            await market.person()
        market.clock.pass_by(20_000)
        for _ in range(30):  # the first look at everything comes in parts as well
            await market.engine.reactions.turn()
        await commit_late(market, timer, look=1)
        assert await turns_until(market, Transfer) in range(3, 9)
        assert (await market.row(Transfer)).shop == stall.shop


async def turns_until(market, row_type: type) -> int:
    """Turn the reactions until they have made such a row; how often that took, at most a hundred times."""
    for turns in range(100):
        if await market.rows(row_type):
            return turns
        await market.engine.reactions.turn()
    return 100


async def test_a_slow_answer_from_outside_holds_up_no_other_shop(database_url, monkeypatch):
    """The provider is silent about one shop's refund: the other shop's is sent, and the outbox reads on."""
    async with open_market(database_url) as market:
        slow, fast, buyer = await market.shop(), await market.shop(), await market.person()
        goods = {stall: await market.goods(stall, PRICE) for stall in (slow, fast)}
        await market.engine.settle_down()
        silent, sent = asyncio.Event(), []

        async def send_refund(engine, event, stamp) -> None:
            if stamp.owner == slow.shop:
                await silent.wait()
            sent.append(stamp.owner)

        monkeypatch.setitem(market.engine.outbox.effects, "send_refund", send_refund)
        orders = {}
        for stall in (slow, fast):
            orders[stall] = await market.paid(stall, buyer, (goods[stall], 1))
            await market.do(CancelOversold(stall.shop, orders[stall]), stall.keeper)
            assert await market.engine.outbox.turn() > 0
        assert sent == [fast.shop]
        silent.set()
        await market.engine.settle_down()
        assert sent == [fast.shop, slow.shop]
        for stall, order in orders.items():
            await market.refunds_arrive(stall, order)


async def test_an_engine_keeps_its_number_until_it_makes_no_more_ids(database_url):
    """Stopped with work in its queue: the work is done under the number, which is given back only then."""
    await migrate(database_url)
    engine = await Engine.open(await open_database(database_url), EngineOptions(pumps=False))
    run, held = engine.lane.batch.run, []

    async def watched(session, items, between):
        held.append(len(await engine.database.read(EngineNumber)))
        return await run(session, items, between)

    engine.lane.batch.run = watched
    made = asyncio.create_task(engine.send(CreateParty(1_000_001, "person", "simulated"), system("demo")))
    await asyncio.sleep(0)
    await engine.stop()
    assert (await made).seq == 1
    assert held == [1]
    database = await open_database(database_url)
    assert await database.read(EngineNumber) == []
    await database.close()


async def test_an_engine_that_slept_too_long_takes_a_new_number(database_url):
    """Two days asleep, and another engine has the number: the next ids carry another one."""
    async with open_market(database_url) as market:
        engine = market.engine
        market.clock.pass_by(2 * DAY)
        other = EngineNumber(engine.ids.engine, "another", market.clock.at + DAY)
        await engine.lane.chore(lambda session: session.upsert(EngineNumber, [other]))
        await engine.lane.chore(engine.leases.lead)
        assert engine.ids.engine == engine.leases.number != other.number
        held = {row.number: row.holder for row in await market.rows(EngineNumber)}
        assert held == {other.number: "another", engine.ids.engine: engine.leases.holder}


async def test_an_erasure_that_was_disturbed_is_finished(database_url, monkeypatch):
    """No timer asks again for what follows an erasure: the outbox does, until it is done."""
    async with open_market(database_url) as market:
        disturbed, finished = [Busy(), Refused("erasure_waits")], []

        async def finish(engine, event, stamp) -> None:
            if disturbed:
                raise disturbed.pop()
            finished.append(stamp.owner)

        monkeypatch.setitem(market.engine.outbox.effects, "finish_erasure", finish)
        who = await market.person()
        await market.do(EraseParty(who.id), who)
        for _ in range(4):
            await market.engine.settle_down()
        assert (disturbed, finished) == ([], [who.id])


async def test_a_busy_pump_looks_at_its_lease_again(database_url):
    """Another engine takes over while there is always more to do: the first one stops turning."""
    async with open_market(database_url) as market:
        leads, turns, asked = [True, True, False], [], asyncio.Event()

        class Restless(Pump):
            name = "restless"

            async def leads(self) -> bool:
                if not leads:
                    asked.set()
                return bool(leads) and leads.pop(0)

            async def turn(self) -> int:
                turns.append(1)
                return 1

        pump = Restless(market.engine)
        task = pump.start()
        async with asyncio.timeout(5):
            await asked.wait()
        task.cancel()
        assert len(turns) == 2


@pytest.mark.postgres
async def test_a_commit_that_becomes_visible_late_is_not_skipped(postgres_url):
    """R22: an engine holds its transaction open while the other one commits and its reactions read past that moment."""
    async with open_market(postgres_url) as market, open_market(postgres_url, market.clock) as other:
        slow, fast, buyer = await market.shop(), await market.shop(), await market.person()
        orders = []
        for stall in (slow, fast):
            order = await market.paid(stall, buyer, (await market.goods(stall, PRICE), 1))
            await market.received(stall, buyer, order)
            orders.append(order)
        await market.engine.settle_down()
        market.clock.pass_by(7 * DAY)
        timers = {timer.owner: timer for timer in await market.rows(Timer, kind="settle")}

        held, go_on = asyncio.Event(), asyncio.Event()
        session = other.engine.lane.session
        commit = session.commit

        async def commit_later() -> None:
            held.set()
            await go_on.wait()
            await commit()

        session.commit = commit_later
        late = asyncio.create_task(other.engine.firing.fire([timers[slow.shop]]))
        await held.wait()
        await market.engine.firing.fire([timers[fast.shop]])
        for _ in range(3):
            market.clock.pass_by(20_000)  # beyond the overlap
            await market.engine.reactions.turn()
        assert len(await market.rows(LogRow, command="BookShare")) == 1

        session.commit = commit
        go_on.set()
        await late
        market.clock.pass_by(MINUTE)
        await market.engine.settle_down()
        assert {row.shop for row in await market.rows(Transfer)} == {slow.shop, fast.shop}


@pytest.mark.postgres
async def test_two_engines_start_together_on_a_new_database(postgres_url):
    """Both start, with one secret and numbers of their own, and each answers what the other was asked."""
    await migrate(postgres_url)
    databases = [await open_database(postgres_url) for _ in range(2)]
    engines = await asyncio.gather(*[Engine.open(database, EngineOptions(pumps=False)) for database in databases])
    try:
        assert engines[0].secret == engines[1].secret
        assert engines[0].ids.engine != engines[1].ids.engine
        command = CreateParty(1_000_001, "person", "simulated")
        answers = await asyncio.gather(*[engine.send(command, system("demo"), "same") for engine in engines])
        assert answers[0].body == answers[1].body
    finally:
        for engine in engines:
            await engine.stop()
