"""What a mode answers.

A mode is one way to trade: it stands between paid and to ship, and overrides no kernel command.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from jishi.kernel.grammar import Event, Need


def _admit_all(command: Any, case: Any, lines: list) -> None:
    """Plain trade admits whatever is on sale."""


def _list_price(sku: Any, case: Any) -> int:
    """Plain trade asks the SKU's own price."""
    return sku.price_minor


def _no_shares(order: Any, case: Any) -> tuple:
    """Plain trade pays nobody but the merchant, the platform and who brought the buyer."""
    return ()


class Mode(NamedTuple):
    """A mode's answers, with plain trade as default.

    admit: refuse what this mode does not sell. quote: the price of one SKU. hold_at: when stock is set aside, `place`
    or `pay`.
    on_paid: release the order or close a gate, as events. shares: further payees. known: whether the buyer gives the
    address.
    gate: the outside code of a paid order whose gate is closed. needs: rows that on_paid wants, loaded with the
    order's.
    """

    name: str
    on_paid: Callable[[Any, Any, int], list[Event]]
    admit: Callable[[Any, Any, list], None] = _admit_all
    quote: Callable[[Any, Any], int] = _list_price
    hold_at: str = "place"
    shares: Callable[[Any, Any], tuple] = _no_shares
    known: bool = True
    gate: int = 20
    needs: tuple[Need, ...] = ()
