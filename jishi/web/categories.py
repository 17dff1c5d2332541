"""The categories of goods as people read them, and the way from one to those below it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from functools import cache
from importlib.resources import files


@cache
def category_names(language: str) -> dict[str, str]:
    """What each category is called in a language, at every level."""
    told = tomllib.loads((files("jishi") / "data" / "categories.toml").read_text("utf8"))["categories"]
    return {row["code"]: row["name"][language] for row in told}


def category_name(language: str, code: str) -> str:
    """A category with what it is part of, from the top."""
    names, parts = category_names(language), code.split(".")
    return " › ".join(names.get(".".join(parts[: n + 1]), part) for n, part in enumerate(parts))


def below(code: str, used: Iterable[str]) -> list[str]:
    """The categories one level under a category ("" for the top) that hold anything of what is used."""
    depth = code.count(".") + 1 if code else 0
    inside = [one.split(".") for one in used if not code or one.startswith(code + ".")]
    return sorted({".".join(parts[: depth + 1]) for parts in inside if len(parts) > depth})
