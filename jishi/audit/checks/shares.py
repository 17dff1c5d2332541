"""Shares: each was paid his frozen share of what is left of the line; nobody earns on refunded money."""

import json
from collections import defaultdict
from typing import Any

from jishi.audit.query import Query, Side, Tally, Walk
from jishi.audit.snapshot import Snapshot
from jishi.audit.violation import Violation

MOVE = ("owner", "order", "n")
PPM = 1_000_000
LINES = """
    SELECT l.owner, l."order", l.n, l.amount_minor, l.freight_minor, l.given_back_minor, l.freight_back_minor, l.shares,
           o.state
    FROM order_lines l JOIN orders o ON o.owner = l.owner AND o.id = l."order" ORDER BY l.owner, l."order", l.n
"""
MOVES = """
    SELECT owner, "order", line, n, kind, role, payee, amount_minor, rule FROM share_moves WHERE line <> 0
    ORDER BY owner, "order", line, n
"""


async def shares_of_what_is_left(snapshot: Snapshot, tally: Tally):
    """Settled less reclaimed, per line and receiver, against the line's own frozen rates."""
    moves = Side(snapshot.rows(MOVES), "owner", "order", "line")
    async for line in snapshot.rows(LINES):
        strays, mine = await moves.up_to((line["owner"], line["order"], line["n"]))
        for move in strays:
            yield stray(move)
        for violation in one_line(line, mine, tally):
            yield violation
    strays, _ = await moves.up_to(None)
    for move in strays:
        yield stray(move)


def one_line(line: Any, moves: list[Any], tally: Tally):
    """The receivers of one line."""
    due = frozen(line) if line["state"] == "settled" else {}
    paid: dict[tuple, int] = defaultdict(int)
    last: dict[tuple, int] = {}
    for move in moves:
        who = (move["role"], move["payee"], move["rule"])
        paid[who] += move["amount_minor"] if move["kind"] == "settled" else -move["amount_minor"]
        last[who] = move["n"]
    for who in sorted(due.keys() | paid.keys()):
        tally.facts += 1
        if due.get(who, 0) != paid.get(who, 0):
            role, payee, rule = who
            key = {"owner": line["owner"], "order": line["order"], "n": last.get(who, 0)}
            told = f"line {line['n']}, {role} {payee} by {rule}: has {paid.get(who, 0)} of {due.get(who, 0)} due"
            yield Violation("share_of_what_is_left", "share_moves", key, told)


def frozen(line: Any) -> dict[tuple, int]:
    """Receiver -> what he is due of the goods that are left; the merchant has the rest and the freight that is left."""
    left = line["amount_minor"] - line["given_back_minor"]
    due: dict[tuple, int] = defaultdict(int)
    rest = left + line["freight_minor"] - line["freight_back_minor"]
    for share in json.loads(line["shares"]):
        part = left * share["share_ppm"] // PPM
        due[share["role"], share["payee"], share["rule"]] += part
        rest -= part
    due["merchant", line["owner"], "rest"] += rest
    return due


def stray(move: Any) -> Violation:
    told = f"{move['amount_minor']} for line {move['line']}, which the order does not have"
    return Violation("share_of_what_is_left", "share_moves", {name: move[name] for name in MOVE}, told)


CHECKS = (
    Walk("share_of_what_is_left", shares_of_what_is_left),
    Query(
        "share_offset",
        "share_moves",
        MOVE,
        """
        SELECT owner, "order", n, role, amount_minor, offset_minor FROM share_moves
        WHERE offset_minor NOT BETWEEN 0 AND amount_minor OR amount_minor <= 0
           OR (role <> 'merchant' AND offset_minor <> 0)
           OR (role = 'merchant') <> (payee = owner) OR kind NOT IN ('settled', 'reclaimed')
        """,
        "{offset_minor} of {amount_minor} is netted for {role}",
    ),
    Query(
        "share_netted_by_entries",
        "orders",
        ("owner", "id"),
        """
        SELECT owner, id, SUM(netted) AS netted, SUM(booked) AS booked FROM (
            SELECT owner, "order" AS id, offset_minor AS netted, 0 AS booked FROM share_moves
            UNION ALL SELECT owner, "order", 0, amount_minor FROM entries
                WHERE code IN ('settled.netted', 'reclaimed.owed') AND "order" <> 0
        ) AS sides
        GROUP BY owner, id HAVING SUM(netted) <> SUM(booked)
        """,
        "its shares netted {netted}, its entries {booked}",
    ),
)
