"""The state machines of a deal as drawings: where the order and its gate have been, stand, and can still go."""

from __future__ import annotations

from typing import Any

from jishi.kernel.aftersale import CLAIM
from jishi.kernel.machine import Machine
from jishi.kernel.orders import ORDER
from jishi.modes.gift import GIFT_GATE
from jishi.store.queries.deal_rows import Deal
from jishi.web.saying import Gettext
from jishi.web.words import CLAIM as CLAIM_WORDS
from jishi.web.words import GIFT, Word
from jishi.web.words import ORDER as ORDER_WORDS

# The main way of each machine; what is not on it stands aside.
MAIN = {
    "order": ("placed", "paid", "to_ship", "partly_shipped", "shipped", "received", "settled"),
    "gift": ("wrapped", "offered", "accepted"),
    "claim": ("requested", "awaiting_return", "returning", "refunding", "refunded"),
}


def machines(deal: Deal, gettext: Gettext) -> list[dict[str, Any]]:
    """The order's machine, the gift's, and one per claim: {title, states, due_ms}."""
    drawn = [
        {
            "title": gettext("The order"),
            "states": states(ORDER, deal.order.state, ORDER_WORDS, gettext, _been(deal)),
            "due_ms": 0,
        }
    ]
    if deal.gift:
        gift = deal.gift
        due = gift.expires_ms - deal.order.ahead_ms if gift.state == "offered" else 0
        been = {"wrapped"} if gift.expires_ms or gift.state != "wrapped" else set()
        been |= {"offered"} if gift.state not in ("wrapped", "offered") else set()
        drawn.append(
            {
                "title": gettext("The gate: the gift"),
                "states": states(GIFT_GATE, gift.state, GIFT, gettext, been),
                "due_ms": due,
            }
        )
    for claim in deal.claims:
        title = gettext("Claim %(n)s", n=claim.n)
        due = claim.due_ms - deal.order.ahead_ms if claim.due_ms else 0
        drawn.append(
            {"title": title, "states": states(CLAIM, claim.state, CLAIM_WORDS, gettext, {"requested"}), "due_ms": due}
        )
    return drawn


def _been(deal: Deal) -> set[str]:
    """States the order has been in, by the moments its row keeps."""
    order = deal.order
    been = {"placed"}
    been |= {"paid"} if order.paid_ms else set()
    been |= {"to_ship"} if order.ship_by_ms else set()
    been |= {"partly_shipped"} if len(deal.parcels) > 1 else set()
    been |= {"shipped"} if order.receive_by_ms else set()
    been |= {"received"} if order.settle_at_ms else set()
    return been - {order.state}


def states(
    machine: Machine, current: str, words: dict[str, Word], gettext: Gettext, been: set[str]
) -> list[dict[str, Any]]:
    """One machine for the component, main way first."""
    main = MAIN[machine.noun]
    ordered = [*main, *[state for state in machine.states if state not in main]]
    return [
        {
            "label": gettext(words[state].label),
            "current": state == current,
            "done": state in been,
            "final": state in machine.final,
            "aside": state not in main or (state == "partly_shipped" and state not in been and state != current),
        }
        for state in _aside_last(ordered, been, current)
    ]


def _aside_last(ordered: list[str], been: set[str], current: str) -> list[str]:
    """Partly shipped stands on the main way only for an order that went it."""
    if "partly_shipped" in ordered and "partly_shipped" not in been and current != "partly_shipped":
        return [state for state in ordered if state != "partly_shipped"] + ["partly_shipped"]
    return ordered
