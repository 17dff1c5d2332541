"""Signatures: RSA over what the provider says, HMAC over what the merchant says.

A notice is signed as `timestamp + "\\n" + body` with PKCS #1 v1.5 and SHA-256, base64; the timestamp is wall-clock ms.
A link is signed as `cashier` and its sorted, percent-encoded parameters; a call as timestamp, method, path and body.
"""

import hashlib
import hmac
import os
import time
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import msgspec
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

TOLERANCE_MS = 5 * 60 * 1000


class SignedNotice(NamedTuple):
    headers: dict[str, str]
    body: bytes


def wall_ms() -> int:
    """Signatures live in wall-clock time, never in business time."""
    return time.time_ns() // 1_000_000


def load_or_create_key(path: Path) -> RSAPrivateKey:
    """The provider's key; made on first start, readable by its owner alone."""
    if path.exists():
        key = load_pem_private_key(path.read_bytes(), password=None)
        if not isinstance(key, RSAPrivateKey):
            raise ValueError(f"{path} holds no RSA key. Move it away, and a new one is made at the next start.")
        return key
    key = generate_private_key(public_exponent=65537, key_size=2048)
    draft = path.with_name(path.name + ".new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    return key


def public_pem(key: RSAPrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def key_id(key: RSAPrivateKey) -> str:
    """The first 16 hex digits of the SHA-256 of the public key in DER."""
    der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(der).hexdigest()[:16]


def sign_body(key: RSAPrivateKey, key_name: str, body: bytes, timestamp_ms: int) -> dict[str, str]:
    """The headers that go with a notice."""
    stamp = str(timestamp_ms)
    signature = key.sign(stamp.encode() + b"\n" + body, PKCS1v15(), SHA256())
    return {
        "content-type": "application/json",
        "provider-timestamp": stamp,
        "provider-key-id": key_name,
        "provider-signature": b64encode(signature).decode(),
    }


def sign_notice(private_key: RSAPrivateKey, notice: Any, timestamp_ms: int | None = None) -> SignedNotice:
    """Encodes and signs a notice, given as a mapping or a Struct; for load tests and for the deliverer's own kin."""
    body = msgspec.json.encode(notice)
    stamp = wall_ms() if timestamp_ms is None else timestamp_ms
    return SignedNotice(sign_body(private_key, key_id(private_key), body, stamp), body)


def _mac(secret: str, text: bytes) -> str:
    return hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()


def link_mac(secret: str, params: Mapping[str, str]) -> str:
    """The `sign` of a cashier link over all its other parameters."""
    pairs = sorted((name, value) for name, value in params.items() if name != "sign")
    text = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs)
    return _mac(secret, b"cashier\n" + text.encode())


def call_mac(secret: str, timestamp: str, method: str, path: str, body: bytes) -> str:
    """The `merchant-signature` of a JSON call; `path` includes the query."""
    return _mac(secret, f"{timestamp}\n{method}\n{path}\n".encode() + body)
