"""Claims: no more than was bought, no more than it cost, and refunded exactly when the money has gone back."""

from jishi.audit.query import Query

CLAIM = ("owner", "order", "n")
GONE_BACK = """(SELECT COALESCE(SUM(r.amount_minor), 0) FROM refunds r WHERE r.owner = c.owner AND r."order" = c."order"
                AND r.claim = c.n AND r.state = 'succeeded')"""

# A bank that took the money back left nothing for the claim to wait for.
UNDONE = """(SELECT COALESCE(SUM(u.undone_minor), 0) FROM captures u
             WHERE u.owner = c.owner AND u."order" = c."order")"""

CHECKS = (
    Query(
        "claim_of_a_line",
        "claims",
        CLAIM,
        """
        SELECT c.owner, c."order", c.n, c.line FROM claims c WHERE NOT EXISTS (
            SELECT 1 FROM order_lines l WHERE l.owner = c.owner AND l."order" = c."order" AND l.n = c.line
            AND c.quantity BETWEEN 1 AND l.quantity AND c.goods_minor BETWEEN 0 AND l.amount_minor
            AND c.freight_minor BETWEEN 0 AND l.freight_minor)
        """,
        "does not fit its line {line}",
    ),
    Query(
        "claim_refunded_when_all_is_back",
        "claims",
        CLAIM,
        f"""
        SELECT c.owner, c."order", c.n, c.state, c.goods_minor + c.freight_minor AS asked, {GONE_BACK} AS back
        FROM claims c
        WHERE (c.state <> 'refunded' AND {GONE_BACK} >= c.goods_minor + c.freight_minor)
           OR (c.state = 'refunded' AND {GONE_BACK} + {UNDONE} < c.goods_minor + c.freight_minor)
           OR {GONE_BACK} > c.goods_minor + c.freight_minor
           OR (c.state NOT IN ('refunding', 'refunded') AND {GONE_BACK} > 0)
        """,
        "is {state}: of {asked} granted, {back} has gone back",
    ),
)
