"""The payment port: how the shop asks a payment provider for money, and what it believes of the answers.

The rules, for every implementation and every caller:

- No call is made inside a transaction, and none is needed before the buyer comes: the cashier link is only signed.
- A refusal to connect, a time-out, a reset, a 5xx and an answer that cannot be read raise `Unknown`. Nothing is ever
  assumed failed, nor succeeded: ask the matching `query_*` later, or send the same ask again under the same number.
- `PayRefused` means that the provider understood and said no to the call itself, and that nothing moved because of it
  (a wrong secret, another body under the same number); a person has to look. It is not the end of a payment either.
- Refunds and payouts are idempotent by their number. `accepted` is on its way; `succeeded` and `failed` are the
  provider's word, of which a payout's may still turn to `returned`; `unknown` in a query's answer means that the
  provider has no record of the number: the ask never arrived, send it again.
- A notice is believed only through `read_notice`, and only as far as: the provider said this within five minutes of
  wall-clock time. It may be the second copy, late, out of order, or never come. Record it, then act: states move
  forward, one `txn` is booked once, and amount, currency and number are compared with our own.
- A trade number may have several payments (two tabs, one after a failure). Each is told by its own `txn`.

Amounts are integer minor units, times are milliseconds UTC; `at_ms`, `paid_ms` and `expires_ms` are business time.
"""

from collections.abc import Mapping
from typing import Annotated, Literal, Protocol

from msgspec import Meta, Struct

AmountMinor = Annotated[int, Meta(gt=0, le=2**53 - 1)]
Currency = Annotated[str, Meta(pattern="^[A-Z]{3}$")]
Code = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_\-]+$")]
TimeMs = Annotated[int, Meta(gt=0, le=2**53 - 1)]
NoticeKind = Literal[
    "paid", "failed", "closed", "reversed", "charged_back", "refunded", "refund_failed", "paid_out", "payout_failed"
]
NOTICE_TOLERANCE_MS = 5 * 60 * 1000

# Which number a notice of this kind carries, and carries alone.
NOTICE_REFERENCE: dict[str, str] = {
    "paid": "trade_no",
    "failed": "trade_no",
    "closed": "trade_no",
    "reversed": "trade_no",
    "charged_back": "trade_no",
    "refunded": "refund_no",
    "refund_failed": "refund_no",
    "paid_out": "payout_no",
    "payout_failed": "payout_no",
}
# Kinds that speak of one payment and say which.
NOTICE_WITH_TXN = frozenset({"paid", "failed", "reversed", "charged_back", "refunded", "refund_failed"})


class Unknown(Exception):
    """The provider's answer is not known; `code` says how it was lost. Query later, never assume."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class PayRefused(Exception):
    """The provider refused the call itself and changed nothing; `code` is the provider's."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class NoticeRefused(Exception):
    """The notice is not believed. Codes: signature_missing, timestamp_malformed, timestamp_old, timestamp_ahead,
    key_unknown, signature_malformed, signature_wrong, body_malformed, body_too_large, merchant_differs."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class PaymentAsk(Struct, frozen=True, kw_only=True):
    """What a cashier link says. `subject_code`: order, checkout, gift, deposit, balance, bond; `lang`: zh-Hans …"""

    trade_no: Code
    amount_minor: AmountMinor
    currency: Currency
    subject_code: str
    return_url: str
    expires_ms: TimeMs
    lang: str = "zh-Hans"


class Notice(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing the provider says happened; exactly one of the three numbers is set, as its kind demands."""

    id: Code
    kind: NoticeKind
    merchant: str
    amount_minor: AmountMinor
    currency: Currency
    at_ms: TimeMs
    trade_no: Code | None = None
    refund_no: Code | None = None
    payout_no: Code | None = None
    txn: Code | None = None

    @property
    def reference(self) -> str:
        """The number that the kind demands."""
        return getattr(self, NOTICE_REFERENCE[self.kind])


class ProviderPayment(Struct, frozen=True, kw_only=True):
    """One payment of a trade. `refunded_minor` includes refunds under way; undone payments keep it."""

    txn: Code
    trade_no: Code
    amount_minor: AmountMinor
    currency: Currency
    state: Literal["paid", "failed", "reversed", "charged_back"]
    refunded_minor: int
    paid_ms: TimeMs


class RefundAsk(Struct, frozen=True, kw_only=True):
    refund_no: Code
    trade_no: Code
    txn: Code
    amount_minor: AmountMinor
    currency: Currency


class RefundAnswer(Struct, frozen=True, kw_only=True):
    """`code` says why it failed: over_refund, not_captured, currency_differs, bank_refused."""

    refund_no: Code
    state: Literal["accepted", "succeeded", "failed", "unknown"]
    code: str | None = None
    amount_minor: int | None = None
    currency: str | None = None
    at_ms: int | None = None


class PayoutAsk(Struct, frozen=True, kw_only=True):
    """`account` names the receiver's account at the provider; it is no personal data."""

    payout_no: Code
    amount_minor: AmountMinor
    currency: Currency
    account: Code


class PayoutAnswer(Struct, frozen=True, kw_only=True):
    """`code` says why it failed or came back: balance_short, bank_refused, returned."""

    payout_no: Code
    state: Literal["accepted", "succeeded", "failed", "returned", "unknown"]
    code: str | None = None
    amount_minor: int | None = None
    currency: str | None = None
    at_ms: int | None = None


class StatementRow(Struct, frozen=True, kw_only=True):
    """Money to us is positive. `kind`: paid, refunded, reversed, charged_back, paid_out, payout_returned;
    `reference` is the trade, refund or payout number."""

    seq: int
    at_ms: int
    kind: str
    reference: str
    txn: str | None
    amount_minor: int
    currency: str


class Statement(Struct, frozen=True, kw_only=True):
    """`balance_minor` by currency, of all rows; `cursor` continues after the last row shown; `more` says whether to."""

    balance_minor: dict[str, int]
    rows: list[StatementRow]
    cursor: str
    more: bool


class Pay(Protocol):
    """See the module's text for the rules; every async method may raise `Unknown` and `PayRefused`."""

    def cashier_url(self, ask: PaymentAsk) -> str:
        """A signed link for the buyer; makes no call."""

    def read_notice(self, headers: Mapping[str, str], body: bytes, now_ms: int) -> Notice:
        """The notice, verified; `now_ms` is wall-clock time. Raises NoticeRefused, or Unknown before `ready`."""

    async def ready(self) -> None:
        """Fetches the provider's public key if it is not there yet; call it at the start, again until it succeeds."""

    async def query_payment(self, trade_no: str) -> list[ProviderPayment]:
        """All payments of the trade; none if nobody has paid, which is no proof that nobody will."""

    async def close_payment(self, trade_no: str) -> bool:
        """Asks that nobody can pay any more, be the link opened or not; False when it is paid already."""

    async def refund(self, ask: RefundAsk) -> RefundAnswer: ...

    async def query_refund(self, refund_no: str) -> RefundAnswer: ...

    async def payout(self, ask: PayoutAsk) -> PayoutAnswer: ...

    async def query_payout(self, payout_no: str) -> PayoutAnswer: ...

    async def statement(self, cursor: str | None = None) -> Statement: ...

    async def close(self) -> None:
        """Gives back the connections."""
