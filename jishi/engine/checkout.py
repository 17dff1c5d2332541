"""Placing a checkout: what a buyer wants, by shop; one order alone, or several under one payment, all or none."""

from typing import Any, NamedTuple

from jishi.engine.request import Answer
from jishi.kernel.checkout import Part, PlaceCheckout
from jishi.kernel.grammar import Command, Principal
from jishi.kernel.ids import derived_id
from jishi.kernel.placing import LINES_MOST, LineAsk, PlaceOrder
from jishi.kernel.refused import Differences, Refused, require

FOLLOWS = "checkout_parts"  # what the joining says when an order of the bundle was refused: it tells nothing new


class Wish(NamedTuple):
    """One SKU at one shop, how many, and the price the buyer was shown."""

    shop: int
    sku: int
    quantity: int
    price_minor: int


class Basket(NamedTuple):
    """What a buyer wants to order at once. address: one of his, 0 where the mode asks for none."""

    wishes: tuple[Wish, ...]
    address: int = 0
    mode: str = "shelf"


class Placed(NamedTuple):
    """A placed checkout: its id (0 for a single order), and the answer of each order, in the order of the shops."""

    checkout: int
    orders: list[Answer]
    joined: Answer | None

    @property
    def replayed(self) -> bool:
        return all(answer.replayed for answer in self.orders)


def commands_of(basket: Basket, by: Principal, id: str) -> tuple[int, list[Command]]:
    """The checkout's id and the commands of one bundle. Ids follow from the sender and his key: a retry finds them."""
    require(basket.wishes, "nothing_to_order")
    shops: dict[int, list[LineAsk]] = {}
    for wish in basket.wishes:
        shops.setdefault(wish.shop, []).append(LineAsk(wish.sku, wish.quantity, wish.price_minor))
    for lines in shops.values():
        require(len(lines) <= LINES_MOST, "lines_too_many", most=LINES_MOST)
    address = basket.address or None
    if len(shops) == 1:
        ((shop, lines),) = shops.items()
        return 0, [PlaceOrder(shop, tuple(lines), basket.mode, address=address)]
    checkout = derived_id("checkout", by.label, id)
    orders = [
        PlaceOrder(
            shop, tuple(lines), basket.mode, address=address, order=derived_id(checkout, shop), checkout=checkout
        )
        for shop, lines in shops.items()
    ]
    parts = tuple(Part(order.shop, order.order) for order in orders)
    return checkout, [*orders, PlaceCheckout(by.party, checkout, parts)]


async def place_checkout(engine: Any, by: Principal, id: str, basket: Basket, *, dry: bool = False) -> Placed:
    """Place all in one transaction, or refuse with every difference of every order. A dry run changes nothing."""
    require(by.party, "forbidden")
    checkout, commands = commands_of(basket, by, id)
    try:
        answers = await engine.bundle([(command, by, id) for command in commands], dry=dry)
    except Differences as differences:
        raise _all(differences) from differences
    if not checkout:
        return Placed(0, answers, None)
    return Placed(checkout, answers[:-1], answers[-1])


def _all(differences: Differences) -> Refused:
    """Every difference, flat; without the joining's own, which only follows from the others."""
    told = list(flat(differences))
    real = [refused for refused in told if refused.code != FOLLOWS] or told
    return Differences(real)


def flat(refused: Refused):
    """A refusal, or the refusals it is made of."""
    if not isinstance(refused, Differences):
        yield refused
        return
    for inner in refused.refusals:
        yield from flat(inner)
