"""Every verb of a session, there and back, on both databases."""

from collections.abc import Callable

import msgspec
import pytest

from jishi.kernel.ledger import Balance, EntryRow
from jishi.kernel.owners import Head, LogRow, Timer
from jishi.kernel.rows import TABLES, key_of
from jishi.kernel.vocabulary import GRAMMAR  # noqa: F401  all tables are declared
from jishi.store import Meta, Seen
from jishi.store.errors import Conflict, MissingRow, TooManyRows
from jishi.store.shape import MANY_MAX
from tests.store.samples import Part, Sample, entry, head, least, log_row, timer

FULL = Sample(2**62, "名'\"\\", 0, (Part(1, "茶"), Part(2, "")), Part(3, "杯"), "note", b"\x00\xff")
BARE = Sample(-(2**63), "", 2**63 - 1, (), None, None, None)


def test_a_row_comes_back_as_it_went(tell: Callable) -> None:
    async def story(database, session):
        await session.begin()
        await session.insert(Sample, [FULL, BARE])
        found = await session.load(Sample, [(FULL.owner, FULL.name, 0), (1, "absent", 0), (BARE.owner, "", BARE.n)])
        await session.commit()
        assert found == [FULL, BARE]
        assert await database.read(Sample, "ORDER BY owner") == [BARE, FULL]

    tell(story)


def test_an_update_writes_only_what_may_change(tell: Callable) -> None:
    async def story(database, session):
        await session.begin()
        await session.insert(Sample, [FULL, BARE])
        await session.update(Sample, [msgspec.structs.replace(FULL, note=None, parts=(), raw=b"never")])
        await session.commit()
        changed = msgspec.structs.replace(FULL, note=None, parts=())
        assert await database.read(Sample, "ORDER BY owner") == [BARE, changed]

    tell(story)


def test_an_update_writes_the_columns_it_names(tell: Callable) -> None:
    async def story(database, session):
        await session.begin()
        await session.insert(Sample, [FULL, BARE])
        await session.update(Sample, [msgspec.structs.replace(FULL, note="another", parts=())], ("note",))
        await session.commit()
        assert await database.read(Sample, "ORDER BY owner") == [BARE, msgspec.structs.replace(FULL, note="another")]

    tell(story)


@pytest.mark.parametrize("row_type", [row for row, spec in TABLES.items() if spec.changes])
def test_any_column_that_may_change_can_be_written_alone(tell: Callable, row_type: type) -> None:
    """Whatever else the row's checks speak of."""

    async def story(database, session):
        spec, row = TABLES[row_type], least(row_type)
        await session.begin()
        await session.insert(row_type, [row])
        for name in spec.changes:
            await session.update(row_type, [row], (name,))
        await session.commit()
        assert await database.read(row_type, f"WHERE {spec.key[0]} = :key", key=getattr(row, spec.key[0])) == [row]

    tell(story)


def test_an_update_of_a_missing_row_is_a_fault(tell: Callable) -> None:
    async def story(database, session):
        await session.begin()
        with pytest.raises(MissingRow):
            await session.update(Head, [head(1)])
            await session.commit()
        await session.rollback()
        assert await database.read(Head) == []

    tell(story)


def test_upsert_inserts_then_changes(tell: Callable) -> None:
    async def story(database, session):
        await session.begin()
        await session.upsert(Meta, [Meta("a", "1"), Meta("b", "1")])
        await session.upsert(Meta, [Meta("b", "2"), Meta("c", "2")])
        await session.upsert(EntryRow, [entry(1, 1, 0, 100)])
        await session.upsert(EntryRow, [entry(1, 1, 0, 999)])
        await session.commit()
        assert await database.read(Meta, "ORDER BY key") == [Meta("a", "1"), Meta("b", "2"), Meta("c", "2")]
        assert [row.amount_minor for row in await database.read(EntryRow)] == [100], "append-only rows stay"

    tell(story)


def test_delete_takes_only_the_named_rows(tell: Callable) -> None:
    async def story(database, session):
        timers = [timer(1, subject) for subject in range(4)]
        await session.begin()
        await session.insert(Timer, timers)
        await session.delete(Timer, [key_of(timers[0]), key_of(timers[2])])
        await session.delete(Timer, [])
        await session.commit()
        assert await database.read(Timer, "ORDER BY subject") == [timers[1], timers[3]]

    tell(story)


def test_load_under_gives_key_order_for_every_prefix(tell: Callable) -> None:
    async def story(_, session):
        rows = [entry(owner, seq, n) for owner in (1, 2, 3) for seq in (1, 2) for n in (0, 1)]
        await session.begin()
        await session.insert(EntryRow, rows[::-1])
        assert await session.load_under(EntryRow, [(3,), (1,)]) == rows[:4] + rows[8:]
        assert await session.load_under(EntryRow, [(2, 2), (2, 2), (9, 9)]) == rows[6:8]
        assert await session.load_under(EntryRow, []) == []
        await session.rollback()

    tell(story)


def test_texts_are_ordered_by_code_point_on_both(tell: Callable) -> None:
    async def story(_, session):
        names = ["Z", "a", "b", "é", "中"]
        await session.begin()
        await session.insert(Sample, [msgspec.structs.replace(BARE, owner=1, name=name) for name in names[::-1]])
        assert [row.name for row in await session.load_under(Sample, [(1,)])] == names
        await session.rollback()

    tell(story)


def test_too_many_rows_are_not_cut_off_silently(tell: Callable) -> None:
    async def story(_, session):
        await session.begin()
        await session.insert(EntryRow, [entry(1, 1, n) for n in range(MANY_MAX)] + [entry(2, 1, 0)])
        assert len(await session.load_under(EntryRow, [(1,), (2,)])) == MANY_MAX + 1
        await session.insert(EntryRow, [entry(1, 1, MANY_MAX)])
        with pytest.raises(TooManyRows):
            await session.load_under(EntryRow, [(1,), (2,)])
        await session.rollback()

    tell(story)


def test_balances_add_up(tell: Callable) -> None:
    async def story(database, session):
        await session.begin()
        await session.add_balances([Balance(1, "escrow", "CNY", -5), Balance(1, "escrow", "CNY", -6)])
        await session.add_balances([Balance(1, "escrow", "CNY", 1), Balance(1, "provider", "CNY", 10)])
        await session.commit()
        expected = [Balance(1, "escrow", "CNY", -10), Balance(1, "provider", "CNY", 10)]
        assert await database.read(Balance, "WHERE owner = :owner ORDER BY account", owner=1) == expected

    tell(story)


def test_seen_finds_a_command_by_its_whole_key(tell: Callable) -> None:
    async def story(_, session):
        await session.begin()
        await session.insert(LogRow, [log_row(1, 1), log_row(1, 2, "c2"), log_row(2, 1)])
        keys = [(1, "party:7", "c1"), (1, "party:8", "c1"), (2, "party:7", "c1"), (2, "party:7", "c2")]
        found = await session.seen(keys)
        await session.rollback()
        assert found == {keys[0]: Seen("f", '{"order":1}', 1), keys[2]: Seen("f", '{"order":1}', 1)}

    tell(story)


def test_a_command_key_that_is_taken_is_a_conflict(tell: Callable) -> None:
    async def story(_, session):
        await session.begin()
        await session.insert(LogRow, [log_row(1, 1)])
        with pytest.raises(Conflict):
            await session.insert(LogRow, [log_row(1, 2)])
            await session.commit()
        await session.rollback()

    tell(story)


def test_a_broken_check_passes_as_it_is_and_changes_nothing(tell: Callable) -> None:
    async def story(database, session):
        await session.begin()
        await session.insert(Head, [head(1)])
        with pytest.raises(Exception, match=r"(?i)check") as caught:
            await session.insert(EntryRow, [entry(1, 1, 0, amount_minor=0)])
            await session.commit()
        assert not type(caught.value).__module__.startswith("jishi")
        await session.rollback()
        assert await database.read(Head) == []
        await session.begin()
        await session.insert(Head, [head(1)])
        await session.commit()
        assert await database.read(Head) == [head(1)]

    tell(story)


def test_lock_gives_the_heads_there_are(tell: Callable) -> None:
    async def story(_, session):
        await session.begin()
        await session.insert(Head, [head(1), head(2, 7)])
        assert await session.lock([3, 2, 1, 2]) == {1: head(1), 2: head(2, 7)}
        assert await session.lock([]) == {}
        await session.rollback()

    tell(story)
