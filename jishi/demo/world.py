"""Reads the demo world's data files: shops, goods and simulated people, as they are written."""

import tomllib
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

LANGUAGES = ("zh-Hans", "zh-Hant", "en")


def folder() -> Traversable:
    """Where the data lies, in the package."""
    return files("jishi") / "demo" / "data"


def read(name: str) -> dict[str, Any]:
    """One data file."""
    return tomllib.loads((folder() / name).read_text("utf8"))


def shops() -> list[dict[str, Any]]:
    return read("shops.toml")["shops"]


def people() -> list[dict[str, Any]]:
    return read("people.toml")["people"]


def goods(shop: str) -> list[dict[str, Any]]:
    """The goods of one shop, in order."""
    return read(f"goods/{shop}.toml")["goods"]


def picture(name: str) -> bytes:
    """A picture that the drawing script made."""
    return (folder() / "pictures" / f"{name}.webp").read_bytes()
