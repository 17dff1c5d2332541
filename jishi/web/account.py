"""My account: the logins it has, its password, and the sessions in which I am signed in; and a demo's outbox."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jishi.engine import letters, tries
from jishi.kernel.ids import public_id, public_owner
from jishi.kernel.logins import read_login
from jishi.kernel.parties import Party
from jishi.kernel.refused import Refused, require
from jishi.web.asking import database_of, engine_of, fields, me, missing, owned
from jishi.web.languages import mark
from jishi.web.letters import send_code
from jishi.web.refusals import Saying
from jishi.web.rendering import page, see_other
from jishi.web.sign_in import why_of
from jishi.web.signing import accounts_of, sessions_of

KINDS = {"email": mark("E-mail address"), "phone": mark("Phone"), "host": mark("From the host app")}


async def show(request: Request) -> Response:
    """Logins and password."""
    return await _show(request, {})


async def _show(request: Request, values: dict[str, str], why: Saying | None = None) -> Response:
    by, accounts = me(request), accounts_of(request)
    parties = await database_of(request).read(Party, "WHERE owner = :me", me=by.id)
    logins = await accounts.logins_of(by.id)
    context = {
        "logins": logins,
        "may_have_password": any(row.kind != "host" for row in logins),
        "kinds": KINDS,
        "has_password": await accounts.has_password(by.id),
        "guest": parties[0].kind == "guest",
        "values": values,
        "done": request.query_params.get("done", ""),
        "why": why,
    }
    return page(request, "account/account.html", context, status=why.status if why else 200)


async def ask_login(request: Request) -> Response:
    """Send a code to the address that is to be a login."""
    by, form = me(request), await fields(request)
    try:
        await send_code(request, f"claim.{public_owner(by.id)}", read_login(form.get("login", "")))
    except Refused as refused:
        return await _show(request, form, why_of(request, refused))
    return _code(request, form)


def _code(request: Request, values: dict[str, str], why: Saying | None = None) -> Response:
    told = {"purpose": "claim", "step": "code", "values": values, "next": "", "why": why}
    return page(request, "account/code.html", told, status=why.status if why else 200)


async def claim_login(request: Request) -> Response:
    """It is proved: from now on it is one of his."""
    by, form = me(request), await fields(request)
    try:
        await accounts_of(request).add_login(by.id, read_login(form.get("login", "")), form.get("code", ""))
    except Refused as refused:
        return _code(request, form, why_of(request, refused))
    return see_other(request, "/me/account?done=login")


async def set_password(request: Request) -> Response:
    """A new password, for who knows the old one; it ends every other session."""
    by, form, accounts = me(request), await fields(request), accounts_of(request)
    try:
        logins = [row for row in await accounts.logins_of(by.id) if row.kind != "host"]
        require(logins, "login_missing")
        if await accounts.has_password(by.id):
            tried = accounts.counter("password", str(by.id))
            await tries.count(engine_of(request), tried, tries.LOGIN)
            require(await accounts.right(by.id, form.get("current", "")), "password_wrong")
            await tries.forget(engine_of(request), tried)
        await accounts.set_password(by.id, form.get("password", ""), logins[0].login)
    except Refused as refused:
        return await _show(request, form, why_of(request, refused))
    await sessions_of(request).end_others(by.id, _here(request))
    return see_other(request, "/me/account?done=password")


def _here(request: Request) -> int:
    """The session of this browser."""
    return request.state.session.id if request.state.session else 0


# -- sessions -----------------------------------------------------------------------------------------


async def show_sessions(request: Request) -> Response:
    """Where I am signed in."""
    by = me(request)
    context = {"rows": await sessions_of(request).of(by.id), "here": _here(request), "public_id": public_id}
    return page(request, "account/sessions.html", context)


async def end_session(request: Request) -> Response:
    """End one of mine."""
    by = me(request)
    party, number = owned(request)
    if party != by.id:
        missing()
    await sessions_of(request).end(by.id, number)
    return see_other(request, "/me/sessions")


async def end_others(request: Request) -> Response:
    """End all but this one."""
    await sessions_of(request).end_others(me(request).id, _here(request))
    return see_other(request, "/me/sessions")


async def outbox(request: Request) -> Response:
    """The letters of a demo."""
    if not engine_of(request).demo:
        missing()
    return page(request, "account/outbox.html", {"rows": await letters.latest(database_of(request))})


routes = [
    Route("/me/account", show),
    Route("/me/account/login", ask_login, methods=["POST"]),
    Route("/me/account/login/confirm", claim_login, methods=["POST"]),
    Route("/me/account/password", set_password, methods=["POST"]),
    Route("/me/sessions", show_sessions),
    Route("/me/sessions/end-others", end_others, methods=["POST"]),
    Route("/me/sessions/{id}/end", end_session, methods=["POST"]),
    Route("/outbox", outbox),
]
