"""After-sales of a buyer: ask for a refund or a return, send the goods back, withdraw, or ask the platform to judge."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jishi.kernel.claims import EscalateClaim, OpenClaim, SendBack, WithdrawClaim
from jishi.kernel.orders import Line
from jishi.kernel.refused import require
from jishi.store.queries import page_goods
from jishi.store.query import under
from jishi.web.asking import database_of, fields, language_of, missing, number_in, send
from jishi.web.orders import lines_for, mine
from jishi.web.rendering import page, see_other
from jishi.web.words import CARRIERS, CLAIM_KIND, CLAIM_REASONS


async def ask(request: Request) -> Response:
    """The form of a claim on one line."""
    by, order = await mine(request)
    number = request.path_params["line"]
    found = await under(database_of(request), Line, (order.owner, order.id, number))
    if not found or by.id != order.beneficiary:
        missing()
    names = await page_goods.names_of(database_of(request), found, language_of(request))
    context = {
        "id": request.path_params["id"],
        "line": lines_for(request, found, names)[0],
        "most_minor": found[0].amount_minor - found[0].given_back_minor,
        "freight_minor": found[0].freight_minor - found[0].freight_back_minor if order.state == "to_ship" else 0,
        "currency": order.currency,
        "kinds": [kind for kind in CLAIM_KIND.items() if kind[0] == "refund" or order.state in ("shipped", "received")],
        "reasons": list(CLAIM_REASONS.items()),
    }
    return page(request, "buyer/claim.html", context)


async def open_one(request: Request) -> Response:
    """Open it."""
    _, order = await mine(request)
    form = await fields(request)
    kind, reason = form.get("kind", ""), form.get("reason", "")
    require(kind in CLAIM_KIND and reason in CLAIM_REASONS, "input_malformed")
    amount = minor_of(form.get("amount", ""))
    quantity = max(1, number_in(form, "quantity", 1))
    command = OpenClaim(order.owner, order.id, request.path_params["line"], kind, quantity, reason, amount)
    await send(request, command, form)
    return see_other(request, f"/orders/{request.path_params['id']}")


def minor_of(text: str) -> int | None:
    """An amount as people write it, "12.5", in minor units; None for nothing. Refuses what is no amount."""
    if not text:
        return None
    whole, _, rest = text.replace(",", "").partition(".")
    fits = whole.isdecimal() and len(whole) <= 11 and (not rest or rest.isdecimal()) and len(rest) <= 2
    require(fits and int(whole + rest), "input_malformed")
    return int(whole) * 100 + int((rest + "00")[:2])


async def act(request: Request) -> Response:
    """Withdraw, escalate, or say how the goods are sent back."""
    _, order = await mine(request)
    form, number = await fields(request), request.path_params["claim"]
    key = (order.owner, order.id, number)
    action = request.path_params["action"]
    if action == "send":
        carrier, parcel = form.get("carrier", ""), form.get("number", "").replace(" ", "")
        require(carrier in CARRIERS and parcel.isascii() and parcel.isalnum(), "input_malformed")
        command = SendBack(*key, carrier, parcel[:80])
    elif action in ("withdraw", "escalate"):
        command = WithdrawClaim(*key) if action == "withdraw" else EscalateClaim(*key)
    else:
        missing()
    await send(request, command, form)
    return see_other(request, f"/orders/{request.path_params['id']}")


routes = [
    Route("/orders/{id}/lines/{line:int}/claim", ask),
    Route("/orders/{id}/lines/{line:int}/claim", open_one, methods=["POST"]),
    Route("/orders/{id}/claims/{claim:int}/{action}", act, methods=["POST"]),
]
