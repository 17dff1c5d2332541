"""What must hold: always (`broken`), and once everything is calm (`open_ends`). By plain SQL, from the tables alone.

The auditor checks far more; these run every few steps, so each is one query that names what it found.
"""

from typing import Any

import msgspec

from jishi.store import Database

# name -> a query that gives one row for each thing that is wrong.
ALWAYS = {
    "a book does not balance": """
SELECT owner, currency, SUM(balance_minor) AS off FROM balances GROUP BY owner, currency HAVING SUM(balance_minor) <> 0
""",
    "a balance is not the sum of its entries": """
SELECT b.owner AS owner, b.account AS account, b.balance_minor AS balance_minor, COALESCE(s.booked, 0) AS booked
FROM balances b LEFT JOIN (
    SELECT owner, account, currency, SUM(amount_minor) AS booked FROM (
        SELECT owner, debit AS account, currency, amount_minor FROM entries
        UNION ALL SELECT owner, credit AS account, currency, -amount_minor FROM entries
    ) sides GROUP BY owner, account, currency
) s ON s.owner = b.owner AND s.account = b.account AND s.currency = b.currency
WHERE b.balance_minor <> COALESCE(s.booked, 0)
""",
    "an account stands on its wrong side": """
SELECT owner, account, balance_minor FROM balances
WHERE (account IN ('available', 'earnings', 'escrow', 'payout', 'suspense') AND balance_minor > 0)
   OR (account = 'receivable' AND balance_minor < 0)
""",
    "the order's equation does not hold": """
SELECT o.owner AS owner, o.id AS id, COALESCE(s.held, 0) AS held FROM orders o LEFT JOIN (
    SELECT owner, "order", SUM(CASE WHEN credit = 'escrow' THEN amount_minor ELSE -amount_minor END) AS held
    FROM entries WHERE credit = 'escrow' OR debit = 'escrow' GROUP BY owner, "order"
) s ON s.owner = o.owner AND s."order" = o.id
WHERE o.paid_minor + o.subsidy_minor <> o.refunded_minor + o.reversed_minor + o.charged_back_minor + o.forfeited_minor
    + o.settled_minor - o.reclaimed_minor + COALESCE(s.held, 0)
""",
    "stock is lost or made": """
SELECT k.owner AS owner, k.id AS id, k.free AS free, k.held AS held, k.taken AS taken, k.stocked AS stocked
FROM skus k LEFT JOIN (
    SELECT owner, sku,
        SUM(CASE WHEN kind = 'counted' THEN quantity ELSE 0 END) AS stocked,
        SUM(CASE WHEN kind = 'held' THEN quantity WHEN kind IN ('released', 'taken') THEN -quantity ELSE 0 END) AS held,
        SUM(CASE WHEN kind = 'taken' THEN quantity WHEN kind = 'returned' THEN -quantity ELSE 0 END) AS taken
    FROM stock_moves GROUP BY owner, sku
) m ON m.owner = k.owner AND m.sku = k.id
WHERE k.free < 0 OR k.stocked <> k.free + k.held + k.taken OR k.stocked <> COALESCE(m.stocked, 0)
   OR k.held <> COALESCE(m.held, 0) OR k.taken <> COALESCE(m.taken, 0)
""",
    "transit is not what is on its way": """
SELECT t.held AS held, w.due AS due FROM
    (SELECT COALESCE(SUM(-balance_minor), 0) AS held FROM balances WHERE account = 'transit') t,
    (SELECT COALESCE(SUM(CASE WHEN m.kind = 'settled' THEN m.amount_minor ELSE -m.amount_minor END), 0) AS due
     FROM share_moves m LEFT JOIN transfers x
       ON x.owner = m.payee AND x.shop = m.owner AND x."order" = m."order" AND x.n = m.n
     WHERE m.role <> 'merchant' AND x.owner IS NULL) w
WHERE t.held <> w.due
""",
    "the log has a gap": """
SELECT h.owner AS owner, h.seq AS seq, COUNT(l.seq) AS log_rows FROM heads h LEFT JOIN log l ON l.owner = h.owner
GROUP BY h.owner, h.seq HAVING COUNT(l.seq) <> h.seq OR COALESCE(MAX(l.seq), 0) <> h.seq
""",
    "a consumer is ahead of the log": """
SELECT c.consumer AS consumer, c.owner AS owner FROM cursors c JOIN heads h ON h.owner = c.owner WHERE c.seq > h.seq
""",
    "more of a line went back than it cost": """
SELECT owner, "order", n FROM order_lines WHERE given_back_minor > amount_minor OR freight_back_minor > freight_minor
   OR claimed > quantity OR shipped > quantity OR claimed < 0
""",
}
CALM = {
    "a timer is still set": "SELECT kind, subject, code, attempts FROM timers",
    "a reaction still waits": "SELECT owner, seq, code FROM waiting",
    "money is still in transit or on its way": """
SELECT owner, account, balance_minor FROM balances
WHERE account IN ('payout', 'suspense', 'escrow') AND balance_minor <> 0
""",
    "a claim is open": """
SELECT owner, "order", n, state FROM claims WHERE state NOT IN ('withdrawn', 'closed', 'refunded')
""",
    "a payment is unknown": "SELECT owner, \"order\", n FROM legs WHERE state = 'unknown'",
    "a refund is under way": "SELECT owner, \"order\", n FROM refunds WHERE state = 'requested'",
    "a payout is under way": "SELECT owner, id FROM payouts WHERE state = 'requested'",
    "surplus was not sent back": "SELECT owner, id FROM surpluses WHERE state = 'booked'",
    "goods are held for no order": "SELECT owner, id, held FROM skus WHERE held <> 0",
    "a gift is neither accepted nor sent back": """
SELECT g.owner AS owner, g."order" AS "order", g.state AS state FROM gifts g
JOIN orders o ON o.owner = g.owner AND o.id = g."order" WHERE g.state = 'offered'
""",
    "an order has not ended": """
SELECT owner, id, state FROM orders WHERE state NOT IN ('settled', 'refunded', 'closed')
""",
    "a paid order is neither settled nor given back": """
SELECT owner, id, state FROM orders
WHERE paid_minor <> refunded_minor + reversed_minor + charged_back_minor + settled_minor - reclaimed_minor
   OR (state <> 'settled' AND settled_minor <> reclaimed_minor - COALESCE((
        SELECT SUM(amount_minor) FROM share_moves m WHERE m.owner = orders.owner AND m."order" = orders.id AND m.line =
        0
   ), 0))
""",
    "a consumer has not read all": """
SELECT h.owner AS owner, h.seq AS seq, c.seq AS done FROM heads h JOIN cursors c ON c.owner = h.owner
WHERE c.seq <> h.seq
""",
}
# T12: what a payee keeps of a settled line is his frozen rate of what was not given back, and the merchant the rest.
LINES = """
SELECT l.owner AS owner, l."order" AS "order", l.n AS n, l.amount_minor - l.given_back_minor AS goods,
    l.freight_minor - l.freight_back_minor AS freight, l.shares AS shares
FROM order_lines l JOIN orders o ON o.owner = l.owner AND o.id = l."order" WHERE o.state = 'settled'
"""
EARNED = """
SELECT owner, "order", line, role, payee,
    SUM(CASE WHEN kind = 'settled' THEN amount_minor ELSE -amount_minor END) AS kept
FROM share_moves GROUP BY owner, "order", line, role, payee
"""


async def found(database: Database, queries: dict[str, str]) -> list[str]:
    """The names of what is wrong, with the first row that shows it."""
    wrong = []
    for name, query in queries.items():
        rows = await database.fetch(query)
        if rows:
            wrong.append(f"{name}: {dict(rows[0]._asdict())}")
    return wrong


async def broken(database: Database, provider: Any) -> list[str]:
    """What must hold at every moment, also between a payment and its notice: we never book what did not happen."""
    return [*await found(database, ALWAYS), *await invented(database, provider)]


async def invented(database: Database, provider: Any) -> list[str]:
    """Money in our books that the provider knows nothing of, or not so much."""
    wrong = []
    known = {txn.id: txn for txns in provider.txns.values() for txn in txns}
    rows = await database.fetch("SELECT txn, SUM(amount_minor) AS amount_minor FROM captures GROUP BY txn")
    wrong += [f"captured what was not paid: {r.txn}" for r in rows if over(r, known.get(r.txn))]
    ended = [move.txn.id for move in provider.moves.values() if move.txn and move.state == "succeeded"]
    rows = await database.fetch("SELECT txn, COUNT(*) AS n FROM refunds WHERE state = 'succeeded' GROUP BY txn")
    wrong += [f"refunded more often than the provider: {r.txn}" for r in rows if r.n > ended.count(r.txn)]
    return wrong


def over(row: Any, txn: Any) -> bool:
    return txn is None or row.amount_minor > txn.amount_minor


async def open_ends(database: Database, provider: Any) -> list[str]:
    """What must be over when everything is calm, and that both sides of the provider's account agree to the cent."""
    wrong = await found(database, CALM)
    (ours,) = await database.fetch(
        "SELECT COALESCE(SUM(balance_minor), 0) AS held FROM balances WHERE account = 'provider'"
    )
    if ours.held != provider.balance_minor():
        wrong.append(f"our provider accounts hold {ours.held}, its statement says {provider.balance_minor()}")
    (transit,) = await database.fetch(
        "SELECT COALESCE(SUM(balance_minor), 0) AS held FROM balances WHERE account = 'transit'"
    )
    if transit.held:
        wrong.append(f"transit holds {transit.held} at rest")
    return wrong + await shares(database)


async def shares(database: Database) -> list[str]:
    """T12: no commission on money that went back, and every share of a settled line is what was frozen."""
    kept: dict[tuple, int] = {}
    for row in await database.fetch(EARNED):
        kept[row.owner, row.order, row.line, row.role] = (
            kept.get((row.owner, row.order, row.line, row.role), 0) + row.kept
        )
    wrong = []
    for line in await database.fetch(LINES):
        left = line.goods
        for share in msgspec.json.decode(line.shares):
            part = line.goods * share["share_ppm"] // 1_000_000
            left -= part
            if kept.get((line.owner, line.order, line.n, share["role"]), 0) != part:
                wrong.append(f"{share['role']} of line {line.n} of order {line.order} does not keep {part}")
        if kept.get((line.owner, line.order, line.n, "merchant"), 0) != left + line.freight:
            wrong.append(f"the merchant of line {line.n} of order {line.order} does not keep {left + line.freight}")
    return wrong
