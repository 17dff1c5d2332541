"""Refuse a body that is larger than any form of ours can be, before it is read."""

from __future__ import annotations

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jishi.web.errors import error_response
from jishi.web.settings import WebSettings


class _TooLarge(Exception):
    """The body went past its limit while it was read."""


class BodyLimitMiddleware:
    """Uploads have their own, larger limit. The API counts for itself."""

    def __init__(self, app: ASGIApp, settings: WebSettings) -> None:
        self.app = app
        self.settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(self.settings.csrf_exempt):
            return await self.app(scope, receive, send)
        request = Request(scope)
        upload = request.headers.get("content-type", "").startswith("multipart/")
        limit_bytes = self.settings.upload_bytes_max if upload else self.settings.form_bytes_max
        declared = request.headers.get("content-length", "0")
        if not declared.isdecimal() or int(declared) > limit_bytes:
            return await error_response(request, 413)(scope, receive, send)
        seen_bytes, started = 0, False

        async def receive_counted() -> Message:
            nonlocal seen_bytes
            message = await receive()
            seen_bytes += len(message.get("body", b""))
            if seen_bytes > limit_bytes:
                raise _TooLarge
            return message

        async def send_noted(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, receive_counted, send_noted)
        except _TooLarge:
            if started:
                raise
            await error_response(request, 413)(scope, receive, send)
