"""What each command of the command line does."""

import argparse
import asyncio
import signal
import sys
from collections.abc import Coroutine
from functools import partial
from typing import Any

import msgspec
import uvloop

from jishi import store
from jishi.api.errors import codes
from jishi.api.openapi import openapi as describe
from jishi.audit.command import main as audit_main
from jishi.control import ask_server, listening
from jishi.demo import house as demo_house
from jishi.engine import office, people
from jishi.engine.engine import Engine, EngineOptions
from jishi.engine.writer import Forked, fork_writers
from jishi.kernel.ids import read_owner
from jishi.kernel.refused import Refused
from jishi.main import House, WritePathEnded
from jishi.main import serve as serve_house
from jishi.settings import Settings, safe_url
from jishi.sim.command import main as simulate_main


class CannotRun(Exception):
    """The command cannot run here; the message says why and what to do."""


def serve(settings: Settings) -> int:
    """Run the server until it is told to stop."""
    _run(serve_house(settings, control_of, forked=writers_of(settings)))
    return 0


def writers_of(settings: Settings) -> list[Forked]:
    """The processes that write, if the settings want any; a database in memory cannot be shared."""
    return fork_writers(settings.db) if settings.writer and not settings.db.endswith(":memory:") else []


def demo(settings: Settings, reset: bool) -> int:
    """Run the demo: local provider, demo world, server."""
    try:
        _run(demo_house.run(settings, reset, partial(serve_house, forked=writers_of(settings)), control_of))
    except demo_house.NotDemo as error:
        raise CannotRun(str(error)) from error
    return 0


def audit(settings: Settings, as_json: bool) -> int:
    """Check a database; 0 when nothing is wrong."""
    return audit_main(["--db", settings.db, *(["--json"] if as_json else [])])


def simulate(given: argparse.Namespace) -> int:
    """Run random markets."""
    if given.seeds < 1 or given.steps < 1:
        raise CannotRun("A run that does nothing proves nothing. Give --seeds and --steps a number from 1.")
    if given.first_seed < 0:
        raise CannotRun("Seeds are counted from 0. Give --first-seed 0 or more.")
    return simulate_main(given.seeds, given.steps, url=given.db, as_json=given.json, first_seed=given.first_seed)


def migrate(settings: Settings) -> int:
    """Bring the tables up to date."""
    done = asyncio.run(store.migrate(settings.db))
    print(f"{safe_url(settings.db)}: {', '.join(done) if done else 'nothing to do'}")
    return 0


def openapi() -> int:
    """Print the API's description."""
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(describe())).decode() + "\n")
    return 0


# -- what only the house's own command line may do ----------------------------------------------------


def party_of(who: str) -> int:
    """The party that a public id names."""
    try:
        return read_owner(who)
    except Refused as refused:
        told = f"{who} is no public party id (14 letters and digits). Copy it as the market shows it."
        raise CannotRun(told) from refused


def sentence(error: str) -> str:
    """What an error says and what to do next, if it is one of the known codes."""
    known = codes().get(error)
    return f"{' '.join(known.words['en'])} ({error})" if known else error


async def export(settings: Settings, who: str) -> dict[str, Any]:
    """Everything that is kept of a party."""
    owner = party_of(who)
    database = await store.open_database(settings.db, writer=False)
    try:
        return await people.export(database, owner)
    except Refused as refused:
        return {"error": refused.code}
    finally:
        await database.close()


async def ask_office(settings: Settings, asked: dict[str, Any]) -> dict[str, Any]:
    """Have it done by the running server, or by an engine of our own when there is none."""
    if "party" in asked:
        party_of(asked["party"])
    told = await ask_server(settings, asked)
    if told is not None:
        return told
    await store.migrate(settings.db)
    options = EngineOptions(secret=settings.secret, pumps=False)
    engine = await Engine.open(await store.open_database(settings.db), options)
    try:
        return await office.do(engine, asked)
    except Refused as refused:
        return {"error": refused.code}
    finally:
        await engine.stop()


def control_of(house: House):
    """The control socket of this server."""
    return listening(house.settings, lambda asked: office.do(house.engine, asked))


def _run(work: Coroutine[Any, Any, None]) -> None:
    """Run the server on uvloop."""
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(until_told(work))
    except WritePathEnded as error:
        raise CannotRun(str(error)) from error


async def until_told(work: Coroutine[Any, Any, None]) -> None:
    """A server that is asked to leave before its doors open closes what it has opened so far, and that is no fault.

    Once its doors are open it hears the signals itself.
    """
    task, loop = asyncio.ensure_future(work), asyncio.get_running_loop()
    told = asyncio.Event()

    def leave() -> None:
        if not told.is_set():
            told.set()
            task.cancel()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, leave)
    await asyncio.wait([task])
    if not (told.is_set() and task.cancelled()):
        task.result()
