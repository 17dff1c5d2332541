"""The provider's SQLite file: its tables, its one connection, its transactions.

One process holds the file exclusively and all statements run on the event loop's thread, so a transaction needs no
other lock. FULL: what was answered as paid is paid after a power cut, too.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

TABLES = """
CREATE TABLE IF NOT EXISTS trade (
    trade_no TEXT PRIMARY KEY, merchant TEXT NOT NULL,
    amount_minor INTEGER NOT NULL CHECK (amount_minor > 0), currency TEXT NOT NULL,
    notify_url TEXT NOT NULL, expires_ms INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'paid', 'closed')), opened_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS trade_expires ON trade (expires_ms) WHERE state = 'open';
CREATE TABLE IF NOT EXISTS barred (trade_no TEXT PRIMARY KEY) STRICT;
CREATE TABLE IF NOT EXISTS payment (
    txn TEXT PRIMARY KEY, trade_no TEXT NOT NULL REFERENCES trade,
    amount_minor INTEGER NOT NULL CHECK (amount_minor > 0), currency TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('paid', 'failed', 'reversed', 'charged_back')),
    refunded_minor INTEGER NOT NULL DEFAULT 0 CHECK (refunded_minor BETWEEN 0 AND amount_minor),
    paid_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS payment_trade ON payment (trade_no);
CREATE TABLE IF NOT EXISTS transfer (
    kind TEXT NOT NULL CHECK (kind IN ('refund', 'payout')), number TEXT NOT NULL,
    trade_no TEXT, txn TEXT REFERENCES payment, account TEXT,
    amount_minor INTEGER NOT NULL CHECK (amount_minor > 0), currency TEXT NOT NULL,
    notify_url TEXT, fingerprint TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('accepted', 'succeeded', 'failed', 'returned')),
    end_state TEXT NOT NULL CHECK (end_state IN ('succeeded', 'failed')),
    code TEXT, due_ms INTEGER NOT NULL, at_ms INTEGER NOT NULL,
    PRIMARY KEY (kind, number)
) STRICT;
CREATE INDEX IF NOT EXISTS transfer_due ON transfer (due_ms) WHERE state = 'accepted';
CREATE TABLE IF NOT EXISTS statement (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, at_ms INTEGER NOT NULL, kind TEXT NOT NULL,
    reference TEXT NOT NULL, txn TEXT, amount_minor INTEGER NOT NULL, currency TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS notice (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, subject TEXT NOT NULL,
    url TEXT NOT NULL, body BLOB NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'given_up', 'withheld')),
    held INTEGER NOT NULL DEFAULT 0, copies INTEGER NOT NULL DEFAULT 1, attempts INTEGER NOT NULL DEFAULT 0,
    deliveries INTEGER NOT NULL DEFAULT 0, due_ms INTEGER NOT NULL, last_answer TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS notice_due ON notice (due_ms, seq) WHERE state = 'pending';
CREATE INDEX IF NOT EXISTS notice_subject ON notice (subject);
CREATE TABLE IF NOT EXISTS behaviour (scope TEXT PRIMARY KEY, fields TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS clock (one INTEGER PRIMARY KEY CHECK (one = 1), offset_ms INTEGER NOT NULL) STRICT;
INSERT OR IGNORE INTO clock VALUES (1, 0);
"""


def open_database(path: Path) -> sqlite3.Connection:
    """Opens or makes the file; raises ValueError when another provider holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    database = sqlite3.connect(path, isolation_level=None, timeout=2)
    database.row_factory = sqlite3.Row
    try:
        database.execute("PRAGMA locking_mode = EXCLUSIVE")
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        database.execute("PRAGMA foreign_keys = ON")
        database.executescript(TABLES)
    except sqlite3.OperationalError as error:
        database.close()
        message = f"Cannot open {path}: {error}. Stop the other provider that uses it, or name another file."
        raise ValueError(message) from error
    return database


@contextmanager
def transaction(database: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """All or nothing; never holds an await."""
    database.execute("BEGIN IMMEDIATE")
    try:
        yield database
    except BaseException:
        database.execute("ROLLBACK")
        raise
    database.execute("COMMIT")
