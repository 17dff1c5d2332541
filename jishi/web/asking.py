"""The way from a page to the engine: who asks, queries, and commands sent under the key of their form."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, NoReturn

from starlette.exceptions import HTTPException
from starlette.requests import Request

from jishi.engine.engine import Engine
from jishi.kernel.grammar import Case, Command, Principal
from jishi.kernel.ids import read_id, read_owner
from jishi.kernel.refused import Refused
from jishi.store.query import Query, ask
from jishi.web.form_token import TOKEN_FIELD
from jishi.web.rendering import preferences_of
from jishi.web.session import KEY_FIELD


class SignInNeeded(Exception):
    """The page is for someone; who looks at it has not said who he is. back: where he goes on afterwards, if told."""

    def __init__(self, back: str = "") -> None:
        super().__init__(back)
        self.back = back


def engine_of(request: Request) -> Engine:
    """The engine behind the pages."""
    return request.app.state.engine


def database_of(request: Request) -> Any:
    """Its read side."""
    return engine_of(request).database


def language_of(request: Request) -> str:
    return preferences_of(request).language


def now_of(request: Request) -> int:
    """Business time."""
    return engine_of(request).world.clock.now_ms()


def me(request: Request) -> Principal:
    """Who is signed in; otherwise the way leads through the sign-in page."""
    if not request.state.party:
        raise SignInNeeded
    return Principal("party", request.state.party)


def case_of(request: Request, by: Principal | None = None) -> Case:
    """What a query's roles and needs are filled into."""
    engine = engine_of(request)
    world = engine.world
    by = by or (Principal("party", request.state.party) if request.state.party else Principal("visitor"))
    return Case(by, world.clock.now_ms(), world.rulebook, world.modes, world.seal)


async def put(request: Request, query: Query, by: Principal | None = None) -> Any:
    """Ask a declared query as who is signed in, or as the browser's visitor."""
    return await ask(database_of(request), case_of(request, by), query)


def owned(request: Request, name: str = "id") -> tuple[int, int]:
    """The owner and number of a public id in the address; anything else is not found."""
    try:
        return read_id(request.path_params[name])
    except Refused:
        missing()


def owner_in(request: Request, name: str = "shop") -> int:
    """The owner of a public owner id in the address."""
    try:
        return read_owner(request.path_params[name])
    except Refused:
        missing()


def missing() -> NoReturn:
    """There is nothing at this address."""
    raise HTTPException(404)


async def fields(request: Request) -> dict[str, str]:
    """The texts of a form, trimmed; files are read by the page that takes them."""
    async with request.form() as form:
        return {name: value.strip() for name, value in form.multi_items() if isinstance(value, str)}


def number_in(form: Mapping[str, str], name: str, default: int = 0) -> int:
    """A whole number of a form; a text that is none counts as the default."""
    text = form.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 19 else default


def command_id(request: Request, form: Mapping[str, str], n: int = 0) -> str:
    """The same form sent twice has the same id, so that a double tap does one thing."""
    key = form.get(KEY_FIELD, "")
    if not key:
        return engine_of(request).fresh_id()
    told = [request.url.path, str(n), *[f"{name}={form[name]}" for name in sorted(form) if name != TOKEN_FIELD]]
    return hashlib.sha256("\0".join(told).encode()).hexdigest()[:32]


async def send(
    request: Request, command: Command, form: Mapping[str, str], by: Principal | None = None, n: int = 0
) -> dict[str, Any]:
    """Send a command of this form; returns what the answer tells. Refusals become pages of their own."""
    answer = await engine_of(request).send(command, by or me(request), command_id(request, form, n))
    return answer.told
