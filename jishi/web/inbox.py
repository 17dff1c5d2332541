"""The inbox: whatever asks somebody to act, each kind from one small function, the nearest deadline first."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jishi.kernel.aftersale import Claim
from jishi.kernel.ids import public_id, public_owner
from jishi.kernel.orders import Order
from jishi.scenes.friends import Contact
from jishi.store.queries import page_buyer, page_deals, page_goods
from jishi.store.queries.deal_rows import order_of
from jishi.store.query import under
from jishi.web.asking import database_of, language_of, me, now_of
from jishi.web.chat_names import names_of
from jishi.web.formats import HOUR_MS
from jishi.web.languages import mark
from jishi.web.rendering import page, see_other, wants_block
from jishi.web.saying import gettext_of
from jishi.web.visitor import Visitor

AT_MOST = 50
SOON_MS = 12 * HOUR_MS


class Who(NamedTuple):
    """Whose inbox it is, and when it is looked at."""

    database: Any
    visitor: Visitor
    now_ms: int


class Waits(NamedTuple):
    """One thing that waits. order: what it is about, as (shop, order), or None; person: whom it is about, or 0."""

    href: str
    due_ms: int = 0
    order: tuple[int, int] | None = None
    person: int = 0


class Source(NamedTuple):
    """One kind of thing that waits: what is asked of somebody, its icon, and where such things are found."""

    asks: str
    icon: str
    find: Callable[[Who], Awaitable[list[Waits]]]


async def to_pay(who: Who) -> list[Waits]:
    """Orders that their payer has to pay."""
    orders = await page_buyer.orders_in(who.database, "payer", who.visitor.party, "placed", AT_MOST)
    return [about(order, f"/orders/{id_of(order)}", order.pay_by_ms) for order in orders]


async def to_receive(who: Who) -> list[Waits]:
    """Parcels on their way to somebody."""
    orders = await page_buyer.orders_in(who.database, "beneficiary", who.visitor.party, "shipped", AT_MOST)
    return [about(order, f"/orders/{id_of(order)}", order.receive_by_ms) for order in orders]


async def to_answer(who: Who) -> list[Waits]:
    """Claims whose next step is their buyer's: send the goods back, or say what to do after a refusal."""
    claims = await page_buyer.claims_of(who.database, who.visitor.party, ("awaiting_return", "rejected"), AT_MOST)
    return await of_claims(who, claims, lambda order: f"/orders/{id_of(order)}")


async def gifts_unopened(who: Who) -> list[Waits]:
    """Gifts of somebody's that nobody has accepted, and whose time is nearly over."""
    orders = await page_buyer.orders_in(who.database, "payer", who.visitor.party, "paid", AT_MOST)
    gifts = await page_deals.gates(who.database, orders)
    found = [(order, gifts.get((order.owner, order.id))) for order in orders]
    return [
        about(order, f"/gifts/{id_of(order)}", gift.expires_ms)
        for order, gift in found
        if gift and gift.state == "offered" and gift.expires_ms - order.ahead_ms - who.now_ms < SOON_MS
    ]


async def to_ship(who: Who) -> list[Waits]:
    """Orders that a shop of somebody's has to ship."""
    found = []
    for shop in at_desks(who, "orders"):
        orders = await page_buyer.shop_orders_in(who.database, shop, ("to_ship", "partly_shipped"), AT_MOST)
        found += [
            about(order, f"/desk/{public_owner(shop)}/orders/{id_of(order)}", order.ship_by_ms) for order in orders
        ]
    return found


async def claims_at_shop(who: Who) -> list[Waits]:
    """Claims that a shop of somebody's has to answer."""
    found = []
    for shop in at_desks(who, "aftersale"):
        claims = await page_buyer.claims_in(who.database, shop, ("requested", "returning"), AT_MOST)
        found += await of_claims(who, claims, lambda order: f"/desk/{public_owner(order.owner)}/claims")
    return found


async def to_judge(who: Who) -> list[Waits]:
    """Claims that the platform has to judge."""
    if "judge" not in who.visitor.operator:
        return []
    return await of_claims(
        who, await page_buyer.claims_in(who.database, 0, ("judging",), AT_MOST), lambda _: "/operator"
    )


async def friends_asking(who: Who) -> list[Waits]:
    """People who would like to be somebody's friends."""
    rows = await under(who.database, Contact, (who.visitor.party,))
    return [Waits("/friends", person=row.other) for row in rows if row.state == "asking" and not row.blocked_ms][
        :AT_MOST
    ]


# A new kind of thing that waits adds its line here.
SOURCES = (
    Source(mark("Pay, or the order closes by itself"), "wallet", to_pay),
    Source(mark("Confirm when it arrives, or it counts as received"), "parcel", to_receive),
    Source(mark("Your claim waits for you"), "return", to_answer),
    Source(mark("Nobody has accepted your gift yet"), "gift", gifts_unopened),
    Source(mark("Would like to be your friend"), "person", friends_asking),
    Source(mark("Ship it"), "truck", to_ship),
    Source(mark("Answer the claim"), "return", claims_at_shop),
    Source(mark("Judge the claim"), "chart", to_judge),
)


def about(order: Order, href: str, own_due_ms: int) -> Waits:
    """Something about an order, whose deadlines are kept in the order's own time."""
    return Waits(href, own_due_ms - order.ahead_ms if own_due_ms else 0, (order.owner, order.id))


async def of_claims(who: Who, claims: list[Claim], href: Callable[[Order], str]) -> list[Waits]:
    """Claims as things that wait."""
    found = []
    for claim in claims:
        order = await order_of(who.database, claim.owner, claim.order)
        found.append(about(order, href(order), claim.due_ms))
    return found


def at_desks(who: Who, duty: str) -> list[int]:
    """The shops where somebody has a duty."""
    return [shop for shop in who.visitor.shops if duty in who.visitor.duties[shop]]


def id_of(order: Order) -> str:
    return public_id(order.owner, order.id)


def who_in(request: Request) -> Who:
    """Whose inbox a request asks for."""
    return Who(database_of(request), request.state.visitor, now_of(request))


async def show(request: Request) -> Response:
    """Everything that waits, by kind."""
    me(request)
    kinds = [(source, sorted(await source.find(who_in(request)), key=by_due)) for source in SOURCES]
    told = await titles(request, [waits for _, found in kinds for waits in found])
    gettext = gettext_of(request)
    groups = [
        {
            "asks": gettext(source.asks),
            "items": [
                {"href": waits.href, "icon": source.icon, "due_ms": waits.due_ms, **told[waits.order or waits.person]}
                for waits in found
            ],
        }
        for source, found in kinds
        if found
    ]
    return page(request, "buyer/inbox.html", {"groups": groups})


def by_due(waits: Waits) -> tuple[bool, int]:
    """What has a deadline comes before what has none."""
    return (not waits.due_ms, waits.due_ms)


async def titles(request: Request, found: list[Waits]) -> dict[Any, dict[str, str]]:
    """What things are called: an order by the first thing bought and its shop, a person by his name."""
    people = await names_of(request, {waits.person for waits in found if waits.person})
    told: dict[Any, dict[str, str]] = {party: {"title": name, "text": ""} for party, name in people.items()}
    keys = {waits.order for waits in found if waits.order}
    if not keys:
        return told
    database, language = database_of(request), language_of(request)
    orders = [order for key in sorted(keys) if (order := await order_of(database, *key))]
    lines = await page_deals.lines_of(database, orders)
    names = await page_goods.names_of(database, [line for rows in lines.values() for line in rows], language)
    shops = await page_goods.shop_names(database, {order.owner for order in orders}, language)
    return told | {
        key: {"title": names[rows[0].owner, rows[0].order, rows[0].n].title, "text": shops.get(key[0], "")}
        for key, rows in lines.items()
    }


async def count(request: Request) -> Response:
    """How much waits: the badge of the top bar."""
    if not wants_block(request):
        return see_other(request, "/inbox")
    waiting = sum([len(await source.find(who_in(request))) for source in SOURCES]) if request.state.visitor else 0
    return page(request, "buyer/inbox_count.html", {"waiting": waiting})


routes = [Route("/inbox", show), Route("/inbox/count", count)]
