"""What lies outside: the provider's account, withdrawals and surpluses, from the rows that tell of them."""

from jishi.audit.query import Query

ACCOUNT = ("owner", "account", "currency")


def stands_for(account: str, source: str) -> Query:
    """An account's balance is the sum of a source of (owner, currency, amount), debits positive."""
    return Query(
        f"{account}_by_rows",
        "balances",
        ACCOUNT,
        f"""
        SELECT owner, '{account}' AS account, currency, SUM(kept) AS kept, SUM(amount) AS amount FROM (
            SELECT owner, currency, balance_minor AS kept, 0 AS amount FROM balances WHERE account = '{account}'
            UNION ALL SELECT owner, currency, 0, amount FROM ({source}) AS source
        ) AS sides
        GROUP BY owner, currency HAVING SUM(kept) <> SUM(amount)
        """,
        "stands at {kept}, but its rows make {amount}",
    )


CHECKS = (
    stands_for(
        "provider",
        """
        SELECT owner, currency, amount_minor - refunded_minor - undone_minor AS amount FROM captures
        UNION ALL SELECT owner, currency, amount_minor FROM surpluses WHERE state = 'booked'
        UNION ALL SELECT owner, currency, -amount_minor FROM payouts WHERE state = 'paid'
        """,
    ),
    stands_for("payout", "SELECT owner, currency, -amount_minor AS amount FROM payouts WHERE state = 'requested'"),
    stands_for("suspense", "SELECT owner, currency, -amount_minor AS amount FROM surpluses WHERE state = 'booked'"),
    Query(
        "payout_done_at_a_time",
        "payouts",
        ("owner", "id"),
        """
        SELECT owner, id, state, done_ms FROM payouts
        WHERE (state = 'requested' AND done_ms <> 0) OR (state <> 'requested' AND done_ms < asked_ms)
        """,
        "is {state}, and done at {done_ms}",
    ),
)
