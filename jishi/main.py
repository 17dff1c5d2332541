"""Puts the server together: database, engine, payment port, JSON API, pages, health; and runs it until it is told to
stop.
"""

import asyncio
import contextlib
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog

from jishi.api.app import create_api
from jishi.api.hooks import PayHook
from jishi.engine import erasure
from jishi.engine.collector import quieten_collector
from jishi.engine.engine import Engine, EngineOptions
from jishi.engine.outbox_guard import EVERYWHERE, GuardSettings
from jishi.engine.outbox_pay import pay_effects
from jishi.engine.outbox_sender import Sender
from jishi.engine.outbox_statement import StatementReader
from jishi.engine.sign_in import SignIn
from jishi.engine.webhooks import Webhooks
from jishi.engine.writer import Forked, Writers
from jishi.health import create_health
from jishi.http.server import Server, listen
from jishi.http.site import Answers, Site
from jishi.ports.files import LocalFiles
from jishi.ports.pay import Pay, PayRefused, Unknown
from jishi.ports.pay_local import LocalPay, LocalPaySettings
from jishi.settings import BadSetting, Settings
from jishi.store import migrate, open_database
from jishi.web.faces import create_faces

log = structlog.get_logger("jishi.main")
Beside = Callable[["House"], contextlib.AbstractAsyncContextManager[Any]]


class WritePathEnded(Exception):
    """Nothing can be changed any more, so that the server has left; whoever watches over it starts it again."""


@dataclass
class House:
    """What is open while the server runs."""

    settings: Settings
    engine: Engine
    pay: Pay | None
    files: LocalFiles

    async def close(self) -> None:
        """Drain the engine and close what is open."""
        await self.engine.stop()
        if self.pay is not None:
            await self.pay.close()


def payment_port(settings: Settings) -> LocalPay | None:
    """The configured provider, or None: then orders wait for payment for ever and are closed by their timers."""
    if not settings.provider_url:
        return None
    with open(settings.provider_secret_file, encoding="utf-8") as file:
        secret = file.read().strip()
    return LocalPay(
        LocalPaySettings(
            base_url=settings.provider_url,
            merchant=settings.provider_merchant,
            secret=secret,
            notify_url=f"{settings.own_url}/hooks/pay",
            cashier_url=settings.provider_cashier_url or None,
        )
    )


async def provider_of(settings: Settings) -> LocalPay | None:
    """The payment port with the provider's key fetched; while the provider is away, its first notices will fetch it."""
    pay = payment_port(settings)
    if pay is not None:
        try:
            await pay.ready()
        except (Unknown, PayRefused) as error:
            log.warning("provider_not_reached", code=error.code)
    return pay


async def open_house(settings: Settings, forked: list[Forked]) -> House:
    """Migrate, open the database and start the engine, with the processes that write for it, if there are any."""
    await migrate(settings.db)
    writer = await Writers.meet(forked, settings.db) if forked else None
    database = await open_database(settings.db, turn=writer and writer.turn)
    pay = await provider_of(settings)
    guard = EVERYWHERE if settings.webhook_allow_private else GuardSettings()
    more = [lambda engine: Webhooks(engine, Sender(guard))]
    if pay is not None:
        more.append(lambda engine: StatementReader(engine, pay))
    effects = erasure.EFFECTS | (pay_effects(pay) if pay else {})
    options = EngineOptions(effects=effects, secret=settings.secret, more=tuple(more), writer=writer)
    engine = await Engine.open(database, options)
    files = LocalFiles(settings.path / "files")
    return House(settings, engine, pay, files)


def compose(house: House) -> Site:
    """Who answers what: the API, hooks and health without a framework, and the pages everything else."""
    api = create_api(house.engine, house.settings, SignIn(house.engine), house.pay, house.files)
    health = create_health(house.engine)
    places: dict[str, Answers] = {"v1": api, "healthz": health, "readyz": health, "metrics": health}
    if house.pay:
        places["hooks"] = PayHook(house.engine, house.pay)
    return Site(places, create_faces(house.engine, house.pay, house.files, house.settings))


def reserve(settings: Settings) -> socket.socket:
    """The port, which is ours from now on; says at once when somebody else listens there."""
    try:
        return listen(settings.host, settings.port)
    except OSError as error:
        told = f"Port {settings.port} of {settings.host} cannot be used: {error.strerror}."
        raise BadSetting(f"{told} Stop who uses it, or name another with --port.") from error


async def serve(settings: Settings, *beside: Beside, forked: list[Forked]) -> None:
    """Run until SIGTERM or SIGINT; then take nothing more, end streams, drain the queue, close.

    beside: what else is open while the server runs, each made from the house (control socket, demo world).
    forked: the processes that are to write; none: this one does. Raises WritePathEnded when what writes has ended by
    itself.
    """
    with reserve(settings) as at:
        house = await open_house(settings, forked)
        try:
            async with contextlib.AsyncExitStack() as stack:
                for make in beside:
                    await stack.enter_async_context(make(house))
                await answer(house, at)
        finally:
            await house.close()
            log.info("closed")


async def answer(house: House, at: socket.socket) -> None:
    """Take requests there until a signal says to leave."""
    quieten_collector()
    server = Server(compose(house), at)

    def leave() -> None:
        house.engine.stopping.set()
        server.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, leave)
    lane = house.engine.lane
    lane.task.add_done_callback(lambda _: leave())
    print(f"Jishi is open at {house.settings.own_url}", flush=True)
    await server.serve()
    if lane.task.done():
        raise WritePathEnded("The write path has ended by itself; the log says why. Start the server again.")
