"""What a browser prefers, from the address or a cookie: language, light or dark, large text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jishi.web.languages import choose_language

THEMES = ("auto", "light", "dark")
YEAR_SECONDS = 31_536_000
VARY = "Accept-Language, Cookie, HX-Request"


class Preferences(NamedTuple):
    """`care` is large text, a quarter larger everywhere."""

    language: str
    theme: str
    care: bool


def read_preferences(query: Mapping[str, str], cookies: Mapping[str, str], accepts: str | None) -> Preferences:
    """Read them; a value we do not know is as good as none."""
    themes = (query.get("theme"), cookies.get("theme"))
    return Preferences(
        language=choose_language(query.get("lang"), cookies.get("lang"), accepts),
        theme=next((theme for theme in themes if theme in THEMES), "auto"),
        care=(query.get("care") or cookies.get("care")) == "1",
    )


def preference_cookies(query: Mapping[str, str], chosen: Preferences, secure: bool) -> list[str]:
    """The cookies that keep what the address asked for."""
    values = {"lang": chosen.language, "theme": chosen.theme, "care": "1" if chosen.care else "0"}
    tail = f"; Path=/; Max-Age={YEAR_SECONDS}; SameSite=Lax" + ("; Secure" if secure else "")
    return [f"{name}={value}{tail}" for name, value in values.items() if name in query]


class PreferencesMiddleware:
    """Put the preferences on `request.state.preferences` and say what the answer varies by."""

    def __init__(self, app: ASGIApp, secure: bool) -> None:
        self.app = app
        self.secure = secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/static/"):
            return await self.app(scope, receive, send)
        connection = HTTPConnection(scope)
        query = connection.query_params
        chosen = read_preferences(query, connection.cookies, connection.headers.get("accept-language"))
        connection.state.preferences = chosen

        async def send_with_language(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.add_vary_header(VARY)
                headers.setdefault("Content-Language", chosen.language)
                for cookie in preference_cookies(query, chosen, self.secure):
                    headers.append("Set-Cookie", cookie)
            await send(message)

        await self.app(scope, receive, send_with_language)
