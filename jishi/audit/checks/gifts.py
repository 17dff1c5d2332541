"""Gifts: the gate and its order tell the same, and nobody is sent a parcel who did not accept it."""

from jishi.audit.query import Query

GIFT = ("owner", "order")
# gate -> the states its order may be in. A payment undone closes the order while its gate is still to be answered.
AGREES = """
    (g.state = 'wrapped' AND o.state IN ('placed', 'closed'))
    OR (g.state = 'offered' AND o.state = 'paid')
    OR (g.state IN ('offered', 'declined', 'expired', 'called_off')
        AND o.state = 'closed' AND o.reason = 'payment_undone')
    OR (g.state = 'accepted' AND (o.state IN ('to_ship', 'partly_shipped', 'shipped', 'received', 'settled', 'refunded')
        OR (o.state = 'closed' AND o.reason IN ('oversold', 'payment_undone'))) AND o.beneficiary = g.recipient)
    OR (g.state = 'declined' AND o.state = 'closed' AND o.reason = 'gift_declined')
    OR (g.state = 'expired' AND o.state = 'closed' AND o.reason = 'gift_expired')
"""

CHECKS = (
    Query(
        "gift_agrees_with_its_order",
        "gifts",
        GIFT,
        f"""
        SELECT g.owner, g."order", g.state, o.state AS deal, o.reason FROM gifts g
        JOIN orders o ON o.owner = g.owner AND o.id = g."order" WHERE NOT ({AGREES}) OR o.mode <> 'gift'
        """,
        "is {state}, its order {deal} {reason}",
    ),
    Query(
        "gift_recipient",
        "gifts",
        GIFT,
        """
        SELECT owner, "order", state, recipient FROM gifts
        WHERE (state = 'accepted') <> (recipient <> 0) OR (state IN ('wrapped', 'offered')) <> (done_ms = 0)
        """,
        "is {state} with recipient {recipient}",
    ),
    Query(
        "paid_gift_has_a_gate",
        "orders",
        ("owner", "id"),
        """
        SELECT o.owner, o.id, o.state FROM orders o WHERE o.mode = 'gift' AND o.state NOT IN ('placed', 'closed')
        AND NOT EXISTS (SELECT 1 FROM gifts g WHERE g.owner = o.owner AND g."order" = o.id)
        """,
        "is {state}, but has no gate",
    ),
)
