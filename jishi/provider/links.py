"""The signed parameters with which a buyer, or a program, comes to pay."""

import hmac
from collections.abc import Mapping
from typing import Annotated
from urllib.parse import urlsplit

import httpx
import msgspec
from msgspec import Meta, Struct

from jishi.provider.office import Office
from jishi.provider.refusal import Refusal
from jishi.provider.signing import link_mac

Number = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_\-]+$")]
Amount = Annotated[int, Meta(gt=0, le=2**53 - 1)]
Currency = Annotated[str, Meta(pattern="^[A-Z]{3}$")]
Url = Annotated[str, Meta(max_length=2_000, pattern=r"^https?://[^\s;,'\"<>\\]+$")]


class Link(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`expires_ms` is business time; `lang` is zh-Hans, zh-Hant or en."""

    merchant: str
    trade_no: Number
    amount_minor: Amount
    currency: Currency
    subject_code: Annotated[str, Meta(pattern="^[a-z_]{1,40}$")]
    return_url: Url
    notify_url: Url
    expires_ms: Annotated[int, Meta(gt=0, le=2**53 - 1)]
    lang: str
    sign: str


def read_link(office: Office, params: Mapping[str, str]) -> Link:
    """Checks the signature first, then the shape."""
    expected = link_mac(office.settings.secret, params)
    if not hmac.compare_digest(expected.encode(), params.get("sign", "").encode()):
        raise Refusal("bad_signature")
    try:
        link = msgspec.convert(dict(params), Link, strict=False)
        httpx.URL(link.return_url), httpx.URL(link.notify_url)
    except (msgspec.ValidationError, httpx.InvalidURL) as error:
        raise Refusal("malformed", str(error)) from error
    if link.merchant != office.settings.merchant:
        raise Refusal("bad_signature")
    return link


def origin_of(url: str) -> str:
    """Scheme, host and port, as a content policy names them."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
