"""No hot statement ever reads a whole table, whatever the table's size was when its plan was made.

Reason: a plan made on an empty table and kept made every look-up five times dearer once the table had grown.
"""

import asyncio
import re
from collections.abc import Callable

import apsw
import psycopg
import pytest

from jishi.kernel.ledger import Balance, EntryRow
from jishi.kernel.orders import ORDER, PILES, Order
from jishi.kernel.owners import Head, LogRow, Timer
from jishi.kernel.rows import TABLES
from jishi.store import migrate, postgres_statements, sqlite_statements
from jishi.store.postgres import WRITERS
from jishi.store.postgres_wire import connect
from jishi.store.queries import unknown_payments
from jishi.store.queries.for_whom import comes_to, concerns
from jishi.store.queries.in_states import in_states
from jishi.store.queries.orders import NEWEST
from jishi.store.shape import quoted, spec_of
from tests.store.samples import entry, head, log_row, timer

HOT = (Head, LogRow, EntryRow, Balance, Timer)
PER_OWNER = 50
SAMPLES: dict[type, Callable] = {
    Head: lambda owner, n: head(owner * 1_000 + n),
    LogRow: lambda owner, n: log_row(owner, n, f"c{n}"),
    EntryRow: lambda owner, n: entry(owner, n, 0),
    Balance: lambda owner, n: Balance(owner, f"a{n}", "CNY", 0),
    Timer: lambda owner, n: timer(owner, n),
}


def rows(row_type: type, count: int) -> list:
    return [SAMPLES[row_type](1 + number // PER_OWNER, number % PER_OWNER) for number in range(count)]


def postgres_hot() -> list[tuple[str, postgres_statements.Statement]]:
    """List every hot statement with its name."""
    made = postgres_statements
    found = [("lock", made.lock()), ("seen", made.seen()), ("add_balances", made.add_balances())]
    for row_type in HOT:
        name, key = TABLES[row_type].name, TABLES[row_type].key
        found += [(f"load {name}", made.load(row_type)), (f"delete {name}", made.delete(row_type))]
        found += [(f"load_under {name} {n}", made.load_under(row_type, n)) for n in range(1, len(key))]
        if TABLES[row_type].changes:
            found += [(f"update {name}", made.update(row_type, TABLES[row_type].changes[:1]))]
            found += [(f"upsert {name}", made.upsert(row_type))]
    return found


def nodes(plan: dict):
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


def faults(plan: dict) -> list[str]:
    """Name the nodes that read more than their keys: scans of a table, and of an index without a condition on it."""
    return [
        f"{node['Node Type']} on {node.get('Relation Name')}"
        for node in nodes(plan)
        if node["Node Type"] == "Seq Scan" or ("Index" in node["Node Type"] and "Index Cond" not in node)
    ]


async def generic_plan(connection: psycopg.AsyncConnection, sql: str) -> dict:
    """Return the plan a kept statement has, whatever its parameters."""
    count = max([0, *[int(part.split(":")[0].split(")")[0].split()[0]) for part in sql.split("$")[1:]]])
    given = f"({', '.join(['NULL'] * count)})" if count else ""
    await connection.execute(f"PREPARE hot AS {sql}")
    explained = await connection.execute(f"EXPLAIN (FORMAT JSON) EXECUTE hot {given}")
    ((plan,),) = await explained.fetchone()
    await connection.execute("DEALLOCATE hot")
    return plan["Plan"]


@pytest.mark.postgres
@pytest.mark.parametrize("count", [0, 1, 3, 50, 1_000, 10_000])
def test_postgres_plans_use_an_index(postgres_url: str, count: int) -> None:
    async def story() -> None:
        await migrate(postgres_url)
        connection = await connect(postgres_url, WRITERS)
        for row_type in HOT if count else ():
            spec = TABLES[row_type]
            async with connection.cursor().copy(f"COPY {spec.name} ({quoted(spec.names)}) FROM STDIN") as copy:
                for row in rows(row_type, count):
                    await copy.write_row([getattr(row, name) for name in spec.names])
            await connection.execute(f"ANALYZE {spec.name}")
        for name, statement in postgres_hot():
            assert not faults(await generic_plan(connection, statement.sql)), name
        await connection.close()

    asyncio.run(story())


@pytest.mark.postgres
def test_a_row_is_found_by_its_whole_key_on_young_tables(postgres_url: str) -> None:
    """One order of a shop was looked for among all that it has: a plan made on a young table took another index."""

    async def story() -> None:
        await migrate(postgres_url)
        connection = await connect(postgres_url, WRITERS)
        faulty = []
        for row_type, spec in TABLES.items():
            made = [postgres_statements.seen()] if row_type is LogRow else []
            # A unique key, or an index of columns of the key, may win as well, where one is needed.
            tied = spec.unique or [index for index in spec.indexes if index.columns[0] in spec.key and not index.where]
            if not tied:
                made += [postgres_statements.load(row_type)]
                made += [postgres_statements.load_under(row_type, width) for width in range(1, len(spec.key))]
            for statement in made:
                plan = await generic_plan(connection, statement.sql)
                found = [node for node in nodes(plan) if node.get("Relation Name") == spec.name]
                faulty += [(spec.name, statement.names) for node in found or [{"Filter": "none"}] if "Filter" in node]
        await connection.close()
        assert not faulty

    asyncio.run(story())


@pytest.mark.postgres
def test_the_plan_test_sees_a_scan(postgres_url: str) -> None:
    async def story() -> None:
        await migrate(postgres_url)
        settings = WRITERS | {"enable_seqscan": "on"}
        connection = await connect(postgres_url, settings)
        plan = await generic_plan(connection, "SELECT * FROM log WHERE at = $1::bigint")
        await connection.close()
        assert faults(plan) == ["Seq Scan on log"]

    asyncio.run(story())


ORDERS_ON_THEIR_WAY = (
    "INSERT INTO timers SELECT 1, n, CASE n % 1000 WHEN 0 THEN 'ask_payment' ELSE 'settle' END, 1, n, 1, 0, ''",
    "INSERT INTO legs SELECT 1, n, 1, 'full', CASE n % 1000 WHEN 0 THEN 'unknown' ELSE 'paid' END, 100, 'CNY', 0",
)


@pytest.mark.postgres
def test_payments_not_known_yet_are_found_without_looking_at_the_others(postgres_url: str, sqlite_url: str) -> None:
    async def story() -> None:
        await migrate(postgres_url)
        connection = await connect(postgres_url, WRITERS | {"enable_seqscan": "on"})
        for fill in ORDERS_ON_THEIR_WAY:
            await connection.execute(f"{fill} FROM generate_series(1, 20000) AS n")
        await connection.execute("ANALYZE timers, legs")
        plan = await generic_plan(connection, unknown_payments.COUNT)
        await connection.close()
        read = {node["Relation Name"]: node.get("Index Name") for node in nodes(plan) if "Relation Name" in node}
        assert read == {"timers": "ix_timers_kind_due_ms", "legs": "pk_legs"}

    asyncio.run(story())
    steps = sqlite_steps(sqlite_url, unknown_payments.COUNT)
    assert "ix_timers_kind_due_ms" in steps[0] and all(step.startswith("SEARCH") for step in steps), steps


FOR_WHOM = [comes_to(":party"), concerns(":party")]


@pytest.mark.postgres
def test_what_comes_to_somebody_is_found_among_his_own_orders_and_the_few_paid_by_others(
    postgres_url: str, sqlite_url: str
) -> None:
    async def story() -> None:
        await migrate(postgres_url)
        connection = await connect(postgres_url, WRITERS | {"enable_seqscan": "on"})
        told = {column.name: "0" if column.type is int else "''" for column in spec_of(Order).columns}
        # Buyers of some twenty orders each, one in a hundred of which somebody else pays.
        told |= {"owner": "1", "id": "n", "payer": "n % 1000", "beneficiary": "n % 1000 + (n % 100 = 0)::int"}
        values = ", ".join(told.values())
        await connection.execute(f"INSERT INTO orders SELECT {values} FROM generate_series(1, 20000) AS n")
        await connection.execute("ANALYZE orders")
        for where in FOR_WHOM:
            plan = await generic_plan(connection, f"SELECT * FROM orders WHERE {where.replace(':party', '$1::bigint')}")
            read = {node["Index Name"] for node in nodes(plan) if "Index Name" in node}
            assert read == {"ix_orders_payer_placed_ms", "ix_orders_beneficiary_placed_ms"} and not faults(plan), where
        await connection.close()

    asyncio.run(story())
    for where in FOR_WHOM:
        told = " ".join(sqlite_steps(sqlite_url, f"SELECT * FROM orders WHERE {where}", party=1))
        assert "ix_orders_payer_placed_ms" in told and "ix_orders_beneficiary_placed_ms" in told, told
        assert "SCAN" not in told, told


@pytest.mark.postgres
@pytest.mark.parametrize("state", ORDER.states)
def test_a_shops_orders_are_found_on_their_pile(postgres_url: str, sqlite_url: str, state: str) -> None:
    """And no index holds the state itself: an order that is paid would be written into all of them anew."""
    (pile,) = [name for name, (_, states) in PILES.items() if state in states]
    sql = f"SELECT id FROM orders WHERE owner = :shop AND {in_states([state])} AND {NEWEST}".replace(":states*", ":s")

    async def story() -> None:
        await migrate(postgres_url)
        connection = await connect(postgres_url, WRITERS | {"enable_seqscan": "on"})
        told = {column.name: "0" if column.type is int else "''" for column in spec_of(Order).columns}
        # One shop of twenty thousand orders: a tenth of them open, a tenth sent, a tenth closed, the others over.
        told |= {"owner": "1", "id": "n", "placed_ms": "n", "receive_by_ms": "CASE WHEN n % 10 > 1 THEN n ELSE 0 END"}
        told |= {"done_ms": "CASE WHEN n % 10 IN (0, 2) THEN 0 ELSE n END", "reason": "repeat('x', (n % 10 = 1)::int)"}
        values = ", ".join(told.values())
        await connection.execute(f"INSERT INTO orders SELECT {values} FROM generate_series(1, 20000) AS n")
        await connection.execute("ANALYZE orders")
        numbered = sql
        for n, name in enumerate([":shop", ":s", ":at", ":before", ":most"], 1):
            numbered = numbered.replace(name, f"${n}::{'text' if name == ':s' else 'bigint'}")
        plan = await generic_plan(connection, numbered)
        await connection.close()
        read = [node["Index Name"] for node in nodes(plan) if "Index Name" in node]
        assert read == [f"ix_orders_{pile}"] and not faults(plan), read

    asyncio.run(story())
    steps = sqlite_steps(sqlite_url, sql, shop=1, s=state, at=1, before=1, most=1)
    assert f"ix_orders_{pile}" in steps[0] and steps[0].startswith("SEARCH"), steps


def test_no_index_holds_the_state_of_an_order() -> None:
    held = {name for index in TABLES[Order].indexes for name in (*index.columns, *re.findall(r"\w+", index.where))}
    assert not held & {"state", "paid_ms", "paid_minor", "ship_by_ms"}


def sqlite_steps(url: str, sql: str, **told: int) -> list[str]:
    """List the steps of a statement's plan on an empty database."""
    asyncio.run(migrate(url))
    connection = apsw.Connection(url.removeprefix("sqlite:///"))
    steps = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", told)]
    connection.close()
    return steps


def sqlite_hot() -> list[tuple[str, str]]:
    """List every hot statement with its name; inserts have no plan."""
    made = sqlite_statements
    found = [("seen", made.SEEN)]
    for row_type in HOT:
        name, key = TABLES[row_type].name, TABLES[row_type].key
        found += [(f"load {name}", made.load(row_type)), (f"delete {name}", made.delete(row_type))]
        found += [(f"load_under {name} {n}", made.load_under(row_type, n)) for n in range(1, len(key))]
        if TABLES[row_type].changes:
            found.append((f"update {name}", made.update(row_type, TABLES[row_type].changes)))
    return found


@pytest.mark.parametrize("count", [0, 2_000])
def test_sqlite_plans_use_an_index(sqlite_url: str, count: int) -> None:
    asyncio.run(migrate(sqlite_url))
    connection = apsw.Connection(sqlite_url.removeprefix("sqlite:///"))
    for row_type in HOT:
        values = [tuple(getattr(row, name) for name in TABLES[row_type].names) for row in rows(row_type, count)]
        connection.executemany(sqlite_statements.insert(row_type), values)
    if count:
        connection.execute("ANALYZE")
    for name, sql in sqlite_hot():
        steps = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", (None,) * sql.count("?"))]
        assert steps and all(step.startswith("SEARCH") for step in steps), (name, steps)
    connection.close()
