"""The edge's small words: a request as it came, its bounded body, and the reply that goes back."""

from collections.abc import Callable
from typing import Any, NamedTuple

from jishi.api.languages import language_of
from jishi.kernel.grammar import Principal
from jishi.kernel.refused import Refused, require

JSON = b"application/json"
KEY_LENGTH_MOST = 80


class Reply(NamedTuple):
    """What goes back. `headers` are added to those every answer has."""

    status: int
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...] = ()
    media: bytes = JSON


class Call:
    """One request: headers by name, who sends it, and its body once read. asked: what an upload's address asks."""

    __slots__ = ("asked", "body", "by", "headers", "language", "owner_of", "query", "scope")

    def __init__(self, scope: dict[str, Any]):
        self.scope = scope
        self.headers: dict[bytes, bytes] = dict(scope["headers"])
        self.query: bytes = scope.get("query_string", b"")
        self.language = language_of(self.text(b"accept-language"))
        self.by = Principal("nobody")
        self.body = b""
        self.asked: Any = None
        self.owner_of: Callable[[int], int] = lambda number: 0

    def text(self, name: bytes) -> str:
        """A header as text, "" when it is absent."""
        return self.headers.get(name, b"").decode("latin-1")

    @property
    def ip(self) -> str:
        client = self.scope.get("client")
        return client[0] if client else ""

    @property
    def dry(self) -> bool:
        """Whether the sender asks what would happen."""
        preferred = self.text(b"prefer").lower().replace(" ", "").split(",")
        return "dry-run" in preferred or b"dry_run=1" in self.query.split(b"&")

    def idempotency_key(self, made: Callable[[], str]) -> str:
        """The sender's key, or a fresh one."""
        text = self.text(b"idempotency-key")
        if not text:
            return made()
        require(len(text) <= KEY_LENGTH_MOST and text.isascii() and text.isprintable(), "idempotency_key_malformed")
        return text


def fits(media: bytes, kinds: tuple[bytes, ...]) -> bool:
    """Whether a body's media type is one of these; a kind that ends with a slash stands for all that begin so."""
    return any(media == kind or (kind.endswith(b"/") and media.startswith(kind)) for kind in kinds)


async def read_body(call: Call, receive: Callable, most: int, kinds: tuple[bytes, ...] = (JSON,)) -> bytes:
    """The body, if it is of these kinds by its own word, not too large, and whole."""
    media = call.headers.get(b"content-type", b"").split(b";", 1)[0].strip().lower()
    require(fits(media, kinds), "content_type_wrong", expected=", ".join(kind.decode() for kind in kinds))
    declared = call.headers.get(b"content-length", b"0")
    require(not declared.isdigit() or int(declared[:15]) <= most, "body_too_large")
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refused("body_malformed")
        part = message.get("body", b"")
        size += len(part)
        require(size <= most, "body_too_large")
        parts.append(part)
        if not message.get("more_body"):
            break
    body = parts[0] if len(parts) == 1 else b"".join(parts)
    require(media != JSON or b"\\u0000" not in body, "text_not_allowed")
    return body


async def send_reply(send: Callable, reply: Reply) -> None:
    """Send a reply whole."""
    headers = [
        (b"content-type", reply.media),
        (b"content-length", b"%d" % len(reply.body)),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        *reply.headers,
    ]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})
