"""Panes: in a demo `/~linxiao/orders` is `/orders` as that simulated person, so that one browser shows several."""

from __future__ import annotations

import re

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jishi.engine.engine import Engine
from jishi.store import Persona
from jishi.web.errors import error_response

MARK = "/~"
_CODE = re.compile(r"[a-z0-9-]{1,40}")


def within(pane: str, address: str) -> str:
    """One own address, led into the pane."""
    own = address.startswith("/") and not address.startswith(("//", MARK, "/static/", "/files/"))
    return pane + address if own else address


def pane_of(request: Request) -> str:
    """The prefix of the pane a request was made in, or ""."""
    return getattr(request.state, "pane", "")


class PaneMiddleware:
    """Take the prefix off the path and say whose pane it is. Anywhere but in a demo there is nothing at such a path."""

    def __init__(self, app: ASGIApp, engine: Engine) -> None:
        self.app, self.engine = app, engine

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(MARK):
            return await self.app(scope, receive, send)
        code, _, rest = scope["path"].removeprefix(MARK).partition("/")
        person = await self._person(code)
        if person is None:
            return await error_response(Request(scope), 404)(scope, receive, send)
        pane = MARK + code
        # Outer layers share this state, so that the page of a crash stays in its pane too.
        scope.setdefault("state", {}).update(pane=pane, pane_party=person.party)
        inner = dict(scope, path=f"/{rest}", raw_path=f"/{rest}".encode(), root_path=pane)
        await self.app(inner, receive, _led(send, pane))

    async def _person(self, code: str) -> Persona | None:
        if not self.engine.demo or not _CODE.fullmatch(code):
            return None
        return next(iter(await self.engine.database.read(Persona, "WHERE code = :code", code=code)), None)


def _led(send: Send, pane: str) -> Send:
    """Redirects stay in the pane as well."""

    async def send_led(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name in ("location", "hx-redirect"):
                if name in headers:
                    headers[name] = within(pane, headers[name])
        await send(message)

    return send_led
