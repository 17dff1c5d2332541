"""Paying by link and by call, closing, and what the bank undoes."""

import httpx
import pytest

from jishi.ports.pay import Unknown
from tests.provider.conftest import Till, wall_ms


def payments(till: Till, trade_no: str) -> list:
    return till.run(lambda pay: pay.query_payment(trade_no))


def test_a_payment_is_told_and_can_be_queried(till: Till) -> None:
    ask = till.ask()
    assert payments(till, ask.trade_no) == []
    txn = till.paid_txn(ask)
    notice = till.read(till.receiver.wait_for(1)[0])
    assert (notice.kind, notice.trade_no, notice.txn) == ("paid", ask.trade_no, txn)
    assert (notice.amount_minor, notice.currency, notice.reference) == (12_345, "CNY", ask.trade_no)
    [payment] = payments(till, ask.trade_no)
    assert (payment.txn, payment.state, payment.refunded_minor) == (txn, "paid", 0)


def test_the_same_trade_twice_is_one_payment(till: Till) -> None:
    ask = till.ask()
    assert till.paid_txn(ask) == till.paid_txn(ask)
    assert len(payments(till, ask.trade_no)) == 1


def test_two_tabs_pay_twice_where_that_is_allowed(till: Till) -> None:
    ask = till.ask()
    till.provider.behave(trade_no=ask.trade_no, allow_double=True)
    first, second = till.paid_txn(ask), till.paid_txn(ask)
    assert first != second
    assert {notice.fields["txn"] for notice in till.receiver.wait_for(2)} == {first, second}
    assert {payment.txn for payment in payments(till, ask.trade_no)} == {first, second}


def test_the_same_number_with_another_amount_is_refused(till: Till) -> None:
    ask = till.ask()
    till.paid_txn(ask)
    response = till.pay(till.ask(trade_no=ask.trade_no, amount_minor=1))
    assert (response.status_code, response.json()["code"]) == (409, "trade_differs")


@pytest.mark.parametrize(("name", "value"), [("amount_minor", "1"), ("trade_no", "other"), ("sign", ""), ("x", "1")])
def test_changed_parameters_are_refused(till: Till, name: str, value: str) -> None:
    params = dict(httpx.URL(till.link(till.ask())).params) | {name: value}
    response = till.provider.pay(params)
    assert (response.status_code, response.json()["code"]) == (401, "bad_signature")


def test_a_failed_attempt_can_be_followed_by_a_good_one(till: Till) -> None:
    ask = till.ask()
    till.provider.behave(trade_no=ask.trade_no, pay="fails")
    assert till.pay(ask).status_code == 402
    till.provider.behave(trade_no=ask.trade_no, pay="ok")
    txn = till.paid_txn(ask)
    assert till.receiver.kinds(2) == ["failed", "paid"]
    assert {payment.state: payment.txn for payment in payments(till, ask.trade_no)}["paid"] == txn


def test_an_expired_trade_closes_and_takes_no_money(till: Till) -> None:
    ask = till.ask(expires_ms=wall_ms() + 1_500)
    assert httpx.get(till.link(ask)).status_code == 200
    assert till.receiver.kinds(1) == ["closed"]
    assert till.pay(ask).json()["code"] == "trade_closed"
    till.provider.behave(trade_no=ask.trade_no, pay_after_expiry=True)
    till.paid_txn(ask)
    assert till.receiver.kinds(2) == ["closed", "paid"]


@pytest.mark.parametrize("opened", [True, False])
def test_a_closed_trade_cannot_be_paid(till: Till, opened: bool) -> None:
    ask = till.ask()
    if opened:
        assert httpx.get(till.link(ask)).status_code == 200
    assert till.run(lambda pay: pay.close_payment(ask.trade_no)) is True
    assert till.run(lambda pay: pay.close_payment(ask.trade_no)) is True
    assert till.pay(ask).json()["code"] == "trade_closed"
    assert httpx.get(till.link(ask)).status_code == 410


def test_a_paid_trade_is_not_closed(till: Till) -> None:
    ask = till.ask()
    till.paid_txn(ask)
    assert till.run(lambda pay: pay.close_payment(ask.trade_no)) is False


@pytest.mark.parametrize(("verb", "state"), [("reverse", "reversed"), ("charge_back", "charged_back")])
def test_the_bank_takes_back_what_is_not_refunded(till: Till, verb: str, state: str) -> None:
    ask = till.ask()
    txn = till.paid_txn(ask)
    till.refund(ask, txn, 345)
    before = till.run(lambda pay: pay.statement()).balance_minor["CNY"]
    for _ in range(2):
        till.provider.steer(f"/v1/payments/{txn}/{verb}")
    notice = till.read(till.receiver.wait_for(3)[2])
    assert (notice.kind, notice.amount_minor, notice.txn) == (state, 12_000, txn)
    assert before - till.run(lambda pay: pay.statement()).balance_minor["CNY"] == 12_000
    answer = till.refund(ask, txn, 1, 2)
    assert (answer.state, answer.code) == ("failed", "not_captured")


def test_steering_needs_the_secret(till: Till) -> None:
    response = httpx.post(till.provider.base_url + "/v1/behaviour", json={}, headers={"authorization": "Bearer no"})
    assert response.status_code == 401


def test_an_outage_is_unknown_not_failed(till: Till) -> None:
    till.provider.behave(outage="error")
    with pytest.raises(Unknown, match="http_500"):
        till.run(lambda pay: pay.query_payment("any"))
    till.provider.behave(outage="hang", hang_ms=600)
    with pytest.raises(Unknown, match="timeout"):
        till.run(lambda pay: pay.query_payment("any"), timeout_ms=200)
