"""How notices come: once, twice, late, out of order, never, and again until they are taken."""

from tests.provider.conftest import Till
from tests.provider.receiver import Received


def about(trade_no: str):
    return lambda notice: notice.fields.get("trade_no") == trade_no


def pay_as(till: Till, **behaviour: object) -> tuple[str, str]:
    ask = till.ask()
    till.provider.behave(trade_no=ask.trade_no, **behaviour)
    return ask.trade_no, till.paid_txn(ask)


def test_twice_brings_the_same_notice_again(till: Till) -> None:
    trade_no, _ = pay_as(till, notice="twice")
    first, second = till.receiver.wait_for(2)
    assert first.body == second.body
    assert till.read(first).id == till.read(second).id
    pay_as(till)
    assert len(till.receiver.wait_for(3)) == 3
    assert [row["kind"] for row in till.provider.notices(trade_no)] == ["paid"]


def test_late_is_not_before_its_time(till: Till) -> None:
    late, _ = pay_as(till, late_ms=1_200)
    prompt, _ = pay_as(till)
    assert [notice.fields["trade_no"] for notice in till.receiver.wait_for(2)] == [prompt, late]
    notice = till.read(till.receiver.received[1])
    sent_ms = int(till.receiver.received[1].headers["provider-timestamp"])
    assert sent_ms - notice.at_ms >= 1_200


def test_out_of_order_lets_the_second_overtake(till: Till) -> None:
    _, txn = pay_as(till, notice="out_of_order")
    till.provider.steer(f"/v1/payments/{txn}/reverse")
    assert till.receiver.kinds(2) == ["reversed", "paid"]


def test_out_of_order_holds_no_notice_for_ever(till: Till) -> None:
    pay_as(till, notice="out_of_order")
    assert till.receiver.kinds(1) == ["paid"]


def test_never_withholds_until_it_is_asked_for(till: Till) -> None:
    silent, _ = pay_as(till, notice="never")
    loud, _ = pay_as(till)
    till.receiver.wait_for(1)
    assert [row["state"] for row in till.provider.notices(silent)] == ["withheld"]
    assert [notice.fields["trade_no"] for notice in till.receiver.received] == [loud]
    assert till.provider.steer("/v1/notices/resend", subject=silent) == {"count": 1}
    assert len(till.receiver.wait_for(1, about(silent))) == 1


def test_a_notice_comes_again_until_it_is_taken_with_a_fresh_timestamp(till: Till) -> None:
    till.receiver.statuses = [500, 302, 404]
    pay_as(till)
    received = till.receiver.wait_for(4)
    stamps = [int(notice.headers["provider-timestamp"]) for notice in received]
    assert len({notice.body for notice in received}) == 1
    assert stamps == sorted(set(stamps))


def test_deliveries_end_after_the_last_retry(till: Till) -> None:
    till.receiver.statuses = [503] * 20
    trade_no, _ = pay_as(till)
    till.receiver.wait_for(6)
    # The receiver has the last one before the provider writes it down; another trade's notice comes after that.
    till.receiver.statuses = []
    other, _ = pay_as(till)
    till.receiver.wait_for(1, about(other))
    assert [row["state"] for row in till.provider.notices(trade_no)] == ["given_up"]
    assert len([notice for notice in till.receiver.received if about(trade_no)(notice)]) == 6


def test_any_notice_can_be_made_up_and_is_truly_signed(till: Till) -> None:
    ask = till.ask()
    till.provider.steer(
        "/v1/notices", kind="paid", subject=ask.trade_no, reference=ask.trade_no, notify_url=till.receiver.url,
        amount_minor=ask.amount_minor + 1, currency="CNY", txn="T-nobody-paid",
    )  # fmt: skip
    received: Received = till.receiver.wait_for(1)[0]
    assert till.read(received).amount_minor == ask.amount_minor + 1
    assert till.run(lambda pay: pay.query_payment(ask.trade_no)) == []
