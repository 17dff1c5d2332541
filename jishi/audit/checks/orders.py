"""Orders: every sum from the order itself, from its entries and from the rows of each movement; and their law."""

from jishi.audit.query import Query

ORDER = ("owner", "id")
ESCROW = """(paid_minor + subsidy_minor - refunded_minor - reversed_minor - charged_back_minor - forfeited_minor
            - settled_minor + reclaimed_minor)"""

# column of the order -> which entries make it
FROM_ENTRIES = {
    "paid_minor": "code = 'captured'",
    "refunded_minor": "code = 'refunded'",
    "reversed_minor": "code = 'reversed'",
    "charged_back_minor": "code = 'charged_back'",
    "forfeited_minor": "code = 'forfeited'",
    "settled_minor": "code LIKE 'settled.%'",
    "reclaimed_minor": "code LIKE 'reclaimed.%'",
}


def summed(column: str, source: str) -> str:
    """Orders whose column is not the sum of `amount` over a source of (owner, id, amount)."""
    return f"""
        SELECT owner, id, SUM(kept) AS kept, SUM(amount) AS amount FROM (
            SELECT owner, id, {column} AS kept, 0 AS amount FROM orders
            UNION ALL SELECT owner, id, 0, amount FROM ({source}) AS source
        ) AS sides
        GROUP BY owner, id HAVING SUM(kept) <> SUM(amount)
        """


def entries_where(condition: str) -> str:
    return f'SELECT owner, "order" AS id, amount_minor AS amount FROM entries WHERE "order" <> 0 AND {condition}'


ENTRY_SUMS = tuple(
    Query(
        f"order_{column.removesuffix('_minor')}_by_entries",
        "orders",
        ORDER,
        summed(column, entries_where(condition)),
        f"{column} is {{kept}}, but the entries make {{amount}}",
    )
    for column, condition in FROM_ENTRIES.items()
)

# what -> (expression over the order, source of owner, id, amount)
FROM_ROWS = {
    "paid_by_captures": ("paid_minor", 'SELECT owner, "order" AS id, amount_minor AS amount FROM captures'),
    "undone_by_captures": (
        "reversed_minor + charged_back_minor",
        'SELECT owner, "order" AS id, undone_minor AS amount FROM captures',
    ),
    "refunded_by_refunds": (
        "refunded_minor",
        """SELECT owner, "order" AS id, amount_minor AS amount FROM refunds WHERE state = 'succeeded'""",
    ),
    "refunding_by_refunds": (
        "refunding_minor",
        """SELECT owner, "order" AS id, amount_minor AS amount FROM refunds WHERE state = 'requested'""",
    ),
    "settled_by_shares": (
        "settled_minor",
        """SELECT owner, "order" AS id, amount_minor AS amount FROM share_moves WHERE kind = 'settled'""",
    ),
    "reclaimed_by_shares": (
        "reclaimed_minor",
        """SELECT owner, "order" AS id, amount_minor AS amount FROM share_moves WHERE kind = 'reclaimed'""",
    ),
    "escrow_by_entries": (
        ESCROW,
        """
        SELECT owner, "order" AS id, amount_minor AS amount FROM entries WHERE "order" <> 0 AND credit = 'escrow'
        UNION ALL SELECT owner, "order", -amount_minor FROM entries WHERE "order" <> 0 AND debit = 'escrow'
        """,
    ),
    "goods_by_lines": ("goods_minor", 'SELECT owner, "order" AS id, amount_minor AS amount FROM order_lines'),
    "freight_by_lines": ("freight_minor", 'SELECT owner, "order" AS id, freight_minor AS amount FROM order_lines'),
    "total_by_legs": ("total_minor", 'SELECT owner, "order" AS id, amount_minor AS amount FROM legs'),
}

ROW_SUMS = tuple(
    Query(
        f"order_{name}",
        "orders",
        ORDER,
        summed(column, source),
        f"{' '.join(column.split())} is {{kept}}, but its rows make {{amount}}",
    )
    for name, (column, source) in FROM_ROWS.items()
)

# What may still be held for a finished order: money that came in too late or twice, until it has gone back.
SURPLUS = """(SELECT COALESCE(SUM(c.amount_minor - c.refunded_minor - c.undone_minor), 0) FROM captures c
              WHERE c.owner = o.owner AND c."order" = o.id AND c.surplus = 1)"""
GOING_BACK = """(SELECT COALESCE(SUM(r.amount_minor), 0) FROM refunds r WHERE r.owner = o.owner AND r."order" = o.id
                 AND (r.state = 'requested' OR (r.state = 'failed' AND EXISTS (SELECT 1 FROM timers t
                      WHERE t.owner = r.owner AND t.subject = r."order" AND t.kind = 'retry_refund' AND t.n = r.n))))"""

CHECKS = (
    *ENTRY_SUMS,
    *ROW_SUMS,
    Query(
        "order_total",
        "orders",
        ORDER,
        """
        SELECT owner, id, total_minor FROM orders
        WHERE total_minor <> goods_minor + freight_minor OR total_minor <= 0
        """,
        "the total {total_minor} is not goods and freight",
    ),
    Query(
        "order_goes_to_somebody",
        "orders",
        ORDER,
        "SELECT owner, id, beneficiary, address FROM orders WHERE (beneficiary = 0) <> (address = 0)",
        "beneficiary {beneficiary} and address {address} do not go together",
    ),
    Query(
        "order_escrow_never_short",
        "orders",
        ORDER,
        f"SELECT owner, id, {ESCROW} AS escrow FROM orders WHERE {ESCROW} < 0",
        "more has left than came in: {escrow}",
    ),
    Query(
        "order_settled_or_refunded_in_full",
        "orders",
        ORDER,
        f"""
        SELECT owner, id, state, {ESCROW} AS escrow FROM orders o
        WHERE state IN ('settled', 'refunded') AND {ESCROW} <> {SURPLUS}
        """,
        "is {state}, but {escrow} is still held for it",
    ),
    Query(
        "order_closed_gives_all_back",
        "orders",
        ORDER,
        f"SELECT owner, id, {ESCROW} AS escrow FROM orders o WHERE state = 'closed' AND {ESCROW} > {GOING_BACK}",
        "is closed, but {escrow} is held for it and not all of that is on its way back",
    ),
)
