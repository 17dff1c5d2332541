"""The fast loader: the rows a million orders would have left, from stencils of real orders, in bulk.

Every table an order touches gets what the engine would write: log with its chain, entries, stock moves, timers; and the
heads, SKUs, balances and cursors are moved along. `jishi audit` finds nothing wrong afterwards; a test holds that.
"""

import random
from collections import Counter, defaultdict
from typing import Any

from msgspec.structs import replace

from bench.stencil import SEQ_COLUMNS, Stencil, goods_are_alike, rows_to_find
from bench.world import Market
from jishi.kernel.catalog import Product
from jishi.kernel.ids import EPOCH_MS, public_id, public_owner, read_id
from jishi.kernel.ledger import Balance, EntryRow
from jishi.kernel.orders import Order
from jishi.kernel.owners import Head, LogRow, chained
from jishi.kernel.rows import TABLES, Row
from jishi.kernel.stock import Sku
from jishi.store import Cursor, open_database, postgres_statements, sqlite_statements

AT_ONCE, STENCILS = 20_000, 50
ENGINE = 1023  # no engine of a benchmark has this number, so that no id is made twice
WINDOW_MS = 24 * 3_600_000  # into so much of the past orders are spread: no deadline to send has passed yet


class Loader:
    """Fills one database. The market's engine must not run meanwhile."""

    def __init__(self, database: Any, market: Market, seed: int):
        self.database, self.market, self.random = database, market, random.Random(seed)
        self.addresses = [(buyer.party, read_id(buyer.address)[1]) for buyer in market.buyers]
        self.stencils: list[Stencil] = []
        self.heads: dict[int, Head] = {}
        self.sold: Counter[Sku] = Counter()
        self.balances: Counter[tuple] = Counter()
        self.made = 0

    async def prepare(self) -> None:
        """Cut stencils from orders that the engine placed and heard to be paid; read the heads."""
        assert goods_are_alike(await self.database.read(Product)), "goods differ more than a stencil allows"
        orders = await self.database.read(Order, "WHERE state = 'to_ship' ORDER BY id LIMIT :most", most=STENCILS)
        assert orders, "there is no order to cut a stencil from"
        self.stencils = [Stencil(await self.rows_of(order)) for order in orders]
        self.heads = {head.owner: head for head in await self.database.read(Head)}

    async def rows_of(self, order: Order) -> list[Row]:
        """All rows that an order brought."""
        found = []
        for row_type, column in rows_to_find():
            where = f'WHERE owner = :owner AND "{column}" = :id'
            found += await self.database.read(row_type, where, owner=order.owner, id=order.id)
        seqs = {getattr(row, name) for row in found for name in SEQ_COLUMNS if hasattr(row, name)}
        for seq in sorted(seqs):
            found += await self.database.read(LogRow, "WHERE owner = :owner AND seq = :seq", owner=order.owner, seq=seq)
        return found

    async def load(self, count: int) -> None:
        """So many orders more."""
        session, now = await self.database.session(), self.market.engine.world.clock.wall()
        step = WINDOW_MS / count
        for first in range(0, count, AT_ONCE):
            rows: dict[type[Row], list[tuple]] = defaultdict(list)
            for place in range(first, min(count, first + AT_ONCE)):
                self.order(rows, int(now - WINDOW_MS + place * step))
            await self.write(session, rows)
        await self.write_sums(session, now)

    def order(self, rows: dict[type[Row], list[tuple]], at: int) -> None:
        """One order's rows, from a stencil taken by chance."""
        stencil = self.random.choice(self.stencils)
        sku = self.random.choice(self.random.choice(self.market.skus))
        payer, address = self.random.choice(self.addresses)
        order = (at - EPOCH_MS) << 22 | ENGINE << 12 | self.made % 4096
        self.made += 1
        head = self.heads[sku.owner]
        values: dict[str, Any] = {
            "shop": sku.owner, "order": order, "payer": payer, "address": address, "sku": sku.id,
            "product": sku.product, "public_order": public_id(sku.owner, order), "public_shop": public_owner(sku.owner),
        }  # fmt: skip
        values |= {f"time{delta}": at + delta for delta in stencil.deltas}
        for n, _ in enumerate(stencil.log):
            values[f"seq{n}"], values[f"command{n}"] = head.seq + 1 + n, f"{self.random.getrandbits(128):032x}"
        for cells in stencil.log_cells:
            told = tuple([cell.fill(values) for cell in cells[:-1]])
            row = LogRow(*told, chained(head.chain, told))
            head = Head(head.owner, head.kind, row.seq, row.chain, head.touched_ms)
            rows[LogRow].append(tuple(getattr(row, name) for name in TABLES[LogRow].names))
        self.heads[sku.owner] = head
        self.sold[sku] += 1
        for row_type, cells in stencil.rows:
            rows[row_type].append(tuple([cell.fill(values) for cell in cells]))
            if row_type is EntryRow:
                self.book(EntryRow(*rows[row_type][-1]))

    def book(self, entry: EntryRow) -> None:
        """Balances move with each entry."""
        self.balances[entry.owner, entry.debit, entry.currency] += entry.amount_minor
        self.balances[entry.owner, entry.credit, entry.currency] -= entry.amount_minor

    async def write(self, session: Any, rows: dict[type[Row], list[tuple]]) -> None:
        """One chunk, table by table."""
        await session.begin()
        for row_type, values in rows.items():
            if self.database.dialect == "postgres":
                statement = postgres_statements.insert(row_type)
                await session.wire.ask(statement.sql, statement.parameters(values), statement.formats)
            else:
                session.connection.executemany(sqlite_statements.insert(row_type), values)
        await session.commit()
        await self.database.checkpoint()

    async def write_sums(self, session: Any, now: int) -> None:
        """Where logs, stock and balances stand now; what follows the log has read it all."""
        sold = {(sku.owner, sku.id): count for sku, count in self.sold.items()}
        skus = [row for row in await self.database.read(Sku) if (row.owner, row.id) in sold]
        moved = [self.less(row, sold[row.owner, row.id]) for row in skus]
        shops = {sku.owner for sku in self.sold}
        readers = {cursor.consumer for cursor in await self.database.read(Cursor)}
        await session.begin()
        await session.update(Head, [replace(self.heads[shop], touched_ms=now) for shop in shops])
        await session.update(Sku, moved)
        await session.add_balances([Balance(*key, delta) for key, delta in sorted(self.balances.items())])
        cursors = [Cursor(name, shop, self.heads[shop].seq) for name in readers for shop in shops]
        await session.upsert(Cursor, cursors)
        await session.commit()
        self.sold.clear()
        self.balances.clear()

    @staticmethod
    def less(row: Sku, count: int) -> Sku:
        """A SKU of which so many were taken."""
        assert row.free >= count, "not enough stock to load so many orders"
        return replace(row, free=row.free - count, taken=row.taken + count)


async def load_orders(url: str, market: Market, count: int, seed: int) -> None:
    """Load so many orders into a market with a few real ones."""
    database = await open_database(url)
    try:
        loader = Loader(database, market, seed)
        await loader.prepare()
        await loader.load(count)
    finally:
        await database.close()
