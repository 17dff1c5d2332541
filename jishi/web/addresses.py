"""The address book: shown, added to in place, and taken out of; an order keeps the address it was given."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import NamedTuple, get_type_hints

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jishi.kernel.grammar import Principal
from jishi.kernel.ids import public_id
from jishi.kernel.parties import Address, RemoveAddress, SaveAddress
from jishi.web.asking import database_of, fields, language_of, me, owned, send
from jishi.web.languages import mark
from jishi.web.personas import own_path
from jishi.web.rendering import page, see_other
from jishi.web.saying import gettext_of

FIELDS = ("name", "phone", "region", "street")
WRONG = {
    "name": mark("Say who receives the goods."),
    "phone": mark("A phone number has digits only, with its country's code."),
    "region": mark("Choose a region."),
    "street": mark("Say the street and number."),
}

_HINTS = {name: hint for name, hint in get_type_hints(SaveAddress, include_extras=True).items() if name in FIELDS}


class Entry(NamedTuple):
    """One address as pages show it."""

    id: str
    number: int
    name: str
    phone: str
    region: str
    street: str


@cache
def regions(language: str) -> tuple[tuple[str, str], ...]:
    """(code, name) of every region, in a language."""
    told = tomllib.loads((files("jishi") / "data" / "regions.toml").read_text("utf8"))
    return tuple((region["code"], region["name"][language]) for region in told["regions"])


def region_name(language: str, code: str) -> str:
    """What a region is called; its code where it is not one of ours."""
    return dict(regions(language)).get(code, code)


def entry_of(row: Address, language: str) -> Entry:
    return Entry(
        public_id(row.owner, row.id), row.id, row.name, row.phone, region_name(language, row.region), row.street
    )


async def entries_of(request: Request, by: Principal) -> list[Entry]:
    """My address book, the newest first."""
    rows = await database_of(request).read(
        Address, "WHERE owner = :me AND removed_ms = 0 ORDER BY id DESC LIMIT 50", me=by.id
    )
    return [entry_of(row, language_of(request)) for row in rows]


async def show(request: Request) -> Response:
    """The address book."""
    return await _page(request, me(request))


async def _page(request: Request, by: Principal, values: dict | None = None, wrong: tuple[str, ...] = ()) -> Response:
    gettext = gettext_of(request)
    context = {
        "entries": await entries_of(request, by),
        "regions": regions(language_of(request)),
        "values": values or {},
        "errors": {name: gettext(WRONG[name]) for name in wrong},
        "next": own_path((values or {}).get("next", "") or request.query_params.get("next", "")),
    }
    return page(request, "buyer/addresses.html", context, status=422 if wrong else 200)


def faults(values: dict[str, str], by: Principal) -> tuple[SaveAddress | None, tuple[str, ...]]:
    """The command of a form, or the fields that are wrong."""
    told = {name: values.get(name, "") for name in FIELDS}
    wrong = tuple(name for name in FIELDS if not _fits(name, told[name]))
    return (
        (None, wrong)
        if wrong
        else (SaveAddress(by.id, told["region"], told["name"], told["phone"], told["street"]), ())
    )


def _fits(name: str, value: str) -> bool:
    try:
        msgspec.convert(value, _HINTS[name])
    except msgspec.ValidationError:
        return False
    return True


async def add(request: Request) -> Response:
    """Add one, then go on where it was needed."""
    by, form = me(request), await fields(request)
    command, wrong = faults(form, by)
    if command is None:
        return await _page(request, by, form, wrong)
    await send(request, command, form)
    return see_other(request, own_path(form.get("next", "")) or "/me/addresses")


async def remove(request: Request) -> Response:
    """Take one out of the book."""
    by, form = me(request), await fields(request)
    _, number = owned(request)
    await send(request, RemoveAddress(by.id, number), form)
    return see_other(request, "/me/addresses")


routes = [
    Route("/me/addresses", show),
    Route("/me/addresses", add, methods=["POST"]),
    Route("/me/addresses/{id}/remove", remove, methods=["POST"]),
]
