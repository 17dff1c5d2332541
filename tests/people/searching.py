"""Looks for words and ids in everything a database holds: cell by cell through SQL, and byte by byte in its files."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import apsw
import psycopg
from psycopg.rows import dict_row

from tests.support.provider_process import ROOT

COMMAND_S = 120
Told = tuple[str, dict[str, Any]]  # a table and one of its rows


def jishi(*arguments: str, folder: Path) -> subprocess.CompletedProcess:
    """Run the real command line."""
    environment = os.environ | {"JISHI_FOLDER": str(folder), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "jishi", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=COMMAND_S)


async def cells(url: str) -> list[Told]:
    """Every row of every table, by the database's own catalogue, not by our declarations."""
    return _of_file(url.removeprefix("sqlite:///")) if url.startswith("sqlite") else await _of_server(url)


def _of_file(path: str) -> list[Told]:
    connection = apsw.Connection(path, apsw.SQLITE_OPEN_READONLY)
    found = []
    for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        names = [column[1] for column in connection.execute(f'PRAGMA table_info("{name}")')]
        rows = connection.execute(f'SELECT * FROM "{name}"').fetchall()
        found += [(name, dict(zip(names, row, strict=True))) for row in rows]
    connection.close()
    return found


async def _of_server(url: str) -> list[Told]:
    connection = await psycopg.AsyncConnection.connect(url, autocommit=True, row_factory=dict_row)
    tables = await connection.execute("SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'")
    names = [row["name"] for row in await tables.fetchall()]
    found = [(name, row) for name in names async for row in await connection.execute(f'SELECT * FROM "{name}"')]
    await connection.close()
    return found


def naming(rows: Iterable[Told], party: int, public: str) -> list[Told]:
    """The rows in which a party's id stands, as a number or in the public form of anything that is his."""
    return matching(rows, rf"(?<!\d){party}(?!\d)|{public[:-1]}")


def saying(rows: Iterable[Told], words: Iterable[str]) -> list[Told]:
    """The rows in which one of the words stands."""
    return matching(rows, "|".join(map(re.escape, words)))


def matching(rows: Iterable[Told], pattern: str) -> list[Told]:
    found = re.compile(pattern)
    return [row for row in rows if any(found.search(str(value)) for value in row[1].values())]


def in_files(paths: Iterable[Path], words: Iterable[str]) -> list[tuple[str, str]]:
    """Which words stand in which files, as bytes: plain UTF-8, and as JSON escapes them."""
    forms = {word: {word.encode(), json.dumps(word)[1:-1].encode()} for word in words}
    found = []
    for path in paths:
        raw = path.read_bytes()
        found += [(path.name, word) for word, written in forms.items() if any(form in raw for form in written)]
    return found


def files_of(folder: Path) -> list[Path]:
    """Everything in the folder: database, log, lock, copies, logs."""
    return [path for path in folder.rglob("*") if path.is_file()]
