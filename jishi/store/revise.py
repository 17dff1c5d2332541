"""Write the next revision from the declared rows: `python -m jishi.store.revise "add gift notes"`. For developers.

Compares the rows with what the revisions make. What it cannot write for both databases (a changed CHECK, unique key or
primary key) it refuses and names; a renamed column it takes for another one: read what it wrote.
"""

import importlib.util
import json
import pkgutil
import re
import sys
from collections.abc import Sequence

import sqlalchemy as sa
from alembic.autogenerate import produce_migrations, render_python_code
from alembic.operations.ops import CreateIndexOp, CreateTableOp, MigrateOperation, ModifyTableOps, UpgradeOps
from alembic.runtime.migration import MigrationContext

from jishi.kernel.rows import TABLES, Index, Table
from jishi.store import revisions
from jishi.store.metadata import metadata
from jishi.store.revisions import VERSION_TABLE, after, scripts, sql_of

LINE_MAX, WHOLE_MAX = 100, 109  # a text that fits one line of 120 stays whole
NOUNS = ("jishi.kernel", "jishi.modes", "jishi.roles", "jishi.scenes")


def declare_everything() -> None:
    """Import every file that declares rows."""
    for package in NOUNS:
        if importlib.util.find_spec(package) is None:
            continue
        folder = importlib.import_module(package)
        for found in pkgutil.walk_packages(folder.__path__, f"{package}."):
            importlib.import_module(found.name)


class CannotWrite(Exception):
    """A change that this tool cannot write: write a revision by hand, then run it again to see that nothing is left."""


def difference() -> UpgradeOps:
    """What a database at the newest revision lacks of the declared rows. Raises CannotWrite."""
    directory, declared = scripts(), metadata()
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection:
        connection.exec_driver_sql(VERSION_TABLE)
        for revision in after(None, directory):
            for statement in sql_of(revision, directory, "sqlite"):
                connection.exec_driver_sql(statement)
        refuse_unwritable(sa.inspect(connection))
        options = {"compare_type": True, "target_metadata": declared}
        made = produce_migrations(MigrationContext.configure(connection, opts=options), declared)
    engine.dispose()
    return made.upgrade_ops


def refuse_unwritable(made: sa.Inspector) -> None:
    """CHECKs and keys of tables that are there already must be as declared: SQLite alters them by a rebuild alone."""
    present = set(made.get_table_names())
    changed = [
        f"{spec.name}: {what} {before} are declared as {now}"
        for spec in TABLES.values()
        if spec.name in present
        for what, before, now in (
            ("CHECKs", [one["sqltext"] for one in made.get_check_constraints(spec.name)], spec.checks),
            ("unique keys", [one["column_names"] for one in made.get_unique_constraints(spec.name)], spec.unique),
            ("primary key", [made.get_pk_constraint(spec.name)["constrained_columns"]], [spec.key]),
        )
        if sorted(map(_plain, before)) != sorted(map(_plain, now))
    ]
    if changed:
        raise CannotWrite("Write this revision by hand:\n" + "\n".join(changed))


def _plain(said: str | Sequence[str]) -> str:
    return " ".join(said.split()) if isinstance(said, str) else ", ".join(said)


def revise(message: str) -> str | None:
    """Write the revision and return its file, or None if there is nothing to write."""
    missing = difference()
    if missing.is_empty():
        return None
    new = {step.table_name for step in missing.ops if isinstance(step, CreateTableOp)}
    rest = [step for step in missing.ops if not _belongs(step, new)]
    (revisions.FOLDER / "versions").mkdir(exist_ok=True)
    directory = scripts()
    script = directory.generate_revision(
        f"{len(after(None, directory)) + 1:04d}",
        message,
        head="head",
        tables=[_said(spec) for spec in TABLES.values() if spec.name in new],
        operations=_rendered(rest),
    )
    return script.path


def _belongs(step: MigrateOperation, new: set[str]) -> bool:
    """Whether a step is part of making a new table; Alembic lists its indexes apart."""
    steps = step.ops if isinstance(step, ModifyTableOps) else [step]
    return all(isinstance(part, CreateTableOp | CreateIndexOp) and part.table_name in new for part in steps)


def _rendered(steps: list[MigrateOperation]) -> str:
    if not steps:
        return ""
    return render_python_code(UpgradeOps(steps), sqlalchemy_module_prefix="sa.", alembic_module_prefix="op.")


def _said(spec: Table) -> str:
    """A table in the short form of `migrations/tables.py`."""
    columns = [f"{column.name} {column.type.__name__}{'?' * column.nullable}" for column in spec.columns]
    further = {"unique": [", ".join(names) for names in spec.unique]}
    further["indexes"] = [_index(one) for one in spec.indexes]
    further["checks"] = list(spec.checks)
    parts = [_text(spec.name), _text(", ".join(columns)), f"key={_text(', '.join(spec.key))}"]
    parts += ["changes=True"] if spec.changes else []
    parts += [f"{name}={_listed(said)}" for name, said in further.items() if said]
    return f"created(\n        {(chr(44) + chr(10) + ' ' * 8).join(parts)},\n    )"


def _index(one: Index) -> str:
    name, where = f"{one.name}: " if one.name else "", f" WHERE {one.where}" if one.where else ""
    return name + ", ".join(one.columns) + where


def _listed(said: list[str]) -> str:
    line = f"[{', '.join(map(json.dumps, said))}]"
    if len(line) <= LINE_MAX:
        return line
    return "[\n" + "".join([f"{' ' * 12}{json.dumps(one)},\n" for one in said]) + f"{' ' * 8}]"


def _text(said: str) -> str:
    """A string in double quotes, over several lines if it is long."""
    lines = [json.dumps(line) for line in _wrapped(said)]
    return lines[0] if len(lines) == 1 else f"\n{' ' * 8}".join(lines)


def _wrapped(said: str) -> list[str]:
    if len(said) <= WHOLE_MAX:
        return [said]
    lines = [""]
    for piece in re.findall(r".+?(?:, |$)", said):
        if len(lines[-1]) + len(piece) > LINE_MAX:
            lines.append("")
        lines[-1] += piece
    return lines


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit('usage: python -m jishi.store.revise "what changes"')
    declare_everything()
    try:
        print(revise(sys.argv[1]) or "Nothing to do: the revisions make what the rows declare.")
    except CannotWrite as error:
        sys.exit(str(error))
