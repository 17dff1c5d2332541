"""The buyer's pages: pay or go back; they work without JavaScript and under a strict content policy."""

from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import parse_qsl

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from jishi.provider import trades, words
from jishi.provider.api import read_body
from jishi.provider.behaviour import behaviour_of
from jishi.provider.links import Link, origin_of, read_link
from jishi.provider.office import Office
from jishi.provider.refusal import Refusal

PAGES = Environment(
    loader=PackageLoader("jishi.provider"), autoescape=select_autoescape(default=True), undefined=StrictUndefined,
    trim_blocks=True, lstrip_blocks=True,
)  # fmt: skip


def headers(form_origin: str = "") -> dict[str, str]:
    """Browsers hold the redirect after a form to `form-action`, so the shop's origin has to stand there."""
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        f"form-action 'self' {form_origin}".rstrip()
        + "; base-uri 'none'; frame-ancestors 'none'"
    )
    return {
        "content-security-policy": policy,
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        "permissions-policy": "camera=(), geolocation=(), microphone=()",
        "cache-control": "no-store",
    }


def page(name: str, lang: str, status: int, form_origin: str = "", **values: Any) -> Response:
    html = PAGES.get_template(name).render(lang=lang, t=partial(words.word, lang=lang), **values)
    return Response(html, status, headers(form_origin), media_type="text/html")


async def show(request: Request) -> Response:
    """Opens the trade at its first view."""
    office: Office = request.app.state.office
    params = dict(request.query_params)
    link = read_link(office, params)
    request.state.link = link
    trade = trades.open_trade(office, link)
    behaviour = behaviour_of(office, link.trade_no)
    _check_open(office, trade["state"], link, behaviour.pay_after_expiry)
    paid = trade["state"] == "paid"
    return page(
        "cashier.html", words.language(link.lang), 200, origin_of(link.return_url),
        params=params, link=link, paid=paid, payable=not paid or behaviour.allow_double,
        **_figures(office, link),
    )  # fmt: skip


def _check_open(office: Office, state: str, link: Link, pay_after_expiry: bool) -> None:
    if state == "paid" or pay_after_expiry:
        return
    if state == "closed":
        raise Refusal("trade_closed")
    if office.now_ms() >= link.expires_ms:
        raise Refusal("trade_expired")


def _figures(office: Office, link: Link) -> Mapping[str, Any]:
    lang, left_ms = words.language(link.lang), max(0, link.expires_ms - office.now_ms())
    return {
        "amount": words.amount(link.amount_minor, link.currency),
        "subject": words.subject(link.subject_code, lang),
        "left_ms": left_ms,
        "left": words.span(left_ms, lang),
    }


async def pay(request: Request) -> Response:
    """Takes the money, queues the notice, and sends the buyer back."""
    office: Office = request.app.state.office
    body = await read_body(request)
    try:
        params = dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=20))
    except ValueError as error:
        raise Refusal("malformed") from error
    link = read_link(office, params)
    request.state.link = link
    trades.pay(office, link)
    return RedirectResponse(link.return_url, 303, headers())


def refusal_page(request: Request, refusal: Refusal) -> Response:
    """Says what happened and what to do; the way back is offered only from a link that we could trust."""
    link: Link | None = getattr(request.state, "link", None)
    lang = words.language(link.lang if link else request.query_params.get("lang", ""))
    code = refusal.code if refusal.code in words.WORDS else "unavailable"
    return page(
        "refusal.html", lang, refusal.status, message=words.word(code, lang), back=link.return_url if link else None
    )


def routes() -> list[Route | Mount]:
    return [
        Route("/cashier", show, methods=["GET"]),
        Route("/cashier/pay", pay, methods=["POST"]),
        Mount("/cashier/static", StaticFiles(packages=[("jishi.provider", "static")])),
    ]
