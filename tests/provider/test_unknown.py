"""What the network does to a call is never taken for an answer: every fault, for every call."""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable

import pytest

from jishi.ports.pay import PayoutAsk, RefundAsk, Unknown
from jishi.ports.pay_local import LocalPay, LocalPaySettings

Server = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
REFUND = RefundAsk(refund_no="R1", trade_no="T1", txn="X1", amount_minor=1, currency="CNY")
PAYOUT = PayoutAsk(payout_no="P1", amount_minor=1, currency="CNY", account="shop-lantern")
CALLS: dict[str, Callable[[LocalPay], Awaitable[object]]] = {
    "ready": lambda pay: pay.ready(),
    "query_payment": lambda pay: pay.query_payment("T1"),
    "close_payment": lambda pay: pay.close_payment("T1"),
    "refund": lambda pay: pay.refund(REFUND),
    "query_refund": lambda pay: pay.query_refund("R1"),
    "payout": lambda pay: pay.payout(PAYOUT),
    "query_payout": lambda pay: pay.query_payout("P1"),
    "statement": lambda pay: pay.statement(),
}


async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One byte now and then never times out by itself."""
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
    for _ in range(200):
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.02)


async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1)
    link: socket.socket = writer.get_extra_info("socket")
    link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def answer(status: str, body: bytes, promised: int | None = None) -> Server:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        length = len(body) if promised is None else promised
        writer.write(f"HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n".encode() + body)
        await writer.drain()

    return serve


FAULTS: dict[str, tuple[Server, str]] = {
    "hang": (hang, "timeout"),
    "drip": (drip, "timeout"),
    "reset": (reset, "connection_lost"),
    "cut in the middle": (answer("200 OK", b'{"state":"fai', 1_000), "connection_lost"),
    "error 500": (answer("500 Oops", b"oops"), "http_500"),
    "error 503": (answer("503 Busy", b'{"code":"over_refund"}'), "http_503"),
    "too many": (answer("429 Slowly", b'{"code":"over_refund"}'), "http_429"),
    "redirect": (answer("302 Found", b""), "http_302"),
    "a proxy's page": (answer("404 Not Found", b"<html>"), "answer_unreadable"),
    "a page instead of an answer": (answer("200 OK", b"<html>"), "answer_unreadable"),
    "no UTF-8": (answer("200 OK", b'{"state":"\xff"}'), "answer_unreadable"),
}


# Long enough that a slow machine is not taken for a network that hangs; short where the hanging is the fault.
PATIENT_MS, BRIEF_MS = 30_000, 250


async def call_against(server: Server, call: Callable[[LocalPay], Awaitable[object]], timeout_ms: int) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await server(reader, writer)
        except ConnectionError:
            return
        finally:
            writer.close()

    listener = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        await call_port(listener.sockets[0].getsockname()[1], call, timeout_ms)
    finally:
        listener.close()


async def call_port(port: int, call: Callable[[LocalPay], Awaitable[object]], timeout_ms: int) -> None:
    settings = LocalPaySettings(
        base_url=f"http://127.0.0.1:{port}", merchant="jishi", secret="s" * 16, notify_url="http://127.0.0.1:1/n",
        timeout_ms=timeout_ms,
    )  # fmt: skip
    pay = LocalPay(settings)
    try:
        await call(pay)
    finally:
        await pay.close()


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_unknown(fault: str, call: str) -> None:
    server, code = FAULTS[fault]
    timeout_ms = BRIEF_MS if code == "timeout" else PATIENT_MS
    with pytest.raises(Unknown) as unknown:
        asyncio.run(call_against(server, CALLS[call], timeout_ms))
    assert unknown.value.code == code


@pytest.mark.parametrize("call", CALLS)
def test_a_refused_connection_is_unknown(call: str) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # nobody listens, and nobody else can begin to
        with pytest.raises(Unknown, match="connection_lost"):
            asyncio.run(call_port(held.getsockname()[1], CALLS[call], PATIENT_MS))


def test_an_answer_about_another_refund_is_unknown() -> None:
    server = answer("200 OK", b'{"refund_no":"R2","state":"succeeded"}')
    with pytest.raises(Unknown, match="answer_differs"):
        asyncio.run(call_against(server, CALLS["refund"], PATIENT_MS))
