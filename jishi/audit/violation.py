"""A violation: one fact that does not hold, with the row it stands in."""

from typing import Any, NamedTuple


class Violation(NamedTuple):
    """check: which rule; table and key (column -> value): the row; told: what is wrong, in a sentence for people."""

    check: str
    table: str
    key: dict[str, Any]
    told: str

    def __str__(self) -> str:
        where = ", ".join(f"{column}={value}" for column, value in self.key.items())
        return f"{self.check}: {self.table}({where}): {self.told}"
