"""PostgreSQL's log as it is on a server that has run for a while: its files are used again.

A server that has just been made writes a new file of 16 MB with zeros every few thousand orders, and every commit waits
for that: 20 to 60 ms. After a checkpoint it uses old ones again, up to `min_wal_size` of them.
"""

import psycopg

FILES = 110  # 1.7 GB


def write_round(url: str) -> None:
    """Fill as many files as are kept; checkpoints then make them free."""
    with psycopg.connect(url, autocommit=True) as connection:
        for _ in range(FILES):
            connection.execute("SELECT pg_logical_emit_message(false, 'bench', ''), pg_switch_wal()")
    keep_log(url)


def keep_log(url: str) -> None:
    """Let files that were filled be used again, before something is measured."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CHECKPOINT")
