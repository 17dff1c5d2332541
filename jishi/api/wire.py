"""The edge's small words: a request as it came, its bounded body, and the reply that goes back."""

from collections.abc import Callable
from typing import Any, NamedTuple

from jishi.api.languages import language_of
from jishi.engine.sign_in import NOBODY
from jishi.kernel.grammar import Principal
from jishi.kernel.refused import require

JSON = "application/json"
KEY_LENGTH_MOST = 80
SAFE = (("cache-control", "no-store"), ("x-content-type-options", "nosniff"))


class Reply(NamedTuple):
    """What goes back. `headers` are added to those every answer has."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    media: str = JSON

    @property
    def told(self) -> list[tuple[str, str]]:
        """All headers but the length, which who sends it knows."""
        return [("content-type", self.media), *SAFE, *self.headers]


class Call:
    """One request: its headers by their names in small letters, who sends it, and its body once read. Whoever takes
    requests from the network says how a body is read. asked: what an upload's address asks.
    """

    __slots__ = ("asked", "body", "by", "headers", "ip", "language", "method", "owner_of", "path", "query")

    def __init__(self, method: str, path: str, query: str, headers: dict[str, str], ip: str):
        self.method, self.path, self.query, self.headers, self.ip = method, path, query, headers, ip
        self.language = language_of(headers.get("accept-language", ""))
        self.by: Principal = NOBODY
        self.body = b""
        self.asked: Any = None
        self.owner_of: Callable[[int], int] = lambda number: 0

    async def read(self, most: int) -> bytes:
        """The whole body; refuses `body_too_large` beyond so many bytes, and `body_malformed` when only a part came."""
        raise NotImplementedError

    @property
    def dry(self) -> bool:
        """Whether the sender asks what would happen."""
        preferred = self.headers.get("prefer")
        if preferred and "dry-run" in preferred.lower().replace(" ", "").split(","):
            return True
        return "dry_run=1" in self.query.split("&") if self.query else False

    def idempotency_key(self, made: Callable[[], str]) -> str:
        """The sender's key, or a fresh one."""
        text = self.headers.get("idempotency-key")
        if not text:
            return made()
        require(len(text) <= KEY_LENGTH_MOST and text.isascii() and text.isprintable(), "idempotency_key_malformed")
        return text


def fits(media: str, kinds: tuple[str, ...]) -> bool:
    """Whether a body's media type is one of these; a kind that ends with a slash stands for all that begin so."""
    return any(media == kind or (kind.endswith("/") and media.startswith(kind)) for kind in kinds)


async def read_body(call: Call, most: int, kinds: tuple[str, ...] = (JSON,)) -> bytes:
    """The body, if it is of these kinds by its own word, not too large, and whole."""
    media = call.headers.get("content-type", "")
    if media not in kinds:
        media = media.split(";", 1)[0].strip().lower()
        require(fits(media, kinds), "content_type_wrong", expected=", ".join(kinds))
    body = await call.read(most)
    require(media != JSON or b"\\u0000" not in body, "text_not_allowed")
    return body
