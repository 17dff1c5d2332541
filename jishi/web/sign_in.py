"""Signing in with a password, registering, recovering, and signing in by a host app's token; and signing out.

A code proves an address before an account is made, so that nobody takes another's, and no page tells whether a login
exists.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jishi.engine.accounts import Newcomer
from jishi.kernel.logins import read_login
from jishi.kernel.refused import Refused, require
from jishi.web.asking import database_of, engine_of, fields, language_of, missing
from jishi.web.letters import send_code
from jishi.web.links import link, own_path
from jishi.web.personas import personas_of
from jishi.web.refusals import Saying, saying_of
from jishi.web.rendering import page
from jishi.web.saying import gettext_of
from jishi.web.signing import accounts_of, address_of, sessions_of, signed_in, signed_out

HOME = "/me"
MINUTE_S = 60


def why_of(request: Request, refused: Refused) -> Saying:
    """A refusal in words; a lock-out says how long."""
    saying = saying_of(refused.code, language_of(request))
    if refused.code == "locked_out":
        minutes, gettext = -(-int(refused.facts["wait_s"]) // MINUTE_S), gettext_of(request)
        return saying._replace(next_step=gettext("Try again in %(minutes)s minutes.", minutes=minutes))
    return saying


def next_of(values: dict[str, str], home: str = HOME) -> str:
    """Where the way leads afterwards: an address of ours."""
    return own_path(values.get("next", "")) or home


async def show(request: Request) -> Response:
    """Sign in; in a demo also as someone simulated."""
    return await _show(request, dict(request.query_params))


async def _show(request: Request, values: dict[str, str], why: Saying | None = None) -> Response:
    demo = engine_of(request).demo
    context = {
        "values": values,
        "next": own_path(values.get("next", "")),
        "query": link("", next=own_path(values.get("next", ""))),
        "ended": values.get("ended") == "1" and not why,
        "people": await personas_of(database_of(request), language_of(request)) if demo else [],
        "why": why,
    }
    return page(request, "account/sign_in.html", context, status=why.status if why else 200)


async def sign_in(request: Request) -> Response:
    """By login and password; then on to where one was."""
    form = await fields(request)
    try:
        party = await accounts_of(request).sign_in(
            form.get("login", ""), form.get("password", ""), address_of(request)
        )
    except Refused as refused:
        return await _show(request, form, why_of(request, refused))
    return await signed_in(request, party, "password", next_of(form))


async def leave(request: Request) -> Response:
    """Sign out."""
    return await signed_out(request)


# -- with a code: register, recover, be a guest --------------------------------------------------------


def asking(purpose: str):
    """The first step: which login? Then a letter goes out, and the page asks for its code."""

    async def ask(request: Request) -> Response:
        if request.method == "GET":
            return _step(request, purpose, "login", dict(request.query_params))
        form = await fields(request)
        try:
            login = read_login(form.get("login", ""))
            require(purpose != "guest" or login.kind == "phone", "phone_needed")
            await send_code(request, purpose, login)
        except Refused as refused:
            return _step(request, purpose, "login", form, why_of(request, refused))
        return _step(request, purpose, "code", form)

    return ask


def _step(request: Request, purpose: str, step: str, values: dict[str, str], why: Saying | None = None) -> Response:
    told = {"purpose": purpose, "step": step, "values": values, "next": own_path(values.get("next", "")), "why": why}
    return page(request, "account/code.html", told, status=why.status if why else 200)


async def register(request: Request) -> Response:
    """Code, name and password make an account."""
    form = await fields(request)
    try:
        login, name = read_login(form.get("login", "")), form.get("name", "")
        require(0 < len(name) <= 60, "name_missing")
        newcomer = Newcomer("person", name, language_of(request))
        party = await accounts_of(request).register(login, form.get("code", ""), newcomer, form.get("password", ""))
    except Refused as refused:
        return _step(request, "register", "code", form, why_of(request, refused))
    return await signed_in(request, party, "password", next_of(form))


async def recover(request: Request) -> Response:
    """Code and new password; every other session is over."""
    form = await fields(request)
    try:
        login = read_login(form.get("login", ""))
        party = await accounts_of(request).recover(login, form.get("code", ""), form.get("password", ""))
    except Refused as refused:
        return _step(request, "recover", "code", form, why_of(request, refused))
    await sessions_of(request).end_others(party)
    return await signed_in(request, party, "password", next_of(form))


async def guest(request: Request) -> Response:
    """A proved phone is enough to take a gift: its party, or a new guest."""
    form = await fields(request)
    try:
        login = read_login(form.get("login", ""))
        require(login.kind == "phone", "phone_needed")
        newcomer = Newcomer("guest", form.get("name", "")[:60] or unnamed(request), language_of(request))
        party = await accounts_of(request).guest(login, form.get("code", ""), newcomer)
    except Refused as refused:
        return _step(request, "guest", "code", form, why_of(request, refused))
    return await signed_in(request, party, "code", next_of(form))


def unnamed(request: Request) -> str:
    """How somebody is called who did not say."""
    gettext = gettext_of(request)
    return gettext("Guest")


async def host(request: Request) -> Response:
    """From a host app, with its signed token."""
    tokens = request.app.state.host_tokens
    if tokens is None:
        missing()
    query = request.query_params
    newcomer = Newcomer("person", unnamed(request), language_of(request))
    party = await tokens.party(query.get("token", ""), newcomer)
    return await signed_in(request, party, "host", next_of(dict(query), "/goods"))


routes = [
    Route("/sign-in", show),
    Route("/sign-in", sign_in, methods=["POST"]),
    Route("/sign-out", leave, methods=["POST"]),
    Route("/register", asking("register"), methods=["GET", "POST"]),
    Route("/register/confirm", register, methods=["POST"]),
    Route("/recover", asking("recover"), methods=["GET", "POST"]),
    Route("/recover/confirm", recover, methods=["POST"]),
    Route("/guest", asking("guest"), methods=["GET", "POST"]),
    Route("/guest/confirm", guest, methods=["POST"]),
    Route("/sso", host),
]
