"""PostgreSQL as it is on a server that has run for a while: its log's files are used again, its buffers are in memory.

One that has just been made writes a new file of its log with zeros every few thousand orders, and every commit waits
for that: 20 to 60 ms. After a checkpoint it uses old ones again, up to `min_wal_size` of them. And it asks the system
for each page of `shared_buffers` when it first needs it, which is then a twentieth of what an order takes it.
"""

import psycopg

PAGES, ROW_BYTES = 220_000, 8_000  # 1.7 GB: as much of the log as is kept, and more than there are buffers
STEPS = (
    "CREATE TABLE warm (filled text)",
    "ALTER TABLE warm ALTER filled SET STORAGE PLAIN",
    f"INSERT INTO warm SELECT repeat('x', {ROW_BYTES}) FROM generate_series(1, {PAGES})",
    "DROP TABLE warm",
)


def warm(url: str) -> None:
    """Write the log round and fill the buffers, with rows that are thrown away."""
    with psycopg.connect(url, autocommit=True) as connection:
        for step in STEPS:
            connection.execute(step)
    keep_log(url)


def keep_log(url: str) -> None:
    """Let files that were filled be used again, before something is measured."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CHECKPOINT")
