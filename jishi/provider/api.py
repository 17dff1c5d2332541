"""The JSON interface for the merchant's programs, and the handles with which a demo or a test steers the provider."""

import asyncio
import hmac
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jishi.provider import statement, trades, transfers
from jishi.provider.behaviour import EVERYWHERE, behaviour_of, set_behaviour
from jishi.provider.database import transaction
from jishi.provider.links import Amount, Currency, Number, Url, read_link
from jishi.provider.notices import Fact, enqueue, notices_of, resend
from jishi.provider.office import Office
from jishi.provider.refusal import Refusal
from jishi.provider.signing import TOLERANCE_MS, call_mac, public_pem, wall_ms

BODY_BYTES_MAX = 65_536
Handler = Callable[[Office, Request, bytes], Any]
Endpoint = Callable[[Request], Awaitable[Response]]


class CloseRequest(Struct, frozen=True, forbid_unknown_fields=True):
    trade_no: Number


class ClockRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """Business time ahead of the wall clock, at most a hundred years."""

    offset_ms: Annotated[int, Meta(ge=0, le=100 * 366 * 86_400_000)]


class NoticeRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Any notice one wishes, truly signed: a late `failed`, a wrong amount, a payment nobody made."""

    kind: str
    subject: Number
    notify_url: Url
    reference_name: str = "trade_no"
    reference: Number
    amount_minor: Amount
    currency: Currency
    txn: str | None = None


async def read_body(request: Request) -> bytes:
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > BODY_BYTES_MAX:
            raise Refusal("too_large")
        chunks.append(chunk)
    return b"".join(chunks)


def decode(body: bytes, kind: Any) -> Any:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refusal("malformed", str(error)) from error


def check_call(office: Office, request: Request, body: bytes) -> None:
    """The merchant's HMAC over the call, not older than five minutes."""
    stamp = request.headers.get("merchant-timestamp", "")
    if request.headers.get("merchant-id") != office.settings.merchant or not stamp.isascii() or not stamp.isdigit():
        raise Refusal("bad_signature")
    query = request.scope["query_string"].decode("latin-1")
    path = request.scope["raw_path"].decode("latin-1").partition("?")[0] + (f"?{query}" if query else "")
    expected = call_mac(office.settings.secret, stamp, request.method, path, body)
    given = request.headers.get("merchant-signature", "")
    if not hmac.compare_digest(expected.encode(), given.encode()) or abs(wall_ms() - int(stamp)) > TOLERANCE_MS:
        raise Refusal("bad_signature")


def check_bearer(office: Office, request: Request, body: bytes) -> None:
    """The steering handles take the secret itself."""
    expected = f"Bearer {office.settings.secret}"
    if not hmac.compare_digest(expected.encode(), request.headers.get("authorization", "").encode()):
        raise Refusal("bad_signature")


def check_nothing(office: Office, request: Request, body: bytes) -> None:
    """For what carries its own signature, or is public."""


async def _suffer(office: Office) -> None:
    """An outage of everything as set: an error, or a long silence before one."""
    behaviour = behaviour_of(office)
    if behaviour.outage == "hang":
        with suppress(asyncio.CancelledError):  # the caller has gone, as it should
            await asyncio.sleep(behaviour.hang_ms / 1000)
    if behaviour.outage != "none":
        raise Refusal("outage")


def endpoint(handler: Handler, check: Handler, suffers: bool) -> Endpoint:
    async def answer(request: Request) -> Response:
        office: Office = request.app.state.office
        body = await read_body(request)
        check(office, request, body)
        if suffers:
            await _suffer(office)
        result = handler(office, request, body)
        if isinstance(result, Response):
            return result
        return Response(msgspec.json.encode(result), media_type="application/json")

    return answer


def pay(office: Office, request: Request, body: bytes) -> Any:
    payment = trades.pay(office, read_link(office, decode(body, dict[str, str])))
    return {"txn": payment["txn"], "paid_at": payment["paid_ms"]}


def query_payments(office: Office, request: Request, body: bytes) -> Any:
    return trades.query(office, request.query_params.get("trade_no", ""))


def close(office: Office, request: Request, body: bytes) -> Any:
    return trades.close(office, decode(body, CloseRequest).trade_no)


def undo(verb: str) -> Handler:
    return lambda office, request, body: dict(trades.undo(office, request.path_params["txn"], verb))


def refund(office: Office, request: Request, body: bytes) -> Any:
    return transfers.answer(transfers.ask_transfer(office, "refund", decode(body, transfers.RefundRequest)))


def payout(office: Office, request: Request, body: bytes) -> Any:
    return transfers.answer(transfers.ask_transfer(office, "payout", decode(body, transfers.PayoutRequest)))


def query_transfer(kind: str) -> Handler:
    return lambda office, request, body: transfers.answer(transfers.find(office, kind, request.path_params["number"]))


def return_payout(office: Office, request: Request, body: bytes) -> Any:
    return transfers.answer(transfers.return_payout(office, request.path_params["number"]))


def read_statement(office: Office, request: Request, body: bytes) -> Any:
    cursor = request.query_params.get("cursor") or "0"
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 19):
        raise Refusal("malformed", "The cursor is not one that the statement gave.")
    return statement.page(office, int(cursor))


def read_key(office: Office, request: Request, body: bytes) -> Any:
    headers = {"provider-key-id": office.key_name}
    return Response(public_pem(office.key), media_type="application/x-pem-file", headers=headers)


def steer(office: Office, request: Request, body: bytes) -> Any:
    fields = decode(body, dict[str, Any])
    scope = fields.pop("trade_no", None) or fields.pop("payout_no", None) or EVERYWHERE
    reset = bool(fields.pop("reset", False))
    return set_behaviour(office, str(scope), fields, reset)


def set_clock(office: Office, request: Request, body: bytes) -> Any:
    office.set_offset(decode(body, ClockRequest).offset_ms)
    return {"now_ms": office.now_ms()}


def read_notices(office: Office, request: Request, body: bytes) -> Any:
    return {"notices": notices_of(office, request.query_params.get("subject", ""))}


def send_again(office: Office, request: Request, body: bytes) -> Any:
    return {"count": resend(office, decode(body, dict[str, str]).get("subject", ""))}


def send_any(office: Office, request: Request, body: bytes) -> Any:
    ask = decode(body, NoticeRequest)
    fact = Fact(kind=ask.kind, subject=ask.subject, url=ask.notify_url, reference_name=ask.reference_name,
                reference=ask.reference, amount_minor=ask.amount_minor, currency=ask.currency, txn=ask.txn)  # fmt: skip
    with transaction(office.database):
        number = enqueue(office, fact)
    office.bell.set()
    return {"id": number}


def healthz(office: Office, request: Request, body: bytes) -> Any:
    """Unwell when the database does not answer or the deliverer has died; its error is then in the log."""
    office.database.execute("SELECT 1").fetchone()
    worker = request.app.state.worker
    if worker.done():
        raise Refusal("unavailable", f"The deliverer has stopped: {worker}. Restart the provider.")
    return {"status": "ok", "now_ms": office.now_ms()}


# method, path, handler, who may, whether an outage concerns it
TABLE: list[tuple[str, str, Handler, Handler, bool]] = [
    ("POST", "/v1/payments/pay", pay, check_nothing, True),
    ("GET", "/v1/payments", query_payments, check_call, True),
    ("POST", "/v1/payments/close", close, check_call, True),
    ("POST", "/v1/refunds", refund, check_call, True),
    ("GET", "/v1/refunds/{number}", query_transfer("refund"), check_call, True),
    ("POST", "/v1/payouts", payout, check_call, True),
    ("GET", "/v1/payouts/{number}", query_transfer("payout"), check_call, True),
    ("GET", "/v1/statement", read_statement, check_call, True),
    ("GET", "/v1/key", read_key, check_nothing, True),
    ("POST", "/v1/payments/{txn}/reverse", undo("reverse"), check_bearer, False),
    ("POST", "/v1/payments/{txn}/charge_back", undo("charge_back"), check_bearer, False),
    ("POST", "/v1/payouts/{number}/return", return_payout, check_bearer, False),
    ("POST", "/v1/behaviour", steer, check_bearer, False),
    ("POST", "/v1/clock", set_clock, check_bearer, False),
    ("GET", "/v1/notices", read_notices, check_bearer, False),
    ("POST", "/v1/notices", send_any, check_bearer, False),
    ("POST", "/v1/notices/resend", send_again, check_bearer, False),
    ("GET", "/healthz", healthz, check_nothing, False),
]


def routes() -> list[Route]:
    return [
        Route(path, endpoint(handler, check, suffers), methods=[method])
        for method, path, handler, check, suffers in TABLE
    ]
