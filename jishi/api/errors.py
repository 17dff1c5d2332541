"""One table for every "no": code -> status, a sentence for a person, what to do next; and the problem made of it."""

import tomllib
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import msgspec

from jishi.engine.checkout import flat
from jishi.kernel.ids import public_id
from jishi.kernel.refused import Differences, Refused

LANGUAGES = ("zh-Hans", "zh-Hant", "en")
PROBLEM = "application/problem+json"
NOUNS = ("sku", "order", "product", "claim_id")  # facts that are ids


class Told(NamedTuple):
    """One code: its status, and per language the sentence and what to do next."""

    status: int
    words: dict[str, tuple[str, str]]


@cache
def codes() -> dict[str, Told]:
    """The table, read once from the package's data."""
    table = tomllib.loads((files("jishi") / "data" / "codes.toml").read_text("utf8"))
    return {
        code: Told(row["status"], {language: tuple(row[language]) for language in LANGUAGES})
        for code, row in table.items()
    }


def told_of(code: str) -> Told:
    """What a code says; one that only a plugin knows is told as a state that forbids."""
    return codes().get(code) or codes()["state_forbids"]


OwnerOf = Callable[[int], int]


def problem(refused: Refused, language: str, owner_of: OwnerOf = lambda number: 0) -> tuple[int, bytes]:
    """Status and body. owner_of: the owner of an id among the facts, 0 when it is not known."""
    told = told_of(refused.code)
    body = {"type": f"/v1/docs#{refused.code}", "status": told.status, **_words(refused, language, owner_of)}
    if isinstance(refused, Differences):
        body["differences"] = [_words(one, language, owner_of) for one in flat(refused)]
    return told.status, msgspec.json.encode(body)


def _words(refused: Refused, language: str, owner_of: OwnerOf) -> dict[str, Any]:
    sentence, following = told_of(refused.code).words[language]
    told: dict[str, Any] = {"code": refused.code, "title": sentence, "detail": sentence, "next": following}
    facts = dict(refused.facts)
    for name in ("field", "reason"):
        if name in facts:
            told[name] = facts.pop(name)
    if "reason" in told:
        told["detail"] = f"{sentence} ({told.pop('reason')})"
    if facts:
        told["facts"] = {name: _fact(name, value, owner_of) for name, value in facts.items()}
    return told


def _fact(name: str, value: Any, owner_of: OwnerOf) -> Any:
    """An id among the facts in its public form; other facts as they are."""
    if name not in NOUNS or not isinstance(value, int):
        return value
    owner = owner_of(value)
    return public_id(owner, value) if owner and value else None
