"""What the sheet of a product's options shows: which can still be chosen, and what its script knows of each SKU."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from jishi.web.formats import money_parts


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
    there = [sku["options"] for sku in skus if sku["free"] > 0]
    laid = []
    for number, axis in enumerate(axes):
        possible = _possible(number, wanted, there)
        pairs = [(item["value"], item["label"]) for item in axis["options"]]
        options = [Option(value, label, value == wanted[number], value in possible) for value, label in pairs]
        laid.append(Axis(fields[number], axis["label"], tuple(options)))
    return laid


def _possible(number: int, wanted: Sequence[str], there: Sequence[Sequence[str]]) -> set[str]:
    """What of an axis goes with what is chosen on the others."""
    others = [(place, value) for place, value in enumerate(wanted) if value and place != number]
    return {options[number] for options in there if all(options[place] == value for place, value in others)}


def sku_data(skus: Sequence[Mapping], currency: str) -> list[dict]:
    """The skus `{options, free, price_minor}` for the sheet's script, each price in three parts as it is shown."""
    prices = {price: _price(price, currency) for price in {sku["price_minor"] for sku in skus}}
    return [{"options": one["options"], "free": one["free"], "price": prices[one["price_minor"]]} for one in skus]


def _price(price_minor: int, currency: str) -> list[str]:
    parts = money_parts(price_minor, currency)
    return [parts.sign + parts.symbol, parts.whole, parts.fraction]
