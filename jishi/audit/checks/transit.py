"""Transit: money between two books. Every transfer has its share; what has no transfer yet is on the way."""

from jishi.audit.query import Query

ON_THE_WAY = """
    SELECT m.currency, CASE WHEN m.kind = 'settled' THEN -m.amount_minor ELSE m.amount_minor END AS amount
    FROM share_moves m WHERE m.role <> 'merchant' AND NOT EXISTS (
        SELECT 1 FROM transfers t WHERE t.owner = m.payee AND t.shop = m.owner AND t."order" = m."order" AND t.n = m.n)
"""

CHECKS = (
    Query(
        "transit_is_what_is_on_the_way",
        "balances",
        ("account", "currency"),
        f"""
        SELECT 'transit' AS account, currency, SUM(kept) AS kept, SUM(amount) AS amount FROM (
            SELECT currency, balance_minor AS kept, 0 AS amount FROM balances WHERE account = 'transit'
            UNION ALL SELECT currency, 0, amount FROM ({ON_THE_WAY}) AS way
        ) AS sides
        GROUP BY currency HAVING SUM(kept) <> SUM(amount)
        """,
        "all books together stand at {kept}, but {amount} is on the way",
    ),
    Query(
        "transit_by_rows",
        "balances",
        ("owner", "account", "currency"),
        """
        SELECT owner, 'transit' AS account, currency, SUM(kept) AS kept, SUM(amount) AS amount FROM (
            SELECT owner, currency, balance_minor AS kept, 0 AS amount FROM balances WHERE account = 'transit'
            UNION ALL SELECT owner, currency, 0, CASE WHEN kind = 'settled' THEN -amount_minor ELSE amount_minor END
                FROM share_moves WHERE role <> 'merchant'
            UNION ALL SELECT owner, currency, 0, CASE WHEN kind = 'settled' THEN amount_minor ELSE -amount_minor END
                FROM transfers
        ) AS sides
        GROUP BY owner, currency HAVING SUM(kept) <> SUM(amount)
        """,
        "stands at {kept}, but its shares and transfers make {amount}",
    ),
    Query(
        "transfer_has_its_share",
        "transfers",
        ("owner", "shop", "order", "n"),
        """
        SELECT t.owner, t.shop, t."order", t.n, t.amount_minor FROM transfers t WHERE NOT EXISTS (
            SELECT 1 FROM share_moves m
            WHERE m.owner = t.shop AND m."order" = t."order" AND m.n = t.n AND m.payee = t.owner
            AND m.kind = t.kind AND m.role = t.role AND m.amount_minor = t.amount_minor AND m.currency = t.currency
            AND m.role <> 'merchant') OR t.offset_minor NOT BETWEEN 0 AND t.amount_minor
        """,
        "no share of {amount_minor} was sent",
    ),
)
