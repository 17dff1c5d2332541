"""The three languages: their catalogues, and how a request gets one of them."""

from __future__ import annotations

import gettext
from collections.abc import Mapping
from functools import cache
from pathlib import Path

LOCALE_FOLDER = Path(__file__).parent / "locale"
LANGUAGES = {"zh-Hans": "zh_Hans", "zh-Hant": "zh_Hant", "en": "en"}
LANGUAGE_NAMES = {"zh-Hans": "简体中文", "zh-Hant": "繁體中文", "en": "English"}
DEFAULT_LANGUAGE = "zh-Hans"

# Region tags say nothing of the script, so the usual negotiators give Taiwan and Hong Kong simplified characters.
HAND_MAP = {
    "zh": "zh-Hans", "zh-cn": "zh-Hans", "zh-sg": "zh-Hans", "zh-my": "zh-Hans", "zh-hans": "zh-Hans",
    "zh-tw": "zh-Hant", "zh-hk": "zh-Hant", "zh-mo": "zh-Hant", "zh-hant": "zh-Hant", "en": "en",
}  # fmt: skip


def match_language(tag: str) -> str | None:
    """Map one language tag to one of ours, trying shorter and shorter prefixes of it."""
    parts = tag.strip().lower().replace("_", "-").split("-")[:4]
    while parts:
        if found := HAND_MAP.get("-".join(parts)):
            return found
        parts.pop()
    return None


def accepted_tags(header: str) -> list[str]:
    """The tags of an Accept-Language header, best first; a malformed weight counts as zero."""
    weighted = []
    for position, item in enumerate(header[:500].split(",")):
        tag, _, weight = item.partition(";")
        weighted.append((-_weight_milli(weight), position, tag.strip()))
    return [tag for weight, _, tag in sorted(weighted) if weight < 0 and tag]


def _weight_milli(text: str) -> int:
    text = text.strip().removeprefix("q=")
    if not text:
        return 1000
    whole, _, rest = text.partition(".")
    digits = (rest + "000")[:3]
    return int(whole) * 1000 + int(digits) if whole in {"0", "1"} and digits.isdecimal() else 0


def choose_language(query: str | None, cookie: str | None, header: str | None) -> str:
    """The language of a request: the address, then the cookie, then what the browser accepts, then ours."""
    for tag in (query, cookie, *accepted_tags(header or "")):
        if tag and (found := match_language(tag)):
            return found
    return DEFAULT_LANGUAGE


@cache
def catalogue(language: str) -> gettext.NullTranslations:
    """The compiled catalogue of one language, read once."""
    return gettext.translation("messages", LOCALE_FOLDER, [LANGUAGES[language]])


def translate(language: str, message: str, values: Mapping[str, object] | None = None) -> str:
    """Say one message outside a template, such as the words of a refusal."""
    return catalogue(language).gettext(message) % (values or {})


def mark(message: str) -> str:
    """Mark a message for the catalogue where it is only named, and said later."""
    return message
