"""The tour of the first page: five steps of one gift, each ticked by what has really happened to the giver's orders."""

from __future__ import annotations

from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from jishi.kernel.catalog import Product
from jishi.kernel.ids import public_id, public_owner
from jishi.kernel.orders import Line, Order
from jishi.modes.gift import Gift
from jishi.scenes.messages import Message
from jishi.store import Persona
from jishi.store.queries import page_deals, page_goods
from jishi.store.query import under
from jishi.web.asking import database_of, language_of, now_of
from jishi.web.languages import mark
from jishi.web.panes import MARK, pane_of

KEPT, LOOKED = "jishi_tour", "jishi_looked"
KEEP_S = 30 * 24 * 3600
ORDERS_MOST = 20


class Step(NamedTuple):
    """One step: its name, what to do, and the face where it is done."""

    title: str
    todo: str
    face: str


STEPS = (
    Step(
        mark("Look"),
        mark("In the giver's phone, open something that can be a gift."),
        "giver",
    ),
    Step(
        mark("Give"),
        mark("Press “Gift”, choose an option, write a note, and press “Pay and get the link”."),
        "giver",
    ),
    Step(
        mark("Pay"),
        mark("Go to the cashier: it is the provider's own page, in a new tab. Pay with sandbox money, and come back."),
        "giver",
    ),
    Step(
        mark("Accept it"),
        mark(
            "In the friend's chat, press “Open the gift” on “%(gift)s” and say where to send it."
            " The giver never sees that address."
        ),
        "friend",
    ),
    Step(
        mark("Ship and settle"),
        mark("The shop sees the order only now. Ship it at the desk."),
        "desk",
    ),
)  # fmt: skip
CLOSE = mark("Let time run: press “Run this deal's next timer now” until everyone has his share and escrow is empty.")
SEND = mark("Send “%(gift)s” to the friend: the gift then hangs in the chat of both.")
GO = (
    mark("Open one for me"),
    mark("Show me where"),
    mark("Open the way to the cashier there"),
    mark("Show me the gift in the chat"),
    mark("Open the order there"),
)
GO_SEND = mark("Open the way to the friend there")
ACCEPTING, CLOSING = 3, 4


class Way(NamedTuple):
    """What to do now, the face where, and the button that leads there; href "" when the face shows it already."""

    todo: str
    face: str
    go: str
    href: str = ""


class Kept(NamedTuple):
    """What the browser keeps of its tour: since when events count, and whether it is under way or left."""

    began_ms: int
    on: bool


class Progress(NamedTuple):
    """How far the giver has come since: steps done, and the gift it is about."""

    done: int
    order: Order | None
    gift: Gift | None


def kept_in(request: Request) -> Kept | None:
    """What the cookie says; None for a first visit."""
    began, _, state = request.cookies.get(KEPT, "").partition(".")
    return Kept(int(began), state == "on") if began.isdecimal() and len(began) < 16 else None


def chosen_in(request: Request, kept: Kept | None) -> Kept | None:
    """What the address asks for: leave the tour, take it up again, or begin it anew."""
    asked, now = request.query_params.get("tour", ""), now_of(request)
    began = kept.began_ms if kept else now
    return {"off": Kept(began, False), "on": Kept(began, True), "new": Kept(now, True)}.get(asked)


def keep(answer: Response, kept: Kept, request: Request) -> Response:
    """Let the browser keep it."""
    secure = request.app.state.settings.secure_cookies
    value = f"{kept.began_ms}.{'on' if kept.on else 'off'}"
    answer.set_cookie(KEPT, value, max_age=KEEP_S, httponly=True, samesite="lax", secure=secure)
    return answer


def looked(request: Request, answer: Response) -> Response:
    """Looking changes no row: that a pane showed a product is kept by the browser itself."""
    if pane_of(request):
        secure = request.app.state.settings.secure_cookies
        answer.set_cookie(LOOKED, str(now_of(request)), max_age=KEEP_S, httponly=True, samesite="lax", secure=secure)
    return answer


async def progress_of(request: Request, giver: int, began_ms: int) -> Progress:
    """The gift that has come furthest since the tour began; one that ended without being accepted does not count."""
    database = database_of(request)
    orders = await database.read(
        Order,
        "WHERE payer = :giver AND mode = 'gift' AND placed_ms >= :began AND state NOT IN ('closed', 'refunded')"
        " ORDER BY id DESC LIMIT :most",
        giver=giver, began=began_ms, most=ORDERS_MOST,
    )  # fmt: skip
    gifts = await page_deals.gates(database, orders) if orders else {}
    told = request.cookies.get(LOOKED, "")
    best = Progress(int(told.isdecimal() and len(told) < 16 and int(told) >= began_ms), None, None)
    for order in orders:
        gift = gifts.get((order.owner, order.id))
        done = 2 + (order.paid_ms > 0) + bool(gift and gift.state == "accepted") + (order.state == "settled")
        best = max(best, Progress(done, order, gift), key=lambda progress: progress.done)
    return best


async def tour_context(request: Request, cast: Any, kept: Kept | None) -> dict[str, Any]:
    """What the strip of the tour shows."""
    kept = kept or Kept(now_of(request), True)
    progress = await progress_of(request, cast["giver"].party, kept.began_ms)
    way = await way_of(request, min(progress.done, len(STEPS) - 1), cast, progress)
    return {
        "tour_on": kept.on,
        "steps": [(one.title, number < progress.done) for number, one in enumerate(STEPS)],
        "done": progress.done,
        "finished": progress.done == len(STEPS),
        "way": way,
        "gift": await called(request, progress.order) if progress.done == ACCEPTING and progress.order else "",
        "tour_deal": public_id(progress.order.owner, progress.order.id) if progress.order else "",
    }


async def way_of(request: Request, place: int, cast: Any, progress: Progress) -> Way:
    """Where a step is done, for the pane it is done in."""
    order, (_, todo, face) = progress.order, STEPS[place]
    way = Way(todo, face, GO[place])
    if place == 0:
        return way._replace(href=await something(request, cast))
    if order is None:
        return way
    id = public_id(order.owner, order.id)
    if place == 2:
        return way._replace(href=f"{cast['giver'].pane}/pay/orders/{id}")
    if place == ACCEPTING:
        return await to_accept(request, cast, order, way)
    if place == CLOSING and order.state in ("shipped", "received", "settled"):
        return Way(CLOSE, "deal", GO[1])
    keepers = await database_of(request).read(Persona, "WHERE shop = :shop ORDER BY code", shop=order.owner)
    href = f"{MARK}{keepers[0].code}/desk/{public_owner(order.owner)}/orders/{id}" if keepers else ""
    return way._replace(href=href)


async def to_accept(request: Request, cast: Any, order: Order, way: Way) -> Way:
    """The very card in the friend's chat; while it hangs in none, the giver's way to send it."""
    where = (
        "WHERE owner IN (SELECT owner FROM members WHERE party = :friend AND left_ms = 0)"
        " AND kind = 'gift' AND shop = :shop AND \"order\" = :order ORDER BY at_ms DESC LIMIT 1"
    )
    told = {"friend": cast["friend"].party, "shop": order.owner, "order": order.id}
    cards = await database_of(request).read(Message, where, **told)
    if cards:
        return way._replace(href=f"{cast['friend'].pane}/chats/{public_owner(cards[0].owner)}#m{cards[0].n}")
    send = f"{cast['giver'].pane}/send?kind=gift&of={public_id(order.owner, order.id)}"
    return Way(SEND, "giver", GO_SEND, send)


async def called(request: Request, order: Order) -> str:
    """What lies in the gift, as its cards say it."""
    lines = await under(database_of(request), Line, (order.owner, order.id))
    names = await page_goods.names_of(database_of(request), lines[:1], language_of(request))
    return next(iter(names.values())).title


async def something(request: Request, cast: Any) -> str:
    """A product of the desk's shop that can be a gift, in the giver's pane."""
    of_the_desk = "WHERE owner = :shop AND state = 'listed' AND giftable = 1 ORDER BY id LIMIT 1"
    rows = await database_of(request).read(Product, of_the_desk, shop=cast["staff"].shop)
    return f"{cast['giver'].pane}/goods/{public_id(rows[0].owner, rows[0].id)}" if rows else ""
