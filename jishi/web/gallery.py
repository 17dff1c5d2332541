"""The gallery of all components at /_ui, for people who build pages and for the tests that look at them."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jishi.web import words
from jishi.web.gallery_chat import chat
from jishi.web.gallery_data import fixtures
from jishi.web.rendering import page, preferences_of, see_other
from jishi.web.saying import gettext_of


async def show_components(request: Request) -> Response:
    """Every component on one page."""
    return page(request, "gallery/components.html", _context(request))


async def show_buyer(request: Request) -> Response:
    """A whole buyer page."""
    return page(request, "gallery/buyer.html", _context(request))


async def show_desk(request: Request) -> Response:
    """A whole desk page."""
    return page(request, "gallery/desk.html", _context(request))


async def send_form(request: Request) -> Response:
    """The form of the gallery: refused while the phone is not a number, and nothing is kept."""
    async with request.form() as form:
        values = {name: value for name, value in form.items() if isinstance(value, str)}
    if not values.get("phone", "").isdecimal():
        return page(
            request, "gallery/components.html", {**_context(request), "values": values, "refused": True}, status=422
        )
    return see_other(request, "/_ui?sent=1#form")


def _context(request: Request) -> dict:
    told = fixtures(preferences_of(request).language)
    told["chat"] = chat(told["say"], gettext_of(request), told["now_ms"])
    return {**told, "words": words, "values": {}, "refused": False}


routes = [
    Route("/_ui", show_components),
    Route("/_ui/buyer", show_buyer),
    Route("/_ui/desk", show_desk),
    Route("/_ui/form", send_form, methods=["POST"]),
]
