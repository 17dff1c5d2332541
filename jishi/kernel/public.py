"""The public form of structs: ids as checked strings that carry their owner; everything else as it is."""

from functools import cache
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import msgspec

from jishi.kernel.ids import public_id, public_owner


def noun_of(hint: Any) -> str:
    """The noun of an id type ("owner" or another), or "" when the hint is no id."""
    if get_origin(hint) is Annotated:
        for extra in get_args(hint)[1:]:
            if isinstance(extra, msgspec.Meta) and extra.extra and "public_id" in extra.extra:
                return extra.extra["public_id"]
        return noun_of(get_args(hint)[0])
    if get_origin(hint) in (Union, UnionType):
        return next((noun for part in get_args(hint) if (noun := noun_of(part))), "")
    return ""


@cache
def id_fields(struct: type) -> dict[str, str]:
    """Field -> noun, for the fields of a struct that hold ids."""
    hints = get_type_hints(struct, include_extras=True)
    return {name: noun for name in struct.__struct_fields__ if (noun := noun_of(hints[name]))}


def public_form(number: int | None, noun: str, owner: int) -> str | None:
    """An id of this noun in its public form. An owned one is told together with `owner`; 0 means none and is None."""
    if not number:
        return None
    return public_owner(number) if noun == "owner" else public_id(owner, number)


def public_value(struct: Any, name: str, owner: int) -> Any:
    """One field in its public form."""
    value = getattr(struct, name)
    noun = id_fields(type(struct)).get(name)
    return public_form(value, noun, owner) if noun else value


def public(struct: Any, owner: int) -> dict[str, Any]:
    """A whole struct in its public form."""
    return {name: public_value(struct, name, owner) for name in struct.__struct_fields__}
