"""Which databases become a demo, and where the demo's provider listens."""

import socket

import pytest

from jishi.demo.house import NotDemo, free_port, mark
from jishi.settings import Settings
from jishi.store import Meta, migrate, open_database

pytestmark = pytest.mark.anyio


async def marked(url: str) -> bool:
    database = await open_database(url)
    try:
        return bool(await database.read(Meta, "WHERE key = 'demo'"))
    finally:
        await database.close()


async def test_a_database_is_a_demo_from_its_creation(database_url):
    for _ in ("made", "used again"):
        await mark(Settings(db=database_url))
        assert await marked(database_url)


async def test_a_database_that_was_there_before_never_becomes_a_demo(database_url):
    await migrate(database_url)
    with pytest.raises(NotDemo):
        await mark(Settings(db=database_url))
    assert not await marked(database_url)


def test_a_port_whose_last_connection_dies_out_is_taken_again():
    """Who closes first keeps the port in TIME_WAIT for a minute; the next start must not wander to another one."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as visitor:
            server.accept()[0].close()
            assert visitor.recv(1) == b""
        assert free_port(port) != port, "somebody listens there"
    assert free_port(port) == port
