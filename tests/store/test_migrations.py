"""The revisions make what the rows declare, on both databases, once, under a lock, with a copy before a loss."""

import asyncio
import shutil
from pathlib import Path

import apsw
import psycopg
import pytest
from sqlalchemy.dialects import postgresql, sqlite

from jishi.kernel.owners import Head
from jishi.store import migrate, open_database, revisions
from jishi.store.metadata import create_statements, manifest, metadata
from jishi.store.revise import CannotWrite, declare_everything, difference, revise
from tests.store.samples import head
from tests.store.structure import structure

CONTRACT = '''"""Take the balances away."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = depends_on = None
contract = True


def upgrade() -> None:
    op.drop_table("balances")
'''
BROKEN = CONTRACT.replace('op.drop_table("balances")', 'op.drop_table("balances")\n    op.drop_table("no_such_table")')

declare_everything()


@pytest.fixture
def history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A history of its own, whose first revision is written from the rows as they are."""
    folder = tmp_path / "migrations"
    shutil.copytree(revisions.FOLDER, folder, ignore=shutil.ignore_patterns("versions", "__pycache__"))
    monkeypatch.setattr(revisions, "FOLDER", folder)
    assert revise("begin") == str(folder / "versions" / "0001_begin.py")
    return folder / "versions"


async def create_declared(url: str) -> None:
    """Make the tables straight from the metadata."""
    if url.startswith("sqlite"):
        connection = apsw.Connection(url.removeprefix("sqlite:///"))
        for statement in create_statements(sqlite.dialect(), metadata()):
            connection.execute(statement)
        connection.close()
        return
    connection = await psycopg.AsyncConnection.connect(url, autocommit=True)
    for statement in create_statements(postgresql.dialect(), metadata()):
        await connection.execute(statement)
    await connection.close()


async def declared_structure(url: str) -> set[tuple]:
    """The structure of the metadata, on a second database of the same kind."""
    if url.startswith("sqlite"):
        other = url + "-declared"
        await create_declared(other)
        return await structure(other)
    connection = await psycopg.AsyncConnection.connect(url, autocommit=True)
    await connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    await connection.close()
    await create_declared(url)
    return await structure(url)


def test_the_package_makes_what_the_rows_declare(database_url: str) -> None:
    async def story() -> None:
        await migrate(database_url)
        made = await structure(database_url)
        assert made == await declared_structure(database_url)
        assert {row[0] for row in made} == set(manifest())

    asyncio.run(story())


def test_a_written_revision_makes_what_the_rows_declare(database_url: str, history: Path) -> None:
    async def story() -> None:
        assert await migrate(database_url) == ["0001"]
        assert await migrate(database_url) == []
        made = await structure(database_url)
        assert made == await declared_structure(database_url)

    assert difference().is_empty()
    assert revise("again") is None
    asyncio.run(story())


def test_a_contract_step_copies_the_file_first(sqlite_url: str, history: Path) -> None:
    async def story() -> None:
        await migrate(sqlite_url)
        database = await open_database(sqlite_url)
        session = await database.session()
        await session.begin()
        await session.insert(Head, [head(1)])
        await session.commit()
        await database.close()
        (history / "0002_less.py").write_text(CONTRACT)
        assert await migrate(sqlite_url) == ["0002"]
        assert "balances" not in {row[0] for row in await structure(sqlite_url)}
        before = sqlite_url + ".before-0002"
        assert "balances" in {row[0] for row in await structure(before)}
        copy = await open_database(before, writer=False)
        assert await copy.read(Head) == [head(1)]
        await copy.close()

    asyncio.run(story())


def test_a_failing_revision_changes_nothing(database_url: str, history: Path) -> None:
    async def story() -> None:
        await migrate(database_url)
        before = await structure(database_url)
        (history / "0002_broken.py").write_text(BROKEN)
        with pytest.raises(Exception, match="no_such_table"):
            await migrate(database_url)
        assert await structure(database_url) == before
        (history / "0002_broken.py").write_text(CONTRACT)
        assert await migrate(database_url) == ["0002"]

    asyncio.run(story())


def test_a_newer_database_is_refused(database_url: str, history: Path) -> None:
    async def story() -> None:
        (history / "0002_less.py").write_text(CONTRACT)
        await migrate(database_url)
        (history / "0002_less.py").unlink()
        with pytest.raises(revisions.NewerDatabase, match="0002"):
            await migrate(database_url)

    asyncio.run(story())


def test_a_database_from_before_the_revisions_is_refused(database_url: str, history: Path) -> None:
    async def story() -> None:
        await create_declared(database_url)
        with pytest.raises(revisions.NewerDatabase, match="before there were revisions"):
            await migrate(database_url)

    asyncio.run(story())


def test_what_cannot_be_written_is_refused(history: Path) -> None:
    """A changed CHECK of a table that is there: named, and nothing is written."""
    written = history / "0001_begin.py"
    written.write_text(written.read_text().replace("debit <> credit", "debit < credit"))
    with pytest.raises(CannotWrite, match="entries: CHECKs"):
        revise("changed")
    assert [path.name for path in history.glob("*.py")] == ["0001_begin.py"]


@pytest.mark.postgres
def test_two_processes_migrate_at_once(postgres_url: str, history: Path) -> None:
    async def story() -> None:
        results = await asyncio.gather(*[migrate(postgres_url) for _ in range(4)])
        assert sorted(results) == [[], [], [], ["0001"]]

    asyncio.run(story())
