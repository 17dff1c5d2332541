"""References: what a row refers to is there."""

from typing import NamedTuple

from jishi.audit.query import Query

LINE = ("owner", "order", "n")
ENTRY = ("owner", "seq", "n")
MOVE = ("owner", "sku", "seq", "n", "kind")
OF_ORDER = '"order" <> 0'
# A person's addresses go when he is erased; the order keeps the number of the one it had.
ADDRESSED = """address <> 0 AND NOT EXISTS (
                SELECT 1 FROM parties e WHERE e.owner = s.beneficiary AND e.state = 'erased')"""


class Reference(NamedTuple):
    """Columns of a table that must be found as columns of another. where: which rows have one at all."""

    table: str
    key: tuple[str, ...]
    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...]
    where: str = "1 = 1"


def of_owner(table: str, *rest: str) -> Reference:
    """Every row belongs to an owner who is there."""
    return Reference(table, ("owner", *rest), ("owner",), "heads", ("owner",))


def of_order(table: str, *rest: str) -> Reference:
    """A part of an order that is there."""
    return Reference(table, ("owner", "order", *rest), ("owner", "order"), "orders", ("owner", "id"))


REFERENCES = (
    of_owner("log", "seq"),
    of_owner("timers", "subject", "kind", "n"),
    of_owner("balances", "account", "currency"),
    of_owner("orders", "id"),
    of_owner("skus", "id"),
    of_owner("shops"),
    of_owner("parties"),
    of_owner("rooms"),
    of_owner("contacts", "other"),
    Reference("contacts", ("owner", "other"), ("other",), "parties", ("owner",)),
    Reference("members", ("owner", "party"), ("owner",), "rooms", ("owner",)),
    Reference("messages", ("owner", "n"), ("author",), "parties", ("owner",)),
    Reference("messages", ("owner", "n"), ("shop", "product"), "products", ("owner", "id"), "product <> 0"),
    Reference("messages", ("owner", "n"), ("shop", "order"), "orders", ("owner", "id"), OF_ORDER),
    of_owner("invitations", "id"),
    of_order("order_lines", "n"),
    of_order("legs", "n"),
    of_order("captures", "txn"),
    of_order("refunds", "n"),
    of_order("claims", "n"),
    of_order("parcels", "n"),
    of_order("share_moves", "n"),
    of_order("gifts"),
    Reference("entries", ENTRY, ("owner", "seq"), "log", ("owner", "seq")),
    Reference("entries", ENTRY, ("owner", "order"), "orders", ("owner", "id"), OF_ORDER),
    Reference("stock_moves", MOVE, ("owner", "seq"), "log", ("owner", "seq")),
    Reference("stock_moves", MOVE, ("owner", "sku"), "skus", ("owner", "id")),
    Reference("stock_moves", MOVE, ("owner", "order"), "orders", ("owner", "id"), OF_ORDER),
    Reference("timers", ("owner", "subject", "kind", "n"), ("owner", "set_seq"), "log", ("owner", "seq")),
    Reference("touches", ("owner", "shop", "product"), ("owner", "seq"), "log", ("owner", "seq")),
    Reference("order_lines", LINE, ("owner", "sku"), "skus", ("owner", "id")),
    Reference("order_lines", LINE, ("owner", "product"), "products", ("owner", "id")),
    Reference("skus", ("owner", "id"), ("owner", "product"), "products", ("owner", "id")),
    Reference("orders", ("owner", "id"), ("owner",), "shops", ("owner",)),
    Reference("orders", ("owner", "id"), ("payer",), "parties", ("owner",)),
    Reference("orders", ("owner", "id"), ("beneficiary",), "parties", ("owner",), "beneficiary <> 0"),
    Reference("orders", ("owner", "id"), ("beneficiary", "address"), "addresses", ("owner", "id"), ADDRESSED),
    Reference("orders", ("owner", "id"), ("rules",), "rules", ("id",)),
    Reference("logins", ("mark",), ("party",), "parties", ("owner",)),
    Reference("logins", ("mark",), ("party", "mark"), "accounts", ("owner", "mark")),
    Reference("accounts", ("owner", "kind"), ("mark", "owner"), "logins", ("mark", "party")),
    Reference("transfers", ("owner", "shop", "order", "n"), ("shop", "order"), "orders", ("owner", "id")),
)


def refers(reference: Reference) -> Query:
    """The query for one reference."""
    pairs = zip(reference.columns, reference.target_columns, strict=True)
    same = " AND ".join(f't."{theirs}" = s."{ours}"' for ours, theirs in pairs)
    key = ", ".join(f'"{column}"' for column in reference.key)
    return Query(
        f"refers_to_{reference.target}",
        reference.table,
        reference.key,
        f"""
        SELECT {key} FROM "{reference.table}" s
        WHERE {reference.where} AND NOT EXISTS (SELECT 1 FROM "{reference.target}" t WHERE {same})
        """,
        f"its {', '.join(reference.columns)} is not in {reference.target}",
    )


CHECKS = tuple([refers(reference) for reference in REFERENCES])
