"""SQLAlchemy metadata from the declared rows: the source of DDL, migrations and the manifest of classes."""

from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.schema import CreateIndex, CreateTable

import jishi.store.local  # noqa: F401  declares the store's own tables
from jishi.kernel.rows import TABLES, Column, Index, Row, Table

NAMES = {
    "pk": "pk_%(table_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
}
TYPES = {
    int: sa.BigInteger().with_variant(sa.INTEGER(), "sqlite"),  # STRICT tables know only INTEGER
    str: sa.Text().with_variant(sa.Text(collation="C"), "postgresql"),  # the same order of texts on both
    bytes: sa.LargeBinary(),
}
FILLFACTOR = 70  # room on the page for changed rows, so that PostgreSQL need not touch the indexes


def metadata(tables: Mapping[type[Row], Table] = TABLES, *, foreign_keys: bool = False) -> sa.MetaData:
    """All declared tables. With `foreign_keys`, `refs` become real, checked at commit: for tests, too dear if hot."""
    made = sa.MetaData(naming_convention=NAMES)
    for spec in tables.values():
        table_of(spec, made, foreign_keys=foreign_keys)
    return made


def table_of(spec: Table, made: sa.MetaData, *, foreign_keys: bool = False) -> sa.Table:
    """One declared table, added to `made`."""
    options = {"postgresql_with": {"fillfactor": FILLFACTOR}} if spec.changes else {}
    return sa.Table(
        spec.name,
        made,
        *[_column(column, column.name in spec.key) for column in spec.columns],
        sa.PrimaryKeyConstraint(*spec.key),
        *[sa.UniqueConstraint(*columns) for columns in spec.unique],
        *[sa.CheckConstraint(condition, name=str(n)) for n, condition in enumerate(spec.checks, 1)],
        *[_index(spec, index) for index in spec.indexes],
        *[_reference(*reference) for reference in spec.refs if foreign_keys],
        sqlite_strict=True,
        **options,
    )


def _column(column: Column, in_key: bool) -> sa.Column:
    return sa.Column(column.name, TYPES[column.type], nullable=column.nullable and not in_key, autoincrement=False)


def _index(spec: Table, index: Index) -> sa.Index:
    where = sa.text(index.where) if index.where else None
    name = f"ix_{spec.name}_{index.name}" if index.name else None
    return sa.Index(name, *index.columns, postgresql_where=where, sqlite_where=where)


def _reference(columns: tuple[str, ...], target: str, target_columns: tuple[str, ...]) -> sa.ForeignKeyConstraint:
    targets = [f"{target}.{name}" for name in target_columns]
    return sa.ForeignKeyConstraint(columns, targets, deferrable=True, initially="DEFERRED")


def create_statements(dialect: sa.Dialect, made: sa.MetaData) -> list[str]:
    """The DDL that makes every table and index."""
    statements = []
    for table in made.sorted_tables:
        indexes = sorted(table.indexes, key=lambda index: index.name)
        statements += [CreateTable(table), *map(CreateIndex, indexes)]
    return [str(statement.compile(dialect=dialect)).strip() for statement in statements]


def manifest(tables: Mapping[type[Row], Table] = TABLES) -> dict[str, str]:
    """Each table's class: owner, reference, directory or local."""
    return {spec.name: spec.kind for spec in tables.values()}
