"""What a load takes for an answer: whole by its length or its chunks, however the bytes come in."""

import asyncio

import pytest

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
