"""Calls and an ASGI application are told what was asked, over real connections."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from jishi.api.wire import Call, Reply
from jishi.kernel.refused import Refused
from tests.support.http_site import answer, echo, no_page, said, served

Told = list[dict[str, Any]]


async def body_of(receive: Callable) -> bytes:
    """A whole body."""
    parts, more = [], True
    while more:
        message = await receive()
        assert message["type"] == "http.request"
        parts.append(message["body"])
        more = message["more_body"]
    return b"".join(parts)


def test_a_request_is_told_as_asgi_tells_it() -> None:
    told: Told = []

    async def app(scope: dict, receive: Callable, send: Callable) -> None:
        told.append(scope)
        body = await body_of(receive)
        await answer(send, body, status=201, headers=((b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")))

    async def story(port: int) -> None:
        request = (
            b"POST /a%20b/%E4%B8%AD?q=%20 HTTP/1.1\r\nHost: here\r\nConnection: close\r\nX-Two: 1\r\nX-Two: 2\r\n"
            b"Idempotency-Key: \xe4\xb8\xad\r\nContent-Length: 3\r\n\r\nabc"
        )
        answered = await said(port, request)
        assert answered.startswith(b"HTTP/1.1 201") and b"\r\nabc\r\n" in answered
        assert answered.count(b"set-cookie: ") == 2
        (scope,) = told
        assert (scope["method"], scope["path"], scope["query_string"]) == ("POST", "/a b/中", b"q=%20")
        assert (scope["client"][0], scope["server"]) == ("127.0.0.1", ("127.0.0.1", port))
        assert [value for name, value in scope["headers"] if name == b"x-two"] == [b"1", b"2"]
        key = dict(scope["headers"])[b"idempotency-key"].decode("latin-1")
        assert not key.isascii(), "a value that is not ASCII is no absent one"

    served(app, story)


@pytest.mark.parametrize("length", [0, 5, 100_000, 3_000_000])
def test_a_body_comes_complete(length: int) -> None:
    sizes: list[int] = []

    async def app(scope: dict, receive: Callable, send: Callable) -> None:
        sizes.append(len(await body_of(receive)))
        await answer(send, b"", status=204)

    async def story(port: int) -> None:
        declared = b"POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % length
        assert b" 204 " in await said(port, declared + b"x" * length)
        halves = (length // 2, length - length // 2)
        pieces = b"".join([b"%x\r\n%s\r\n" % (size, b"y" * size) for size in halves if size])
        chunked = b"POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
        assert b" 204 " in await said(port, chunked + pieces + b"0\r\n\r\n")
        assert sizes == [length, length]

    served(app, story)


def test_an_application_can_stop_a_body_that_is_too_large() -> None:
    taken: list[int] = []

    async def app(scope: dict, receive: Callable, send: Callable) -> None:
        taken.append(len((await receive())["body"]))
        await answer(send, b"too large", status=413)

    async def story(port: int) -> None:
        head = b"POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
        assert b" 413 " in await said(port, head + b"%x\r\n" % 100_000 + b"x" * 100_000 + b"\r\n")
        assert taken[0] <= 100_000

    served(app, story)


def test_an_answer_in_parts_is_streamed() -> None:
    async def app(scope: dict, receive: Callable, send: Callable) -> None:
        await answer(send, b"one ", b"two ", b"", headers=((b"content-type", b"text/plain"),))

    async def story(port: int) -> None:
        told = await said(port, b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        assert b"transfer-encoding: chunked" in told
        assert b"one " in told and b"two " in told and told.endswith(b"0\r\n\r\n")

    served(app, story)


def test_who_has_gone_is_told_of() -> None:
    heard: list[str] = []
    gone = asyncio.Event()

    async def app(scope: dict, receive: Callable, send: Callable) -> None:
        await body_of(receive)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"here", "more_body": True})
        heard.append((await receive())["type"])
        await send({"type": "http.response.body", "body": b"too late", "more_body": True})
        gone.set()

    async def story(port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        await reader.readuntil(b"here")
        writer.close()
        await asyncio.wait_for(gone.wait(), 20)
        assert heard == ["http.disconnect"]

    served(app, story)


def test_a_call_is_told_what_was_asked_and_its_reply_goes_back() -> None:
    calls: list[Call] = []

    async def place(call: Call) -> Reply:
        calls.append(call)
        call.body = await call.read(10)
        return Reply(201, call.body, (("x-more", "1"), ("x-more", "2")), "text/plain")

    async def story(port: int) -> None:
        request = (
            b"POST /v1/%E4%B8%AD?q=%20&r HTTP/1.1\r\nHost: here\r\nConnection: close\r\nX-Two: 1\r\nX-Two: 2\r\n"
            b"Authorization: Bearer \xe4\xb8\xad\r\nContent-Length: 3\r\n\r\nabc"
        )
        head, _, body = (await said(port, request)).partition(b"\r\n\r\n")
        assert (head[:12], body) == (b"HTTP/1.1 201", b"abc")
        lines = head.lower().split(b"\r\n")
        assert {b"content-length: 3", b"content-type: text/plain", b"cache-control: no-store"} <= set(lines)
        assert [line for line in lines if line.startswith(b"x-more")] == [b"x-more: 1", b"x-more: 2"]
        (call,) = calls
        assert (call.method, call.path, call.query, call.ip) == ("POST", "/v1/中", "q=%20&r", "127.0.0.1")
        assert call.headers["x-two"] == "2"
        assert not call.headers["authorization"].isascii(), "a value that is not ASCII is no absent one"
        assert b" 404 " in await said(port, b"GET /v2/ HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        assert b" 404 " in await said(port, b"OPTIONS * HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")

    served(no_page, story, v1=place)


@pytest.mark.parametrize("length", [0, 5, 100_000, 3_000_000])
def test_the_body_of_a_call_is_whole_or_refused(length: int) -> None:
    async def place(call: Call) -> Reply:
        try:
            return Reply(200, str(len(await call.read(100_000))).encode())
        except Refused as refused:
            return Reply(413, refused.code.encode())

    async def story(port: int) -> None:
        fits = length <= 100_000
        answered = (b" 200 ", str(length).encode()) if fits else (b" 413 ", b"body_too_large")
        declared = b"POST /v1 HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % length
        chunked = b"POST /v1 HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
        halves = [size for size in (length // 2, length - length // 2) if size]
        pieces = b"".join([b"%x\r\n%s\r\n" % (size, b"y" * size) for size in halves])
        for request in (declared + b"x" * length, chunked + pieces + b"0\r\n\r\n"):
            told = await said(port, request)
            assert answered[0] in told and told.endswith(b"\r\n\r\n" + answered[1])

    served(no_page, story, v1=place)


HALVES = [b"Content-Length: 50\r\n\r\nhalf", b"Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"]


@pytest.mark.parametrize("half", HALVES)
def test_half_a_body_is_none(half: bytes) -> None:
    heard: list[str] = []
    ended = asyncio.Event()

    async def place(call: Call) -> Reply:
        try:
            heard.append(str(len(await call.read(100))))
        except Refused as refused:
            heard.append(refused.code)
        ended.set()
        return Reply(200)

    async def story(port: int) -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST /v1 HTTP/1.1\r\nHost: h\r\n" + half)
        await writer.drain()
        writer.close()
        await asyncio.wait_for(ended.wait(), 20)
        assert heard == ["body_malformed"]

    served(no_page, story, v1=place)


def test_requests_sent_at_once_are_answered_in_their_order() -> None:
    gate = asyncio.Event()

    async def slow(call: Call) -> Reply:
        await asyncio.wait_for(gate.wait(), 20)
        return Reply(200, b"slow")

    async def quick(call: Call) -> Reply:
        gate.set()
        return Reply(200, b"quick")

    async def story(port: int) -> None:
        asked = [b"/quick", b"/page", b"/slow", b"/v1/one", b"/page", b"/v1/two"]
        requests = b"".join([b"GET %s HTTP/1.1\r\nHost: h\r\n\r\n" % path for path in asked])
        told = await said(port, requests + b"GET /v1/end HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        answers = [b"quick", b"a page", b"slow", b"/v1/one", b"a page", b"/v1/two", b"/v1/end"]
        places = [told.index(answer) for answer in answers if answer != b"a page"]
        assert places == sorted(places) and told.count(b"a page") == 2 and told.count(b"HTTP/1.1 ") == 7
        assert told.count(b"connection: close") == 1

    served(no_page, story, slow=slow, quick=quick, v1=echo)


def test_the_body_of_a_request_that_waits_may_come_later() -> None:
    gate = asyncio.Event()

    async def slow(call: Call) -> Reply:
        await asyncio.wait_for(gate.wait(), 20)
        return Reply(200, b"slow")

    async def story(port: int) -> None:
        last = b"POST /v1 HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 3\r\n\r\n"
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /slow HTTP/1.1\r\nHost: h\r\n\r\n" + last)
        await writer.drain()
        gate.set()
        await reader.readuntil(b"slow")
        writer.write(b"abc")
        assert (await reader.read()).endswith(b"abc")
        writer.close()

    served(no_page, story, slow=slow, v1=echo)


def test_what_stands_behind_a_body_is_no_header() -> None:
    heard: list[dict[str, str]] = []

    async def place(call: Call) -> Reply:
        await call.read(10)
        heard.append(call.headers)
        return Reply(200)

    async def story(port: int) -> None:
        head = b"POST /v1 HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
        assert b" 200 " in await said(port, head + b"3\r\nabc\r\n0\r\nAuthorization: late\r\n\r\n")
        assert "authorization" not in heard[0]

    served(no_page, story, v1=place)


def test_a_body_is_asked_for_where_that_is_waited_for() -> None:
    async def story(port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST /v1 HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 100 ")
        writer.write(b"abc")
        assert (await reader.readuntil(b"abc")).startswith(b"HTTP/1.1 200 ")
        writer.write(b"POST /v1 HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2000\r\n\r\n")
        refused = await reader.read()
        assert refused.startswith(b"HTTP/1.1 500 ") and b"connection: close" in refused, "whether it comes is not known"
        writer.close()

    served(no_page, story, v1=echo)


def test_a_head_is_answered_without_its_body() -> None:
    async def nothing(call: Call) -> Reply:
        return Reply(204, b"never told")

    async def story(port: int) -> None:
        told = await said(port, b"HEAD /v1/x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        head, _, body = told.partition(b"\r\n\r\n")
        assert b"content-length: 5\r\n" in head and body == b""
        told = await said(port, b"GET /none HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        assert told.startswith(b"HTTP/1.1 204 ") and b"content-length" not in told and told.endswith(b"\r\n\r\n")

    served(no_page, story, v1=echo, none=nothing)


def test_an_answer_that_fails_is_a_500_and_the_connection_goes_on() -> None:
    async def place(call: Call) -> Reply:
        if call.path == "/v1/unsound":
            return Reply(200, b"", (("location", "a\r\nset-cookie: b"),))
        raise RuntimeError("a fault of ours")

    async def story(port: int) -> None:
        one = b"GET /v1/unsound HTTP/1.1\r\nHost: h\r\n\r\n"
        told = await said(port, one + b"GET /v1 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        assert told.count(b"HTTP/1.1 500 ") == 2 and b"set-cookie" not in told and b"a fault" not in told

    served(no_page, story, v1=place)


@pytest.mark.parametrize("request_line", [b"GET http://here/v1/x?q HTTP/1.1", b"GET /v1/x?q HTTP/1.0"])
def test_a_whole_address_and_the_older_http_are_understood(request_line: bytes) -> None:
    async def story(port: int) -> None:
        told = await said(port, request_line + b"\r\nHost: h\r\nConnection: close\r\n\r\n")
        assert told.startswith(b"HTTP/1.1 200 ") and told.endswith(b"/v1/x") and b"connection: close" in told

    served(no_page, story, v1=echo)
