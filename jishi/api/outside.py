"""The outside form of commands and queries: structs made once at start, with strings for ids, and how to read them.

An owned id carries its owner, so the owner's own field may be left out beside one; if given, both must agree. An
address is the sender's, where the command names no party. Plain numbers of children (a line, a leg) get a range.
"""

from functools import cache, lru_cache
from typing import Annotated, Any, NamedTuple, get_args, get_origin, get_type_hints

import msgspec
from msgspec import NODEFAULT, Meta
from msgspec.structs import asdict

from jishi.kernel.grammar import Principal
from jishi.kernel.ids import public_id, public_owner, read_id, read_owner
from jishi.kernel.public import noun_of
from jishi.kernel.refused import Refused

OWNER_PATTERN, ID_PATTERN = "^[0-9A-HJKMNP-TV-Z]{14}$", "^[0-9A-HJKMNP-TV-Z]{27}$"
ChildNumber = Annotated[int, Meta(ge=0, le=2**31 - 1)]
known_id = lru_cache(65_536)(read_id)  # the same goods are asked for again and again
OWNER, OWNED, SENDERS, NESTED = range(4)
EXAMPLE = {True: public_owner(1), False: public_id(1, 1)}


def id_text(noun: str) -> Any:
    """The type of an id outside: a short string. Its pattern is for the document; `read_id` checks more than that."""
    pattern = OWNER_PATTERN if noun == "owner" else ID_PATTERN
    told = {"pattern": pattern, "format": f"id-of-{noun}", "examples": [EXAMPLE[noun == "owner"]]}
    return Annotated[str, Meta(max_length=40, extra_json_schema=told)]


class Step(NamedTuple):
    """How one field is read. inner: the reader of a nested struct."""

    name: str
    kind: int
    inner: "Reader | None" = None


class Reader:
    """Reads an outside struct into its inside one.

    outer: the outside type. holder: the field that names whose the owned ids are, "" for a nested struct.
    hidden: fields that are not taken from outside; `made`: the owner is made from the sender and his key.
    """

    def __init__(self, inside: type, hidden: tuple[str, ...] = (), *, top: bool = True, made: bool = False):
        self.inside, self.hidden, self.made = inside, hidden, made
        self.first = inside.__struct_fields__[0] if inside.__struct_fields__ else ""
        self.hints = get_type_hints(inside, include_extras=True)
        owners = [name for name in inside.__struct_fields__ if noun_of(self.hints[name]) == "owner"]
        self.holder = ("shop" if "shop" in owners else next(iter(owners), "")) if top else ""
        self.needed = {
            field.name
            for field in msgspec.structs.fields(inside)
            if field.default is NODEFAULT and noun_of(self.hints[field.name]) == "owner"
        }
        self.steps: list[Step] = []  # of the fields that are ids, or hold some
        self.owns = False
        fields = [self.field(field) for field in msgspec.structs.fields(inside) if self.shown(field.name)]
        fields.sort(key=lambda field: len(field) > 2)
        doc = {"__doc__": inside.__doc__}
        self.outer = msgspec.defstruct(inside.__name__, fields, namespace=doc, forbid_unknown_fields=True, frozen=True)

    def shown(self, name: str) -> bool:
        return name not in self.hidden and not (self.made and name == self.first)

    def field(self, field: Any) -> tuple:
        """The outside definition of a field; notes how to read it."""
        hint, name = self.hints[field.name], field.name
        noun = noun_of(hint)
        if noun:
            kind = OWNER if noun == "owner" else SENDERS if noun == "address" and self.first != "party" else OWNED
            self.owns |= kind == OWNED
            self.steps.append(Step(name, kind))
            optional = field.default is not NODEFAULT or self.may_miss(name)
            return (name, id_text(noun) | None, None) if optional else (name, id_text(noun))
        nested = nested_struct(hint)
        if nested and has_ids(nested):
            inner = nested_reader(nested)
            self.owns |= inner.owns
            self.steps.append(Step(name, NESTED, inner))
            hint = within(hint, nested, inner.outer)
        else:
            hint = ChildNumber if hint is int else hint
        return (name, hint) if field.default is NODEFAULT else (name, hint, field.default)

    def may_miss(self, name: str) -> bool:
        """An owner may be left out where an owned id tells it, or where it is the sender himself."""
        return name == "party" == self.first or (bool(self.holder) and name == self.holder and self.has_owned())

    def has_owned(self) -> bool:
        return any(self.owned(self.inside, name) for name in self.inside.__struct_fields__ if self.shown(name))

    @staticmethod
    def owned(struct: type, name: str) -> bool:
        hint = get_type_hints(struct, include_extras=True)[name]
        nested = nested_struct(hint)
        if nested:
            return any(Reader.owned(nested, inner) for inner in nested.__struct_fields__)
        return noun_of(hint) not in ("", "owner") and (
            noun_of(hint) != "address" or struct.__struct_fields__[0] == "party"
        )

    def read(self, told: Any, by: Principal, made: int = 0) -> Any:
        """The inside struct. Refuses, with the field, what is no id, of another owner, or not said at all."""
        found: list[int] = []
        values = self.values(told, by, found)
        if self.made:
            values[self.first] = made
        elif self.holder:
            values[self.holder] = self.settle(values[self.holder], found)
            if self.first == "party" and not values["party"]:
                values["party"] = by.party
            for name in {self.holder, self.first}:
                if not values[name] and name in self.needed:
                    raise Refused("owner_missing", field=name)
        return self.inside(**values)

    def settle(self, given: int, found: list[int]) -> int:
        """The owner that is given, or that the ids carry; all must agree."""
        owner = given or (found[0] if found else 0)
        if any(other != owner for other in found):
            raise Refused("owner_differs", field=self.holder)
        return owner

    def values(self, told: Any, by: Principal, found: list[int]) -> dict[str, Any]:
        """Field by field; the owners that ids carry are added to `found`."""
        values = asdict(told)
        for name, kind, inner in self.steps:
            value = values[name]
            if kind == NESTED:
                values[name] = tuple([inner.inside(**inner.values(one, by, found)) for one in value])
            elif value is not None:
                values[name] = self.id(name, kind, value, by, found)
            elif kind == OWNER:
                values[name] = 0
        return values

    @staticmethod
    def id(name: str, kind: int, text: str, by: Principal, found: list[int]) -> int:
        try:
            if kind == OWNER:
                return read_owner(text)
            owner, number = known_id(text)
        except Refused as refused:
            refused.facts["field"] = name
            raise
        if kind == OWNED:
            found.append(owner)
        elif by.party and owner != by.party:
            raise Refused("address_unknown", field=name)
        return number


@cache
def nested_reader(struct: type) -> Reader:
    """The reader of a nested struct, made once however many commands hold it."""
    return Reader(struct, top=False)


def nested_struct(hint: Any) -> type | None:
    """The struct that a tuple field holds, or None."""
    if get_origin(hint) is Annotated:
        return nested_struct(get_args(hint)[0])
    if get_origin(hint) is tuple:
        held = get_args(hint)[0]
        return held if isinstance(held, type) and issubclass(held, msgspec.Struct) else None
    return None


def within(hint: Any, inside: type, outer: type) -> Any:
    """A tuple's type with its struct exchanged; bounds on its length stay."""
    if get_origin(hint) is Annotated:
        first, *extras = get_args(hint)
        return Annotated[(within(first, inside, outer), *extras)]
    return tuple[outer, ...]


def has_ids(struct: type) -> bool:
    """Whether a struct holds ids, itself or in its own tuples."""
    hints = get_type_hints(struct, include_extras=True)
    nested = [nested_struct(hint) for hint in hints.values()]
    return any(noun_of(hint) for hint in hints.values()) or any(inner and has_ids(inner) for inner in nested)
