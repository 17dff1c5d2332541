"""Give each request an id, and turn a crash into a page that shows it."""

from __future__ import annotations

import re
import secrets

import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jishi.web.errors import error_response

HEADER = "X-Request-Id"
_GIVEN = re.compile(r"[A-Za-z0-9._-]{8,64}")
_log = structlog.get_logger("jishi.web")


def choose_request_id(given: str | None) -> str:
    """Keep a proxy's id if it is harmless, else make one."""
    return given if given and _GIVEN.fullmatch(given) else secrets.token_hex(8)


class RequestIdMiddleware:
    """The id is on `request.state.request_id`, on the answer, on the error page and in the log."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        request = Request(scope, receive)
        request_id = choose_request_id(request.headers.get(HEADER))
        request.state.request_id = request_id
        started = False

        async def send_with_id(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                MutableHeaders(scope=message).setdefault(HEADER, request_id)
            await send(message)

        try:
            await self.app(scope, receive, send_with_id)
        except Exception:
            _log.exception("request failed", request_id=request_id, method=scope["method"], path=scope["path"])
            if started:
                raise
            await error_response(request, 500)(scope, receive, send_with_id)
