"""Which options of a product can still be chosen, given what was chosen on its other axes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Option(NamedTuple):
    """One radio of an axis; an impossible one is struck out, never hidden."""

    value: str
    label: str
    chosen: bool
    possible: bool


class Axis(NamedTuple):
    """One question of the sheet, such as colour, as the form field `axis_<n>`."""

    field: str
    label: str
    options: tuple[Option, ...]


def sku_axes(axes: Sequence[Mapping], skus: Sequence[Mapping], chosen: Mapping[str, str]) -> list[Axis]:
    """Lay out the axes `{label, options: [{value, label}]}` against skus `{options: [value…], free}`."""
    fields = [f"axis_{number}" for number in range(len(axes))]
    wanted = [chosen.get(field, "") for field in fields]
    return [
        Axis(
            fields[number],
            axis["label"],
            tuple(
                Option(value, label, value == wanted[number], _possible(value, number, wanted, skus))
                for value, label in ((item["value"], item["label"]) for item in axis["options"])
            ),
        )
        for number, axis in enumerate(axes)
    ]


def _possible(value: str, number: int, wanted: Sequence[str], skus: Sequence[Mapping]) -> bool:
    return any(
        sku["free"] > 0
        and sku["options"][number] == value
        and all(not want or place == number or sku["options"][place] == want for place, want in enumerate(wanted))
        for sku in skus
    )
