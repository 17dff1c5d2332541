"""Bring a database to the newest revision: under a lock, each revision in a transaction of its own."""

import asyncio
import os
from pathlib import Path
from typing import Any

import apsw
import psycopg
from psycopg import errors
from sqlalchemy.dialects import postgresql, sqlite

from jishi.kernel.rows import TABLES
from jishi.store.errors import Transient
from jishi.store.metadata import create_statements, metadata
from jishi.store.postgres import EVERYONE
from jishi.store.postgres_faults import FAULTS, raise_ours
from jishi.store.postgres_wire import connect
from jishi.store.revisions import READ_VERSION, VERSION_TABLE, NewerDatabase, after, contracts, scripts, sql_of
from jishi.store.sqlite import MEMORY, file_of, path_of
from jishi.store.sqlite import connect as connect_file
from jishi.store.writer_lock import WriterLock

TRIES = 5
UNVERSIONED = "The database was made before there were revisions. Start over with a new one."
MADE_MEANWHILE = (errors.DuplicateTable, errors.DuplicateObject, errors.UniqueViolation)
SETTINGS = EVERYONE | {"lock_timeout": "5000", "statement_timeout": "0"}


async def migrate(url: str) -> list[str]:
    """Apply what is missing, and name it. Raises SecondEngine while an engine runs on SQLite, Transient, NewerDatabase.

    As long as the package has no revisions, missing tables are made from the declared rows as they are now.
    """
    if not url.startswith("sqlite"):
        return await _migrate_server(url)
    if file_of(url) == MEMORY:
        return []
    return _migrate_file(path_of(url))


def _migrate_file(path: Path) -> list[str]:
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = WriterLock(path)
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        connection = connect_file(str(path), writer=True)
        try:
            return _migrate_connection(connection, path)
        finally:
            connection.close()
    finally:
        lock.release()


def _migrate_connection(connection: apsw.Connection, path: Path) -> list[str]:
    directory = scripts()
    if not directory.get_heads():
        present = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
        with connection:
            for statement in _missing(present, sqlite.dialect()):
                connection.execute(statement)
        return []
    connection.execute(VERSION_TABLE)
    found = connection.execute(READ_VERSION).fetchall()
    if not found and connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'heads'").fetchall():
        raise NewerDatabase(UNVERSIONED)
    missing = after(found[0][0] if found else None, directory)
    for revision in missing:
        if contracts(revision, directory):
            _back_up(connection, path, revision)
        _run_on_file(connection, sql_of(revision, directory, "sqlite"))
    return missing


def _run_on_file(connection: apsw.Connection, statements: list[str]) -> None:
    connection.pragma("foreign_keys", False)  # a rebuilt table is dropped under its references
    connection.execute("BEGIN IMMEDIATE")
    try:
        for statement in statements:
            connection.execute(statement)
        broken = connection.execute("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise RuntimeError(f"The migration would leave {len(broken)} rows without what they refer to.")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    finally:
        connection.pragma("foreign_keys", True)


def _back_up(connection: apsw.Connection, path: Path, revision: str) -> None:
    """A whole copy beside the file, made under another name first, so that a half copy is never taken for one."""
    target = path.with_name(f"{path.name}.before-{revision}")
    making = target.with_name(target.name + ".part")
    making.unlink(missing_ok=True)
    os.close(os.open(making, os.O_RDWR | os.O_CREAT, 0o600))
    copy = apsw.Connection(str(making))
    with copy.backup("main", connection, "main") as backup:
        backup.step()
    copy.close()
    os.replace(making, target)


async def _migrate_server(url: str) -> list[str]:
    for tries_left in reversed(range(TRIES)):
        try:
            return await _migrate_once(url)
        except Transient:
            if not tries_left:
                raise
            await asyncio.sleep(0.5)
    raise AssertionError("unreachable: the last try returns or raises")


async def _migrate_once(url: str) -> list[str]:
    connection = await connect(url, SETTINGS)
    try:
        return await _migrate_server_connection(connection)
    except MADE_MEANWHILE as fault:
        raise Transient("Another process made a table at the same moment.") from fault
    except FAULTS as fault:
        raise_ours(fault, closed=connection.closed)
    finally:
        await connection.close()


async def _migrate_server_connection(connection: psycopg.AsyncConnection) -> list[str]:
    directory = scripts()
    done: list[str] = []
    await connection.execute(VERSION_TABLE)
    while True:
        async with connection.transaction():
            await connection.execute("LOCK TABLE alembic_version IN EXCLUSIVE MODE")
            if not directory.get_heads():
                found = await connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
                for statement in _missing({name async for (name,) in found}, postgresql.dialect()):
                    await connection.execute(statement)
                await _sample_nothing_personal(connection)
                return done
            found = await _value(connection, READ_VERSION)
            if found is None and await _value(connection, "SELECT to_regclass('heads')"):
                raise NewerDatabase(UNVERSIONED)
            missing = after(found, directory)
            if not missing:
                await _sample_nothing_personal(connection)
                return done
            for statement in sql_of(missing[0], directory, "postgresql"):
                await connection.execute(statement)
            done.append(missing[0])


async def _value(connection: psycopg.AsyncConnection, sql: str) -> Any:
    """The first value of the first row, if there is one."""
    row = await (await connection.execute(sql)).fetchone()
    return row and row[0]


async def _sample_nothing_personal(connection: psycopg.AsyncConnection) -> None:
    """The server's statistics keep samples of values, where no erasure finds them: none of personal columns."""
    named = await connection.execute("""
        SELECT c.relname AS "table", a.attname AS "column" FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND a.attnum > 0
        AND a.attstattarget IS DISTINCT FROM 0
    """)
    sampled = {row async for row in named}
    for spec in TABLES.values():
        for column in [column for column in spec.personal if (spec.name, column) in sampled]:
            await connection.execute(f'ALTER TABLE "{spec.name}" ALTER COLUMN "{column}" SET STATISTICS 0')


def _missing(present: set[str], dialect) -> list[str]:
    """DDL for the declared tables that are not there."""
    made = metadata()
    for table in [table for name, table in made.tables.items() if name in present]:
        made.remove(table)
    return create_statements(dialect, made)
