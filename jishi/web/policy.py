"""The content policy: nothing from elsewhere, nothing inline; own pages may frame own pages."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# A form posts only to us: the way to a cashier elsewhere is our own page with a plain link.
DIRECTIVES = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' blob:",
    "media-src": "'self' blob:",
    "connect-src": "'self'",
    "font-src": "'self'",
    "manifest-src": "'self'",
    "frame-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'self'",
}

# "same-origin" and not "no-referrer": the latter makes browsers post our own forms with `Origin: null`.
FIXED_HEADERS = {
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def content_policy(stream_origins: tuple[str, ...] = ()) -> str:
    """The policy as a header; a live page's streams may come from configured origins."""
    more = "".join(f" {origin}" for origin in stream_origins)
    directives = dict(DIRECTIVES)
    for name in ("media-src", "connect-src"):
        directives[name] += more
    return "; ".join(f"{name} {value}" for name, value in directives.items())


class PolicyMiddleware:
    """Set the policy on every answer that does not bring its own (as the cookie-less /embed face does)."""

    def __init__(self, app: ASGIApp, stream_origins: tuple[str, ...] = ()) -> None:
        self.app = app
        self.headers = {**FIXED_HEADERS, "Content-Security-Policy": content_policy(stream_origins)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)

        async def send_with_policy(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, send_with_policy)
