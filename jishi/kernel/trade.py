"""The numbers we give the provider: each carries its owner, so that every notice routes to one shop without a look-up.
"""

from typing import NamedTuple

from jishi.kernel.ids import public_id, read_id
from jishi.kernel.orders import Order
from jishi.kernel.refused import Refused


class Reference(NamedTuple):
    """What a number stands for. kind: O order leg, C checkout, R refund, P payout, S surplus; n: leg or refund."""

    kind: str
    owner: int
    id: int
    n: int


def write(kind: str, owner: int, number: int, n: int = 0) -> str:
    """The number, at most 32 characters."""
    text = kind + public_id(owner, number) + (f"-{n}" if n else "")
    assert len(text) <= 32
    return text


def read(text: str) -> Reference:
    """Parse a number; refuses `id_malformed`."""
    kind, body = text[:1], text[1:]
    body, _, n = body.partition("-")
    if kind not in "OCRPS" or not kind or (n and not n.isdigit()):
        raise Refused("id_malformed")
    return Reference(kind, *read_id(body), int(n or 0))


def trade_of(order: Order, leg: int) -> str:
    """The number an order's leg is paid under: its own, or its checkout's."""
    if order.checkout:
        return write("C", order.payer, order.checkout)
    return write("O", order.owner, order.id, leg)
