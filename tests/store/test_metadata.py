"""The declared rows become tables with their keys, classes, conditions and, for tests, their references."""

import asyncio

import apsw
import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

import jishi.kernel.ledger  # noqa: F401
from jishi.kernel.owners import Timer
from jishi.kernel.rows import TABLES
from jishi.store import open_database
from jishi.store.metadata import create_statements, manifest, metadata


def test_every_table_says_whose_it_is() -> None:
    classes = manifest()
    assert classes["heads"] == classes["entries"] == "owner"
    assert classes["meta"] == classes["cursors"] == classes["leases"] == classes["engines"] == "local"
    assert set(classes) == set(metadata().tables)


def test_keys_columns_and_conditions_are_those_declared() -> None:
    made = metadata()
    for spec in TABLES.values():
        table = made.tables[spec.name]
        assert tuple(column.name for column in table.columns) == spec.names
        assert tuple(column.name for column in table.primary_key) == spec.key
        assert {column.name for column in table.columns if column.nullable} == {
            column.name for column in spec.columns if column.nullable
        }
        assert {tuple(index.columns.keys()) for index in table.indexes} == {index.columns for index in spec.indexes}
        checks = {str(part.sqltext) for part in table.constraints if isinstance(part, sa.CheckConstraint)}
        assert checks == set(spec.checks)


def test_whole_numbers_are_64_bits_and_texts_are_ordered_alike() -> None:
    for_server = "\n".join(create_statements(postgresql.dialect(), metadata()))
    assert "owner BIGINT NOT NULL" in for_server and 'kind TEXT COLLATE "C" NOT NULL' in for_server
    for_file = "\n".join(create_statements(sqlite.dialect(), metadata()))
    assert "owner INTEGER NOT NULL" in for_file and for_file.count("STRICT") == len(TABLES)


def test_with_foreign_keys_a_reference_must_exist_at_commit() -> None:
    connection = apsw.Connection(":memory:")
    connection.pragma("foreign_keys", True)
    for statement in create_statements(sqlite.dialect(), metadata(foreign_keys=True)):
        connection.execute(statement)
    connection.execute("BEGIN")
    connection.execute("INSERT INTO entries VALUES (1, 1, 0, 0, 'a', 'b', 5, 'CNY', 'x')")
    with pytest.raises(apsw.ConstraintError, match="FOREIGN KEY"):
        connection.execute("COMMIT")
    connection.close()


def test_an_unknown_address_is_explained() -> None:
    for address in ("mysql://x", "sqlite://x", "nonsense"):
        with pytest.raises(ValueError, match="sqlite:///"):
            asyncio.run(open_database(address))


def test_an_index_of_some_rows_says_which_on_both() -> None:
    made = metadata({Timer: TABLES[Timer]})
    for dialect in (postgresql.dialect(), sqlite.dialect()):
        indexes = create_statements(dialect, made)[1:]
        assert "CREATE INDEX ix_timers_kind_due_ms ON timers (kind, due_ms) WHERE kind = 'ask_payment'" in indexes
