"""Batches: hot goods, poison, lost connections, late commits and a full queue hurt nobody but the one they concern."""

import asyncio
import time

import pytest

from jishi.engine.batch import DECIDED_AT_A_TIME, FILLED_AT_A_TIME
from jishi.engine.decide import MOST_ROWS
from jishi.engine.lane import BACKGROUND_ONE_WRITER_S, BACKGROUND_S, BATCH_LEAST
from jishi.engine.request import Busy, Item
from jishi.kernel.grammar import GRAMMAR, Principal
from jishi.kernel.orders import Order
from jishi.kernel.owners import LogRow
from jishi.kernel.parties import Address, SaveAddress, SetProfile
from jishi.kernel.placing import LineAsk, PlaceOrder
from jishi.kernel.refused import Refused
from jishi.kernel.rows import key_of
from jishi.kernel.stock import Sku
from jishi.store.errors import Transient
from jishi.store.shape import MANY_MAX
from tests.support.market import MINUTE, open_market, replaced

pytestmark = pytest.mark.anyio
PRICE = 9_900


async def wishes(market, stall, sku: int, count: int) -> list[tuple[PlaceOrder, Principal]]:
    """As many buyers who want one piece each."""
    buyers = [await market.person() for _ in range(count)]
    addresses = await asyncio.gather(*[market.address(buyer) for buyer in buyers])
    lines = (LineAsk(sku, 1, PRICE),)
    return [
        (PlaceOrder(stall.shop, lines, address=address), buyer)
        for buyer, address in zip(buyers, addresses, strict=True)
    ]


def won(outcomes: list) -> int:
    """How many got it; everyone else was told that it is gone."""
    refused = [outcome for outcome in outcomes if isinstance(outcome, Refused)]
    assert {(refusal.code, refusal.facts["left"]) for refusal in refused} <= {("stock_short", 0)}
    return len(outcomes) - len(refused)


async def test_sixty_four_buyers_for_the_last_one(database_url):
    """R1: one winner."""
    async with open_market(database_url) as market:
        stall = await market.shop()
        tea = await market.goods(stall, PRICE, stock=1)
        asked = [market.do(command, buyer) for command, buyer in await wishes(market, stall, tea, 64)]
        assert won(await asyncio.gather(*asked, return_exceptions=True)) == 1
        sku = await market.row(Sku, id=tea)
        assert (sku.free, sku.held) == (0, 1)
        assert len(await market.rows(Order)) == 1


@pytest.mark.postgres
async def test_sixty_four_buyers_at_two_engines(postgres_url):
    """R1: one winner, whichever engine each of them asks."""
    async with open_market(postgres_url) as market, open_market(postgres_url, market.clock) as other:
        stall = await market.shop()
        tea = await market.goods(stall, PRICE, stock=1)
        both = [market, other] * 32
        asked = [one.do(*wish) for one, wish in zip(both, await wishes(market, stall, tea, 64), strict=True)]
        assert won(await asyncio.gather(*asked, return_exceptions=True)) == 1
        assert (await market.row(Sku, id=tea)).held == 1


async def test_the_same_goods_on_two_lines(database_url):
    """R2: the lines are counted together, when placing and when paid late."""
    async with open_market(database_url) as market:
        stall, buyer = await market.shop(), await market.person()
        tea = await market.goods(stall, PRICE, stock=5)
        with pytest.raises(Refused) as told:
            await market.place(stall, buyer, (tea, 3), (tea, 3))
        assert told.value.code == "stock_short"
        order = await market.place(stall, buyer, (tea, 3), (tea, 2))
        assert (await market.row(Sku, id=tea)).free == 0

        await market.pass_time(31 * MINUTE)
        await market.place(stall, buyer, (tea, 1))
        await market.notice(stall, order)
        assert (await market.order(stall, order)).state == "closed"
        assert (await market.row(Sku, id=tea)).free == 4


async def test_poison_does_not_hurt_its_neighbours(database_url, monkeypatch):
    """One command of a batch of forty is broken: it alone fails, the others are answered as if it were not there."""
    real = GRAMMAR.handlers[SetProfile]

    def broken(c, case, now, ids):
        if c.name == "poison":
            raise ZeroDivisionError
        return real.decide(c, case, now, ids)

    async with open_market(database_url) as market:
        people = [await market.person() for _ in range(40)]
        monkeypatch.setattr(GRAMMAR, "handlers", GRAMMAR.handlers | {SetProfile: replaced(real, broken)})
        names = ["poison" if n == 23 else f"simulated {n}" for n in range(40)]
        outcomes = await asyncio.gather(
            *[market.do(SetProfile(who.id, name), who) for who, name in zip(people, names, strict=True)],
            return_exceptions=True,
        )
        assert [n for n, outcome in enumerate(outcomes) if not isinstance(outcome, dict)] == [23]
        assert isinstance(outcomes[23], ZeroDivisionError)
        assert len(await market.rows(LogRow, command="SetProfile")) == 39


async def test_too_many_rows_hurt_nobody_else(database_url):
    """One of eight needs more rows than a decision may see: it is refused, and the batch is not split."""
    async with open_market(database_url) as market:
        people = [await market.person() for _ in range(8)]
        crowd = [
            Address(people[3].id, n, "CN-BJ", "simulated", "+86 190 0000 0001", "1", 0) for n in range(1, MANY_MAX + 2)
        ]
        await market.engine.lane.chore(lambda session: session.insert(Address, crowd))
        command = ("CN-BJ", "simulated", "+86 190 0000 0001", "Market Road 1")
        outcomes = await market.at_once(*[(SaveAddress(who.id, *command), who) for who in people])
        assert [n for n, outcome in enumerate(outcomes) if isinstance(outcome, Refused)] == [3]
        assert outcomes[3].code == "too_many_rows"
        await market.engine.lane.chore(lambda session: session.delete(Address, [key_of(row) for row in crowd]))


async def test_a_command_changes_no_more_rows_than_it_may(database_url, monkeypatch):
    """A decision that wants to change more rows than one command may is a fault of ours: nothing of it is written."""
    real = GRAMMAR.handlers[SetProfile]
    async with open_market(database_url) as market:
        who = await market.person()

        def many(c, case, now, ids):
            return real.decide(c, case, now, ids) * (MOST_ROWS + 1)

        monkeypatch.setitem(GRAMMAR.handlers, SetProfile, replaced(real, many))
        with pytest.raises(AssertionError, match="changed by one command"):
            await market.do(SetProfile(who.id, "simulated anew"), who)
        assert not await market.rows(LogRow, command="SetProfile")


async def test_a_transient_fault_is_tried_again(database_url):
    """The connection breaks twice at different steps; the buyers notice nothing."""
    async with open_market(database_url) as market:
        stall = await market.shop()
        tea = await market.goods(stall, PRICE)
        asked = await wishes(market, stall, tea, 5)
        faults = ["before:insert:orders", "before:commit"]

        def break_off(step: str) -> None:
            if faults and step == faults[0]:
                raise Transient(faults.pop(0))

        market.engine.lane.session.probe = break_off
        await asyncio.gather(*[market.do(command, buyer) for command, buyer in asked])
        market.engine.lane.session.probe = None
        assert not faults
        assert (await market.row(Sku, id=tea)).held == 5


async def test_a_fault_that_stays_is_told_and_nothing_is_changed(database_url):
    """After a bounded number of tries the sender hears `busy`; the same id is taken once the fault is gone."""
    async with open_market(database_url) as market:
        who = await market.person()

        def never(step: str) -> None:
            if step == "before:commit":
                raise Transient("no connection")

        market.engine.lane.session.probe = never
        command = SetProfile(who.id, "simulated anew")
        with pytest.raises(Busy):
            await market.do(command, who, "again")
        market.engine.lane.session.probe = None
        assert not await market.rows(LogRow, command="SetProfile")
        assert (await market.engine.send(command, who, "again")).replayed is False


async def test_a_full_queue_says_so_at_once(database_url):
    """More than two seconds of measured work is refused; what was taken is done; what waited too long is never run."""
    async with open_market(database_url) as market:
        who, lane = await market.person(), market.engine.lane
        lane.rate, lane.size = 20.0, 16
        commands = [SetProfile(who.id, f"simulated {n}") for n in range(100)]
        outcomes = await asyncio.gather(*[market.do(command, who) for command in commands], return_exceptions=True)
        refused = [outcome for outcome in outcomes if isinstance(outcome, Busy)]
        assert len(refused) == 100 - 57  # the queue takes two seconds at 20 a second, a batch, and the first
        assert refused[0].retry_after_s >= 1
        assert len(await market.rows(LogRow, command="SetProfile")) == 57

        late = asyncio.get_running_loop().create_future()
        request = market.engine.request(commands[0], who, "late")
        with pytest.raises(Busy):
            await lane.put(Item([request], late, deadline=time.monotonic() - 1))
        assert len(await market.rows(LogRow, command="SetProfile")) == 57


async def test_background_work_takes_a_small_part_of_a_batch(database_url):
    """However much of it waits: as much as is done in a moment, at most half a batch, and people are in each."""
    async with open_market(database_url) as market:
        who, lane = await market.person(), market.engine.lane
        request = market.engine.request(SetProfile(who.id, "simulated"), who, "one")

        def waiting(background: bool) -> Item:
            return Item([request], asyncio.get_running_loop().create_future(), lane.monotonic() + 60, background)

        lane.background.extend(waiting(True) for _ in range(500))
        lane.people.extend(waiting(False) for _ in range(30))
        lane.rate, lane.size = 4_000.0, 512
        quick = lane.next_items()
        some = BACKGROUND_ONE_WRITER_S if market.engine.database.one_writer else BACKGROUND_S
        assert [item.background for item in quick] == [True] * int(4_000 * some) + [False] * 30
        lane.rate, lane.size = 100_000.0, 64
        assert len(lane.next_items()) == 32
        lane.rate = 1.0
        assert 1 <= len(lane.next_items()) < BATCH_LEAST  # it goes on, however slow the machine is
        lane.background.clear()


async def test_background_work_lets_others_have_the_loop_while_it_is_done(sqlite_url):
    """A batch of people's is done in one go. In one of background work whoever else is in the process gets his turn."""
    async with open_market(sqlite_url) as market:
        who, lane, rounds, passed = await market.person(), market.engine.lane, 0, []

        async def go_round() -> None:
            nonlocal rounds
            while True:
                rounds += 1
                await asyncio.sleep(0)

        lane.session.probe = lambda step: passed.append(rounds)
        beside = asyncio.create_task(go_round())
        lane.rate = 10_000.0
        for background in (False, True):
            passed.clear()
            commands = [(SetProfile(who.id, "simulated"), who, f"{background}.{n}") for n in range(32)]
            items = [
                Item([market.engine.request(*one)], asyncio.get_running_loop().create_future(), 1e12, background)
                for one in commands
            ]
            await asyncio.gather(*map(lane.put, items))
            turns = passed[-1] - passed[0]
            assert turns >= 32 / FILLED_AT_A_TIME + 32 / DECIDED_AT_A_TIME if background else turns == 0
        beside.cancel()
