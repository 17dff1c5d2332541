"""Open a database by its URL."""

from jishi.store.database import Database, Turn
from jishi.store.postgres import PostgresDatabase
from jishi.store.sqlite import SqliteDatabase

KINDS = {"sqlite": SqliteDatabase, "postgresql": PostgresDatabase, "postgres": PostgresDatabase}


def kind_of(url: str) -> type[Database]:
    """Which database an address is of. Raises ValueError."""
    kind = KINDS.get(url.partition(":")[0])
    if kind is None:
        raise ValueError("A database address begins with sqlite:/// or postgresql://.")
    return kind


async def open_database(url: str, *, writer: bool = True, turn: Turn | None = None, locked: bool = False) -> Database:
    """Open `sqlite:///relative`, `sqlite:////absolute` or `postgresql://…`; run `migrate` first.

    `sqlite:///:memory:` makes its tables itself and reads on the writing connection. Without `writer` nothing can be
    changed, and on SQLite it works beside a running engine. Where two processes of one engine write to an SQLite file,
    they take turns, and one is told that the file is locked by the other. Raises SecondEngine, Transient.
    """
    return await kind_of(url).open(url, writer, turn, locked)
