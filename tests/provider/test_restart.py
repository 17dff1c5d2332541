"""The provider's file outlives its process: the queue, the key, the clock, the trades."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.provider.conftest import RETRY_QUICKLY, Till, wall_ms
from tests.provider.receiver import Receiver
from tests.support.provider_process import ProviderProcess


@pytest.fixture
def till(tmp_path: Path) -> Iterator[Till]:
    """A process of the test's own, to be stopped and started at will."""
    provider, receiver = ProviderProcess(tmp_path, RETRY_QUICKLY).start(), Receiver()
    yield Till(provider, receiver)
    provider.stop()
    receiver.close()


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_a_restart_keeps_the_queue_and_the_key(till: Till, end: str) -> None:
    ask = till.ask()
    till.provider.behave(trade_no=ask.trade_no, late_ms=60_000)
    txn = till.paid_txn(ask)
    getattr(till.provider, end)()
    key_file = till.provider.folder / "provider.sqlite.key.pem"
    key, mode = key_file.read_bytes(), key_file.stat().st_mode & 0o777
    till.provider.start()
    assert [row["state"] for row in till.provider.notices(ask.trade_no)] == ["pending"]
    assert till.receiver.received == []
    till.provider.steer("/v1/clock", offset_ms=60_000)
    assert till.read(till.receiver.wait_for(1)[0]).txn == txn
    assert (key_file.read_bytes(), mode) == (key, 0o600)


def test_a_slow_refund_ends_after_a_kill(till: Till) -> None:
    ask = till.ask()
    txn = till.paid_txn(ask)
    till.provider.behave(trade_no=ask.trade_no, refund="slow", slow_ms=60_000)
    refund = till.refund(ask, txn, 345)
    assert refund.state == "accepted"
    till.provider.kill()
    till.provider.start()
    till.provider.steer("/v1/clock", offset_ms=60_000)
    assert till.receiver.kinds(2) == ["paid", "refunded"]
    assert till.run(lambda pay: pay.query_refund(refund.refund_no)).state == "succeeded"


def test_business_time_only_goes_forward(till: Till) -> None:
    ask = till.ask(expires_ms=wall_ms() + 86_400_000)
    assert httpx.get(till.link(ask)).status_code == 200
    till.provider.steer("/v1/clock", offset_ms=2 * 86_400_000)
    assert till.receiver.kinds(1) == ["closed"]
    with pytest.raises(httpx.HTTPStatusError, match="422"):
        till.provider.steer("/v1/clock", offset_ms=0)


def test_a_second_provider_on_the_same_file_is_refused(till: Till) -> None:
    second = ProviderProcess(till.provider.folder)
    with pytest.raises(RuntimeError, match="Stop the other provider"):
        second.start()


def test_no_secret_in_the_log(till: Till) -> None:
    till.paid_txn(till.ask())
    till.receiver.wait_for(1)
    assert till.provider.secret not in till.provider.log_text
