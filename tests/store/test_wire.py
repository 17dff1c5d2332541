"""What is asked in one turn of the loop travels together, in order, and a failure ends with it."""

import asyncio
from collections.abc import Awaitable, Callable

import psycopg
import pytest

from jishi.store.postgres_text import as_text
from jishi.store.postgres_wire import Wire

pytestmark = pytest.mark.postgres
TRANSACTION = "SELECT txid_current()"


@pytest.fixture
def on_wire(postgres_url: str) -> Callable:
    """Tell a story with a connection."""

    def told(story: Callable[[Wire], Awaitable[None]]) -> None:
        async def whole() -> None:
            wire = await Wire.open(postgres_url, {})
            try:
                await story(wire)
            finally:
                wire.close()

        asyncio.run(whole())

    return told


def test_what_is_asked_in_one_turn_travels_together(on_wire: Callable) -> None:
    async def story(wire: Wire) -> None:
        first, second = wire.ask(TRANSACTION), wire.ask(TRANSACTION)
        together = [await first, await second]
        assert together[0] == together[1], "one journey is one implicit transaction"
        assert await wire.ask(TRANSACTION) != together[0]

    on_wire(story)


def test_answers_come_in_the_order_of_the_questions(on_wire: Callable) -> None:
    async def story(wire: Wire) -> None:
        asked = [wire.ask("SELECT $1::bigint, $2::text", [as_text(n), as_text(f"t{n}")]) for n in range(300)]
        assert [await one for one in asked] == [[(n, f"t{n}")] for n in range(300)]
        (row,) = await wire.ask("SELECT 1 AS one, 'b'::text AS two", named=True)
        assert (row.one, row.two) == (1, "b")

    on_wire(story)


def test_a_failure_ends_its_journey_and_no_other(on_wire: Callable) -> None:
    async def story(wire: Wire) -> None:
        before, wrong, after = wire.ask("SELECT 1"), wire.ask("SELECT 1 / 0"), wire.ask("SELECT 2")
        assert await before == [(1,)]
        for one in (wrong, after):
            with pytest.raises(psycopg.errors.DivisionByZero):
                await one
        assert await wire.ask("SELECT 2") == [(2,)]

    on_wire(story)


def test_a_statement_that_could_not_be_prepared_is_prepared_again(on_wire: Callable) -> None:
    async def story(wire: Wire) -> None:
        with pytest.raises(psycopg.errors.UndefinedTable):
            await wire.ask("SELECT * FROM later")
        await wire.ask("CREATE TEMPORARY TABLE later (a bigint)")
        assert await wire.ask("SELECT * FROM later") == []
        await wire.ask("ALTER TABLE later ADD COLUMN b bigint")
        with pytest.raises(psycopg.errors.FeatureNotSupported):
            await wire.ask("SELECT * FROM later")
        await wire.ask("INSERT INTO later VALUES (1, 2)")
        assert await wire.ask("SELECT * FROM later") == [(1, 2)]

    on_wire(story)


def test_more_than_the_socket_takes_goes_through(on_wire: Callable) -> None:
    async def story(wire: Wire) -> None:
        long = "长" * 10_000_000
        asked = [wire.ask("SELECT $1::text", [as_text(long)]) for _ in range(2)]
        assert [await one == [(long,)] for one in asked] == [True, True]

    on_wire(story)


def test_one_who_leaves_takes_nothing_from_the_others(on_wire: Callable) -> None:
    async def story(wire: Wire) -> None:
        left, stays = wire.ask("SELECT 1"), wire.ask("SELECT 2")
        left.cancel()
        assert await stays == [(2,)]
        assert await wire.ask("SELECT 3") == [(3,)]

    on_wire(story)


def test_everyone_hears_that_the_connection_is_gone(on_wire: Callable, postgres_url: str) -> None:
    async def story(wire: Wire) -> None:
        waits = [wire.ask("SELECT pg_sleep(60)"), wire.ask("SELECT 1")]
        other = await Wire.open(postgres_url, {})
        kill = "SELECT pg_terminate_backend($1, 5000)"
        assert await other.ask(kill, [as_text(wire.connection.info.backend_pid)]) == [(True,)]
        other.close()
        for one in [*waits, wire.ask("SELECT 2")]:
            with pytest.raises(psycopg.Error):
                await one
        with pytest.raises(psycopg.OperationalError):
            await wire.ask("SELECT 2")
        assert wire.closed
        await wire.quiet()

    on_wire(story)


def test_a_connection_that_the_loop_keeps_silent_about_is_lost_too(on_wire: Callable, postgres_url: str) -> None:
    """uvloop calls the reader of a socket that broke once and takes it away: after a kill, writers waited for ever."""

    async def story(wire: Wire) -> None:
        await wire.ask("SELECT 1")
        wire.loop.remove_reader(wire.socket)
        other = await Wire.open(postgres_url, {})
        kill = "SELECT pg_terminate_backend($1, 5000)"
        assert await other.ask(kill, [as_text(wire.connection.info.backend_pid)]) == [(True,)]
        other.close()
        with pytest.raises(psycopg.Error):
            await asyncio.wait_for(wire.ask("SELECT 2"), 20)
        assert wire.closed

    on_wire(story)
