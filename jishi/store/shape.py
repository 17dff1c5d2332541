"""How rows of a type become parameters and come back: per type, made once."""

from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from itertools import compress, starmap
from operator import itemgetter, ne
from typing import Any

import msgspec
from msgspec.structs import astuple

from jishi.kernel.owners import Head
from jishi.kernel.rows import TABLES, Column, Row, Table, values_of
from jishi.store.errors import TooManyRows

MANY_MAX = 500  # rows one key's beginning may bring into a decision, as one command changes at most as many

_ENCODER = msgspec.json.Encoder()


def spec_of(row_type: type[Row]) -> Table:
    """The declaration of a row type's table."""
    return TABLES[row_type]


@cache
def encoder(row_type: type[Row], names: tuple[str, ...] = ()) -> Callable[[Row], tuple]:
    """A function from a row to its values of these columns, or of all in order; those that are structs as JSON."""
    spec = spec_of(row_type)
    structs = {column.name for column in spec.columns if column.json is not None}
    values_in = values_of(names) if names else astuple
    places = [place for place, name in enumerate(names or spec.names) if name in structs]
    if not places:
        return values_in

    def encode(row: Row) -> tuple:
        values = list(values_in(row))
        for place in places:
            if values[place] is not None:
                values[place] = _ENCODER.encode(values[place]).decode()
        return tuple(values)

    return encode


@cache
def decoder(row_type: type[Row]) -> Callable[..., Row]:
    """A function from a row's values, as arguments in column order, to the row."""
    columns = enumerate(TABLES[row_type].columns)
    decoders = [(place, _json(column)) for place, column in columns if column.json is not None]
    if not decoders:
        return row_type

    def decode(*cells: Any) -> Row:
        values = list(cells)
        for place, read in decoders:
            if values[place] is not None:
                values[place] = read(values[place])
        return row_type(*values)

    return decode


def _json(column: Column) -> Callable[[str], Any]:
    return msgspec.json.Decoder(column.json).decode


@cache
def changes(row_type: type[Row]) -> Callable[[Row, Row], tuple[str, ...]]:
    """A function from a row as it was and as it is to the columns that are to be written."""
    names = spec_of(row_type).changes
    values_in = values_of(names)
    return lambda was, row: tuple(compress(names, map(ne, values_in(was), values_in(row))))


@cache
def key_values(row_type: type[Row]) -> Callable[[tuple], Any]:
    """A function from a row's values to its key, to sort by."""
    spec = TABLES[row_type]
    return itemgetter(*[spec.names.index(name) for name in spec.key])


@cache
def reader(row_type: type[Row], width: int = 0) -> Callable[[Sequence[tuple]], list[Row]]:
    """A function from what was found to rows. width: of the prefixes it was found under; raises TooManyRows then."""
    decode = decoder(row_type)

    def read(found: Sequence[tuple]) -> list[Row]:
        if width:
            check_many(row_type, width, found)
        return list(starmap(decode, found))

    return read


def heads(found: Sequence[tuple]) -> dict[int, Head]:
    """Heads by owner, of what was found."""
    return {row[0]: Head(*row) for row in found}


def check_many(row_type: type[Row], length: int, found: Sequence[Sequence]) -> None:
    """Raise TooManyRows if one prefix of that length brought more rows than a decision may see."""
    if len(found) <= MANY_MAX:
        return
    spec = TABLES[row_type]
    places = [spec.names.index(name) for name in spec.key[:length]]
    prefix, count = Counter(tuple([row[place] for place in places]) for row in found).most_common(1)[0]
    if count > MANY_MAX:
        raise TooManyRows(f"{spec.name}: more than {MANY_MAX} rows under {prefix}")


def raced(table: str) -> bool:
    """Whether a key that is taken already means that another engine was first; elsewhere it is a fault of ours."""
    return table in ("heads", "log") or any(spec.name == table and spec.kind == "directory" for spec in TABLES.values())


def quoted(names: Sequence[str], before: str = "") -> str:
    """Column names in quotes, joined by commas; `before` may name their table."""
    return ", ".join([f'{before}"{name}"' for name in names])
