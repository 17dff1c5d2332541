"""The token that proves a form came from our own page: signed, kept in a cookie, sent back in the form."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from urllib.parse import urlsplit

TOKEN_FIELD = "csrf_token"
TOKEN_HEADER = "x-csrf-token"


def cookie_name(secure: bool) -> str:
    """The cookie's name; the prefix binds it to this very host, which browsers allow only over https."""
    return "__Host-jishi_form" if secure else "jishi_form"


def new_token(secret: bytes) -> str:
    """Make a token: a nonce and its signature, so that a cookie planted from a subdomain is not taken."""
    nonce = secrets.token_urlsafe(18)
    return f"{nonce}.{_signature(secret, nonce)}"


def token_valid(secret: bytes, token: str) -> bool:
    """Whether we signed this token."""
    nonce, _, signature = token.partition(".")
    return hmac.compare_digest(signature.encode(), _signature(secret, nonce).encode())


def tokens_match(secret: bytes, cookie: str, sent: str) -> bool:
    """Whether cookie and form hold the same token, and one of ours."""
    return bool(cookie) and hmac.compare_digest(cookie.encode(), sent.encode()) and token_valid(secret, cookie)


def origin_allowed(origin: str | None, fetch_site: str | None, own: frozenset[str]) -> bool:
    """Whether a changing request came from our own pages, by what only the browser can set."""
    if origin is not None:
        return origin.lower() in own
    return fetch_site in {"same-origin", "none"}


def origin_of(url: str) -> str:
    """The origin of an address: scheme, host and port."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()


def _signature(secret: bytes, nonce: str) -> str:
    return hmac.new(secret, b"form token\0" + nonce.encode(), hashlib.sha256).hexdigest()[:43]
