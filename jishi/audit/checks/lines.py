"""Order lines: what was bought, sent, claimed and given back, each from the rows that tell of it."""

import json
from collections import Counter

from jishi.audit.query import Query, Side, Tally, Walk
from jishi.audit.snapshot import Snapshot
from jishi.audit.violation import Violation

LINE = ("owner", "order", "n")
BY_REFUNDS = """(SELECT owner, "order", line, SUM(goods_minor) AS goods, SUM(freight_minor) AS freight FROM refunds
                 WHERE state = 'succeeded' AND line <> 0 GROUP BY owner, "order", line)"""
UNDONE = """EXISTS (SELECT 1 FROM captures c WHERE c.owner = l.owner AND c."order" = l."order" AND c.undone_minor > 0
                    AND c.surplus = 0)"""

LINES = 'SELECT owner, "order", n, shipped, quantity FROM order_lines ORDER BY owner, "order", n'
PARCELS = 'SELECT owner, "order", n, packed FROM parcels ORDER BY owner, "order", n'


async def shipped_by_parcels(snapshot: Snapshot, tally: Tally):
    """Pieces sent of a line are the pieces in its order's parcels."""
    lines = Side(snapshot.rows(LINES), "owner", "order")
    async for key, sent in packed_by_order(snapshot):
        strays, mine = await lines.up_to(key)
        for line in [*strays, *mine]:
            tally.facts += 1
            pieces = sent.pop(line["n"], 0) if line in mine else 0
            if line["shipped"] != pieces:
                told = f"shipped {line['shipped']}, but its parcels hold {pieces}"
                yield Violation("line_shipped_by_parcels", "order_lines", {name: line[name] for name in LINE}, told)
        for n in sent:
            told = "was packed, but is no line of the order"
            yield Violation("line_shipped_by_parcels", "order_lines", dict(zip(LINE, (*key, n), strict=True)), told)


async def packed_by_order(snapshot: Snapshot):
    """(owner, order) with the pieces packed per line; at the end None, for the orders without parcels that are left."""
    key, sent = None, Counter()
    async for parcel in snapshot.rows(PARCELS):
        if key != (parcel["owner"], parcel["order"]):
            if key:
                yield key, sent
            key, sent = (parcel["owner"], parcel["order"]), Counter()
        for pack in json.loads(parcel["packed"]):
            sent[pack["line"]] += pack["quantity"]
    if key:
        yield key, sent
    yield None, Counter()


CHECKS = (
    Query(
        "line_amount",
        "order_lines",
        LINE,
        """
        SELECT owner, "order", n, amount_minor, quantity, price_minor FROM order_lines
        WHERE amount_minor <> price_minor * quantity OR quantity <= 0
        """,
        "{amount_minor} is not {quantity} at {price_minor}",
    ),
    Query(
        "line_within_bounds",
        "order_lines",
        LINE,
        """
        SELECT owner, "order", n, quantity, shipped, claimed, given_back_minor, freight_back_minor FROM order_lines
        WHERE shipped NOT BETWEEN 0 AND quantity OR claimed NOT BETWEEN 0 AND quantity
           OR given_back_minor NOT BETWEEN 0 AND amount_minor OR freight_back_minor NOT BETWEEN 0 AND freight_minor
        """,
        "of {quantity}: {shipped} shipped, {claimed} claimed; back {given_back_minor}, freight {freight_back_minor}",
    ),
    Query(
        "line_claimed_by_claims",
        "order_lines",
        LINE,
        """
        SELECT owner, "order", n, SUM(kept) AS kept, SUM(claimed) AS claimed FROM (
            SELECT owner, "order", n, claimed AS kept, 0 AS claimed FROM order_lines
            UNION ALL SELECT owner, "order", line, 0, quantity FROM claims WHERE state NOT IN ('withdrawn', 'closed')
        ) AS sides
        GROUP BY owner, "order", n HAVING SUM(kept) <> SUM(claimed)
        """,
        "claimed {kept}, but its claims make {claimed}",
    ),
    Query(
        "line_given_back_by_refunds",
        "order_lines",
        LINE,
        f"""
        SELECT l.owner, l."order", l.n, l.given_back_minor, l.freight_back_minor,
               COALESCE(r.goods, 0) AS goods, COALESCE(r.freight, 0) AS freight
        FROM order_lines l LEFT JOIN {BY_REFUNDS} r ON r.owner = l.owner AND r."order" = l."order" AND r.line = l.n
        WHERE l.given_back_minor < COALESCE(r.goods, 0) OR l.freight_back_minor < COALESCE(r.freight, 0)
           OR (NOT {UNDONE}
               AND l.given_back_minor + l.freight_back_minor > COALESCE(r.goods, 0) + COALESCE(r.freight, 0))
        """,
        "given back {given_back_minor} and freight {freight_back_minor}, but refunded {goods} and {freight}",
    ),
    Query(
        "order_given_back_by_what_left",
        "orders",
        ("owner", "id"),
        """
        SELECT owner, id, SUM(given) AS given, SUM(gone) AS gone, SUM(whole) AS whole FROM (
            SELECT owner, "order" AS id, given_back_minor + freight_back_minor AS given, 0 AS gone,
                   amount_minor + freight_minor AS whole FROM order_lines
            UNION ALL SELECT owner, "order", 0, amount_minor, 0 FROM refunds WHERE state = 'succeeded' AND line <> 0
            UNION ALL SELECT owner, "order", 0, undone_minor, 0 FROM captures WHERE surplus = 0
        ) AS sides
        GROUP BY owner, id
        HAVING SUM(given) <> CASE WHEN SUM(gone) < SUM(whole) THEN SUM(gone) ELSE SUM(whole) END
        """,
        "its lines gave back {given} of {whole}, but {gone} has left for them",
    ),
    Walk("line_shipped_by_parcels", shipped_by_parcels),
)
