"""Signing a browser in and out: the session's cookie, what the browser is called, and the address it comes from."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from jishi.engine.accounts import Accounts
from jishi.engine.sessions import SESSION_MS, Sessions
from jishi.web.asking import engine_of
from jishi.web.browsing import forget, link
from jishi.web.rendering import see_other
from jishi.web.session import LEFT, cookie_name

SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("HarmonyOS", "HarmonyOS"), ("Windows", "Windows"),
    ("Mac OS X", "Mac"), ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip
PROGRAMS = (
    ("MicroMessenger", "WeChat"), ("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"), ("Chrome/", "Chrome"), ("Safari/", "Safari"),
)  # fmt: skip


def accounts_of(request: Request) -> Accounts:
    """Accounts, as the pages use them."""
    return request.app.state.accounts


def sessions_of(request: Request) -> Sessions:
    """Sessions, with the sign-in that reads this server's cookies."""
    return Sessions(engine_of(request), request.state.sign_in)


def device_of(agent: str) -> str:
    """A browser in words, as in "Safari · iPhone": names of programs, and nothing that tells one from another."""
    found = [next((name for mark, name in names if mark in agent), "") for names in (PROGRAMS, SYSTEMS)]
    return " · ".join(name for name in found if name)


def address_of(request: Request) -> str:
    """Where a request comes from. Of what a browser says itself nothing is believed; of our own proxies all is."""
    proxies: int = request.app.state.proxies
    said = [one.strip() for one in request.headers.get("x-forwarded-for", "").split(",") if one.strip()]
    if proxies and len(said) >= proxies:
        return said[-proxies]
    return request.client.host if request.client else ""


async def signed_in(request: Request, party: int, how: str, to: str) -> Response:
    """Sign this browser in and lead it on. The session it had before is over; what its visitor had is the party's."""
    sessions = sessions_of(request)
    if request.state.session:
        await sessions.end(request.state.session.party, request.state.session.id)
    value = await sessions.open(party, how, device_of(request.headers.get("user-agent", "")))
    answer = see_other(request, to)
    secure = request.app.state.settings.secure_cookies
    kept = {"max_age": SESSION_MS // 1000, "httponly": True, "samesite": "lax", "secure": secure}
    answer.set_cookie(cookie_name(secure), value, **kept)
    return forget(request, answer) if await link(request, party) else answer


async def signed_out(request: Request, to: str = f"/?{LEFT}=1") -> Response:
    """End this browser's session; the page it comes to says so."""
    if request.state.session:
        await sessions_of(request).end(request.state.session.party, request.state.session.id)
    answer = see_other(request, to)
    answer.delete_cookie(cookie_name(request.app.state.settings.secure_cookies))
    return answer
