"""A real provider in its own process, a real receiver, and the port between them and us."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest

from jishi.ports.pay import Notice, PaymentAsk, RefundAnswer, RefundAsk
from jishi.ports.pay_local import LocalPay, LocalPaySettings
from tests.provider.receiver import Received, Receiver
from tests.support.provider_process import ProviderProcess

Answer = TypeVar("Answer")
RETRY_QUICKLY = ("--retry-ms", "50,50,100,100,200", "--hold-ms", "1500")


def wall_ms() -> int:
    return time.time_ns() // 1_000_000


def refund_ask(ask: PaymentAsk, txn: str, amount_minor: int, number: int = 1) -> RefundAsk:
    return RefundAsk(
        refund_no=f"R{number}-{ask.trade_no}", trade_no=ask.trade_no, txn=txn, amount_minor=amount_minor, currency="CNY"
    )


@dataclass
class Till:
    """What one test needs: the provider, its receiver, and numbers of its own."""

    provider: ProviderProcess
    receiver: Receiver
    numbers: count = field(default_factory=lambda: count(1))

    def settings(self, **changed: Any) -> LocalPaySettings:
        given = {"base_url": self.provider.base_url, "merchant": "jishi", "secret": self.provider.secret,
                 "notify_url": self.receiver.url}  # fmt: skip
        return LocalPaySettings(**(given | changed))

    def ask(self, **changed: Any) -> PaymentAsk:
        given = {"trade_no": f"T{next(self.numbers)}-{time.time_ns()}", "amount_minor": 12_345, "currency": "CNY",
                 "subject_code": "order", "return_url": "http://127.0.0.1:1/orders/1?from=cashier",
                 "expires_ms": wall_ms() + 900_000}  # fmt: skip
        return PaymentAsk(**(given | changed))

    def link(self, ask: PaymentAsk) -> str:
        return self.run(lambda pay: _now(pay.cashier_url(ask)))

    def pay(self, ask: PaymentAsk) -> httpx.Response:
        return self.provider.pay(self.run(lambda pay: _now(pay.payment_params(ask))))

    def paid_txn(self, ask: PaymentAsk) -> str:
        response = self.pay(ask)
        assert response.status_code == 200, response.text
        return response.json()["txn"]

    def refund(self, ask: PaymentAsk, txn: str, amount_minor: int, number: int = 1) -> RefundAnswer:
        return self.run(lambda pay: pay.refund(refund_ask(ask, txn, amount_minor, number)))

    def run(self, step: Callable[[LocalPay], Awaitable[Answer]], **changed: Any) -> Answer:
        """One conversation through the port, in a loop of its own."""

        async def talk() -> Answer:
            pay = LocalPay(self.settings(**changed))
            try:
                return await step(pay)
            finally:
                await pay.close()

        return asyncio.run(talk())

    def read(self, received: Received, now_ms: int | None = None) -> Notice:
        """As the shop reads it, with the key fetched over HTTP."""

        async def read(pay: LocalPay) -> Notice:
            await pay.ready()
            return pay.read_notice(received.headers, received.body, now_ms or wall_ms())

        return self.run(read)


async def _now(value: Answer) -> Answer:
    return value


@pytest.fixture(scope="module")
def local_provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProviderProcess]:
    """One process for a file's tests; they use trade numbers of their own."""
    folder: Path = tmp_path_factory.mktemp("provider")
    provider = ProviderProcess(folder, RETRY_QUICKLY).start()
    yield provider
    assert provider.stop() == 0
    assert "Traceback" not in provider.log_text


@pytest.fixture
def till(local_provider: ProviderProcess) -> Iterator[Till]:
    receiver = Receiver()
    yield Till(local_provider, receiver)
    receiver.close()
    local_provider.behave(reset=True)
