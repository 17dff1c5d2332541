"""Checkouts: the parts make the total, each part is an order that knows its checkout, and a transaction paid it."""

import json

from jishi.audit.lookup import Expected, Lookup
from jishi.audit.query import Query, Tally, Walk
from jishi.audit.snapshot import Snapshot
from jishi.audit.violation import Violation

CHECKOUT = ("owner", "id")


async def parts_are_orders(snapshot: Snapshot, tally: Tally):
    """Every part stands for an order of this payer, with the amount it has to be paid."""
    lookup = Lookup(snapshot, tally)
    async for row in snapshot.rows("SELECT owner, id, total_minor, currency, parts FROM checkouts ORDER BY owner, id"):
        tally.facts += 1
        key, parts = {"owner": row["owner"], "id": row["id"]}, json.loads(row["parts"])
        whole = sum(part["amount_minor"] for part in parts)
        if whole != row["total_minor"]:
            yield Violation("checkout_total", "checkouts", key, f"the total is {row['total_minor']}, its parts {whole}")
        for part in parts:
            columns = {"payer": row["owner"], "checkout": row["id"], "total_minor": part["amount_minor"]}
            because = f"it is a part of checkout {row['id']} of {row['owner']}"
            order = {"owner": part["shop"], "id": part["order"]}
            expected = Expected("checkout_part_is_an_order", "orders", order, columns, because)
            async for violation in lookup.expect(expected):
                yield violation
    async for violation in lookup.finish():
        yield violation


CHECKS = (
    Walk("checkout_parts", parts_are_orders),
    Query(
        "checkout_paid_by_a_transaction",
        "checkouts",
        CHECKOUT,
        "SELECT owner, id, state, txn FROM checkouts WHERE (state = 'paid') <> (txn <> '')",
        "is {state} by transaction '{txn}'",
    ),
    Query(
        "order_of_a_checkout",
        "orders",
        CHECKOUT,
        """
        SELECT o.owner, o.id, o.checkout FROM orders o WHERE o.checkout <> 0 AND NOT EXISTS (
            SELECT 1 FROM checkouts c WHERE c.owner = o.payer AND c.id = o.checkout)
        """,
        "checkout {checkout} of its payer is not there",
    ),
)
