"""The provider's own "no": a stable code, an HTTP status and a sentence, in one table."""

REFUSALS: dict[str, tuple[int, str]] = {
    "malformed": (400, "The request cannot be read. Compare its fields and types with the interface."),
    "too_large": (413, "The body is larger than 64 KiB. Send less."),
    "bad_signature": (401, "The signature does not fit the request. Check the merchant, the secret and the clock."),
    "not_found": (404, "The provider has no such record. Check the number."),
    "trade_differs": (409, "This trade number was opened with other figures. Use a new trade number."),
    "other_body": (409, "This number was used with another body. Use a new number."),
    "trade_paid": (409, "The trade is paid already. Refund it instead."),
    "trade_closed": (410, "The trade is closed. Go back to the shop and pay from there again."),
    "trade_expired": (410, "The time to pay is over. Go back to the shop and pay from there again."),
    "pay_failed": (402, "The bank refused the payment. No money has moved; try again."),
    "not_captured": (422, "This payment holds no captured money. Query its state."),
    "over_refund": (422, "More than what is left of the captured amount. Ask for less."),
    "currency_differs": (422, "The payment is in another currency. Use the payment's own."),
    "balance_short": (422, "The balance at the provider is too small for this payout. Ask for less."),
    "not_paid_out": (422, "This payout has not succeeded, so it cannot come back. Query its state."),
    "clock_back": (422, "Business time never goes back. Give a larger offset."),
    "unavailable": (503, "The provider cannot say what happened. Query later, or send the same request again."),
    "outage": (500, "The provider is out of order as its behaviour was set. Try again later."),
}


class Refusal(Exception):
    """Raised to answer with a code of the table above."""

    def __init__(self, code: str, detail: str | None = None) -> None:
        self.code = code
        self.status, self.detail = REFUSALS[code][0], detail or REFUSALS[code][1]
        super().__init__(code)
