"""The engine's signature of what it hands out, by its secret."""

import hmac
from collections.abc import Callable


def seal_of(secret: bytes) -> Callable[..., str]:
    """A keyed signature of some strings, 32 hex digits: claim links, promoters' links."""

    def seal(*parts: str) -> str:
        return hmac.digest(secret, b"seal\0" + "\0".join(parts).encode(), "sha256").hex()[:32]

    return seal
