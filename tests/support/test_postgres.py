"""The throw-away cluster: what it promised to keep it keeps, even when killed; what it may drop it drops."""

import asyncio
from collections.abc import Iterator

import psycopg
import pytest

from tests.support.missing import skip_or_fail
from tests.support.postgres import Postgres
from tests.support.postgres_programs import MISSING, postgres_bin

pytestmark = pytest.mark.postgres


@pytest.fixture
def durable_cluster() -> Iterator[Postgres]:
    if postgres_bin() is None:
        skip_or_fail(MISSING)
    cluster = Postgres(durable=True).start()
    yield cluster
    cluster.stop()


def run(url: str, sql: str) -> object:
    """Run one statement on a connection of its own and return the first value of its answer."""

    async def answer() -> object:
        connection = await psycopg.AsyncConnection.connect(url, autocommit=True)
        try:
            answer = await connection.execute(sql)
            return (await answer.fetchone())[0] if answer.description else None
        finally:
            await connection.close()

    return asyncio.run(answer())


def test_a_killed_durable_cluster_keeps_what_it_committed(durable_cluster: Postgres) -> None:
    url = durable_cluster.create_database("kept")
    run(url, "CREATE TABLE kept AS SELECT 7 AS number")
    durable_cluster.kill9()
    with pytest.raises(psycopg.OperationalError):
        run(url, "SELECT 1")
    durable_cluster.start()
    assert run(url, "SELECT number FROM kept") == 7
    assert run(url, "SHOW fsync") == "on"


def test_a_stopped_cluster_leaves_nothing_behind() -> None:
    if postgres_bin() is None:
        skip_or_fail(MISSING)
    cluster = Postgres().start()
    cluster.stop()
    assert cluster.process.poll() is not None
    assert not cluster.folder.exists()


def test_a_clone_has_its_own_copy_of_the_template(postgres: Postgres) -> None:
    def build(url: str) -> None:
        run(url, "CREATE TABLE sign AS SELECT 'first' AS word")

    first, second = (postgres.clone(name, "signs", build) for name in ("signs_a", "signs_b"))
    run(first, "UPDATE sign SET word = 'changed'")
    assert (run(first, "SELECT word FROM sign"), run(second, "SELECT word FROM sign")) == ("changed", "first")


def test_every_test_gets_an_empty_database(postgres_url: str) -> None:
    assert run(postgres_url, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0
