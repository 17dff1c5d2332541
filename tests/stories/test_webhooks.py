"""A shop's own software hears of its orders: signed, in order, again when it was away, nothing from before it asked."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from standardwebhooks import Webhook

from jishi.engine.engine import Engine, EngineOptions
from jishi.engine.outbox_guard import GuardSettings
from jishi.engine.outbox_sender import Sender
from jishi.engine.webhooks import AT_ONCE, DISABLE_MS, GIVE_UP_MS, Webhooks
from jishi.kernel.grammar import Case
from jishi.kernel.ids import public_id, public_owner, read_id
from jishi.kernel.owners import PLATFORM, LogRow
from jishi.kernel.parcels import ShipParcel
from jishi.kernel.refused import Refused
from jishi.kernel.webhooks import (
    ChangeEndpoint,
    Delivery,
    Endpoint,
    EndpointUrl,
    MakeEndpoint,
    RemoveEndpoint,
    ReplayDelivery,
    RotateSecret,
)
from jishi.store import migrate, open_database
from jishi.store.queries.webhooks import Deliveries, EndpointKinds, Endpoints, EndpointSecret
from jishi.store.query import ask
from tests.support.market import DAY, HOUR, MINUTE, HandClock, Market
from tests.support.webhook_receiver import WebhookReceiver

pytestmark = pytest.mark.anyio
LOOPBACK = GuardSettings(plain_http=True, networks=("127.0.0.0/8",))


@asynccontextmanager
async def telling_market(url: str, guard: GuardSettings = LOOPBACK, timeout_s: float = 2.0):
    """A market that tells webhooks, and a receiver."""
    await migrate(url)
    clock = HandClock()
    options = EngineOptions(clock=clock, pumps=False, more=(lambda engine: Webhooks(engine, Sender(guard, timeout_s)),))
    engine = await Engine.open(await open_database(url), options)
    async with WebhookReceiver() as receiver:
        try:
            yield Market(engine, clock), receiver
        finally:
            await engine.stop()


async def endpoint(market, stall, receiver, *kinds: str) -> int:
    told = await market.do(MakeEndpoint(stall.shop, receiver.url, kinds), stall.keeper)
    return read_id(told["endpoint"])[1]


async def asked(market, by, query):
    world = market.engine.world
    case = Case(by, world.clock.now_ms(), world.rulebook, world.modes, world.seal)
    return await ask(market.engine.database, case, query)


async def secret(market, stall, number: int):
    return await asked(market, stall.keeper, EndpointSecret(shop=stall.shop, endpoint=number))


async def sold(market, stall, tea) -> int:
    order = await market.paid(stall, await market.person(), (tea, 1))
    await market.engine.settle_down()
    return order


async def states(market) -> list[str]:
    rows = await market.rows(Delivery)
    return [row.state for row in sorted(rows, key=lambda row: row.id)]


async def test_an_order_is_told_signed_and_in_order(database_url):
    async with telling_market(database_url) as (market, receiver):
        stall = await market.shop()
        tea = await market.goods(stall, 9_900)
        await sold(market, stall, tea)
        number = await endpoint(market, stall, receiver)
        assert receiver.heard == []
        order = await sold(market, stall, tea)
        await market.do(ShipParcel(stall.shop, order, "SF", "SF100000001"), stall.keeper)
        await market.engine.settle_down()
        assert receiver.kinds == ["OrderReleased", "ParcelShipped", "OrderShipped"]
        signer = Webhook((await secret(market, stall, number)).secret)
        for heard in receiver.heard:
            assert signer.verify(heard.body, heard.headers)["owner"] == public_owner(stall.shop)
            assert heard.path == "/hook?x=1"
        first = receiver.heard[0]
        assert first.told["data"]["order"] == public_id(stall.shop, order)
        assert first.headers["webhook-id"] == f"msg_{public_owner(stall.shop)}_{first.told['seq']}_{first.told['n']}"
        assert await states(market) == ["delivered"] * 3
        await market.engine.settle_down()
        assert len(receiver.heard) == 3


async def test_only_the_kinds_asked_for(database_url):
    async with telling_market(database_url) as (market, receiver):
        stall = await market.shop()
        tea = await market.goods(stall, 9_900)
        await endpoint(market, stall, receiver, "OrderShipped")
        order = await sold(market, stall, tea)
        await market.do(ShipParcel(stall.shop, order, "SF", "SF100000001"), stall.keeper)
        await market.engine.settle_down()
        assert receiver.kinds == ["OrderShipped"]
        with pytest.raises(Refused, match="kind_unknown"):
            await endpoint(market, stall, receiver, "OrderPlaced")


async def test_a_receiver_that_was_away_gets_all_in_order(database_url):
    async with telling_market(database_url) as (market, receiver):
        stall = await market.shop()
        tea = await market.goods(stall, 9_900)
        await endpoint(market, stall, receiver, "OrderReleased")
        receiver.statuses = [503, 500, 302]
        receiver.extra = "location: http://127.0.0.1:1/\r\n"
        orders = [await sold(market, stall, tea) for _ in range(3)]
        assert len(receiver.heard) == 1
        assert await states(market) == ["waiting"] * 3
        for wait in (5_000, 30_000, 2 * MINUTE):
            await market.pass_time(wait)
        assert await states(market) == ["delivered"] * 3
        told = [heard.told["data"]["order"] for heard in receiver.heard[3:]]
        assert told == [public_id(stall.shop, order) for order in orders]
        assert len({heard.headers["webhook-id"] for heard in receiver.heard[:4]}) == 1
        assert len({heard.body for heard in receiver.heard[:4]}) == 1
        row = min(await market.rows(Delivery), key=lambda row: row.id)
        assert (row.attempts, row.status, row.code) == (4, 200, "")


async def test_silence_is_a_failure(database_url):
    async with telling_market(database_url, timeout_s=0.2) as (market, receiver):
        stall = await market.shop()
        tea = await market.goods(stall, 9_900)
        await endpoint(market, stall, receiver)
        receiver.silent = True
        await sold(market, stall, tea)
        (row,) = await market.rows(Delivery)
        assert (row.state, row.attempts, row.status, row.code) == ("waiting", 1, 0, "timeout")


async def test_given_up_after_three_days_and_disabled_after_five(database_url):
    async with telling_market(database_url) as (market, receiver):
        stall = await market.shop()
        tea = await market.goods(stall, 9_900)
        number = await endpoint(market, stall, receiver, "OrderReleased")
        receiver.status = 500
        await sold(market, stall, tea)
        for _ in range(GIVE_UP_MS // (6 * HOUR) + 10):
            await market.pass_time(6 * HOUR)
        assert await states(market) == ["given_up"]
        assert 10 <= (await market.row(Delivery)).attempts <= 30
        await market.pass_time(DISABLE_MS - GIVE_UP_MS)
        await sold(market, stall, tea)
        assert (await market.row(Endpoint, id=number)).state == "disabled"
        heard = len(receiver.heard)
        await sold(market, stall, tea)
        await market.pass_time(DAY)
        assert len(receiver.heard) == heard
        receiver.status = 200
        await market.do(ChangeEndpoint(stall.shop, number, receiver.url, ("OrderReleased",)), stall.keeper)
        await market.engine.settle_down()
        assert (await states(market))[-1] == "delivered"
        assert (await market.row(Endpoint, id=number)).state == "active"


async def test_gone_is_gone(database_url):
    async with telling_market(database_url) as (market, receiver):
        stall = await market.shop()
        tea = await market.goods(stall, 9_900)
        number = await endpoint(market, stall, receiver)
        receiver.status = 410
        await sold(market, stall, tea)
        assert (await market.row(Endpoint, id=number)).state == "disabled"


async def test_replay_sends_the_same_message_again(database_url):
    async with telling_market(database_url) as (market, receiver):
        stall = await market.shop()
        tea = await market.goods(stall, 9_900)
        number = await endpoint(market, stall, receiver)
        await sold(market, stall, tea)
        (row,) = await market.rows(Delivery)
        replay = ReplayDelivery(stall.shop, number, row.source, row.seq, row.n)
        await market.do(replay, stall.keeper)
        await market.engine.settle_down()
        assert len(receiver.heard) == 2
        assert (receiver.heard[0].body, receiver.heard[0].headers["webhook-id"]) == (
            receiver.heard[1].body,
            receiver.heard[1].headers["webhook-id"],
        )
        with pytest.raises(Refused, match="delivery_unknown"):
            await market.do(ReplayDelivery(stall.shop, number, row.source, 999, 0), stall.keeper)
        with pytest.raises(Refused, match="forbidden"):
            await market.do(replay, await market.person())


async def test_both_secrets_sign_for_a_day_after_a_rotation(database_url):
    async with telling_market(database_url) as (market, receiver):
        stall = await market.shop()
        tea = await market.goods(stall, 9_900)
        number = await endpoint(market, stall, receiver, "OrderReleased")
        old = (await secret(market, stall, number)).secret
        await market.do(RotateSecret(stall.shop, number), stall.keeper)
        view = await secret(market, stall, number)
        assert view.previous == old != view.secret
        with pytest.raises(Refused, match="rotated_lately"):
            await market.do(RotateSecret(stall.shop, number), stall.keeper)
        await sold(market, stall, tea)
        heard = receiver.heard[-1]
        for known in (old, view.secret):
            Webhook(known).verify(heard.body, heard.headers)
        await market.pass_time(DAY)
        await sold(market, stall, tea)
        heard = receiver.heard[-1]
        Webhook(view.secret).verify(heard.body, heard.headers)
        assert len(heard.headers["webhook-signature"].split()) == 1
        assert (await secret(market, stall, number)).previous == ""
        logged = "".join(row.answer + row.events for row in await market.rows(LogRow))
        assert old not in logged and view.secret not in logged


async def test_one_dead_endpoint_holds_up_no_other(database_url):
    async with telling_market(database_url, timeout_s=0.5) as (market, receiver), WebhookReceiver() as dead:
        dead.silent = True
        stall = await market.shop()
        tea = await market.goods(stall, 9_900)
        await endpoint(market, stall, dead, "OrderReleased")
        await endpoint(market, stall, receiver, "OrderReleased")
        for _ in range(3):
            await sold(market, stall, tea)
        assert (len(receiver.heard), len(dead.heard)) == (3, 1)


async def test_the_platform_hears_of_every_shop_and_a_shop_only_of_itself(database_url):
    async with telling_market(database_url) as (market, receiver), WebhookReceiver() as host:
        one, two = await market.shop(), await market.shop()
        first, second = await market.goods(one, 9_900), await market.goods(two, 9_900)
        await sold(market, one, first)
        operator = await market.operator()
        await market.pass_time(MINUTE)
        await market.do(MakeEndpoint(PLATFORM, host.url, ("OrderPlaced",)), operator)
        await endpoint(market, one, receiver, "OrderReleased")
        await sold(market, one, first)
        await sold(market, two, second)
        assert {heard.told["owner"] for heard in receiver.heard} == {public_owner(one.shop)}
        assert sorted(heard.told["owner"] for heard in host.heard) == sorted(
            public_owner(stall.shop) for stall in (one, two)
        )
        with pytest.raises(Refused, match="forbidden"):
            await market.do(MakeEndpoint(two.shop, receiver.url), one.keeper)


async def test_a_shop_hears_nothing_of_a_gift_it_cannot_see(database_url):
    async with telling_market(database_url) as (market, receiver), WebhookReceiver() as host:
        stall, giver, operator = await market.shop(), await market.person(), await market.operator()
        tea = await market.goods(stall, 9_900)
        await endpoint(market, stall, receiver, "OrderReleased", "RefundRequested", "PaymentReversed")
        await market.do(MakeEndpoint(PLATFORM, host.url, ("RefundRequested",)), operator)
        for told in ("expired", "undone"):
            order = await market.gift(stall, giver, tea)
            if told == "undone":
                await market.notice(stall, order, "reversed")
            await market.pass_time(DAY)
        assert receiver.kinds == [], "neither that there was a gift nor that its money went back"
        assert host.kinds == ["RefundRequested"], "the platform hears all"
        await market.notice(stall, await sold(market, stall, tea), "reversed")
        await market.engine.settle_down()
        assert receiver.kinds == ["OrderReleased", "PaymentReversed"], "what it was told of, it is told the end of"


async def test_removed_and_paused(database_url):
    async with telling_market(database_url) as (market, receiver):
        stall = await market.shop()
        tea = await market.goods(stall, 9_900)
        number = await endpoint(market, stall, receiver)
        receiver.status = 500
        await sold(market, stall, tea)
        await market.do(ChangeEndpoint(stall.shop, number, receiver.url, (), "paused"), stall.keeper)
        await sold(market, stall, tea)
        await market.pass_time(HOUR)
        assert (len(receiver.heard), await states(market)) == (1, ["waiting"])
        await market.do(RemoveEndpoint(stall.shop, number), stall.keeper)
        await market.pass_time(HOUR)
        assert (len(receiver.heard), await states(market)) == (1, ["cancelled"])
        assert await market.rows(EndpointUrl) == []
        with pytest.raises(Refused, match="state_forbids"):
            await market.do(RotateSecret(stall.shop, number), stall.keeper)


async def test_a_paused_endpoint_holds_up_no_other(database_url):
    """More streams wait for a paused endpoint than are looked at together; a shop hears its own all the same."""
    async with telling_market(database_url) as (market, receiver):
        operator, stall = await market.operator(), await market.shop()
        told = await market.do(MakeEndpoint(PLATFORM, receiver.url, ("PartyCreated",)), operator)
        number = read_id(told["endpoint"])[1]
        receiver.status = 500
        for _ in range(AT_ONCE + 8):
            await market.person()
        await market.engine.settle_down()
        assert set(await states(market)) == {"waiting"}
        assert len(await states(market)) > AT_ONCE
        await market.do(ChangeEndpoint(PLATFORM, number, receiver.url, ("PartyCreated",), "paused"), operator)
        receiver.status = 200
        receiver.heard.clear()
        await endpoint(market, stall, receiver, "OrderReleased")
        await sold(market, stall, await market.goods(stall, 9_900))
        await market.pass_time(MINUTE)
        assert receiver.kinds == ["OrderReleased"]


async def test_a_private_address_is_never_called(database_url):
    async with telling_market(database_url, guard=GuardSettings(plain_http=True)) as (market, receiver):
        stall = await market.shop()
        tea = await market.goods(stall, 9_900)
        await endpoint(market, stall, receiver)
        await sold(market, stall, tea)
        assert receiver.heard == []
        assert (await market.row(Delivery)).code == "address_refused"


async def test_what_the_owner_can_read(database_url):
    async with telling_market(database_url) as (market, receiver):
        stall = await market.shop()
        tea = await market.goods(stall, 9_900)
        number = await endpoint(market, stall, receiver, "OrderReleased")
        for _ in range(3):
            await sold(market, stall, tea)
        (view,) = (await asked(market, stall.keeper, Endpoints(shop=stall.shop))).views
        assert (view.endpoint, view.url, view.state, view.failing_ms) == (number, receiver.url, "active", 0)
        page = await asked(market, stall.keeper, Deliveries(shop=stall.shop, endpoint=number, limit=2))
        rest = await asked(
            market, stall.keeper, Deliveries(shop=stall.shop, endpoint=number, limit=2, after=page.after)
        )
        seqs = [view.event_seq for view in (*page.views, *rest.views)]
        assert (len(page.views), len(rest.views), rest.after) == (2, 1, "")
        assert seqs == sorted(seqs, reverse=True)
        waiting = await asked(market, stall.keeper, Deliveries(shop=stall.shop, endpoint=number, state="waiting"))
        assert waiting.views == []
        kinds = (await asked(market, stall.keeper, EndpointKinds(shop=stall.shop))).kinds
        assert "OrderReleased" in kinds and "OrderPlaced" not in kinds
        stranger = await market.person()
        for query in (Endpoints(shop=stall.shop), EndpointSecret(shop=stall.shop, endpoint=number)):
            with pytest.raises(Refused, match="forbidden"):
                await asked(market, stranger, query)


async def test_it_runs_by_itself_and_stops_in_the_middle(database_url):
    """With its own pumps; what was on its way when the engine stopped is sent by the next one, and nothing twice."""
    await migrate(database_url)
    clock = HandClock()
    async with WebhookReceiver() as receiver:
        for turn in range(2):
            more = (lambda engine: Webhooks(engine, Sender(LOOPBACK, 2.0)),)
            engine = await Engine.open(await open_database(database_url), EngineOptions(clock=clock, more=more))
            market = Market(engine, clock)
            market.made = 10 * turn
            try:
                if turn == 0:
                    receiver.silent = True
                    stall = await market.shop()
                    tea = await market.goods(stall, 9_900)
                    await endpoint(market, stall, receiver)
                    await market.paid(stall, await market.person(), (tea, 1))
                receiver.came.clear()
                async with asyncio.timeout(10):
                    await receiver.came.wait()
                receiver.silent = False
            finally:
                await engine.stop()
        assert len({heard.headers["webhook-id"] for heard in receiver.heard}) == 1
