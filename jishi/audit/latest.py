"""Rows that many events change: prices, goods, addresses, touches and payouts as the last events of the log left them.

One owner's rows are held at a time, and compared both ways when his log ends.
"""

from collections.abc import AsyncIterator
from typing import Any, NamedTuple

from jishi.audit.facts import pairs
from jishi.audit.lookup import differences
from jishi.audit.query import Side, Tally
from jishi.audit.snapshot import Snapshot
from jishi.audit.violation import Violation


class Last(NamedTuple):
    """What an event leaves in a row. key, columns: names, or `column=field`; always: fixed values; gone: it removes it
    when this field is 0.
    """

    table: str
    key: str
    columns: str = ""
    always: dict[str, Any] = {}
    gone: str = ""


def product(columns: str = "", **always: Any) -> Last:
    return Last("products", "id=product", columns, always)


def payout(columns: str, **always: Any) -> Last:
    return Last("payouts", "id=payout", columns, always)


TERMS = "freight giftable promoter_ppm"
LEAVES = {
    "SkuDrafted": (Last("skus", "id=sku", "product code options price_minor currency weight_g"),),
    "SkuPriced": (Last("skus", "id=sku", "price_minor"),),
    "ProductDrafted": (product(f"category {TERMS}", texts=1, state="draft", pictures=0, listed_ms=0),),
    "ProductRevised": (product(f"texts {TERMS}"),),
    "ProductMoved": (product("category"),),
    "ProductListed": (product("listed_ms=at", state="listed"),),
    "ProductSubmitted": (product(state="in_review"),),
    "ProductRecalled": (product(state="draft"),),
    "ProductApproved": (product("listed_ms=at", state="listed"),),
    "ProductRejected": (product(state="rejected"),),
    "ProductWithdrawn": (product(state="withdrawn"),),
    "ProductBlocked": (product(state="blocked"),),
    "ProductUnblocked": (product(state="withdrawn"),),
    "PictureAdded": (product("pictures=n"), Last("pictures", "product n", "file thumb", {"removed_ms": 0})),
    "PictureRemoved": (Last("pictures", "product n", "removed_ms=at"),),
    "TouchRecorded": (Last("touches", "shop product", "promoter scene medium seq at_ms=at"),),
    "AddressSaved": (Last("addresses", "id=address", "region", {"removed_ms": 0}),),
    "AddressRemoved": (Last("addresses", "id=address", "removed_ms=at"),),
    "TouchLinked": (Last("touches", "shop product", "promoter scene medium seq at_ms"),),
    "CartSet": (Last("cart_lines", "shop sku", "quantity since_ms=at", {}, "quantity"),),
    "PayoutRequested": (payout("source amount_minor currency asked_ms=at", state="requested"),),
    "PaidOut": (payout("done_ms=at", state="paid"),),
    "PayoutReturned": (payout("done_ms=at", state="returned"),),
}
FORGETS = {"PartyErased": "addresses"}  # with its words, every such row of the owner goes
KEYS = {last.table: [column for column, _ in pairs(last.key)] for leaves in LEAVES.values() for last in leaves}


class Latest:
    """Follows an owner's events to what they leave, beside the rows that are there."""

    def __init__(self, snapshot: Snapshot, tally: Tally):
        self.tally, self.owner = tally, 0
        self.left: dict[str, dict[tuple, dict]] = {table: {} for table in KEYS}
        self.sides = {table: Side(snapshot.rows(f'SELECT * FROM "{table}" ORDER BY owner'), "owner") for table in KEYS}

    async def see(self, row: Any, events: list[dict] | None) -> AsyncIterator[Violation]:
        """One log row; when it is the first of another owner, what the one before left is compared."""
        if row["owner"] != self.owner:
            async for violation in self.compare():
                yield violation
            self.owner = row["owner"]
        for event in events or ():
            told = event | {"seq": row["seq"], "at": row["at"]}
            for last in LEAVES.get(event["type"], ()):
                self.leave(last, told)
            if event["type"] in FORGETS:
                self.left[FORGETS[event["type"]]].clear()

    def leave(self, last: Last, told: dict) -> None:
        key = tuple([told[field] for _, field in pairs(last.key)])
        if last.gone and not told[last.gone]:
            self.left[last.table].pop(key, None)
            return
        values = {column: told[field] for column, field in pairs(last.columns)}
        self.left[last.table].setdefault(key, {}).update(values | last.always)

    async def compare(self) -> AsyncIterator[Violation]:
        """The rows of the owner whose log was read, and those of owners before him who have no log."""
        for table, side in self.sides.items():
            strays, mine = await side.up_to((self.owner,))
            left, self.left[table] = self.left[table], {}
            self.tally.facts += len(left)
            for found in [*strays, *mine]:
                key = tuple([found[column] for column in KEYS[table]])
                expected = left.pop(key, None) if found["owner"] == self.owner else None
                wrong = "no event of the log made it"
                if expected is not None:
                    wrong = differences(found, expected)
                if wrong:
                    yield self.violation(table, found["owner"], key, wrong)
            for key in left:
                yield self.violation(table, self.owner, key, "is missing, though events of the log made it")

    def violation(self, table: str, owner: int, key: tuple, told: str) -> Violation:
        named = {"owner": owner} | dict(zip(KEYS[table], key, strict=True))
        return Violation("row_by_last_event", table, named, told)

    async def finish(self) -> AsyncIterator[Violation]:
        """The last owner's rows, and those after him."""
        async for violation in self.compare():
            yield violation
        for table, side in self.sides.items():
            strays, _ = await side.up_to(None)
            for found in strays:
                key = tuple([found[column] for column in KEYS[table]])
                yield self.violation(table, found["owner"], key, "no event of the log made it")
