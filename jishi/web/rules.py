"""One dated version of the rules for everybody to read: what the lines of a statement lead to."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jishi.web.asking import engine_of, language_of, missing
from jishi.web.categories import category_name
from jishi.web.entry_words import version_day
from jishi.web.languages import mark
from jishi.web.rendering import page
from jishi.web.saying import gettext_of

TIMES = {
    "pay_within_ms": mark("To pay an order"),
    "gift_claim_ms": mark("To accept a gift"),
    "ship_within_ms": mark("To ship after the order is released"),
    "receive_after_ms": mark("From shipping until it counts as received"),
    "claim_window_ms": mark("For claims after receipt, at least; then the money is settled"),
    "merchant_answers_ms": mark("For the shop to answer a claim"),
    "buyer_returns_ms": mark("For the buyer to send goods back"),
    "merchant_receives_ms": mark("For the shop to receive goods sent back"),
    "escalate_within_ms": mark("To ask the platform after a refusal"),
    "touch_window_ms": mark("For a promoter's link to count"),
}


async def show(request: Request) -> Response:
    """A version of the rules by its number."""
    rules = engine_of(request).world.rulebook.by_id.get(request.path_params["version"])
    if rules is None:
        missing()
    gettext, language = gettext_of(request), language_of(request)
    context = {
        "day": version_day(rules.id),
        "times": [(gettext(label), getattr(rules, name)) for name, label in TIMES.items()],
        "categories": [(category_name(language, code), rule) for code, rule in sorted(rules.categories.items())],
        "promoter_most_ppm": rules.promoter_most_ppm,
    }
    return page(request, "buyer/rules.html", context)


routes = [Route("/rules/{version:int}", show)]
