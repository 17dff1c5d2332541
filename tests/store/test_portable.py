"""Portable SQL: the same text with the same parameters gives the same rows on both databases."""

from collections.abc import Callable

import pytest

from jishi.kernel.owners import Head
from jishi.store.portable import for_postgres, for_sqlite
from tests.store.samples import head


def test_names_become_numbers_once_each() -> None:
    sql = "SELECT ':no' FROM t WHERE a = :a AND b IN (:b*) AND c NOT IN (:c*) AND d > :a"
    assert for_postgres(sql) == (
        "SELECT ':no' FROM t WHERE a = $1 AND b = ANY($2) AND c <> ALL($3) AND d > $1",
        ("a", "b", "c"),
    )
    assert for_sqlite(sql)[1] == ("b", "c")


def test_fetch_on_both(tell: Callable) -> None:
    async def story(database, session):
        await session.begin()
        await session.insert(Head, [head(owner, owner) for owner in (1, 2, 3, 2**62)])
        change = "UPDATE heads SET seq = :seq WHERE owner = :owner RETURNING owner, seq"
        moved = await session.fetch(change, seq=9, owner=1)
        assert moved == [(1, 9)] and moved[0].seq == 9
        assert await session.fetch("UPDATE heads SET seq = :seq WHERE owner = 77", seq=1) == []
        await session.commit()
        sql = "SELECT owner, seq AS at FROM heads WHERE owner IN (:owners*) AND seq > :least ORDER BY owner LIMIT :most"
        found = await database.fetch(sql, owners=[2, 2**62, 5], least=0, most=10)
        assert found == [(2, 2), (2**62, 2**62)] and found[0].at == 2
        assert await database.fetch(sql, owners=[], least=0, most=10) == []
        none = await database.fetch("SELECT owner FROM heads WHERE kind NOT IN (:kinds*)", kinds=["shop", "it's"])
        assert none == []

    tell(story)


def test_the_read_pool_cannot_write(tell: Callable) -> None:
    async def story(database, _):
        with pytest.raises(Exception, match=r"(?i)read-?only"):  # each driver has its own
            await database.fetch("INSERT INTO meta (key, value) VALUES ('a', 'b')")
        assert await database.fetch("SELECT key FROM meta") == []

    tell(story)
