"""A refusal as a page: what happened, and what to do next, in the words that the API uses for the same code."""

from __future__ import annotations

from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from jishi.api.errors import codes
from jishi.engine.request import Busy
from jishi.kernel.refused import Refused
from jishi.web.errors import Fault, error_response, fault_page
from jishi.web.languages import mark
from jishi.web.links import link, sent_from
from jishi.web.rendering import see_other
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
    "nobody_chosen": Saying(mark("Nobody is chosen."), mark("Choose at least one friend."), 422),
    "picture_animated": Saying(mark("This picture moves."), mark("Send a still picture."), 422),
    "phone_needed": Saying(
        mark("This is not a phone number."), mark("Give a phone with its country's code: the shop calls it."), 422
    ),
    "name_missing": Saying(mark("Say what we may call you."), mark("A name has at most 60 characters."), 422),
    "password_wrong": Saying(mark("The password until now is wrong."), mark("Check it and send it again."), 422),
    "post_missing": Saying(
        mark("We cannot write to such an address here."),
        mark("Use another kind of address, or ask who runs this."),
        422,
    ),
    "post_failed": Saying(
        mark("The letter could not be sent."), mark("Try again in a few minutes, or use another address."), 503
    ),
    "duties_missing": Saying(mark("Choose at least one duty."), mark("Mark what this person is to do here."), 422),
    "login_missing": Saying(
        mark("There is nothing to sign in with yet."), mark("Add an e-mail address or phone first."), 409
    ),
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
    return fault_page(request, saying.status, raised.code, fault)


async def busy_page(request: Request, raised: Exception) -> Response:
    """Too much is queued, or the database is away: 503, and when to try again."""
    wait_s = raised.retry_after_s if isinstance(raised, Busy) else 2
    return error_response(request, 503, headers={"Retry-After": str(wait_s)})


async def sign_in_page(request: Request, raised: Exception) -> Response:
    """Who must be somebody first: the way leads through the sign-in page, and back; also in the middle of something."""
    back = getattr(raised, "back", "") or back_of(request)
    return see_other(request, link("/sign-in", next=back, ended="1" if request.state.session_ended else ""))


def back_of(request: Request) -> str:
    """The page to come back to: this one, or of a form that was sent the page it stands on."""
    if request.method == "GET":
        return request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return sent_from(request) or "/"
