"""Rows: frozen structs that declare their table. The store derives tables, statements and migrations from these
declarations.
"""

import types
from collections.abc import Callable
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

import msgspec

Kind = Literal["owner", "reference", "directory", "local"]


class Row(msgspec.Struct, frozen=True, gc=False):
    """One row of one table.

    Fields are columns in order: int, str, bytes, their `| None`, or a tuple of structs kept as JSON. gc=False, as in
    commands and events: such structs cannot hold each other in a ring, and the garbage collector need not know them.
    """


@dataclass(frozen=True)
class Column:
    """One column as the store sees it. `type` is int, str or bytes; `json` is the Python type when the text is JSON."""

    name: str
    type: type
    nullable: bool = False
    json: Any = None


class Index(NamedTuple):
    """A read index. where: a SQL condition, if only rows that it holds for are in it; a query must say the same.
    name: what tells it from others of the same columns.
    """

    columns: tuple[str, ...]
    where: str = ""
    name: str = ""


@dataclass(frozen=True)
class Table:
    """What a row type says of its table.

    kind: whose data it is (law 1). key: the primary key; of class owner it starts with `owner`.
    changes: the only columns that may change after insertion; none means append-only.
    indexes: further read indexes, declared by their columns or as an `Index`. unique: further unique keys.
    checks: SQL conditions.
    refs: (columns, table, columns) that must exist, checked by the auditor.
    personal: column -> basis, for what tells of a person.
    """

    name: str
    row: type[Row]
    key: tuple[str, ...]
    kind: Kind = "owner"
    changes: tuple[str, ...] = ()
    indexes: tuple[Index, ...] = ()
    unique: tuple[tuple[str, ...], ...] = ()
    checks: tuple[str, ...] = ()
    refs: tuple[tuple[tuple[str, ...], str, tuple[str, ...]], ...] = ()
    personal: dict[str, str] = field(default_factory=dict)
    columns: tuple[Column, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)


TABLES: dict[type[Row], Table] = {}
_KEYS: dict[type[Row], Callable[[Row], tuple]] = {}


def table(name: str, key: tuple[str, ...], indexes: tuple[tuple[str, ...] | Index, ...] = (), **declared: Any):
    """Declare the table of a row type."""
    made = tuple([one if isinstance(one, Index) else Index(one) for one in indexes])

    def declare(row: type) -> type:
        spec = Table(name, row, key, indexes=made, **declared, columns=tuple(_columns(row)))
        assert set(key) | set(spec.changes) <= set(spec.names), f"{name}: unknown column"
        assert not set(key) & set(spec.changes), f"{name}: a key never changes"
        assert spec.kind != "owner" or key[0] == "owner", f"{name}: a key of class owner starts with the owner"
        assert all(known.name != name for known in TABLES.values()), f"{name}: declared twice"
        TABLES[row], _KEYS[row] = spec, values_of(key)
        return row

    return declare


def key_of(row: Row) -> tuple:
    """The primary key of a row, as a tuple."""
    return _KEYS[type(row)](row)


def key_function(row_type: type[Row]) -> Callable[[Row], tuple]:
    """`key_of` for many rows of one type."""
    return _KEYS[row_type]


def values_of(names: tuple[str, ...]) -> Callable[[Any], tuple]:
    """A function from a struct to the tuple of these fields."""
    if not names:
        return lambda struct: ()
    if len(names) == 1:
        only = attrgetter(names[0])
        return lambda struct: (only(struct),)
    return attrgetter(*names)


def _columns(row: type):
    hints = get_type_hints(row, include_extras=True)
    for name in row.__struct_fields__:
        base, nullable = _bare(hints[name])
        if base in (int, str, bytes):
            yield Column(name, base, nullable)
        else:
            assert get_origin(base) is tuple or issubclass(base, msgspec.Struct), f"{row.__name__}.{name}: {base}"
            yield Column(name, str, nullable, json=base)


def _bare(hint: Any) -> tuple[Any, bool]:
    """A type hint without its annotations and without None, and whether None was allowed."""
    if get_origin(hint) is Annotated:
        return _bare(get_args(hint)[0])
    if get_origin(hint) in (Union, types.UnionType):
        (inner,) = [part for part in get_args(hint) if part is not type(None)]
        return _bare(inner)[0], True
    if get_origin(hint) is Literal:
        return str, False
    return hint, False
