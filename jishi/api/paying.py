"""`POST /v1/payments/cashier`: the payer's link to the provider's cashier, and where it may lead back to."""

from typing import Annotated, Any
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from jishi.api.cashier import Back, Till, checkout_link, order_link
from jishi.api.endpoints import APPLIED, Endpoint
from jishi.api.outside import Reader
from jishi.api.ports import Ports
from jishi.api.reading import decode
from jishi.api.wire import Call, Reply
from jishi.kernel.ids import public_id
from jishi.kernel.orders import CheckoutId
from jishi.kernel.refused import require
from jishi.kernel.stock import OrderId

WEB_PORTS = {"http": 80, "https": 443}
ONE_OF_TWO = "Give either an order or a checkout."


class PayAtCashier(msgspec.Struct, frozen=True, kw_only=True):
    """Start to pay an order, or all orders of a checkout, and obtain the payer's link to the cashier."""

    order: OrderId | None = None
    checkout: CheckoutId | None = None
    return_url: Annotated[str, Meta(max_length=500)] = ""


class CashierLink(msgspec.Struct, frozen=True):
    """url: where the payer's browser goes; None in a dry run, which starts no payment."""

    url: str | None


class CashierEndpoint(Endpoint):
    """Payment is started first, so that we ask until its outcome is known."""

    path, limited, roles, keyed, shown = "payments/cashier", "pay", ["payer"], False, CashierLink
    summary = PayAtCashier.__doc__

    def __init__(self, engine: Any, ports: Ports):
        self.engine, self.ports = engine, ports
        self.reader = Reader(PayAtCashier)
        self.decoder = msgspec.json.Decoder(self.reader.outer)

    async def answer(self, call: Call) -> Reply:
        found: list[int] = []
        asked = self.reader.values(decode(self.decoder, call.body), call.by, found)
        require(len(found) == 1, "body_invalid", field="order", reason=ONE_OF_TWO)
        require(call.by.party, "forbidden")
        require(self.ports.pay, "cashier_missing")
        till, owner = Till(self.engine, self.ports.pay, call.dry), found[0]
        if asked["order"]:
            back = self.back(call, asked["return_url"], f"orders/{public_id(owner, asked['order'])}")
            url = await order_link(till, call.by, owner, asked["order"], back)
        else:
            require(owner == call.by.party, "forbidden")
            back = self.back(call, asked["return_url"], f"checkouts/{public_id(owner, asked['checkout'])}")
            url = await checkout_link(till, call.by, asked["checkout"], back)
        shown = CashierLink(None if call.dry else url)
        return Reply(200, msgspec.json.encode(shown), (APPLIED,) if call.dry else ())

    def back(self, call: Call, asked: str, ours: str) -> Back:
        """Where the buyer returns to: our own page of this payment unless another address is asked for and allowed."""
        allowed = self.ports.return_urls
        url = asked or f"{allowed[0]}/pay/{ours}/return"
        require(origin_of(url) in {origin_of(one) for one in allowed}, "return_url_foreign", field="return_url")
        return Back(url, call.language)


def origin_of(url: str) -> str:
    """Scheme, host and port of an address; "" for one that is no plain web address, or that readers may disagree on."""
    if not url.isascii() or not url.isprintable() or any(mark in url for mark in " \\"):
        return ""
    try:
        parts = urlsplit(url)
        port = parts.port or WEB_PORTS.get(parts.scheme, 0)
    except ValueError:
        return ""
    plain = parts.scheme in WEB_PORTS and parts.hostname and "@" not in parts.netloc
    return f"{parts.scheme}://{parts.hostname}:{port}" if plain else ""
