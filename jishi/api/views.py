"""Views as JSON: ids in public form. A view's first field that is an owner tells whose its other ids are."""

from collections.abc import Callable
from functools import cache
from typing import Any

import msgspec

from jishi.kernel.grammar import Principal
from jishi.kernel.ids import public_id, public_owner
from jishi.kernel.public import id_fields


@cache
def shape(view: type) -> tuple[str, tuple[tuple[str, str], ...], tuple[str, ...]]:
    """(field of the owner or "", fields with their nouns, all fields) of a struct."""
    nouns = id_fields(view)
    names = view.__struct_fields__
    first = names[0] if names and nouns.get(names[0]) == "owner" else ""
    return first, tuple((name, nouns.get(name, "")) for name in names), names


def told(view: Any, owner: int = 0) -> Any:
    """A view, or anything in it, ready for JSON."""
    if isinstance(view, msgspec.Struct):
        first, fields, _ = shape(type(view))
        whose = getattr(view, first) if first else owner
        return {
            name: _id(noun, getattr(view, name), whose) if noun else told(getattr(view, name), whose)
            for name, noun in fields
        }
    if isinstance(view, list | tuple):
        return [told(one, owner) for one in view]
    return view


def _id(noun: str, value: int | None, owner: int) -> str | None:
    if not value:
        return None
    return public_owner(value) if noun == "owner" else public_id(owner, value)


def public_label(by: Principal) -> str:
    """Who sends, for logs: the public id of a party or of a program's key, never a number of ours."""
    if by.kind == "party":
        return public_owner(by.id)
    return public_id(by.owner, by.id) if by.kind == "app" else by.kind


encode: Callable[[Any], bytes] = msgspec.json.encode
