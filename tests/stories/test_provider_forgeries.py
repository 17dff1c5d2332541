"""Notices that are forged, stale, altered or not for us: none is accepted, each is counted, and nothing changes."""

import asyncio
import time

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from structlog.testing import capture_logs

from jishi.api.hooks import BODY_BYTES_MAX, PayHook
from jishi.kernel.owners import LogRow
from jishi.kernel.payments import Notice
from jishi.kernel.trade import trade_of
from jishi.ports.pay_local import LocalPay, LocalPaySettings
from jishi.provider.signing import public_pem, sign_notice
from tests.support.calls import HeldCall
from tests.support.market import open_market

pytestmark = pytest.mark.anyio
KEY = generate_private_key(public_exponent=65537, key_size=2048)
OTHER_KEY = generate_private_key(public_exponent=65537, key_size=2048)
MINUTES_6 = 360_000


def wall_ms() -> int:
    return time.time_ns() // 1_000_000


def port(**changed) -> LocalPay:
    given = {"base_url": "http://127.0.0.1:9", "merchant": "jishi", "secret": "x" * 16, "timeout_ms": 200,
             "notify_url": "http://127.0.0.1:9/hooks/pay", "public_key_pem": public_pem(KEY).decode()}  # fmt: skip
    return LocalPay(LocalPaySettings(**(given | changed)))


class Desk:
    """An order that waits to be paid, a hook, and the notice that would pay it."""

    def __init__(self, market, stall, order, number):
        self.market, self.stall, self.order, self.number = market, stall, order, number
        self.pay = port()
        self.hook = PayHook(market.engine, self.pay)

    def fields(self, **changed) -> dict:
        told = {"id": "N-1", "kind": "paid", "merchant": "jishi", "trade_no": self.number, "txn": "T-1",
                "amount_minor": 10_700, "currency": "CNY", "at_ms": self.market.clock.at}  # fmt: skip
        return {name: value for name, value in (told | changed).items() if value is not None}

    async def tell(self, signed, **headers):
        told = {name: value() if callable(value) else value for name, value in headers.items()}
        given = {name: value for name, value in (signed.headers | told).items() if value is not None}
        return await self.hook.take(given, signed.body)

    async def untouched(self) -> bool:
        order = await self.market.order(self.stall, self.order)
        return order.state == "placed" and await self.market.rows(Notice) == []


async def desk(market) -> Desk:
    stall, buyer = await market.shop(), await market.person()
    order = await market.place(stall, buyer, (await market.goods(stall, 9_900), 1))
    return Desk(market, stall, order, trade_of(await market.order(stall, order), 1))


def later() -> str:
    """A time near the real one, read when the story runs: one read at import is stale by then."""
    return str(wall_ms() + 1)


# what is changed in the notice, which key signs, how old it is, which headers are changed (or told when sent)
# -> status and code
FORGERIES = {
    "no signature": ({}, KEY, 0, {"provider-signature": None}, 401, "signature_missing"),
    "no time": ({}, KEY, 0, {"provider-timestamp": None}, 401, "signature_missing"),
    "no key": ({}, KEY, 0, {"provider-key-id": None}, 401, "signature_missing"),
    "no base64": ({}, KEY, 0, {"provider-signature": "%%%"}, 400, "signature_malformed"),
    "another signature": ({}, KEY, 0, {"provider-signature": "AAAA"}, 401, "signature_wrong"),
    "another time than signed": ({}, KEY, 0, {"provider-timestamp": later}, 401, "signature_wrong"),
    "no number as time": ({}, KEY, 0, {"provider-timestamp": "now"}, 400, "timestamp_malformed"),
    "stale": ({}, KEY, -MINUTES_6, {}, 401, "timestamp_old"),
    "from the future": ({}, KEY, MINUTES_6, {}, 401, "timestamp_ahead"),
    "a key we do not know": ({}, OTHER_KEY, 0, {}, 503, "key_unknown"),
    "another merchant": ({"merchant": "other"}, KEY, 0, {}, 403, "merchant_differs"),
    "no amount": ({"amount_minor": None}, KEY, 0, {}, 400, "body_malformed"),
    "negative": ({"amount_minor": -1}, KEY, 0, {}, 400, "body_malformed"),
    "two numbers": ({"refund_no": "R1"}, KEY, 0, {}, 400, "body_malformed"),
    "no transaction": ({"txn": None}, KEY, 0, {}, 400, "body_malformed"),
    "a refund we never asked for": ({"kind": "refunded", "trade_no": None, "refund_no": "R-1"}, KEY, 0, {}, 422,
                                    "order_differs"),
}  # fmt: skip


async def test_none_is_accepted(database_url):
    async with open_market(database_url) as market:
        here = await desk(market)
        for name, (changed, key, age_ms, headers, status, code) in FORGERIES.items():
            signed = sign_notice(key, here.fields(**changed), wall_ms() + age_ms)
            with capture_logs() as logs:
                reply = await here.tell(signed, **headers)
            assert (reply.status, reply.code) == (status, code), name
            assert [entry["code"] for entry in logs if entry["event"] == "notice_refused"] == [code], name
        assert await here.untouched()


async def test_a_known_key_name_with_another_key(database_url):
    async with open_market(database_url) as market:
        here = await desk(market)
        true, forged = sign_notice(KEY, here.fields(), wall_ms()), sign_notice(OTHER_KEY, here.fields(), wall_ms())
        reply = await here.tell(forged, **{"provider-key-id": true.headers["provider-key-id"]})
        assert (reply.status, reply.code) == (401, "signature_wrong")
        assert await here.untouched()


async def test_an_altered_body(database_url):
    async with open_market(database_url) as market:
        here = await desk(market)
        signed = sign_notice(KEY, here.fields(), wall_ms())
        reply = await here.hook.take(signed.headers, signed.body.replace(b"10700", b"10701"))
        assert (reply.status, reply.code) == (401, "signature_wrong")
        assert await here.untouched()


async def test_the_same_notice_a_hundred_times_is_one(database_url):
    async with open_market(database_url) as market:
        here = await desk(market)
        signed = sign_notice(KEY, here.fields(), wall_ms())
        replies = await asyncio.gather(*[here.tell(signed) for _ in range(100)])
        assert {reply.status for reply in replies} == {200}
        assert len(await market.rows(LogRow, command="RecordNotice")) == 1
        assert await market.balance(here.stall.shop, "escrow") == 10_700


async def test_one_number_for_two_notices(database_url):
    """A notice whose number was used for another one is refused, whatever it says."""
    async with open_market(database_url) as market:
        here = await desk(market)
        assert (await here.tell(sign_notice(KEY, here.fields(), wall_ms()))).status == 200
        reply = await here.tell(sign_notice(KEY, here.fields(txn="T-2"), wall_ms()))
        assert (reply.status, reply.code) == (422, "id_reused")
        assert await market.balance(here.stall.shop, "escrow") == 10_700


async def test_before_the_key_is_known_it_is_sent_again(database_url):
    async with open_market(database_url) as market:
        here = await desk(market)
        here.hook = PayHook(market.engine, port(public_key_pem=None))
        reply = await here.tell(sign_notice(KEY, here.fields(), wall_ms()))
        assert (reply.status, reply.code) == (503, "key_missing")
        assert await here.untouched()


@pytest.mark.parametrize(("method", "size", "status"), [("POST", BODY_BYTES_MAX + 1, 413), ("GET", 0, 405)])
async def test_over_http(database_url, method, size, status):
    async with open_market(database_url) as market:
        here = await desk(market)
        reply = await here.hook(HeldCall(method, "/hooks/pay", held=b"x" * size))
        assert reply.status == status
        assert ("content-type", "application/problem+json") in reply.told


async def test_a_notice_waits_among_people(database_url):
    """Behind it stands a payer who looks at his order; the work of timers and reactions does not go before it."""
    async with open_market(database_url) as market:
        here, queued = await desk(market), []
        put = market.engine.lane.put
        market.engine.lane.put = lambda item: (queued.append(item), put(item))[1]
        reply = await here.tell(sign_notice(KEY, here.fields(), wall_ms()))
        assert reply.status == 200
        assert [(type(item.requests[0].command).__name__, item.background) for item in queued] == [
            ("RecordNotice", False)
        ]
