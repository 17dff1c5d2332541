"""Payments that are not known yet: who went to the cashier and has not been heard of since.

Each has the timer that asks about it, which goes with the answer, and is found by that; the auditor looks whether one
is without.
"""

from typing import Any

_THESE = """
FROM timers t JOIN legs l ON l.owner = t.owner AND l."order" = t.subject AND l.n = t.n
WHERE t.kind = 'ask_payment' AND l.state = 'unknown'
"""
COUNT = f"SELECT COUNT(*) AS n {_THESE}"
_NEXT = f"""
SELECT l.owner AS owner, l."order" AS "order", l.n AS n, l.kind AS kind, l.amount_minor AS amount_minor,
  l.currency AS currency, l.asks AS asks, t.due_ms AS due_ms, t.set_seq AS set_seq
{_THESE} ORDER BY t.due_ms, l.owner, l."order", l.n LIMIT :most
"""


async def asked_next(database: Any, most: int) -> list[Any]:
    """Such payments with when they are asked about and the log row that said so; those that are asked next first."""
    return await database.fetch(_NEXT, most=most)
