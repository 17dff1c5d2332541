"""Refunds and payouts: idempotent by number, never more than there is, and every kind of answer."""

import pytest

from jishi.ports.pay import PayoutAsk, PayRefused, Unknown
from tests.provider.conftest import Till, refund_ask


def balance_minor(till: Till) -> int:
    return till.run(lambda pay: pay.statement()).balance_minor.get("CNY", 0)


def payout(till: Till, number: str, amount_minor: int):
    ask = PayoutAsk(payout_no=number, amount_minor=amount_minor, currency="CNY", account="shop-lantern")
    return till.run(lambda pay: pay.payout(ask))


def test_the_same_refund_twice_moves_money_once(till: Till) -> None:
    ask = till.ask()
    txn = till.paid_txn(ask)
    before = balance_minor(till)
    first, second = till.refund(ask, txn, 1_000), till.refund(ask, txn, 1_000)
    assert first == second
    assert (first.state, before - balance_minor(till)) == ("succeeded", 1_000)
    notice = till.read(till.receiver.wait_for(2)[1])
    assert (notice.kind, notice.reference, notice.txn, notice.trade_no) == ("refunded", first.refund_no, txn, None)


def test_the_same_number_with_another_body_is_refused(till: Till) -> None:
    ask = till.ask()
    txn = till.paid_txn(ask)
    till.refund(ask, txn, 1_000)
    with pytest.raises(PayRefused, match="other_body"):
        till.refund(ask, txn, 1_001)


def test_no_more_goes_back_than_was_captured(till: Till) -> None:
    ask = till.ask()
    txn = till.paid_txn(ask)
    assert till.refund(ask, txn, 12_000, 1).state == "succeeded"
    over = till.refund(ask, txn, 346, 2)
    assert (over.state, over.code) == ("failed", "over_refund")
    assert till.refund(ask, txn, 345, 3).state == "succeeded"
    assert till.run(lambda pay: pay.query_payment(ask.trade_no))[0].refunded_minor == 12_345


def test_a_refund_under_way_counts(till: Till) -> None:
    ask = till.ask()
    txn = till.paid_txn(ask)
    till.provider.behave(trade_no=ask.trade_no, refund="slow", slow_ms=600_000)
    assert till.refund(ask, txn, 12_345, 1).state == "accepted"
    assert till.refund(ask, txn, 1, 2).code == "over_refund"


def test_a_failed_refund_gives_its_part_back(till: Till) -> None:
    ask = till.ask()
    txn = till.paid_txn(ask)
    before = balance_minor(till)
    till.provider.behave(trade_no=ask.trade_no, refund="fails_later", slow_ms=0)
    assert till.refund(ask, txn, 12_345, 1).state == "accepted"
    assert till.receiver.kinds(2) == ["paid", "refund_failed"]
    assert till.run(lambda pay: pay.query_refund(f"R1-{ask.trade_no}")).code == "bank_refused"
    till.provider.behave(trade_no=ask.trade_no, refund="fails")
    assert till.refund(ask, txn, 12_345, 2).state == "failed"
    assert balance_minor(till) == before
    till.provider.behave(trade_no=ask.trade_no, refund="ok")
    assert till.refund(ask, txn, 12_345, 3).state == "succeeded"


@pytest.mark.parametrize(("outcome", "found"), [("unknown", "succeeded"), ("lost", "unknown")])
def test_no_answer_is_unknown_and_the_query_tells(till: Till, outcome: str, found: str) -> None:
    ask = till.ask()
    txn = till.paid_txn(ask)
    till.provider.behave(trade_no=ask.trade_no, refund=outcome)
    with pytest.raises(Unknown, match="http_503"):
        till.refund(ask, txn, 1_000)
    number = refund_ask(ask, txn, 1_000).refund_no
    assert till.run(lambda pay: pay.query_refund(number)).state == found
    till.provider.behave(trade_no=ask.trade_no, refund="ok")
    assert till.refund(ask, txn, 1_000).state == "succeeded"
    assert till.run(lambda pay: pay.query_payment(ask.trade_no))[0].refunded_minor == 1_000


def test_a_refund_of_a_payment_nobody_made_is_no_failure(till: Till) -> None:
    with pytest.raises(PayRefused, match="not_found"):
        till.refund(till.ask(), "T-nobody-paid", 1)


def test_a_payout_is_idempotent_and_may_come_back(till: Till) -> None:
    till.paid_txn(till.ask())
    before = balance_minor(till)
    assert payout(till, "P-1", 500) == payout(till, "P-1", 500)
    assert before - balance_minor(till) == 500
    till.provider.steer("/v1/payouts/P-1/return")
    assert till.receiver.kinds(3) == ["paid", "paid_out", "payout_failed"]
    answer = till.run(lambda pay: pay.query_payout("P-1"))
    assert (answer.state, answer.code, balance_minor(till)) == ("returned", "returned", before)


def test_no_payout_beyond_the_balance(till: Till) -> None:
    answer = payout(till, "P-2", balance_minor(till) + 1)
    assert (answer.state, answer.code) == ("failed", "balance_short")
    assert till.run(lambda pay: pay.query_payout("P-2")).state == "unknown"


def test_slow_payouts_count_against_the_balance(till: Till) -> None:
    till.paid_txn(till.ask())
    till.provider.behave(payout="slow", slow_ms=600_000)
    assert payout(till, "P-3", 1).state == "accepted"
    assert payout(till, "P-4", balance_minor(till)).code == "balance_short"


def test_the_statement_is_read_by_cursor_and_sums_up(till: Till) -> None:
    start = till.run(lambda pay: pay.statement())
    ask = till.ask()
    txn = till.paid_txn(ask)
    till.refund(ask, txn, 345)
    page = till.run(lambda pay: pay.statement(start.cursor))
    assert [(row.kind, row.amount_minor) for row in page.rows] == [("paid", 12_345), ("refunded", -345)]
    assert page.balance_minor["CNY"] - start.balance_minor.get("CNY", 0) == 12_000
    assert not page.more
    assert till.run(lambda pay: pay.statement(page.cursor)).rows == []
