"""What a person sees when a page cannot be shown: what happened, what to do next, and the request id."""

from __future__ import annotations

from typing import NamedTuple

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from jishi.kernel.ids import public_owner
from jishi.web.languages import mark, translate
from jishi.web.links import sent_from
from jishi.web.rendering import page, preferences_of

security = structlog.get_logger("jishi.security")
DENIED = (401, 403)


class Fault(NamedTuple):
    """One kind of failure, in words for people."""

    title: str
    next_step: str
    icon: str = "warning"


FAULTS: dict[str, Fault] = {
    "bad_request": Fault(
        mark("We could not read that request"), mark("Go back, check what you entered and try again.")
    ),
    "unauthorized": Fault(mark("Please sign in first"), mark("Sign in, and you will come back to this page."), "lock"),
    "forbidden": Fault(
        mark("This page is not open to you"),
        mark("Sign in with the account it belongs to, or go back to the market."),
        "lock",
    ),
    "not_found": Fault(
        mark("There is nothing at this address"),
        mark("It may have been moved or taken down. Check the address, or start from the market."),
        "search",
    ),
    "method_wrong": Fault(mark("This address cannot do that"), mark("Go back and use the buttons on the page.")),
    "conflict": Fault(mark("This has changed in the meantime"), mark("Reload the page to see how it stands now.")),
    "body_large": Fault(mark("That is too large to send"), mark("Send a smaller file or a shorter text.")),
    "input_wrong": Fault(
        mark("Something in the form is not right"), mark("Check the marked fields and send it again.")
    ),
    "too_many": Fault(mark("That was a little too fast"), mark("Wait a moment, then try again."), "clock"),
    "form_foreign": Fault(
        mark("This form was not sent from our page"),
        mark("Nothing was changed. Open the page here and send the form again."),
        "lock",
    ),
    "form_expired": Fault(
        mark("This form is out of date"), mark("Nothing was changed. Reload the page and send it again."), "clock"
    ),
    "crash": Fault(
        mark("Something went wrong on our side"),
        mark("Try again in a moment. If it happens again, tell us the number below."),
    ),
    "busy": Fault(
        mark("We are very busy right now"), mark("Nothing was changed. Try again in a few seconds."), "clock"
    ),
}

CODES = {
    400: "bad_request", 401: "unauthorized", 403: "forbidden", 404: "not_found", 405: "method_wrong", 409: "conflict",
    413: "body_large", 422: "input_wrong", 429: "too_many", 500: "crash", 503: "busy",
}  # fmt: skip


def error_response(request: Request, status: int, code: str = "", headers: dict[str, str] | None = None) -> Response:
    """The answer for a failure: a fragment for htmx, a problem document for programs, a page for people."""
    code = code or CODES.get(status, "crash" if status >= 500 else "bad_request")
    fault = FAULTS[code]
    if status in DENIED:
        tell_security(request, status, code)
    if _wants_json(request):
        return _problem(request, status, code, fault, headers)
    return fault_page(request, status, code, fault, headers)


def fault_page(
    request: Request, status: int, code: str, fault: Fault, headers: dict[str, str] | None = None
) -> Response:
    """What happened and what to do next, for people; a form that was sent leads back to its page."""
    context = {"status": status, "code": code, "fault": fault, "came_from": sent_from(request)}
    return page(request, "errors/error.html", context, status=status, block="content", headers=headers)


def tell_security(request: Request, status: int, code: str) -> None:
    """Denied access goes to the security log. The page is told by its name: an address may hold a link's proof."""
    endpoint, party = request.scope.get("endpoint"), getattr(request.state, "party", 0)
    told = f"{endpoint.__module__}.{endpoint.__name__}" if hasattr(endpoint, "__name__") else ""
    by, ip = public_owner(party) if party else "nobody", request.client.host if request.client else ""
    security.warning("denied", status=status, code=code, page=told, by=by, ip=ip)


async def http_error(request: Request, raised: Exception) -> Response:
    """Starlette's handler: a page raises HTTPException, with one of our codes as its detail if it has a better one."""
    assert isinstance(raised, HTTPException)
    code = raised.detail if raised.detail in FAULTS else ""
    return error_response(request, raised.status_code, code, dict(raised.headers or {}))


def _wants_json(request: Request) -> bool:
    accepts = request.headers.get("accept", "")
    return "json" in accepts and "text/html" not in accepts


def _problem(request: Request, status: int, code: str, fault: Fault, headers: dict[str, str] | None) -> Response:
    language = preferences_of(request).language
    body = {
        "type": "about:blank",
        "title": translate(language, fault.title),
        "detail": translate(language, fault.next_step),
        "status": status,
        "code": code,
        "request_id": request.state.request_id,
    }
    return JSONResponse(body, status, headers, media_type="application/problem+json")
