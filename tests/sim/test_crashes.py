"""A crash before any statement, before the commit, in it, or after it: asked again, each command has one effect.

Every step of every command is tried, on SQLite with a fresh database each time; on PostgreSQL every step, too, but a
crash that must have changed nothing is followed by the next one on the same database.
"""

import asyncio
from collections import Counter

import pytest

from jishi.kernel.rows import TABLES
from jishi.sim import invariants
from jishi.sim.faults import Crashed, Fault
from jishi.sim.loop import run_virtually
from jishi.store import migrate, open_database, postgres_statements
from jishi.store.postgres_wire import Wire
from jishi.store.shape import quoted, spec_of
from tests.sim.scenes import Scene, database_before, engine_on, kept_answers, log_rows

STEPS_MOST = 200


async def steps_of(scene: Scene) -> list[str]:
    """The steps a scene's transaction takes when nothing goes wrong."""
    heard: list[str] = []
    async with database_before(scene) as database:
        engine = await engine_on(database, scene)
        engine.lane.session.probe = heard.append
        await scene.send(engine)
        engine.lane.session.probe = None
        await engine.stop()
    assert "before:commit" in heard
    assert heard[-1] == "after:commit"
    return heard


async def crash(database, scene: Scene, fault: Fault) -> None:
    """Send a scene and die at a step."""
    engine = await engine_on(database, scene)
    engine.lane.session.probe = fault
    sending = asyncio.ensure_future(scene.send(engine))
    with pytest.raises(Crashed):
        await engine.lane.task
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    await engine.lane.session.close()
    assert fault.fired


async def once(database, scene: Scene, rows_before: int) -> None:
    """After whatever happened: the command sent again has one row, one answer, and all still holds."""
    engine = await engine_on(database, scene)
    first = [answer.body for answer in await scene.send(engine)]
    again = [answer.body for answer in await scene.send(engine)]
    await engine.lane.stop()
    if scene.timer is None:
        assert first == again == await kept_answers(database, scene)
    assert await log_rows(database) == rows_before + len(scene.commands)
    assert await invariants.found(database, invariants.ALWAYS) == []


async def every_step(scene: Scene) -> int:
    """All steps of one scene, on a fresh database each."""
    names = await steps_of(scene)
    assert len(names) < STEPS_MOST
    for place, name in enumerate(names):
        async with database_before(scene) as database:
            rows = await log_rows(database)
            await crash(database, scene, Fault("crash", place, Counter()))
            applied = name == "after:commit"
            assert await log_rows(database) == rows + (len(scene.commands) if applied else 0), name
            await once(database, scene, rows)
    return len(names)


async def unknown(scene: Scene) -> None:
    """The connection is lost in the commit, which happened or did not: the engine itself tries again."""
    for step in ("before:commit", "after:commit"):
        async with database_before(scene) as database:
            rows = await log_rows(database)
            engine = await engine_on(database, scene)
            engine.lane.session.probe = Fault("unknown_commit", 0, Counter(), only=step)
            answers = [answer.body for answer in await scene.send(engine)]
            assert engine.lane.session.probe.fired == step
            engine.lane.session.probe = None
            await engine.lane.stop()
            if scene.timer is None:
                assert answers == await kept_answers(database, scene)
            await once(database, scene, rows)


@pytest.mark.slow
def test_every_command_survives_a_crash_at_every_step(scenes: dict[str, Scene]) -> None:
    steps = {name: run_virtually(lambda scene=scene: every_step(scene)) for name, scene in scenes.items()}
    assert min(steps.values()) >= 6, "begin, lock, seen, at least one load or insert, commit, after"
    assert sum(steps.values()) > 10 * len(steps)


@pytest.mark.slow
def test_every_command_survives_an_unknown_commit(scenes: dict[str, Scene]) -> None:
    for scene in scenes.values():
        run_virtually(lambda scene=scene: unknown(scene))


async def fill(url: str, scene: Scene) -> None:
    """Put a scene's rows into an empty PostgreSQL database."""
    wire = await Wire.open(url, {})
    async with database_before(scene) as source:
        for row_type in TABLES:
            spec, insert = spec_of(row_type), postgres_statements.insert(row_type)
            rows = source.writer.execute(f'SELECT {quoted(spec.names)} FROM "{spec.name}"').fetchall()
            await wire.ask(f'DELETE FROM "{spec.name}"')
            if rows:
                await wire.ask(insert.sql, insert.parameters(rows), insert.formats)
    wire.close()


async def every_step_in_a_row(url: str, scene: Scene) -> int:
    """Crash before each step in turn, which changes nothing; then after the commit, which changes it once."""
    await fill(url, scene)
    names = await steps_of(scene)
    database = await open_database(url)
    try:
        rows, place = await log_rows(database), 0
        while True:
            fault = Fault("crash", place, Counter())
            await crash(database, scene, fault)
            if fault.fired == "after:commit":
                break
            assert await log_rows(database) == rows, fault.fired
            place += 1
            assert place < STEPS_MOST
        await once(database, scene, rows)
        assert abs(place + 1 - len(names)) <= 2, "both databases take the same steps"
    finally:
        await database.close()
    return place + 1


@pytest.mark.slow
@pytest.mark.postgres
def test_on_postgresql_every_command_survives_a_crash_at_every_step(
    scenes: dict[str, Scene], postgres_url: str
) -> None:
    async def whole() -> int:
        await migrate(postgres_url)
        return sum([await every_step_in_a_row(postgres_url, scene) for scene in scenes.values()])

    assert asyncio.run(whole()) > 10 * len(scenes)
