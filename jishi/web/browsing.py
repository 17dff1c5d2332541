"""The visitor that every browser is: a signed cookie, and a party as soon as there is something to keep for it.

Signing in links it: cart and touches are the person's from then on, and the browser's next visitor is a new one.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import NamedTuple

import structlog
from starlette.requests import Request
from starlette.responses import Response

from jishi.engine.checkout import flat
from jishi.engine.request import Busy
from jishi.kernel.grammar import Command, Principal, system
from jishi.kernel.ids import derived_id, public_owner, read_owner
from jishi.kernel.parties import CreateParty, Party
from jishi.kernel.refused import Refused
from jishi.kernel.visitors import linking
from jishi.store.errors import Transient
from jishi.store.query import under
from jishi.web.asking import command_id, database_of, engine_of, language_of
from jishi.web.saying import gettext_of
from jishi.web.session import KEY_FIELD

log = structlog.get_logger("jishi.web")
KEEP_S = 90 * 24 * 3600  # our default


class Shopper(NamedTuple):
    """Whose cart it is: who is signed in, or the browser's visitor. new: it comes into being with what it does."""

    by: Principal
    new: bool = False


def cookie_name(secure: bool) -> str:
    """The cookie's name; the prefix binds it to this very host."""
    return "__Host-jishi_visitor" if secure else "jishi_visitor"


def _secure(request: Request) -> bool:
    return request.app.state.settings.secure_cookies


def _sealed(request: Request, party: int) -> str:
    return f"{public_owner(party)}.{engine_of(request).world.seal('visitor', str(party))}"


async def visitor_in(request: Request) -> int:
    """The visitor of the browser's cookie; 0 when there is none, or it is somebody by now."""
    kept = request.cookies.get(cookie_name(_secure(request)), "")
    try:
        party = read_owner(kept.partition(".")[0])
    except Refused:
        return 0
    if not hmac.compare_digest(kept.encode(), _sealed(request, party).encode()):
        return 0
    rows = await under(database_of(request), Party, (party,))
    return party if rows and rows[0].state == "active" else 0


async def looking(request: Request) -> Principal | None:
    """Whose cart is shown; None for a browser for which nothing is kept yet."""
    party = request.state.party or await visitor_in(request)
    return Principal("party", party) if party else None


async def shopper(request: Request, form: dict[str, str] | None = None) -> Shopper:
    """Who acts. A new visitor's key follows from the browser and its form, so that a double tap makes one visitor."""
    by = await looking(request)
    if by:
        return Shopper(by)
    key = (form or {}).get(KEY_FIELD, "")
    party = derived_id("visitor", request.state.form_token, key) if key else engine_of(request).ids.next()
    return Shopper(Principal("party", party), True)


async def act(request: Request, who: Shopper, command: Command, id: str) -> None:
    """Send what a shopper does; a new visitor is made in the same transaction, or not at all."""
    commands = [(command, who.by, id)]
    if who.new:
        gettext = gettext_of(request)
        made = CreateParty(who.by.id, "visitor", gettext("Visitor"), language=language_of(request))
        commands.insert(0, (made, system("job"), id))
    try:
        await engine_of(request).bundle(commands)
    except Refused as refused:
        raise next(flat(refused)) from refused


async def acted(
    request: Request, form: dict[str, str], command_of: Callable[[int], Command], answer: Response
) -> Response:
    """Run a form's command as whoever shops; the answer lets the browser keep who that is."""
    who = await shopper(request, form)
    await act(request, who, command_of(who.by.id), command_id(request, form))
    return keep(request, answer, who)


def keep(request: Request, answer: Response, who: Shopper) -> Response:
    """Let the browser keep its visitor."""
    if not request.state.party:
        kept = {"max_age": KEEP_S, "httponly": True, "samesite": "lax", "secure": _secure(request)}
        answer.set_cookie(cookie_name(_secure(request)), _sealed(request, who.by.id), **kept)
    return answer


async def link(request: Request, party: int) -> bool:
    """This browser's visitor is that person from now on; whether the browser has none any more.

    What does not fit into his cart stays the visitor's. Nobody's signing in fails by it: his cart's page tries again.
    """
    if cookie_name(_secure(request)) not in request.cookies:
        return False
    visitor = await visitor_in(request)
    try:
        if visitor:
            await engine_of(request).bundle(linking(visitor, party))
    except (Refused, Busy, Transient) as error:
        codes = [one.code for one in flat(error)] if isinstance(error, Refused) else [type(error).__name__]
        log.warning("visitor_not_linked", visitor=public_owner(visitor), codes=codes)
        return False
    return True


async def link_late(request: Request) -> bool:
    """The same for who has signed in already, in a session of this browser and not in a pane of a demo."""
    session = request.state.session
    return bool(session) and session.party == request.state.party and await link(request, session.party)


def forget(request: Request, answer: Response) -> Response:
    """The browser's next visitor is a new one."""
    answer.delete_cookie(cookie_name(_secure(request)), secure=_secure(request), httponly=True, samesite="lax")
    return answer
