"""Where each face leads: the tab bar of buyers, the side of shops and operators. A new page adds its line here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from jishi.web.languages import mark


class Place(NamedTuple):
    """One way out of a page: an address, a message for the catalogue, and an icon of the sprite."""

    href: str
    label: str
    icon: str


NAVIGATION: dict[str, tuple[Place, ...]] = {
    "buyer": (
        Place("/chats", mark("Chats"), "chat"),
        Place("/goods", mark("Market"), "market"),
        Place("/orders", mark("Orders"), "order"),
        Place("/me", mark("Me"), "person"),
    ),
    "merchant": (
        Place("", mark("To ship"), "truck"),
        Place("/orders", mark("Orders"), "order"),
        Place("/goods", mark("Products"), "goods"),
        Place("/claims", mark("After-sales"), "return"),
        Place("/chats", mark("Chats"), "chat"),
        Place("/money", mark("Funds"), "wallet"),
        Place("/team", mark("Team"), "person"),
    ),
    "operator": (
        Place("/deals", mark("Deals"), "flow"),
        Place("/operator", mark("To judge"), "return"),
        Place("/operator/reviews", mark("Reviews"), "goods"),
        Place("/operator/books", mark("Books"), "chart"),
        Place("/operator/health", mark("Health"), "info"),
        Place("/operator/clock", mark("Clock"), "clock"),
    ),
}


def places_of(desk: str, base: str = "") -> tuple[Place, ...]:
    """The places of a face; those of a shop's desk lie below the shop's own address."""
    return tuple(place._replace(href=base + place.href) for place in NAVIGATION[desk])


def current_item(places: Sequence[Place], path: str) -> str:
    """The address of the place a path lies in: the longest one that begins it."""
    inside = [place.href for place in places if path == place.href or path.startswith(place.href.rstrip("/") + "/")]
    return max(inside, key=len, default="")
