"""Values as PostgreSQL reads them from text, which is how single ones travel, and a whole column of numbers.

A NUL can be in no text there; it parts the elements of an array while they are made, since nothing else is sure not to
occur in them.
"""

from collections.abc import Sequence
from typing import Any

NUL = "\0"


def as_text(value: Any) -> bytes | None:
    """A parameter of any kind that portable SQL knows: None, bool, int, text, bytes, or a list of ints or texts."""
    if value is None:
        return None
    if isinstance(value, list | tuple):
        return (texts if value and isinstance(value[0], str) else integers)(value)
    if isinstance(value, bytes):
        return f"\\x{value.hex()}".encode()
    text = value if isinstance(value, str) else str(value)
    refuse_nul(NUL in text)
    return text.encode()


def refuse_nul(found: bool) -> None:
    """ValueError where a NUL was found in a text."""
    if found:
        raise ValueError("A text for PostgreSQL cannot hold a NUL.")


def integers(column: Sequence[int | None]) -> bytes:
    """A bigint[] with these elements."""
    return ("{" + str([*column])[1:-1].replace("None", "NULL") + "}").encode()


def texts(column: Sequence[str | None]) -> bytes:
    """A text[] with these elements."""
    present = [text for text in column if text is not None] if None in column else column
    joined = NUL.join(present).replace("\\", "\\\\").replace('"', '\\"')
    refuse_nul(joined.count(NUL) != max(len(present) - 1, 0))
    if len(present) == len(column):
        return ('{"' + joined.replace(NUL, '","') + '"}').encode() if column else b"{}"
    quoted = iter(joined.split(NUL))
    return ("{" + ",".join(["NULL" if text is None else f'"{next(quoted)}"' for text in column]) + "}").encode()
