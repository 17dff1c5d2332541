"""The provider's statement: one signed row for each movement, and their sums."""

from typing import Any

from jishi.provider.office import Office

PAGE_ROWS = 500


def write(office: Office, kind: str, reference: str, txn: str | None, amount_minor: int, currency: str) -> None:
    """Call it in the transaction of the movement; money to the merchant is positive."""
    office.database.execute(
        "INSERT INTO statement (at_ms, kind, reference, txn, amount_minor, currency) VALUES (?, ?, ?, ?, ?, ?)",
        (office.now_ms(), kind, reference, txn, amount_minor, currency),
    )


def balance_minor(office: Office) -> dict[str, int]:
    rows = office.database.execute("SELECT currency, sum(amount_minor) AS total_minor FROM statement GROUP BY currency")
    return {row["currency"]: row["total_minor"] for row in rows}


def available_minor(office: Office, currency: str) -> int:
    """The balance without what accepted refunds and payouts will take."""
    pending = office.database.execute(
        "SELECT coalesce(sum(amount_minor), 0) FROM transfer WHERE state = 'accepted' AND currency = ?", (currency,)
    ).fetchone()[0]
    return balance_minor(office).get(currency, 0) - pending


def page(office: Office, after_seq: int) -> dict[str, Any]:
    """The rows after a cursor, at most 500, and the balance of all rows."""
    rows = office.database.execute(
        "SELECT * FROM statement WHERE seq > ? ORDER BY seq LIMIT ?", (after_seq, PAGE_ROWS + 1)
    ).fetchall()
    shown = rows[:PAGE_ROWS]
    return {
        "balance_minor": balance_minor(office),
        "rows": [dict(row) for row in shown],
        "cursor": str(shown[-1]["seq"] if shown else after_seq),
        "more": len(rows) > PAGE_ROWS,
    }
