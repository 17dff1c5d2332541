"""The engine's signature of what it hands out, by its secret."""

import hashlib
import hmac
from collections.abc import Callable


def seal_of(secret: bytes) -> Callable[..., str]:
    """A keyed signature of some strings, 32 hex digits: claim links, promoters' links."""

    def seal(*parts: str) -> str:
        return hmac.new(secret, b"seal\0" + "\0".join(parts).encode(), hashlib.sha256).hexdigest()[:32]

    return seal
