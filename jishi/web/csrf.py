"""Refuse a changing request that did not come from one of our own forms."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jishi.web import form_token
from jishi.web.errors import error_response
from jishi.web.settings import WebSettings

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")


class FormTokenMiddleware:
    """Give each browser a token on `request.state.form_token`; what changes things needs it, and our origin."""

    def __init__(self, app: ASGIApp, settings: WebSettings) -> None:
        self.app = app
        self.settings = settings
        self.cookie = form_token.cookie_name(settings.secure_cookies)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(("/static/", *self.settings.csrf_exempt)):
            return await self.app(scope, receive, send)
        request = Request(scope, receive)
        kept = request.cookies.get(self.cookie, "")
        known = form_token.token_valid(self.settings.secret, kept)
        request.state.form_token = kept if known else form_token.new_token(self.settings.secret)
        answer_with = send if known else self._with_cookie(send, request.state.form_token)
        if scope["method"] in SAFE_METHODS:
            return await self.app(scope, receive, answer_with)
        if not self._own_origin(request):
            return await error_response(request, 403, "form_foreign")(scope, receive, answer_with)
        sent, replay = await _sent_token(request, receive)
        if not form_token.tokens_match(self.settings.secret, kept, sent):
            return await error_response(request, 403, "form_expired")(scope, receive, answer_with)
        await self.app(scope, replay, answer_with)

    def _own_origin(self, request: Request) -> bool:
        own = frozenset({form_token.origin_of(str(request.url)), *self.settings.origins})
        headers = request.headers
        return form_token.origin_allowed(headers.get("origin"), headers.get("sec-fetch-site"), own)

    def _with_cookie(self, send: Send, token: str) -> Send:
        tail = "; Path=/; HttpOnly; SameSite=Lax" + ("; Secure" if self.settings.secure_cookies else "")

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).append("Set-Cookie", f"{self.cookie}={token}{tail}")
            await send(message)

        return send_with_cookie


async def _sent_token(request: Request, receive: Receive) -> tuple[str, Receive]:
    """The token of the header or of the form, and a receive that gives the body read here once more."""
    header = request.headers.get(form_token.TOKEN_HEADER)
    if header or not request.headers.get("content-type", "").startswith(FORM_TYPES):
        return header or "", receive
    body = await request.body()
    async with Request(request.scope, _replay(body, receive)).form() as form:
        value = form.get(form_token.TOKEN_FIELD, "")
    return value if isinstance(value, str) else "", _replay(body, receive)


def _replay(body: bytes, receive: Receive) -> Receive:
    given = False

    async def receive_again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive_again
