"""What a database is made of, read from its own catalogue, to compare two of them."""

import apsw
import psycopg

COLUMNS = """
SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, co.collname, c.reloptions
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid LEFT JOIN pg_collation co ON co.oid = a.attcollation
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0
"""
CONSTRAINTS = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
FROM pg_constraint WHERE connamespace = 'public'::regnamespace
"""
INDEXES = "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"


async def structure(url: str) -> set[tuple]:
    """Tables, columns, constraints and indexes, without the version table."""
    found = _of_file(url) if url.startswith("sqlite") else await _of_server(url)
    return {row for row in found if row[0] != "alembic_version"}


def _of_file(url: str) -> list[tuple]:
    connection = apsw.Connection(url.removeprefix("sqlite:///"))
    found = connection.execute("SELECT tbl_name, name, sql FROM sqlite_master").fetchall()
    connection.close()
    return [(table, name, " ".join((sql or "").split())) for table, name, sql in found]


async def _of_server(url: str) -> list[tuple]:
    connection = await psycopg.AsyncConnection.connect(url, autocommit=True)
    rows = [row for query in (COLUMNS, CONSTRAINTS, INDEXES) async for row in await connection.execute(query)]
    await connection.close()
    return [tuple(tuple(cell) if isinstance(cell, list) else cell for cell in row) for row in rows]
