"""States: each is a known one, and agrees with the times and deadlines that stand beside it."""

from jishi.audit.query import Query

STATES = {
    "orders": ("placed", "paid", "to_ship", "partly_shipped", "shipped", "received", "settled", "closed", "refunded"),
    "legs": ("due", "unknown", "paid"),
    "refunds": ("requested", "succeeded", "failed", "retried"),
    "claims": ("requested", "awaiting_return", "returning", "rejected", "judging", "refunding", "withdrawn", "closed",
               "refunded"),
    "gifts": ("wrapped", "offered", "accepted", "declined", "expired", "called_off"),
    "parcels": ("shipped", "delivered"),
    "payouts": ("requested", "paid", "returned"),
    "surpluses": ("booked", "returned", "undone"),
    "checkouts": ("placed", "paid"),
    "products": ("draft", "in_review", "rejected", "listed", "withdrawn", "blocked"),
    "contacts": ("none", "asked", "asking", "friends", "ended"),
    "skus": ("on",),
    "shops": ("in_review", "rejected", "open", "closed"),
    "parties": ("active", "linked", "erased"),
    "invitations": ("open", "accepted", "declined", "withdrawn", "expired"),
}  # fmt: skip
KEYS = {
    "legs": ("owner", "order", "n"),
    "refunds": ("owner", "order", "n"),
    "claims": ("owner", "order", "n"),
    "parcels": ("owner", "order", "n"),
    "gifts": ("owner", "order"),
    "contacts": ("owner", "other"),
    "shops": ("owner",),
    "parties": ("owner",),
}

UNDONE = "settle_at_ms = 0 AND done_ms = 0"
# What an order's state says of its other columns.
ORDER_SAYS = {
    "placed": f"paid_ms = 0 AND ship_by_ms = 0 AND receive_by_ms = 0 AND {UNDONE}",
    "paid": f"paid_ms > 0 AND ship_by_ms = 0 AND receive_by_ms = 0 AND reason = '' AND {UNDONE}",
    "to_ship": f"paid_ms > 0 AND ship_by_ms > 0 AND receive_by_ms = 0 AND beneficiary <> 0 AND {UNDONE}",
    "partly_shipped": f"paid_ms > 0 AND ship_by_ms > 0 AND receive_by_ms = 0 AND beneficiary <> 0 AND {UNDONE}",
    "shipped": f"paid_ms > 0 AND ship_by_ms > 0 AND receive_by_ms > 0 AND {UNDONE}",
    "received": "paid_ms > 0 AND ship_by_ms > 0 AND receive_by_ms > 0 AND settle_at_ms > 0 AND done_ms = 0",
    "settled": "settle_at_ms > 0 AND done_ms >= settle_at_ms - ahead_ms AND reason = ''",
    "closed": "reason <> '' AND done_ms > 0 AND receive_by_ms = 0 AND settled_minor = 0",
    "refunded": "ship_by_ms > 0 AND done_ms > 0 AND settled_minor = 0 AND reason = ''",
}
UNSENT = """(SELECT COUNT(*) FROM order_lines l WHERE l.owner = o.owner AND l."order" = o.id
             AND l.quantity > l.shipped + l.claimed)"""
SENT = """(SELECT COUNT(*) FROM order_lines l WHERE l.owner = o.owner AND l."order" = o.id AND l.shipped > 0)"""


def known(table: str) -> Query:
    states = ", ".join(f"'{state}'" for state in STATES[table])
    key = KEYS.get(table, ("owner", "id"))
    columns = ", ".join(f'"{column}"' for column in key)
    sql = f'SELECT {columns}, state FROM "{table}" WHERE state NOT IN ({states})'
    return Query("state_known", table, key, sql, "{state} is no state of it")


def says(state: str) -> Query:
    return Query(
        f"order_{state}_says",
        "orders",
        ("owner", "id"),
        f"SELECT owner, id FROM orders WHERE state = '{state}' AND NOT ({ORDER_SAYS[state]})",
        f"is {state}, but its times, deadlines or reason say otherwise",
    )


CHECKS = (
    *[known(table) for table in STATES],
    *[says(state) for state in ORDER_SAYS],
    Query(
        "order_paid_in_full",
        "orders",
        ("owner", "id"),
        """
        SELECT o.owner, o.id, o.state FROM orders o WHERE o.state NOT IN ('placed', 'closed') AND EXISTS (
            SELECT 1 FROM legs l WHERE l.owner = o.owner AND l."order" = o.id AND l.state <> 'paid')
        """,
        "is {state}, but a leg of it is not paid",
    ),
    Query(
        "order_sent_by_lines",
        "orders",
        ("owner", "id"),
        f"""
        SELECT owner, id, state FROM orders o
        WHERE (state IN ('placed', 'paid', 'to_ship', 'closed') AND {SENT} > 0)
           OR (state = 'partly_shipped' AND {SENT} = 0)
           OR (state IN ('shipped', 'received', 'settled') AND {UNSENT} > 0 AND NOT {SENT} > 0)
        """,
        "is {state}, but its lines say otherwise",
    ),
)
