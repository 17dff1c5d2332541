"""Gettext by request: the words of a page that are chosen in code, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from starlette.requests import Request

from jishi.web.languages import catalogue, translate
from jishi.web.rendering import preferences_of

Gettext = Callable[..., str]


@cache
def gettext_in(language: str) -> Gettext:
    """`gettext("…", name=value)` in one language."""

    def gettext(message: str, **values: object) -> str:
        return translate(language, message, values) if values else catalogue(language).gettext(message)

    return gettext


def gettext_of(request: Request) -> Gettext:
    """`gettext` in the language of a request."""
    return gettext_in(preferences_of(request).language)
