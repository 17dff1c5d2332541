"""The simulator reaches every command, does the same for the same seed, sees what is wrong, and finds nothing."""

import asyncio
import gc
import json
from collections import Counter
from hashlib import sha256

import pytest

from jishi.kernel.grammar import GRAMMAR
from jishi.sim import invariants
from jishi.sim.alphabet import house_only, not_generated
from jishi.sim.command import Told, main, seed_told, simulate
from jishi.sim.databases import Databases, NotEmpty
from jishi.sim.loop import Deadlock, run_virtually
from jishi.sim.run import Run
from jishi.store import open_database
from tests.sim.scenes import NEVER

SEEDS, STEPS = 120, 500
SEED_THAT_CUTS = 0  # it crashes while a reaction waits for the lane
NEEDED = {
    "duplicated", "reordered", "lost", "late", "forged", "reversed", "charged_back", "failed", "silent", "unreachable",
    "paid_twice", "crash.before", "crash.after", "transient.before", "unknown_commit.before", "unknown_commit.after",
    "replayed", "sent_twice", "id_reused", "clock_jump", "clock_back", "returned",
}  # fmt: skip


@pytest.fixture(scope="module")
def told() -> Told:
    """Many seeds, once for all tests of this file."""
    return simulate(range(SEEDS), STEPS)


@pytest.mark.slow
def test_no_seed_finds_anything(told: Told) -> None:
    assert told.violations == []


@pytest.mark.slow
def test_every_fault_happened(told: Told) -> None:
    assert NEEDED - {fault for fault, n in told.faults.items() if n} == set()


@pytest.mark.slow
def test_every_command_was_accepted_and_every_refusable_one_refused(told: Told) -> None:
    counts: dict[str, Counter] = {}
    for (command, outcome), n in told.commands.items():
        counts.setdefault(command, Counter())[outcome] += n
    silent = {command.__name__ for command in GRAMMAR.handlers if not counts.get(command.__name__, {}).get("logged")}
    assert silent <= NEVER
    refused = {command for command, count in counts.items() if count["refused"]}
    assert {"PlaceOrder", "OpenClaim", "AcceptGift", "ShipParcel", "Withdraw", "StartPayment"} <= refused


def test_whatever_somebody_may_send_is_generated() -> None:
    assert not_generated() == set()
    assert house_only(), "timers and reactions are reached by their cause"


def rows_after(seed: int, steps: int) -> str:
    """The hash of everything a seed has written to the log."""

    async def whole() -> str:
        async with Databases().fresh(seed) as database:
            run = Run(database, seed)
            await run.whole(steps)
            rows = await database.fetch("SELECT * FROM log ORDER BY owner, seq")
            return sha256(repr(rows).encode()).hexdigest()

    return run_virtually(whole)


def test_a_seed_always_does_the_same() -> None:
    assert rows_after(7, 150) == rows_after(7, 150)
    assert rows_after(7, 150) != rows_after(8, 150)


SPOILED = {
    "a book does not balance": "UPDATE balances SET balance_minor = balance_minor + 1 WHERE account = 'provider'",
    "a balance is not the sum of its entries": "DELETE FROM entries WHERE n = 0 AND code = 'captured'",
    "the order's equation does not hold": "UPDATE orders SET paid_minor = paid_minor + 1 WHERE paid_minor > 0",
    "stock is lost or made": "UPDATE stock_moves SET quantity = quantity + 1 WHERE kind = 'counted'",
    "transit is not what is on its way": "DELETE FROM transfers",
    "the log has a gap": "DELETE FROM log WHERE seq = 2",
    "a consumer is ahead of the log": "UPDATE cursors SET seq = seq + 1",
}


@pytest.mark.parametrize("name", sorted(SPOILED))
def test_the_checks_see_what_is_wrong(name: str) -> None:
    async def whole() -> list[str]:
        async with Databases().fresh(3) as database:
            run = Run(database, 3)
            await run.whole(250)
            assert await invariants.broken(database, run.provider) == []
            database.writer.execute("PRAGMA foreign_keys = off")
            database.writer.execute(SPOILED[name])
            assert database.writer.changes() > 0, "the fault was planted"
            return await invariants.broken(database, run.provider)

    assert any(told.startswith(name) for told in run_virtually(whole))


def test_what_a_crash_cut_is_not_left_pending() -> None:
    """A crashed engine takes its followers' tasks with it: thrown away while they wait, each prints a warning."""
    lost: list[str] = []

    async def whole() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: lost.append(context["message"]))
        async with Databases().fresh(SEED_THAT_CUTS) as database:
            run = Run(database, SEED_THAT_CUTS)
            await run.whole(200)
            assert run.faults["crash.before"] + run.faults["crash.after"]
            await run.engine.lane.stop()
        gc.collect()

    run_virtually(whole)
    gc.collect()
    assert lost == []


def test_on_a_file_the_auditor_agrees(tmp_path, capsys: pytest.CaptureFixture) -> None:
    url = f"sqlite:///{tmp_path / 'sim.db'}"
    assert main(2, 120, url=url, as_json=True) == 0
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert list(last) == ["seeds", "steps", "commands", "faults", "violations"]
    assert (last["seeds"], last["steps"], last["violations"]) == (2, 120, 0)
    assert last["commands"] > 100
    assert last["faults"] > 0
    assert list(tmp_path.iterdir()) == [], "what a run made is gone"


@pytest.mark.postgres
def test_on_postgresql_the_auditor_agrees(postgres_url: str) -> None:
    told = seed_told(1, 120, postgres_url)
    told.add(seed_told(2, 120, postgres_url))
    assert told.violations == []
    assert told.sent > 100


@pytest.mark.postgres
def test_a_database_in_use_is_left_alone(postgres_url: str, tmp_path) -> None:
    import asyncio

    from jishi.store import migrate

    asyncio.run(migrate(postgres_url))
    with pytest.raises(NotEmpty):
        main(1, 10, url=postgres_url)
    (tmp_path / "mine.db").write_text("precious")
    with pytest.raises(NotEmpty):
        main(1, 10, url=f"sqlite:///{tmp_path / 'mine.db'}")
    assert (tmp_path / "mine.db").read_text() == "precious"


def test_waiting_for_nothing_is_told() -> None:
    async def whole() -> None:
        database = await open_database("sqlite:///:memory:")
        session, other = await database.session(), await database.session()
        await session.begin()
        await other.begin()

    with pytest.raises(Deadlock):
        run_virtually(whole)
