"""kill -9 under load: of the server on both databases, and of PostgreSQL.

No acknowledged order is lost, none is doubled.

Reason: everything else may be right, and a crash between commit and answer still costs a customer his money twice.
"""

from pathlib import Path

import msgspec
import pytest

from jishi.audit.report import audit
from jishi.kernel.ids import read_id
from jishi.kernel.orders import Order
from jishi.store import open_database
from tests.crash.load import Load, with_kills
from tests.crash.serving import Serving, seed
from tests.support.missing import skip_or_fail
from tests.support.postgres import Postgres
from tests.support.postgres_programs import MISSING, postgres_bin

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
SERVER_KILLS, DATABASE_KILLS = 20, 3


async def check(url: str, load: Load) -> None:
    """Each key has one answer, byte for byte, and one order; the auditor finds nothing."""
    assert all(len(set(answers)) == 1 for answers in load.answers.values())
    told = {read_id(msgspec.json.decode(answers[0])["order"]) for answers in load.answers.values()}
    database = await open_database(url, writer=False)
    try:
        stored = {(order.owner, order.id) for order in await database.read(Order)}
    finally:
        await database.close()
    assert len(told) == load.count
    assert stored == told
    report = await audit(url)
    assert not report.violations, "\n".join(map(str, report.violations))


async def test_the_server_is_killed_twenty_times(database_url: str, tmp_path: Path):
    seeded = await seed(database_url)
    serving = Serving(database_url, tmp_path)
    serving.start()
    load = Load(serving.origin, seeded, 1_000)

    def kill() -> None:
        serving.kill9()
        serving.start()

    try:
        await with_kills(load, SERVER_KILLS, kill)
        await load.ask_again()
    finally:
        serving.stop()
    assert load.again, "no request was under way at any kill"
    await check(database_url, load)


async def test_postgres_is_killed_three_times(tmp_path: Path):
    if postgres_bin() is None:
        skip_or_fail(MISSING)
    cluster = Postgres(durable=True).start()
    try:
        url = cluster.create_database("kills")
        seeded = await seed(url)
        serving = Serving(url, tmp_path)
        serving.start()
        load = Load(serving.origin, seeded, 1_000)

        def kill() -> None:
            cluster.kill9()
            cluster.start()

        try:
            await with_kills(load, DATABASE_KILLS, kill)
            await load.ask_again()
        finally:
            serving.stop()
        await check(url, load)
    finally:
        cluster.stop()
