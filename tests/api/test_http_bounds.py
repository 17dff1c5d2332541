"""Who asks badly, slowly or too much costs little, and nobody else anything; over real connections."""

import asyncio

import pytest

from jishi.api.wire import Call, Reply
from jishi.http import protocol
from jishi.http.server import Server, listen
from jishi.http.site import Site
from tests.support.http_site import echo, no_page, said, served
from tests.support.ports import free_port

NOT_HTTP = [
    b"no http at all\r\n\r\n", b"GET /v1/\xff HTTP/1.1\r\nHost: h\r\n\r\n",
    b"POST /v1 HTTP/1.1\r\nHost: h\r\nContent-Length: 1_0\r\n\r\n",
    b"POST /v1 HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
]  # fmt: skip


@pytest.mark.parametrize("request_bytes", NOT_HTTP)
def test_what_is_no_request_is_refused(request_bytes: bytes) -> None:
    async def story(port: int) -> None:
        assert (await said(port, request_bytes)).startswith(b"HTTP/1.1 400 ")

    served(no_page, story, v1=echo)


@pytest.mark.parametrize("said_first", [b"", b"GET /v1 HTTP/1.1\r\nX: "])
def test_who_does_not_end_his_request_is_not_waited_for(said_first: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "HEAD_S", 0.01)

    async def story(port: int) -> None:
        assert await asyncio.wait_for(said(port, said_first), 20) == b""

    served(no_page, story, v1=echo)


def test_a_head_without_end_is_not_read() -> None:
    async def story(port: int) -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /v1 HTTP/1.1\r\n")
        sent = 0
        with pytest.raises(ConnectionError):
            while True:
                writer.write(b"x" * 65_536)
                await writer.drain()
                sent += 65_536
        assert sent < 64 * 1024 * 1024

    served(no_page, story, v1=echo)


def test_one_connection_too_many_is_told_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "CONNECTIONS_MOST", 1)

    async def story(port: int) -> None:
        asked = b"GET /v1 HTTP/1.1\r\nHost: h\r\n\r\n"
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(asked)
        await reader.readuntil(b"/v1")
        told = await said(port, asked)
        assert told.startswith(b"HTTP/1.1 503 ") and b"retry-after: 2\r\n" in told
        writer.close()
        await reader.read()
        assert (await said(port, asked.replace(b"Host", b"Connection: close\r\nHost"))).startswith(b"HTTP/1.1 200 ")

    served(no_page, story, v1=echo)


def test_what_is_under_way_is_answered_before_the_server_leaves() -> None:
    begun, leave = asyncio.Event(), asyncio.Event()

    async def place(call: Call) -> Reply:
        begun.set()
        await asyncio.wait_for(leave.wait(), 20)
        return Reply(200, b"answered")

    async def whole() -> None:
        port = free_port()
        server = Server(Site({"v1": place}, no_page), listen("127.0.0.1", port))
        running = asyncio.create_task(server.serve())
        asking = asyncio.create_task(said(port, b"GET /v1 HTTP/1.1\r\nHost: h\r\n\r\n"))
        idle, ends = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.wait_for(begun.wait(), 20)
        server.stop()
        assert await idle.read() == b"", "whoever asks nothing is let go"
        leave.set()
        told = await asking
        assert told.endswith(b"answered") and b"connection: close" in told, "it is the last one here"
        await asyncio.wait_for(running, 20)
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)
        ends.close()

    asyncio.run(whole())


def test_a_body_that_nobody_wants_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "UNREAD_S", 0.01)

    async def story(port: int) -> None:
        for more in (b"", b"Connection: close\r\n"):
            request = b"POST /v1 HTTP/1.1\r\nHost: h\r\nContent-Length: 2000\r\n" + more + b"\r\nhalf"
            assert (await asyncio.wait_for(said(port, request), 20)).startswith(b"HTTP/1.1 500 ")

    served(no_page, story, v1=echo)


def test_after_a_body_that_nobody_wanted_the_next_request_is_heard() -> None:
    async def story(port: int) -> None:
        one = b"POST /v1 HTTP/1.1\r\nHost: h\r\nContent-Length: 2000\r\n\r\n"
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(one)
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 500 ")
        writer.write(b"x" * 2000 + b"GET /v1/next HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        assert (await reader.read()).endswith(b"/v1/next")
        writer.close()

    served(no_page, story, v1=echo)
