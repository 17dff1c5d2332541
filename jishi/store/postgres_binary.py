"""Columns of a batch as PostgreSQL reads them in binary: texts and bytes just as they are, numbers at their full width.

In its text form every quote and backslash is marked, of which the log's JSON is full, and each sign is looked at.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import chain
from struct import Struct, error

from jishi.store.postgres_text import NUL, refuse_nul

INT8, TEXT, BYTEA = 20, 25, 17  # the types' numbers
_HEAD = Struct("!5i").pack  # dimensions, whether some are NULL, type, how many, the first one's number
_LENGTH = Struct("!i").pack
_NUMBER = Struct("!q")
_NULL = _LENGTH(-1)


def numbers(column: Sequence[int | None]) -> bytes:
    """A bigint[] with these elements."""
    count = len(column)
    told = [_NUMBER.size] * (2 * count)
    told[1::2] = column
    try:
        return _packer(count)(1, 0, INT8, count, 1, *told)
    except error:  # some are NULL
        return _array(INT8, [None if number is None else _NUMBER.pack(number) for number in column])


@lru_cache(maxsize=256)
def _packer(count: int) -> Callable[..., bytes]:
    """A function that packs an array's head and so many numbers, each behind its length."""
    return Struct("!5i" + "iq" * count).pack


def texts(column: Sequence[str | None]) -> bytes:
    """A text[] with these elements. ValueError for a NUL, which no text can hold there."""
    present = [text for text in column if text is not None] if None in column else column
    refuse_nul(NUL in "".join(present))
    return _array(TEXT, [None if text is None else text.encode() for text in column])


def binaries(column: Sequence[bytes | None]) -> bytes:
    """A bytea[] with these elements."""
    return _array(BYTEA, column)


def _array(kind: int, elements: Sequence[bytes | None]) -> bytes:
    if None not in elements:
        told = chain.from_iterable(zip(map(_LENGTH, map(len, elements)), elements, strict=True))
        return _HEAD(1, 0, kind, len(elements), 1) + b"".join(told)
    told = [_NULL if element is None else _LENGTH(len(element)) + element for element in elements]
    return _HEAD(1, 1, kind, len(elements), 1) + b"".join(told)
