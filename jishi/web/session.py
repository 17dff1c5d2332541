"""Who looks at a page: the session behind the browser's cookie, and what every page is told of that person."""

from __future__ import annotations

import secrets

from markupsafe import Markup
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from jishi.engine.engine import Engine
from jishi.engine.sign_in import SignIn
from jishi.kernel.ids import public_owner
from jishi.web import words
from jishi.web.form_token import TOKEN_FIELD
from jishi.web.rendering import preferences_of
from jishi.web.settings import WebSettings
from jishi.web.visitor import Visitor, visitor_of

KEY_FIELD = "form_key"
LEFT = "signed_out"


def cookie_name(secure: bool) -> str:
    """The cookie's name; the prefix binds it to this very host."""
    return "__Host-jishi_party" if secure else "jishi_party"


class SessionMiddleware:
    """`request.state.party` is who is signed in, or 0; pages get `person`, and forms a key against double taps."""

    def __init__(self, app: ASGIApp, engine: Engine, settings: WebSettings) -> None:
        self.app, self.engine = app, engine
        self.sign_in = SignIn(engine)
        self.cookie = cookie_name(settings.secure_cookies)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(("/static/", "/files/")):
            return await self.app(scope, receive, send)
        request = Request(scope)
        cookie = request.cookies.get(self.cookie, "")
        by = await self.sign_in.read_session(cookie) if cookie else None
        party = getattr(request.state, "pane_party", 0) or (by.party if by else 0)
        language = preferences_of(request).language
        visitor = await visitor_of(self.engine.database, party, language) if party else None
        request.state.sign_in, request.state.session = self.sign_in, by
        request.state.session_ended = bool(cookie) and by is None
        request.state.party = visitor.party if visitor else 0
        request.state.visitor = visitor
        request.state.shared = _shared(request, visitor, self.engine.demo)
        await self.app(scope, receive, send)


def _shared(request: Request, visitor: Visitor | None, demo: bool) -> dict:
    hidden = Markup('<input type="hidden" name="{}" value="{}">')
    token = getattr(request.state, "form_token", "")
    return {
        "person": visitor,
        "signed_out": visitor is None and request.query_params.get(LEFT) == "1",
        "demo": demo,
        "form_field": hidden.format(TOKEN_FIELD, token) + hidden.format(KEY_FIELD, secrets.token_hex(12)),
        "public_owner": public_owner,
        "words": words,
    }
