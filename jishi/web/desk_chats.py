"""A shop's conversations with its buyers: the list, one room, and the way there from an order, for both sides."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jishi.kernel.ids import public_owner
from jishi.kernel.refused import Refused
from jishi.ports.social import Card
from jishi.scenes.rooms import OpenService
from jishi.scenes.seats import SERVICE_DUTIES, service_room
from jishi.store.queries.chat_rows import room_of
from jishi.store.queries.chats import ShopRooms
from jishi.web.asking import command_id, database_of, engine_of, fields, me, missing, owner_in, put
from jishi.web.chat_live import room_stream
from jishi.web.chat_sending import add_page
from jishi.web.chat_view import Looker
from jishi.web.chats import ROOMS_AT_ONCE, posted, room_page, rows_for, said
from jishi.web.desk import desk_context, order_in, shop_of
from jishi.web.orders import mine
from jishi.web.rendering import page, see_other

DESK = "layouts/desk.html"


def talking_shop(request: Request) -> int:
    """The shop of the address, for its staff who talk with buyers."""
    me(request)
    shop = owner_in(request)
    if not SERVICE_DUTIES & set(request.state.visitor.duties.get(shop, ())):
        raise HTTPException(403)
    return shop


async def show_all(request: Request) -> Response:
    """The shop's conversations, the last talked in first."""
    shop = talking_shop(request)
    found = await put(request, ShopRooms(shop=shop, limit=ROOMS_AT_ONCE, after=request.query_params.get("after", "")))
    base = f"/desk/{public_owner(shop)}/chats"
    rooms = await rows_for(request, found.views, request.state.party, base, as_shop=True)
    context = {"rooms": rooms, "more": found.after, "layout": DESK, "here": base, "asking": 0}
    return page(request, "chat/list.html", context | await desk_context(request, shop))


async def looker_at(request: Request) -> Looker:
    """Staff at a room of their shop."""
    shop = talking_shop(request)
    room = await room_of(database_of(request), owner_in(request, "room"))
    if room is None or room.shop != shop:
        missing()
    return Looker(request.state.party, shop, f"/desk/{public_owner(shop)}/chats/{request.path_params['room']}")


async def show(request: Request) -> Response:
    """One conversation with a buyer."""
    looker = await looker_at(request)
    return await room_page(request, looker, await _context(request, looker))


async def _context(request: Request, looker: Looker) -> dict:
    back = f"/desk/{public_owner(looker.seat)}/chats"
    return {"layout": DESK, "back": back} | await desk_context(request, looker.seat)


async def say(request: Request) -> Response:
    """Answer."""
    looker = await looker_at(request)
    return await said(request, looker, await _context(request, looker))


async def stream(request: Request) -> Response:
    """What is new, as it happens."""
    return await room_stream(request, owner_in(request, "room"), await looker_at(request))


async def post_card(request: Request) -> Response:
    """Put a product or the buyer's own order into it."""
    return await posted(request, await looker_at(request))


async def add(request: Request) -> Response:
    """What can be put into it: goods of this shop, and the buyer's orders here."""
    looker = await looker_at(request)
    return await add_page(request, looker, await _context(request, looker))


async def from_order(request: Request) -> Response:
    """Talk with who receives an order, or pays it."""
    shop = shop_of(request, "orders")
    order, form = await order_in(request, shop), await fields(request)
    guest = order.beneficiary or order.payer
    await opened(request, OpenService(service_room(shop, guest), shop, guest, order.id))
    room = service_room(shop, guest)
    await post_order(request, room, order, form)
    return see_other(request, f"/desk/{public_owner(shop)}/chats/{public_owner(room)}#end")


async def ask_shop(request: Request) -> Response:
    """From a buyer's order to its shop, with the order's card."""
    by, order = await mine(request)
    form, room = await fields(request), service_room(order.owner, by.id)
    await opened(request, OpenService(room, order.owner, by.id))
    await post_order(request, room, order, form)
    return see_other(request, f"/chats/{public_owner(room)}#end")


async def opened(request: Request, command: OpenService) -> None:
    """The room of a buyer and a shop, opened if there was none."""
    if await room_of(database_of(request), command.room):
        return
    try:
        await engine_of(request).send(command, me(request))
    except Refused as refused:
        if refused.code != "owner_exists":
            raise


async def post_order(request: Request, room: int, order, form: dict[str, str]) -> None:
    """The order's card, unless it cannot be shown there yet: a gift that waits is none of the shop's business."""
    card = Card("order", order.owner, 0, order.id)
    try:
        await request.app.state.social.post_card(me(request), room, card, command_id(request, form))
    except Refused as refused:
        if refused.code != "card_unavailable":
            raise


routes = [
    Route("/desk/{shop}/chats", show_all),
    Route("/desk/{shop}/chats/{room}", show),
    Route("/desk/{shop}/chats/{room}/say", say, methods=["POST"]),
    Route("/desk/{shop}/chats/{room}/card", post_card, methods=["POST"]),
    Route("/desk/{shop}/chats/{room}/live", stream),
    Route("/desk/{shop}/chats/{room}/add", add),
    Route("/desk/{shop}/orders/{id}/chat", from_order, methods=["POST"]),
    Route("/orders/{id}/ask", ask_shop, methods=["POST"]),
]
