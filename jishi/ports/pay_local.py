"""The payment port over HTTP to the local provider (`jishi/provider`); shares no code with it."""

import asyncio
import hashlib
import hmac
import time
from base64 import b64decode
from collections.abc import Mapping
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

import httpx
import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
from msgspec import Struct

from jishi.ports.pay import (
    NOTICE_REFERENCE,
    NOTICE_TOLERANCE_MS,
    NOTICE_WITH_TXN,
    Notice,
    NoticeRefused,
    PaymentAsk,
    PayoutAnswer,
    PayoutAsk,
    PayRefused,
    ProviderPayment,
    RefundAnswer,
    RefundAsk,
    Statement,
    Unknown,
)

NOTICE_BYTES_MAX = 65_536
# Statuses that say nothing about what became of the call, besides all of 5xx.
UNDECIDED = frozenset({408, 425, 429})
# The provider's final word on a transfer, as opposed to a call that was wrong in itself.
FINAL_CODES = frozenset({"over_refund", "not_captured", "currency_differs", "balance_short"})
REFERENCE_NAMES = frozenset(NOTICE_REFERENCE.values())
Answer = TypeVar("Answer")


class LocalPaySettings(Struct, frozen=True, kw_only=True):
    """`base_url` is for our calls, `cashier_url` for the buyer's browser if that differs; the key may be given."""

    base_url: str
    merchant: str
    secret: str
    notify_url: str
    cashier_url: str | None = None
    public_key_pem: str | None = None
    timeout_ms: int = 5_000

    def __repr__(self) -> str:
        return f"LocalPaySettings(base_url={self.base_url!r}, merchant={self.merchant!r})"


class _Payments(Struct):
    payments: list[ProviderPayment]


class _Problem(Struct):
    code: str


def _wall_ms() -> int:
    return time.time_ns() // 1_000_000


def key_id(key: RSAPublicKey) -> str:
    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()[:16]


def load_key(pem: bytes) -> RSAPublicKey:
    """Raises ValueError when this is no RSA public key of 2048 bits or more."""
    key = load_pem_public_key(pem)
    if not isinstance(key, RSAPublicKey) or key.key_size < 2048:
        raise ValueError("The provider's public key must be an RSA key of 2048 bits or more. Fetch it again.")
    return key


class LocalPay:
    """Implements `jishi.ports.pay.Pay`; make one a process, and `await ready()` before notices are read."""

    def __init__(self, settings: LocalPaySettings) -> None:
        self.settings = settings
        self.keys: dict[str, RSAPublicKey] = {}
        if settings.public_key_pem:
            self._add_key(settings.public_key_pem.encode())
        self.client = httpx.AsyncClient(
            base_url=settings.base_url, timeout=settings.timeout_ms / 1000, follow_redirects=False, trust_env=False
        )

    def _add_key(self, pem: bytes) -> None:
        key = load_key(pem)
        self.keys[key_id(key)] = key

    def cashier_url(self, ask: PaymentAsk) -> str:
        base = (self.settings.cashier_url or self.settings.base_url).rstrip("/")
        return f"{base}/cashier?{urlencode(self.payment_params(ask))}"

    def payment_params(self, ask: PaymentAsk) -> dict[str, str]:
        """The signed parameters, also what a program posts to `/v1/payments/pay` to pay without a browser."""
        fields = msgspec.to_builtins(ask) | {
            "merchant": self.settings.merchant,
            "notify_url": self.settings.notify_url,
        }
        params = {name: str(value) for name, value in fields.items()}
        return params | {"sign": self._mac(b"cashier\n" + _canonical(params))}

    def _mac(self, text: bytes) -> str:
        return hmac.new(self.settings.secret.encode(), text, hashlib.sha256).hexdigest()

    def read_notice(self, headers: Mapping[str, str], body: bytes, now_ms: int) -> Notice:
        if len(body) > NOTICE_BYTES_MAX:
            raise NoticeRefused("body_too_large")
        if not self.keys:
            raise Unknown("key_missing")
        self._verify(headers, body, now_ms)
        notice = _decode_notice(body)
        if notice.merchant != self.settings.merchant:
            raise NoticeRefused("merchant_differs")
        return notice

    def _verify(self, headers: Mapping[str, str], body: bytes, now_ms: int) -> None:
        stamp = headers.get("provider-timestamp", "")
        key_name, signature = headers.get("provider-key-id", ""), headers.get("provider-signature", "")
        if not (stamp and key_name and signature):
            raise NoticeRefused("signature_missing")
        _check_time(stamp, now_ms)
        key = self.keys.get(key_name)
        if key is None:
            raise NoticeRefused("key_unknown")
        try:
            raw = b64decode(signature, validate=True)
        except ValueError as error:
            raise NoticeRefused("signature_malformed") from error
        try:
            key.verify(raw, stamp.encode() + b"\n" + body, PKCS1v15(), SHA256())
        except InvalidSignature as error:
            raise NoticeRefused("signature_wrong") from error

    async def ready(self) -> None:
        if self.keys:
            return
        response = await self._send("GET", "/v1/key", b"")
        try:
            self._add_key(response.content)
        except ValueError as error:
            raise Unknown("answer_unreadable") from error

    async def query_payment(self, trade_no: str) -> list[ProviderPayment]:
        found = await self._call("GET", f"/v1/payments?{urlencode({'trade_no': trade_no})}", None, _Payments)
        return found.payments

    async def close_payment(self, trade_no: str) -> bool:
        try:
            await self._call("POST", "/v1/payments/close", {"trade_no": trade_no}, _Payments)
        except PayRefused as refused:
            if refused.code != "trade_paid":
                raise
            return False
        return True

    async def refund(self, ask: RefundAsk) -> RefundAnswer:
        try:
            answer = await self._call("POST", "/v1/refunds", ask, RefundAnswer)
        except PayRefused as refused:
            if refused.code not in FINAL_CODES:
                raise
            return RefundAnswer(refund_no=ask.refund_no, state="failed", code=refused.code)
        return _echoed(answer, ask.refund_no, answer.refund_no)

    async def query_refund(self, refund_no: str) -> RefundAnswer:
        try:
            answer = await self._call("GET", f"/v1/refunds/{quote(refund_no, safe='')}", None, RefundAnswer)
        except PayRefused as refused:
            if refused.code != "not_found":
                raise
            return RefundAnswer(refund_no=refund_no, state="unknown")
        return _echoed(answer, refund_no, answer.refund_no)

    async def payout(self, ask: PayoutAsk) -> PayoutAnswer:
        fields = msgspec.to_builtins(ask) | {"notify_url": self.settings.notify_url}
        try:
            answer = await self._call("POST", "/v1/payouts", fields, PayoutAnswer)
        except PayRefused as refused:
            if refused.code not in FINAL_CODES:
                raise
            return PayoutAnswer(payout_no=ask.payout_no, state="failed", code=refused.code)
        return _echoed(answer, ask.payout_no, answer.payout_no)

    async def query_payout(self, payout_no: str) -> PayoutAnswer:
        try:
            answer = await self._call("GET", f"/v1/payouts/{quote(payout_no, safe='')}", None, PayoutAnswer)
        except PayRefused as refused:
            if refused.code != "not_found":
                raise
            return PayoutAnswer(payout_no=payout_no, state="unknown")
        return _echoed(answer, payout_no, answer.payout_no)

    async def statement(self, cursor: str | None = None) -> Statement:
        return await self._call("GET", f"/v1/statement?{urlencode({'cursor': cursor or '0'})}", None, Statement)

    async def set_clock(self, offset_ms: int) -> None:
        """Tell the sandbox provider how far business time is ahead of the wall clock; it never goes back."""
        headers = {"Authorization": f"Bearer {self.settings.secret}"}
        body = msgspec.json.encode({"offset_ms": offset_ms})
        try:
            await self.client.post("/v1/clock", content=body, headers=headers)
        except httpx.HTTPError as error:
            raise Unknown("connection_lost") from error

    async def close(self) -> None:
        await self.client.aclose()

    async def _call(self, method: str, path: str, fields: Any, kind: type[Answer]) -> Answer:
        body = b"" if fields is None else msgspec.json.encode(fields)
        response = await self._send(method, path, body)
        try:
            return msgspec.json.decode(response.content, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Unknown("answer_unreadable") from error

    async def _send(self, method: str, path: str, body: bytes) -> httpx.Response:
        """A 2xx answer, or Unknown, or PayRefused; bounded as a whole, however slowly the answer drips."""
        stamp = str(_wall_ms())
        signature = self._mac(f"{stamp}\n{method}\n{path}\n".encode() + body)
        headers = {"merchant-id": self.settings.merchant, "merchant-timestamp": stamp, "merchant-signature": signature,
                   "content-type": "application/json"}  # fmt: skip
        try:
            async with asyncio.timeout(self.settings.timeout_ms / 1000):
                response = await self.client.request(method, path, content=body, headers=headers)
        except (TimeoutError, httpx.TimeoutException) as error:
            raise Unknown("timeout") from error
        except httpx.HTTPError as error:
            raise Unknown("connection_lost") from error
        if response.is_success:
            return response
        raise _refusal(response)


def _refusal(response: httpx.Response) -> Exception:
    """Only a readable 4xx of the provider's own is a no; a proxy's page is not."""
    if not 400 <= response.status_code < 500 or response.status_code in UNDECIDED:
        return Unknown(f"http_{response.status_code}")
    try:
        return PayRefused(msgspec.json.decode(response.content, type=_Problem).code)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Unknown("answer_unreadable")


def _echoed(answer: Answer, asked: str, answered: str) -> Answer:
    if asked != answered:
        raise Unknown("answer_differs")
    return answer


def _canonical(params: Mapping[str, str]) -> bytes:
    return "&".join(f"{quote(name, safe='')}={quote(params[name], safe='')}" for name in sorted(params)).encode()


def _check_time(stamp: str, now_ms: int) -> None:
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 15):
        raise NoticeRefused("timestamp_malformed")
    age_ms = now_ms - int(stamp)
    if age_ms > NOTICE_TOLERANCE_MS:
        raise NoticeRefused("timestamp_old")
    if age_ms < -NOTICE_TOLERANCE_MS:
        raise NoticeRefused("timestamp_ahead")


def _decode_notice(body: bytes) -> Notice:
    """Reads the fields and holds them to their kind: its own number alone, and a `txn` where one is due."""
    try:
        notice = msgspec.json.decode(body, type=Notice)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise NoticeRefused("body_malformed") from error
    given = {name for name in REFERENCE_NAMES if getattr(notice, name) is not None}
    if given != {NOTICE_REFERENCE[notice.kind]} or (notice.kind in NOTICE_WITH_TXN and notice.txn is None):
        raise NoticeRefused("body_malformed")
    return notice
