"""A refusal as a page: what happened, and what to do next, in the words that the API uses for the same code."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from jishi.api.errors import codes
from jishi.engine.request import Busy
from jishi.kernel.refused import Refused
from jishi.web.errors import Fault, error_response
from jishi.web.languages import mark
from jishi.web.rendering import page
from jishi.web.saying import gettext_in


class Saying(NamedTuple):
    """One refusal in words."""

    title: str
    next_step: str
    status: int = 409


# Codes that only pages meet; all others stand in the table of the API.
OWN: dict[str, Saying] = {
    "nothing_waits": Saying(
        mark("This deal has no timer that waits."), mark("Reload the page to see how it stands now.")
    ),
    "picture_too_large": Saying(mark("This picture is too large."), mark("Send one of at most 8 MB."), 422),
    "picture_not_a_picture": Saying(
        mark("This file is not a picture."), mark("Send a JPEG, PNG, WebP or GIF picture."), 422
    ),
    "picture_too_small": Saying(
        mark("This picture is too small."), mark("Send one of at least 200 pixels a side."), 422
    ),
    "picture_animated": Saying(mark("This picture moves."), mark("Send a still picture."), 422),
    "input_malformed": Saying(
        mark("Something in the form is not right"), mark("Go back, check what you entered and try again."), 422
    ),
}
OTHER = Saying(mark("That is not possible."), mark("Reload the page to see how it stands now."))


def saying_of(code: str, language: str) -> Saying:
    """The words of a code in a language."""
    told = codes().get(code)
    if told:
        return Saying(*told.words[language], told.status)
    saying, gettext = OWN.get(code, OTHER), gettext_in(language)
    return Saying(gettext(saying.title), gettext(saying.next_step), saying.status)


async def refused_page(request: Request, raised: Exception) -> Response:
    """Starlette's handler: the page of a refusal. What is not there, or not for this person, is told as ever.

    Nor is there anything at an address whose parameters are not ours.
    """
    assert isinstance(raised, Refused)
    if raised.code in ("forbidden", "not_found", "id_malformed", "query_invalid"):
        return error_response(request, 403 if raised.code == "forbidden" else 404)
    saying = saying_of(raised.code, request.state.preferences.language)
    fault = Fault(saying.title, saying.next_step)
    context = {"status": saying.status, "code": raised.code, "fault": fault}
    return page(request, "errors/error.html", context, status=saying.status)


async def busy_page(request: Request, raised: Exception) -> Response:
    """Too much is queued, or the database is away: 503, and when to try again."""
    wait_s = raised.retry_after_s if isinstance(raised, Busy) else 2
    return error_response(request, 503, headers={"Retry-After": str(wait_s)})


async def sign_in_page(request: Request, raised: Exception) -> Response:
    """Who must be somebody first: in a demo world the way leads through the list of people, and back."""
    if request.app.state.engine.demo and request.method == "GET":
        back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse("/personas?" + urlencode({"next": back}), 303)
    return error_response(request, 401)
