"""The revisions in the package, and their SQL for one kind of database."""

from pathlib import Path

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

FOLDER = Path(__file__).parent / "migrations"
VERSION_TABLE = "CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"
READ_VERSION = "SELECT version_num FROM alembic_version"


class NewerDatabase(Exception):
    """The database was changed by a newer version of this program. Start that version, or restore an older backup."""


def scripts() -> ScriptDirectory:
    """Alembic's view of the folder."""
    return ScriptDirectory(str(FOLDER))


def after(revision: str | None, directory: ScriptDirectory) -> list[str]:
    """The revisions that a database at `revision` still lacks, oldest first."""
    history = [script.revision for script in directory.walk_revisions()][::-1]
    if revision is None:
        return history
    if revision not in history:
        raise NewerDatabase(f"The database is at revision {revision}, which this version does not know.")
    return history[history.index(revision) + 1 :]


def from_nothing(done: list[str]) -> bool:
    """Whether these revisions, just applied, made the database: the first of all is among them."""
    return not set(scripts().get_bases()).isdisjoint(done)


def contracts(revision: str, directory: ScriptDirectory) -> bool:
    """Whether a revision takes something away."""
    return directory.get_revision(revision).module.contract


class _Statements(list):
    """Collects what Alembic writes: one call per statement."""

    def write(self, text: str) -> None:
        if statement := text.strip().removesuffix(";"):
            self.append(statement)

    def flush(self) -> None:
        """Nothing is held back."""


def sql_of(revision: str, directory: ScriptDirectory, dialect: str) -> list[str]:
    """The statements of one revision, and the one that notes it in the version table."""
    written = _Statements()
    start = directory.get_revision(revision).down_revision
    context = MigrationContext.configure(
        dialect_name=dialect,
        opts={
            "as_sql": True,
            "output_buffer": written,
            "transactional_ddl": False,
            "starting_rev": start,
            "fn": lambda current, _: directory._upgrade_revs(revision, current),
        },
    )
    with Operations.context(context):
        context.run_migrations()
    return [text for text in written if not text.startswith(("--", "CREATE TABLE alembic_version"))]
