"""Stock: never negative, conserved, and held or taken exactly for the orders that hold or took it."""

from jishi.audit.query import Query

SKU = ("owner", "id")
COUNTS = {
    "free": {"counted": 1, "held": -1, "released": 1, "returned": 1},
    "held": {"held": 1, "released": -1, "taken": -1},
    "taken": {"taken": 1, "returned": -1},
    "stocked": {"counted": 1},
}


def signed(effects: dict[str, int]) -> str:
    """The effect of a stock move on one count, as SQL."""
    cases = " ".join(f"WHEN kind = '{kind}' THEN {sign} * quantity" for kind, sign in effects.items())
    return f"CASE {cases} ELSE 0 END"


def by_moves(count: str) -> Query:
    return Query(
        f"stock_{count}_by_moves",
        "skus",
        SKU,
        f"""
        SELECT owner, id, SUM(kept) AS kept, SUM(moved) AS moved FROM (
            SELECT owner, id, {count} AS kept, 0 AS moved FROM skus
            UNION ALL SELECT owner, sku, 0, {signed(COUNTS[count])} FROM stock_moves
        ) AS sides
        GROUP BY owner, id HAVING SUM(kept) <> SUM(moved)
        """,
        f"{count} is {{kept}}, but its moves make {{moved}}",
    )


HELD = "state IN ('placed', 'paid')"
TOOK = "state IN ('to_ship', 'partly_shipped', 'shipped', 'received', 'settled', 'refunded')"
# What was never sent of an order whose money is all gone went back to the shelf.
STAYED = """CASE WHEN o.state = 'refunded' AND l.shipped < l.quantity - l.claimed THEN l.shipped
            ELSE l.quantity - l.claimed END"""
# Nothing else leaves the shop once an order is wholly sent or over.
MAY = "CASE WHEN o.state IN ('to_ship', 'partly_shipped') THEN l.quantity ELSE l.shipped END"
# Per order and SKU: pieces that moves hold or took, pieces its lines want held, and want taken at least and at most.
BY_ORDER = f"""
    SELECT owner, id, sku, SUM(held) AS held, SUM(taken) AS taken,
           SUM(want_held) AS want_held, SUM(least) AS least, SUM(most) AS most FROM (
        SELECT owner, "order" AS id, sku, {signed(COUNTS["held"])} AS held, {signed(COUNTS["taken"])} AS taken,
               0 AS want_held, 0 AS least, 0 AS most FROM stock_moves WHERE "order" <> 0
        UNION ALL SELECT l.owner, l."order", l.sku, 0, 0,
               CASE WHEN o.{HELD} THEN l.quantity ELSE 0 END,
               CASE WHEN o.{TOOK} THEN {STAYED} ELSE 0 END,
               CASE WHEN o.{TOOK} THEN {MAY} ELSE 0 END
        FROM order_lines l JOIN orders o ON o.owner = l.owner AND o.id = l."order"
    ) AS sides
    GROUP BY owner, id, sku
    HAVING SUM(held) <> SUM(want_held) OR SUM(taken) NOT BETWEEN SUM(least) AND SUM(most)
"""

CHECKS = (
    Query(
        "stock_conserved",
        "skus",
        SKU,
        """
        SELECT owner, id, free, held, taken, stocked FROM skus
        WHERE free < 0 OR held < 0 OR taken < 0 OR stocked <> free + held + taken
        """,
        "free {free}, held {held}, taken {taken} of {stocked}",
    ),
    *[by_moves(count) for count in COUNTS],
    Query(
        "stock_of_orders",
        "orders",
        SKU,
        BY_ORDER,
        "of SKU {sku} it holds {held} and took {taken}; its lines want {want_held} held and {least} to {most} taken",
    ),
    Query(
        "stock_held_by_open_orders",
        "skus",
        SKU,
        f"""
        SELECT owner, id, SUM(kept) AS kept, SUM(wanted) AS wanted FROM (
            SELECT owner, id, held AS kept, 0 AS wanted FROM skus
            UNION ALL SELECT l.owner, l.sku, 0, l.quantity
            FROM order_lines l JOIN orders o ON o.owner = l.owner AND o.id = l."order" WHERE o.{HELD}
        ) AS sides
        GROUP BY owner, id HAVING SUM(kept) <> SUM(wanted)
        """,
        "{kept} are held, but open orders hold {wanted}",
    ),
    Query(
        "stock_move_positive",
        "stock_moves",
        ("owner", "sku", "seq", "n", "kind"),
        """
        SELECT owner, sku, seq, n, kind, quantity FROM stock_moves
        WHERE kind NOT IN ('held', 'released', 'taken', 'returned', 'counted') OR (kind <> 'counted' AND quantity <= 0)
           OR quantity = 0 OR (kind = 'counted') <> ("order" = 0)
        """,
        "{quantity} {kind} is no move of stock",
    ),
)
