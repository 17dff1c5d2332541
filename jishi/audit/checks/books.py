"""The books: every book nets to zero, balances are the sums of entries, and each stands on its side."""

from jishi.audit.query import Query

# The side an account may stand on: +1 debit, -1 credit. Transit may stand on either while money is on its way.
SIDES = {
    "provider": +1,
    "escrow": -1,
    "available": -1,
    "earnings": -1,
    "fees": -1,
    "payout": -1,
    "receivable": +1,
    "subsidy": -1,
    "deposit": -1,
    "forfeits": -1,
    "suspense": -1,
    "corrections": -1,
}
EITHER_SIDE = ("transit", "provider", "corrections")


def names(accounts) -> str:
    """Accounts as a list in SQL."""
    return ", ".join(f"'{account}'" for account in accounts)


def of_side(side: int) -> str:
    return names([account for account, own in SIDES.items() if own == side and account not in EITHER_SIDE])


ACCOUNT = ("owner", "account", "currency")
ENTRY = ("owner", "seq", "n")

CHECKS = (
    Query(
        "trial_balance",
        "balances",
        ("owner", "currency"),
        """
        SELECT owner, currency, SUM(balance_minor) AS off FROM balances
        GROUP BY owner, currency HAVING SUM(balance_minor) <> 0
        """,
        "all accounts of the book together are {off} and not zero",
    ),
    Query(
        "balance_is_its_entries",
        "balances",
        ACCOUNT,
        """
        SELECT owner, account, currency, SUM(kept) AS kept, SUM(booked) AS booked FROM (
            SELECT owner, account, currency, balance_minor AS kept, 0 AS booked FROM balances
            UNION ALL SELECT owner, debit, currency, 0, amount_minor FROM entries
            UNION ALL SELECT owner, credit, currency, 0, -amount_minor FROM entries
        ) AS sides
        GROUP BY owner, account, currency HAVING SUM(kept) <> SUM(booked)
        """,
        "stands at {kept}, but its entries make {booked}",
    ),
    Query(
        "account_on_its_side",
        "balances",
        ACCOUNT,
        f"""
        SELECT owner, account, currency, balance_minor FROM balances
        WHERE (account IN ({of_side(+1)}) AND balance_minor < 0) OR (account IN ({of_side(-1)}) AND balance_minor > 0)
        """,
        "stands at {balance_minor}, which is the wrong side",
    ),
    Query(
        "account_known",
        "entries",
        ENTRY,
        f"""
        SELECT owner, seq, n, debit, credit FROM entries
        WHERE debit NOT IN ({names([*SIDES, "transit"])}) OR credit NOT IN ({names([*SIDES, "transit"])})
           OR debit = credit OR amount_minor <= 0
        """,
        "from {credit} to {debit} is no movement of ours",
    ),
    Query(
        "entry_of_the_order_s_currency",
        "entries",
        ENTRY,
        """
        SELECT e.owner, e.seq, e.n, e.currency, o.currency AS kept
        FROM entries e JOIN orders o ON o.owner = e.owner AND o.id = e."order" WHERE e.currency <> o.currency
        """,
        "is in {currency}, its order in {kept}",
    ),
)
