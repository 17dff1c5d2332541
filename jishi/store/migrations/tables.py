"""The short form in which revisions say a new table: `created("heads", "owner int, chain bytes", key="owner")`."""

from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.schema import CreateIndex, CreateTable

from jishi.kernel.rows import Column, Index, Row, Table
from jishi.store.metadata import NAMES, table_of

KINDS = {"int": int, "str": str, "bytes": bytes}


def created(name: str, columns: str, *, key: str, changes: bool = False, **further: Sequence[str]) -> Table:
    """A new table. columns: `name type`, with `?` behind the type where it may be empty.

    changes: whether its rows ever change. further: unique and indexes, each a list of column lists, of an index perhaps
    with a name and `: ` before it, and ` WHERE ` and a condition behind it; checks.
    """
    return Table(
        name,
        Row,
        _names(key),
        changes=("some",) if changes else (),
        unique=tuple(map(_names, further.get("unique", ()))),
        indexes=tuple(map(_index, further.get("indexes", ()))),
        checks=tuple(further.get("checks", ())),
        columns=tuple(map(_column, _names(columns))),
    )


def create(tables: Iterable[Table]) -> None:
    """Make them, with their indexes."""
    for spec in tables:
        table = table_of(spec, sa.MetaData(naming_convention=NAMES))
        op.execute(CreateTable(table))
        for index in sorted(table.indexes, key=lambda index: index.name):
            op.execute(CreateIndex(index))


def _names(text: str) -> tuple[str, ...]:
    return tuple([name.strip() for name in text.split(",")])


def _index(text: str) -> Index:
    told, _, where = text.partition(" WHERE ")
    name, _, columns = told.rpartition(": ")
    return Index(_names(columns), where, name)


def _column(text: str) -> Column:
    name, kind = text.split()
    return Column(name, KINDS[kind.rstrip("?")], nullable=kind.endswith("?"))
