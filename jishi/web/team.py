"""The shop's team: who works here with which duties, whom the shop has asked, and the way in for who is asked."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jishi.kernel.ids import public_id, public_owner, read_id
from jishi.kernel.invitations import (
    AcceptInvitation,
    DeclineInvitation,
    InviteStaff,
    WithdrawInvitation,
    invitation_parts,
)
from jishi.kernel.logins import read_login
from jishi.kernel.refused import Refused, require
from jishi.kernel.roles import DUTIES
from jishi.kernel.shops import SetDuties
from jishi.store.queries.invitations import (
    GotInvitation,
    MyInvitations,
    OpenInvitation,
    SentInvitation,
    ShopInvitations,
)
from jishi.store.queries.people import ShopStaff
from jishi.web.asking import (
    database_of,
    engine_of,
    fields,
    language_of,
    me,
    missing,
    owned,
    owner_in,
    put,
    send,
)
from jishi.web.desk import desk_context, shop_of
from jishi.web.languages import mark
from jishi.web.letters import can_reach, send_invitation
from jishi.web.refusals import Saying
from jishi.web.rendering import page, see_other
from jishi.web.sign_in import why_of
from jishi.web.signing import accounts_of, address_of
from jishi.web.visitor import name_of
from jishi.web.words import Word

DUTY = {
    "goods": mark("Goods"), "orders": mark("Orders"), "aftersale": mark("After-sales"), "money": mark("Funds"),
    "manage": mark("Manages the shop"),
}  # fmt: skip
STATE = {
    "open": Word(mark("Waits for an answer"), "warn"),
    "accepted": Word(mark("Accepted"), "good"),
    "declined": Word(mark("Declined")),
    "withdrawn": Word(mark("Taken back")),
    "expired": Word(mark("Not answered in time")),
}


async def show(request: Request) -> Response:
    """The team, and the form to ask somebody."""
    return await _show(request, shop_of(request, "manage"), {})


async def _show(request: Request, shop: int, values: dict[str, str], why: Saying | None = None) -> Response:
    database, language = database_of(request), language_of(request)
    staff = await put(request, ShopStaff(shop=shop, limit=100))
    sent = await put(request, ShopInvitations(shop=shop, limit=30))
    names = {row.party: await name_of(database, row.party, language) for row in staff.views}
    context = {
        "members": [(row, public_owner(row.party), names[row.party]) for row in staff.views],
        "sent": [(row, public_id(shop, row.invitation), _link(request, row)) for row in sent.views],
        "duties": DUTY,
        "states": STATE,
        "mine": me(request).id,
        "values": values,
        "why": why,
    }
    status = why.status if why else 200
    return page(request, "merchant/team.html", context | await desk_context(request, shop), status=status)


def _link(request: Request, row: SentInvitation) -> str:
    """The link to hand over, for an invitation that has one."""
    if not row.link:
        return ""
    return f"{request.app.state.own_url}/invitations/{public_id(row.shop, row.invitation)}?link={row.link}"


def _duties(form: dict[str, str]) -> tuple[str, ...]:
    return tuple(duty for duty in DUTIES if form.get(f"duty_{duty}"))


async def invite(request: Request) -> Response:
    """Ask somebody, by his login or by a link. Who has the login is not told; a letter goes to it either way."""
    shop, form = shop_of(request, "manage"), await fields(request)
    try:
        duties = _duties(form)
        require(duties, "duties_missing")
        login = read_login(form["login"]) if form.get("login") else None
        if login:
            can_reach(request, login)
            await accounts_of(request).may_write(address_of(request))
        told = await send(request, InviteStaff(shop, duties, login.text if login else ""), form)
    except Refused as refused:
        return await _show(request, shop, form, why_of(request, refused))
    if login:
        number = read_id(told["invitation"])[1]
        proof = engine_of(request).world.seal(*invitation_parts(shop, number))
        link = f"{request.app.state.own_url}/invitations/{told['invitation']}?link={proof}"
        name = (await desk_context(request, shop))["shop_name"]
        await send_invitation(request, login, name, link)
    return see_other(request, f"/desk/{public_owner(shop)}/team")


async def withdraw(request: Request) -> Response:
    """Take an invitation back."""
    shop, form = shop_of(request, "manage"), await fields(request)
    owner, number = owned(request)
    if owner != shop:
        missing()
    await send(request, WithdrawInvitation(shop, number), form)
    return see_other(request, f"/desk/{public_owner(shop)}/team")


async def change(request: Request) -> Response:
    """Other duties for a member; or none, and he works here no more."""
    shop, form = shop_of(request, "manage"), await fields(request)
    duties = () if form.get("action") == "end" else _duties(form)
    try:
        require(duties or form.get("action") == "end", "duties_missing")
        await send(request, SetDuties(shop, owner_in(request, "party"), duties), form)
    except Refused as refused:
        return await _show(request, shop, {}, why_of(request, refused))
    return see_other(request, f"/desk/{public_owner(shop)}/team")


# -- who is asked -------------------------------------------------------------------------------------


async def show_mine(request: Request) -> Response:
    """Shops that ask me."""
    me(request)
    got = await put(request, MyInvitations(limit=50, language=language_of(request)))
    shown = [(row, public_id(row.shop, row.invitation)) for row in got.views]
    return page(request, "account/invitations.html", {"got": shown, "duties": DUTY})


async def _opened(request: Request, link: str) -> GotInvitation:
    shop, number = owned(request)
    query = OpenInvitation(shop=shop, invitation=number, link=link[:80], language=language_of(request))
    return await put(request, query)


async def look(request: Request) -> Response:
    """One invitation; who has a link signs in, and comes back."""
    me(request)
    return await _look(request, request.query_params.get("link", ""))


async def _look(request: Request, link: str, why: Saying | None = None) -> Response:
    got = await _opened(request, link)
    context = {"got": got, "id": request.path_params["id"], "link": link, "duties": DUTY, "states": STATE, "why": why}
    return page(request, "account/invitation.html", context, status=why.status if why else 200)


async def answer(request: Request) -> Response:
    """Yes or no."""
    me(request)
    form = await fields(request)
    shop, number = owned(request)
    link = form.get("link", "")[:80]
    command = DeclineInvitation if form.get("action") == "decline" else AcceptInvitation
    try:
        await send(request, command(shop, number, link), form)
    except Refused as refused:
        if refused.code == "not_found":
            missing()
        return await _look(request, link, why_of(request, refused))
    return see_other(request, f"/desk/{public_owner(shop)}/home" if command is AcceptInvitation else "/me/invitations")


async def begin(request: Request) -> Response:
    """The first page of a desk that its duties open."""
    shop = shop_of(request, "any")
    held, base = request.state.visitor.duties[shop], f"/desk/{public_owner(shop)}"
    places = {"orders": "", "goods": "/goods", "aftersale": "/claims", "money": "/money", "manage": "/team"}
    return see_other(request, base + next((place for duty, place in places.items() if duty in held), "/orders"))


routes = [
    Route("/desk/{shop}/home", begin),
    Route("/desk/{shop}/team", show),
    Route("/desk/{shop}/team", invite, methods=["POST"]),
    Route("/desk/{shop}/team/invitations/{id}/withdraw", withdraw, methods=["POST"]),
    Route("/desk/{shop}/team/{party}", change, methods=["POST"]),
    Route("/me/invitations", show_mine),
    Route("/invitations/{id}", look),
    Route("/invitations/{id}", answer, methods=["POST"]),
]
