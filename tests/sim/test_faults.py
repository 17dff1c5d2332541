"""Faults of the database at one step of each command, and each command again: together, later, twice in one batch."""

import asyncio
from collections.abc import Callable

import apsw
import psycopg
import pytest

from jishi.sim import invariants
from jishi.sim.loop import run_virtually
from jishi.store.errors import Transient
from jishi.store.postgres_faults import translated
from tests.sim.scenes import Scene, database_before, engine_on, kept_answers, log_rows

TRANSIENT = {
    "SQLITE_BUSY": lambda: Transient("database is locked"),
    "serialization failure": lambda: translated(psycopg.errors.lookup("40001")("no")),
    "deadlock": lambda: translated(psycopg.errors.lookup("40P01")("no")),
    "no connection left": lambda: translated(psycopg.errors.lookup("53300")("no")),
}
LASTING = {
    "disk full on SQLite": lambda: apsw.FullError("database or disk is full"),
    "disk full on PostgreSQL": lambda: psycopg.errors.lookup("53100")("no"),
    "read-only on SQLite": lambda: apsw.ReadOnlyError("attempt to write a readonly database"),
    "read-only on PostgreSQL": lambda: psycopg.errors.lookup("25006")("no"),
}


def failing(fault: Callable[[], BaseException], times: int) -> Callable[[str], None]:
    """A probe that fails so often where the log is written."""
    left = [times]

    def probe(step: str) -> None:
        if step == "before:insert:log" and left[0]:
            left[0] -= 1
            raise fault()

    return probe


async def stumbles(scene: Scene, fault: Callable[[], BaseException]) -> None:
    """A transient fault is not even noticed by who sends."""
    async with database_before(scene) as database:
        rows = await log_rows(database)
        engine = await engine_on(database, scene)
        engine.lane.session.probe = failing(fault, 2)
        answers = [answer.body for answer in await scene.send(engine)]
        await engine.lane.stop()
        assert await log_rows(database) == rows + len(scene.commands)
        assert answers == await kept_answers(database, scene)


async def fails(scene: Scene, fault: Callable[[], BaseException]) -> None:
    """A lasting fault is told, nothing is changed, and once it is over the same command is taken."""
    async with database_before(scene) as database:
        rows = await log_rows(database)
        engine = await engine_on(database, scene)
        engine.lane.session.probe = failing(fault, 1)
        with pytest.raises(type(fault())):
            await scene.send(engine)
        assert await log_rows(database) == rows
        assert await invariants.found(database, invariants.ALWAYS) == []
        await scene.send(engine)
        await engine.lane.stop()
        assert await log_rows(database) == rows + len(scene.commands)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(TRANSIENT))
def test_a_transient_fault_is_tried_again(scenes: dict[str, Scene], name: str) -> None:
    for scene in scenes.values():
        run_virtually(lambda scene=scene: stumbles(scene, TRANSIENT[name]))


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(LASTING))
def test_a_lasting_fault_changes_nothing(scenes: dict[str, Scene], name: str) -> None:
    for scene in scenes.values():
        run_virtually(lambda scene=scene: fails(scene, LASTING[name]))


async def again(scene: Scene) -> None:
    """Twice in one batch, five times together, and once more after a restart: one row, one answer."""
    async with database_before(scene) as database:
        rows = await log_rows(database)
        engine = await engine_on(database, scene)
        answers = list(await asyncio.gather(*[scene.send(engine) for _ in range(2)]))
        answers += await asyncio.gather(*[scene.send(engine) for _ in range(5)])
        await engine.lane.stop()
        engine = await engine_on(database, scene)
        answers.append(await scene.send(engine))
        await engine.lane.stop()
        bodies = {tuple(answer.body for answer in told) for told in answers}
        assert bodies == {tuple(await kept_answers(database, scene))}, scene.name
        assert [answer.replayed for answer in answers[0]] == [False] * len(scene.commands)
        assert all(answer.replayed for told in answers[1:] for answer in told)
        assert await log_rows(database) == rows + len(scene.commands)


@pytest.mark.slow
def test_every_command_again_gives_the_same_answer(scenes: dict[str, Scene]) -> None:
    for scene in scenes.values():
        run_virtually(lambda scene=scene: again(scene))
