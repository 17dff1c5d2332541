"""The writer's process answers as a lane in the server's own would, takes turns with the server, and never outlives it.

Reason: what is decided elsewhere can be lost on the way there or back, or be done by two at once.
"""

import asyncio
import os
import signal
import socket
from contextlib import asynccontextmanager
from types import SimpleNamespace

import pytest

from jishi.audit.report import audit
from jishi.engine.engine import Engine, EngineOptions
from jishi.engine.request import Busy, Later, Stopping
from jishi.engine.writer import Writers, fork_writers
from jishi.engine.writer.process import BACKGROUND, PEOPLE, SERVERS, WHOLE, WriterProcess
from jishi.engine.writer.shared import share_of
from jishi.engine.writer.words import WriterFault, failed_of, result_of
from jishi.kernel.grammar import system
from jishi.kernel.ids import COUNTERS, EPOCH_MS, IdSource
from jishi.kernel.orders import Order
from jishi.kernel.parties import CreateParty, Party
from jishi.kernel.placing import LineAsk, PlaceOrder
from jishi.kernel.refused import Differences, Refused
from jishi.kernel.stock import Sku
from jishi.store import Meta, migrate, open_database
from jishi.store.errors import Transient
from tests.support.market import Market

pytestmark = pytest.mark.anyio
MINUTE = 60_000


@pytest.fixture
def forked(request):
    """Writers made outside of any loop, as the command line makes them; whatever a test does, they end with it."""
    names = ("database_url", "postgres_url", "sqlite_url")
    url = request.getfixturevalue(next(name for name in names if name in request.fixturenames))
    made = fork_writers(url)
    assert len(made) == (1 if url.startswith("sqlite") else 3)
    yield made
    for one in made:
        try:
            os.kill(one.pid, signal.SIGKILL)
            os.waitpid(one.pid, 0)
        except (ProcessLookupError, ChildProcessError):
            continue  # it left, and was waited for


@asynccontextmanager
async def written(url: str, forked):
    """A market whose commands are decided by the writer; it ends with the auditor."""
    await migrate(url)
    writer = await Writers.meet(forked, url)
    database = await open_database(url, turn=writer.turn)
    engine = await Engine.open(database, EngineOptions(pumps=False, writer=writer))
    try:
        yield Market(engine, engine.world.clock)
    finally:
        await engine.stop()
    report = await audit(url)
    assert not report.violations, "\n".join(map(str, report.violations))


async def test_commands_are_answered_replayed_and_refused(database_url, forked):
    async with written(database_url, forked) as market:
        heard = []
        market.engine.listeners.append(heard.extend)
        stall, buyer = await market.shop(), await market.person()
        sku = await market.goods(stall, 9_900, stock=2)
        assert heard and all(answer.news for answer in heard)
        address = await market.address(buyer)
        command = PlaceOrder(stall.shop, (LineAsk(sku, 1, 9_900),), address=address)
        first = await market.engine.send(command, buyer, "once")
        again = await market.engine.send(command, buyer, "once")
        assert (again.replayed, again.body) == (True, first.body)
        other = PlaceOrder(stall.shop, (LineAsk(sku, 2, 9_900),), address=address)
        assert (await market.refuses(other, buyer, "once")).code == "id_reused"
        short = await market.refuses(PlaceOrder(stall.shop, (LineAsk(sku, 9, 9_900),), address=address), buyer)
        assert (short.code, short.facts["left"]) == ("stock_short", 1)
        dear = (PlaceOrder(stall.shop, (LineAsk(sku, 1, 1),), address=address), buyer, "dear")
        with pytest.raises(Differences) as differs:
            await market.engine.bundle([dear, (other, buyer, "more")])
        assert [type(refusal) for refusal in differs.value.refusals] == [Refused] * 2
        heard.clear()
        await market.engine.bundle([(command, buyer, "dry")], dry=True)
        assert not heard and len(await market.rows(Order)) == 1
        more = asyncio.create_task(market.person())
        await asyncio.sleep(0)
        assert market.engine.lane.queued == 1  # as the operator's page says
        await more
        assert market.engine.lane.queued == 0


async def test_business_time_goes_with_the_work(database_url, forked):
    async with written(database_url, forked) as market:
        before = await market.engine.send(CreateParty(11, "person", "simulated"), system("demo"))
        market.clock.offset_ms += 90 * MINUTE
        after = await market.engine.send(CreateParty(12, "person", "simulated"), system("demo"))
        assert after.told["at_ms"] - before.told["at_ms"] >= 90 * MINUTE


async def test_the_server_and_the_writer_take_turns(database_url, forked):
    async with written(database_url, forked) as market:

        async def chore(n: int) -> None:
            await market.engine.lane.chore(lambda session: session.upsert(Meta, [Meta(f"k{n}", "v")]))

        people = [market.engine.send(CreateParty(100 + n, "person", "simulated"), system("demo")) for n in range(200)]
        await asyncio.gather(*people, *[chore(n) for n in range(100)])
        assert len([row for row in await market.rows(Meta) if row.key.startswith("k")]) == 100
        assert len(await market.rows(Party, kind="person")) == 200


async def test_a_turn_that_nobody_waits_for_any_more_is_given_back(sqlite_url, forked):
    async with written(sqlite_url, forked) as market:
        turn = market.engine.lane.turn
        asking = asyncio.create_task(turn.acquire())
        await asyncio.sleep(0)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await asyncio.wait_for(market.person(), 5)
        await asyncio.wait_for(market.engine.lane.chore(lambda session: session.load(Meta, [("k",)])), 5)


async def test_ids_of_server_and_writers_never_meet(database_url, forked):
    async with written(database_url, forked) as market:
        stall = await market.shop()
        made = {stall.freight, *[await market.goods(stall) for _ in range(20)]}
        ours = {market.engine.ids.next() for _ in range(5_000)}
        assert len(ours) == 5_000 and not ours & made
        assert max(one & 4095 for one in ours) < 1024 <= min(one & 4095 for one in made)
    for all_of in ((WHOLE,), (*PEOPLE, BACKGROUND)):
        assert sorted([*SERVERS, *[one for part in all_of for one in part.ids]]) == [*COUNTERS]


def asks(market, *owners: int):
    """What people do together, or not at all: these parties come into being."""
    return market.engine.bundle(
        [(CreateParty(one, "person", "simulated"), system("demo"), f"for {owners}") for one in owners]
    )


async def test_people_share_the_writers_by_owner(postgres_url, forked):
    async with written(postgres_url, forked) as market:
        lane, owners = market.engine.lane, range(100, 200)
        for _ in range(2):
            before = [writer.number for writer in lane.each]
            await asyncio.gather(*[asks(market, one) for one in owners])
            done = [writer.number - number for writer, number in zip(lane.each, before, strict=True)]
            assert done == [*[sum(share_of(one, 2) == n for one in owners) for n in range(2)], 0]
        assert min(done[:-1]) > len(owners) // 4


async def test_a_bundle_for_owners_of_both_writers_is_one(postgres_url, forked):
    async with written(postgres_url, forked) as market:
        first = 100
        second = next(one for one in range(101, 200) if share_of(one, 2) != share_of(first, 2))
        alone, both = await asyncio.gather(asks(market, second), asks(market, first, second), return_exceptions=True)
        assert [isinstance(one, Refused) for one in (alone, both)].count(True) == 1
        made = {party.owner for party in await market.rows(Party)} & {first, second}
        assert made == ({second} if isinstance(both, Refused) else {first, second})


def test_ids_of_one_moment_and_of_many_are_shared_out_evenly():
    wall = iter(range(EPOCH_MS + 1, EPOCH_MS + 2_001))
    apart = IdSource(1, lambda: next(wall))  # each in a millisecond of its own, with the same last bits
    shares = [sum(share_of(one, 2) for one in ids) for ids in (range(2_000), [apart.next() for _ in range(2_000)])]
    assert all(900 < share < 1_100 for share in shares)


async def test_background_work_tells_all_others_what_it_holds():
    pairs, heard = [socket.socketpair() for _ in PEOPLE], [asyncio.Queue() for _ in PEOPLE]
    background = WriterProcess(BACKGROUND)
    background.lanes = {"background": SimpleNamespace()}
    await background.meet([says for _, says in pairs])
    for part, (hears, _), queue in zip(PEOPLE, pairs, heard, strict=True):
        people = WriterProcess(part)
        people.lanes = {"people": SimpleNamespace(avoid=queue.put_nowait)}
        await people.meet([hears])
    background.lanes["background"].holds({1, 2})
    background.lanes["background"].holds(set())
    told = [await asyncio.wait_for(queue.get(), 5) for queue in heard for _ in range(2)]
    assert told == [{1, 2}, set()] * 2
    for pipe in background.beside:
        pipe.close()  # then everyone has to avoid nobody any more
    assert [await asyncio.wait_for(queue.get(), 5) for queue in heard] == [set()] * 2


async def test_a_fault_inside_fails_its_command_alone(sqlite_url, forked):
    async with written(sqlite_url, forked) as market:
        engine = market.engine
        bad = CreateParty(21, "person", None)  # not what its type says: a fault of ours, not a refusal
        results = await asyncio.gather(
            engine.send(bad, system("demo")),
            *[engine.send(CreateParty(30 + n, "person", "simulated"), system("demo")) for n in range(5)],
            return_exceptions=True,
        )
        assert isinstance(results[0], WriterFault)
        assert not any(isinstance(one, Exception) for one in results[1:])


@pytest.mark.parametrize("killed", [0, 1, 2], ids=["first", "second", "background"])
async def test_a_killed_writer_leaves_nobody_waiting(database_url, forked, killed):
    await migrate(database_url)
    writer = await Writers.meet(forked, database_url)
    engine = await Engine.open(
        await open_database(database_url, turn=writer.turn), EngineOptions(pumps=False, writer=writer)
    )
    waiting = [
        asyncio.ensure_future(engine.send(CreateParty(100 + n, "person", "simulated"), system("demo")))
        for n in range(50)
    ]
    await asyncio.sleep(0)
    os.kill(writer.each[killed % len(writer.each)].pid, signal.SIGKILL)
    results = await asyncio.wait_for(asyncio.gather(*waiting, return_exceptions=True), 10)
    assert {getattr(one, "code", "done") for one in results} <= {"outcome_unknown", "done"}
    await asyncio.wait_for(asyncio.shield(writer.task), 10)  # as the server waits, to leave
    with pytest.raises(Stopping):
        await engine.send(CreateParty(99, "person", "simulated"), system("demo"))
    await asyncio.wait_for(engine.stop(), 10)
    report = await audit(database_url)
    assert not report.violations


async def test_timers_are_fired_where_commands_are_decided(database_url, forked):
    async with written(database_url, forked) as market:
        stall = await market.shop()
        sku = await market.goods(stall, 9_900, stock=40)
        for _ in range(30):
            buyer = await market.person()
            ask = PlaceOrder(stall.shop, (LineAsk(sku, 1, 9_900),), address=await market.address(buyer))
            await market.engine.send(ask, buyer)
        market.clock.offset_ms += 31 * MINUTE
        fired = await market.engine.firing.fire_due()
        assert fired.done >= 30 and MINUTE <= fired.late_ms < 2 * MINUTE  # half an hour to pay
        assert {order.state for order in await market.rows(Order)} == {"closed"}
        assert [row.held for row in await market.rows(Sku, id=sku)] == [0]
        assert (await market.engine.firing.fire_due()).done == 0


async def test_who_waits_for_timers_is_told_when_the_writer_is_lost(sqlite_url, forked):
    await migrate(sqlite_url)
    writer = await Writers.meet(forked, sqlite_url)
    database = await open_database(sqlite_url, turn=writer.turn)
    engine = await Engine.open(database, EngineOptions(pumps=False, writer=writer))
    os.kill(writer.background.pid, signal.SIGSTOP)
    waiting = asyncio.ensure_future(engine.firing.fire_due())
    await asyncio.sleep(0)
    os.kill(writer.background.pid, signal.SIGKILL)
    with pytest.raises(Later, match="outcome_unknown"):
        await asyncio.wait_for(waiting, 10)
    with pytest.raises(Stopping):
        await engine.firing.fire_due()
    await asyncio.wait_for(engine.stop(), 10)


async def test_a_writer_without_its_database_says_why(sqlite_url, forked):
    await migrate(sqlite_url)
    writer = await Writers.meet(forked, "sqlite:////proc/nowhere/there.db")
    with pytest.raises(RuntimeError, match="could not open the database"):
        await Engine.open(await open_database(sqlite_url, turn=writer.turn), EngineOptions(writer=writer))


@pytest.mark.parametrize(
    "error",
    [
        Refused("stock_short", left=1),
        Differences([Refused("price_changed", price_minor=5), Refused("stock_short", left=0)]),
        Later(Refused("outcome_unknown"), 5),
        Busy(3),
        Stopping(),
        Transient("lock_timeout"),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_a_refusal_means_the_same_on_the_other_side(error):
    there = result_of(failed_of(error))
    assert type(there) is type(error)
    assert vars(there).keys() == vars(error).keys()
    for name in ("code", "facts", "retry_after_s"):
        assert getattr(there, name, None) == getattr(error, name, None)
