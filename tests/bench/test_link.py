"""What a load takes for an answer: whole by its length or its chunks, however the bytes come in; and that it counts
each answer where it belongs.
"""

import asyncio

import pytest

from bench import client
from bench.client import load
from bench.link import answer_in, connect

BY_LENGTH = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
BY_CHUNKS = b"HTTP/1.1 404 Not Found\r\ntransfer-encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"


@pytest.mark.parametrize(("received", "status"), [(BY_LENGTH, 200), (BY_CHUNKS, 404)])
def test_an_answer_is_whole_with_its_last_byte_only(received, status):
    assert [answer_in(received[:length]) for length in range(len(received))] == [None] * len(received)
    assert answer_in(received) == (status, b"hello")


def test_a_link_asks_again_and_tells_when_the_other_side_hangs_up():
    asyncio.run(talk())


async def talk() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer, cut in ((BY_LENGTH, 20), (BY_CHUNKS, 60)):
            await reader.readexactly(3)
            for part in (answer[:cut], answer[cut:]):
                writer.write(part)
                await writer.drain()
        await reader.readexactly(3)
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        link = await connect(server.sockets[0].getsockname()[1])
        assert await link.ask(b"one") == (200, b"hello")
        assert await link.ask(b"two") == (404, b"hello")
        with pytest.raises(ConnectionError):
            await link.ask(b"end")
        with pytest.raises(ConnectionError):
            await link.ask(b"now")
        link.close()


def answer(status: int, body: bytes) -> bytes:
    return b"HTTP/1.1 %d Told\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body)


async def loaded(answers: dict[bytes, list[bytes]], requests: list[bytes], connections: int) -> client.Result:
    """A load to a server that knows an answer, or one after the other, to each request of three bytes."""

    serving: list[asyncio.Task] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving.append(asyncio.current_task())
        while asked := await reader.read(3):
            told = answers[asked].pop(0)
            writer.write(told)
            if not told:
                break
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        try:
            return await load(server.sockets[0].getsockname()[1], requests, connections)
        finally:
            await asyncio.wait(serving)


@pytest.mark.parametrize("connections", [1, 3, 10])
def test_each_answer_of_a_load_belongs_to_its_request(connections, monkeypatch):
    monkeypatch.setattr(client, "BUSY_WAIT_S", 0.001)
    requests = [b"%03d" % n for n in range(8)]
    answers = {request: [answer(200, request)] for request in requests}
    answers[b"003"] = [answer(503, b"busy"), answer(503, b"busy"), answer(200, b"003")]
    answers[b"005"] = [answer(404, b"not here")]
    result = asyncio.run(loaded(answers, requests, connections))
    assert result.bodies == [b"not here" if request == b"005" else request for request in requests]
    assert (result.failed, result.again) == ([b"not here"], 2)
    assert all(0 < latency <= result.seconds for latency in result.latencies)


def test_a_load_ends_when_the_server_hangs_up_or_is_silent(monkeypatch):
    with pytest.raises(ConnectionError):
        asyncio.run(loaded({b"one": [answer(200, b"1")], b"two": [b""]}, [b"one", b"two"], 1))
    monkeypatch.setattr(client, "ANSWER_S", 0.05)
    with pytest.raises(TimeoutError):
        asyncio.run(loaded({b"one": [b"HTTP/1.1 200"]}, [b"one"], 1))
