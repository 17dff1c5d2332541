"""Refunds: each is of one capture, for one claim or line, and is made of goods and freight."""

from jishi.audit.query import Query

REFUND = ("owner", "order", "n")

CHECKS = (
    Query(
        "refund_parts",
        "refunds",
        REFUND,
        """
        SELECT owner, "order", n, amount_minor FROM refunds
        WHERE amount_minor <> goods_minor + freight_minor OR goods_minor < 0 OR freight_minor < 0 OR amount_minor <= 0
        """,
        "{amount_minor} is not its goods and its freight",
    ),
    Query(
        "refund_of_a_capture",
        "refunds",
        REFUND,
        """
        SELECT r.owner, r."order", r.n, r.txn FROM refunds r WHERE NOT EXISTS (
            SELECT 1 FROM captures c WHERE c.owner = r.owner AND c."order" = r."order" AND c.txn = r.txn
            AND c.trade = r.trade AND c.currency = r.currency)
        """,
        "nothing was captured by {txn}",
    ),
    Query(
        "refund_of_a_claim",
        "refunds",
        REFUND,
        """
        SELECT r.owner, r."order", r.n, r.claim FROM refunds r WHERE r.claim <> 0 AND NOT EXISTS (
            SELECT 1 FROM claims c WHERE c.owner = r.owner AND c."order" = r."order" AND c.n = r.claim
            AND c.line = r.line AND c.state IN ('refunding', 'refunded'))
        """,
        "claim {claim} grants no money",
    ),
    Query(
        "refund_done_at_a_time",
        "refunds",
        REFUND,
        """
        SELECT owner, "order", n, state, done_ms FROM refunds
        WHERE (state = 'requested' AND done_ms <> 0) OR (state <> 'requested' AND done_ms < asked_ms)
        """,
        "is {state}, and done at {done_ms}",
    ),
)
