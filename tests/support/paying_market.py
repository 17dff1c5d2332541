"""A market with a real provider in its own process: links are paid over HTTP, notices arrive at a real server."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from urllib.parse import parse_qsl, urlsplit

import httpx

from jishi.api.cashier import Back, Till, order_link
from jishi.api.hooks import PayHook
from jishi.api.wire import Call, Reply
from jishi.engine.engine import Engine, EngineOptions
from jishi.engine.outbox_pay import pay_effects
from jishi.engine.outbox_statement import CURSOR, StatementReader
from jishi.http.server import Server, listen
from jishi.http.site import Site
from jishi.kernel.grammar import Principal
from jishi.kernel.trade import trade_of
from jishi.ports.pay_local import LocalPay, LocalPaySettings
from jishi.store import Meta, migrate, open_database
from tests.support.faulty_network import FaultyNetwork
from tests.support.market import HandClock, Market, Stall
from tests.support.ports import free_port
from tests.support.provider_process import ProviderProcess

WAIT_S = 15.0


async def no_page(scope: dict, receive: Callable, send: Callable) -> None:
    """Nobody comes for a page here."""
    raise AssertionError(scope["path"])


def wall_ms() -> int:
    return time.time_ns() // 1_000_000


class PayingMarket(Market):
    """A market, its provider, the network between them and the server that hears the notices."""

    def __init__(self, engine: Engine, clock: HandClock, provider: ProviderProcess, pay: LocalPay):
        super().__init__(engine, clock)
        self.provider, self.pay = provider, pay
        self.network: FaultyNetwork
        self.hook = PayHook(engine, pay)
        self.statement = StatementReader(engine, pay)
        self.told: list[int] = []
        self.changed = asyncio.Event()
        engine.listeners.append(lambda answers: self.changed.set())

    async def receive(self, call: Call) -> Reply:
        """The hook, with its answers kept."""
        reply = await self.hook(call)
        self.told.append(reply.status)
        self.changed.set()
        return reply

    async def until(self, check: Callable[[], Awaitable[object]]) -> None:
        """Wait for what notices bring about; looks again after every commit and every notice."""
        async with asyncio.timeout(WAIT_S):
            while True:
                self.changed.clear()
                await self.engine.settle_down()
                if await check():
                    return
                await self.changed.wait()

    async def until_state(self, stall: Stall, order: int, state: str) -> None:
        async def reached() -> bool:
            return (await self.order(stall, order)).state == state

        await self.until(reached)

    async def pass_time(self, ms: int) -> None:
        """Time passes at the provider as well."""
        self.clock.pass_by(ms)
        await self.steer("/v1/clock", offset_ms=self.clock.at - wall_ms())
        await self.engine.settle_down()

    async def steer(self, path: str, **fields) -> dict:
        return await asyncio.to_thread(self.provider.steer, path, **fields)

    async def behave(self, stall: Stall, order: int, **fields) -> None:
        """How the provider treats one order."""
        number = trade_of(await self.order(stall, order), 1)
        await self.steer("/v1/behaviour", trade_no=number, **fields)

    async def link(self, buyer: Principal, stall: Stall, order: int) -> str:
        back = Back("http://127.0.0.1:1/orders")
        return await order_link(Till(self.engine, self.pay), buyer, stall.shop, order, back)

    async def pays(self, buyer: Principal, stall: Stall, order: int) -> str:
        """The buyer follows the link and pays; returns the transaction."""
        return await self.pays_link(await self.link(buyer, stall, order))

    async def opens(self, link: str) -> None:
        """The buyer looks at the cashier's page, and leaves it open."""
        response = await asyncio.to_thread(httpx.get, link, trust_env=False, timeout=10)
        assert response.status_code == 200, response.text

    async def pays_link(self, link: str) -> str:
        response = await asyncio.to_thread(self.provider.pay, dict(parse_qsl(urlsplit(link).query)))
        assert response.status_code == 200, response.text
        return response.json()["txn"]

    async def read_statement(self) -> None:
        """The reader's time has come."""
        self.statement.next_ms = 0
        await self.statement.turn()
        await self.engine.settle_down()


@asynccontextmanager
async def open_paying_market(url: str, provider: ProviderProcess):
    """A market on a fresh database; its clock starts where the provider's last user left it."""
    await migrate(url)
    network = await FaultyNetwork(provider.port).open()
    port = free_port()
    settings = LocalPaySettings(
        base_url=network.url, merchant=provider.merchant, secret=provider.secret,
        notify_url=f"http://127.0.0.1:{port}/hooks/pay", timeout_ms=1_500,
    )  # fmt: skip
    pay = LocalPay(settings)
    await pay.ready()
    now = (await asyncio.to_thread(provider.steer, "/v1/clock", offset_ms=provider_offset(provider)))["now_ms"]
    clock = HandClock(now)
    options = EngineOptions(clock=clock, effects=pay_effects(pay), pumps=False)
    engine = await Engine.open(await open_database(url), options)
    market = PayingMarket(engine, clock, provider, pay)
    market.network = network
    await begin_statement(market)
    server = Server(Site({"hooks": market.receive}, no_page), listen("127.0.0.1", port))
    serving = asyncio.get_running_loop().create_task(server.serve())
    try:
        yield market
        await engine.settle_down()
    finally:
        server.stop()
        await serving
        await engine.stop()
        await pay.close()
        await network.heal()
        await network.close()


def provider_offset(provider: ProviderProcess) -> int:
    """The provider's clock never goes back: start where its last user left it."""
    now = httpx.get(provider.base_url + "/healthz", trust_env=False, timeout=10).json()["now_ms"]
    return max(0, now - wall_ms()) + 1_000


async def begin_statement(market: PayingMarket) -> None:
    """What the provider's earlier users did is none of ours."""
    page = await market.pay.statement()
    while page.more:
        page = await market.pay.statement(page.cursor)
    await market.engine.lane.chore(lambda session: session.upsert(Meta, [Meta(CURSOR, page.cursor)]))
