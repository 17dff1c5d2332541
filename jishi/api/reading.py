"""Reading what came: JSON bodies and query parameters into outside structs; a failure is a code and a field."""

import re
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from jishi.kernel.refused import Refused, require

_AT = re.compile(r" - at `\$\.?([^`]*)`$")
_UNKNOWN = re.compile(r"^Object (?:contains unknown|missing required) field `([^`]*)`")
_VALUE = re.compile(r"'[^']*'")
PARAMETERS_MOST = 40


def decode(decoder: msgspec.json.Decoder, body: bytes) -> Any:
    """A body as its struct; refuses `body_malformed` or `body_invalid`."""
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        raise Refused("body_invalid", **where(str(error))) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Refused("body_malformed") from None


def parameters(outer: type, query: str, **preset: Any) -> Any:
    """Query parameters as their struct; refuses `query_invalid`. Numbers are read from their digits."""
    require(query.isascii(), "query_invalid")
    try:
        pairs = parse_qsl(query, keep_blank_values=True, errors="strict", max_num_fields=PARAMETERS_MOST)
    except ValueError:
        raise Refused("query_invalid") from None
    given = dict(pairs)
    require(len(given) == len(pairs), "query_invalid")
    require(not any("\0" in text for pair in pairs for text in pair), "text_not_allowed")
    known = outer.__struct_fields__
    for name, value in preset.items():
        if name in known:
            given.setdefault(name, value)
    try:
        return msgspec.convert(given, outer, strict=False)
    except msgspec.ValidationError as error:
        raise Refused("query_invalid", **where(str(error))) from None


def where(told: str) -> dict[str, str]:
    """The field and the reason of a validation failure, without the value that was sent."""
    at, unknown = _AT.search(told), _UNKNOWN.match(told)
    field = ".".join(part for part in (at[1] if at else "", unknown[1] if unknown else "") if part)
    reason = {"reason": _VALUE.sub("…", _AT.sub("", told))[:300]}
    return reason | ({"field": field[:200]} if field else {})
