"""Captures and payment legs: a unit of money leaves once, and a leg is paid once, by what was asked for."""

from jishi.audit.query import Query

CAPTURE = ("owner", "order", "txn")
LEG = ("owner", "order", "n")


def by_refunds(column: str, state: str) -> Query:
    """A capture's column is the sum of its refunds in a state."""
    return Query(
        f"capture_{column.removesuffix('_minor')}_by_refunds",
        "captures",
        CAPTURE,
        f"""
        SELECT owner, "order", txn, SUM(kept) AS kept, SUM(amount) AS amount FROM (
            SELECT owner, "order", txn, {column} AS kept, 0 AS amount FROM captures
            UNION ALL SELECT owner, "order", txn, 0, amount_minor FROM refunds WHERE state = '{state}'
        ) AS sides
        GROUP BY owner, "order", txn HAVING SUM(kept) <> SUM(amount)
        """,
        f"{column} is {{kept}}, but its refunds make {{amount}}",
    )


CHECKS = (
    by_refunds("refunding_minor", "requested"),
    by_refunds("refunded_minor", "succeeded"),
    Query(
        "capture_leaves_once",
        "captures",
        CAPTURE,
        """
        SELECT owner, "order", txn, amount_minor, refunded_minor, refunding_minor, undone_minor FROM captures
        WHERE undone_minor > amount_minor OR refunded_minor + refunding_minor > amount_minor
           OR refunded_minor < 0 OR refunding_minor < 0 OR undone_minor < 0 OR amount_minor <= 0
        """,
        "of {amount_minor}: {refunded_minor} refunded, {refunding_minor} on the way, {undone_minor} undone: too much",
    ),
    Query(
        "gone_twice_is_put_back",
        "orders",
        ("owner", "id"),
        """
        SELECT owner, id, SUM(twice) AS twice, SUM(back) AS back FROM (
            SELECT owner, "order" AS id, refunded_minor + undone_minor - amount_minor AS twice, 0 AS back
                FROM captures WHERE refunded_minor + undone_minor > amount_minor
            UNION ALL SELECT owner, "order", 0, CASE WHEN kind = 'reclaimed' THEN amount_minor ELSE -amount_minor END
                FROM share_moves WHERE line = 0
        ) AS sides
        GROUP BY owner, id HAVING SUM(twice) <> SUM(back)
        """,
        "{twice} has left more than once, but the shop put {back} back",
    ),
    Query(
        "capture_told_by_a_notice",
        "captures",
        CAPTURE,
        """
        SELECT c.owner, c."order", c.txn FROM captures c WHERE NOT EXISTS (
            SELECT 1 FROM notices n WHERE n.owner = c.owner AND n."order" = c."order" AND n.txn = c.txn
            AND n.kind = 'paid' AND n.outcome = 'applied'
            AND n.amount_minor = c.amount_minor AND n.currency = c.currency)
        """,
        "no notice tells of it",
    ),
    Query(
        "notice_applied_is_captured",
        "notices",
        ("owner", "order", "txn", "kind"),
        """
        SELECT n.owner, n."order", n.txn, n.kind FROM notices n WHERE n.outcome = 'applied' AND NOT EXISTS (
            SELECT 1 FROM captures c WHERE c.owner = n.owner AND c."order" = n."order" AND c.txn = n.txn)
        """,
        "was applied, but nothing was captured",
    ),
    Query(
        "capture_of_its_leg",
        "captures",
        CAPTURE,
        """
        SELECT c.owner, c."order", c.txn, c.amount_minor FROM captures c WHERE NOT EXISTS (
            SELECT 1 FROM legs l WHERE l.owner = c.owner AND l."order" = c."order" AND l.n = c.leg
            AND l.amount_minor = c.amount_minor AND l.currency = c.currency)
        """,
        "no leg asked for {amount_minor}",
    ),
    Query(
        "leg_paid_once",
        "legs",
        LEG,
        """
        SELECT owner, "order", n, SUM(paid) AS paid, SUM(captured) AS captured FROM (
            SELECT owner, "order", n, CASE WHEN state = 'paid' THEN 1 ELSE 0 END AS paid, 0 AS captured FROM legs
            UNION ALL SELECT owner, "order", leg, 0, 1 FROM captures WHERE surplus = 0
        ) AS sides
        GROUP BY owner, "order", n HAVING SUM(paid) <> SUM(captured)
        """,
        "paid {paid} times by its state and {captured} times by captures",
    ),
)
