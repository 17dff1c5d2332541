"""Buying and giving: orders, checkouts, the way to the cashier, gifts."""

from jishi.kernel.checkout import Part, PlaceCheckout
from jishi.kernel.closing import CancelOrder
from jishi.kernel.grammar import system
from jishi.kernel.ids import derived_id
from jishi.kernel.payments import StartPayment
from jishi.kernel.placing import LineAsk, PlaceOrder
from jishi.modes.gift import AcceptGift, DeclineGift, EraseNote, WrapGift, link_parts
from jishi.sim.alphabet import Hand, generates, party


def asks(hand: Hand, shop: int, most: int) -> tuple[LineAsk, ...]:
    """Some goods of a shop at the price shown; the same SKU may come twice, and more may be asked than there is."""
    skus = [sku for sku in hand.view.skus if sku.owner == shop]
    listed = {(row.owner, row.id) for row in hand.view.products if row.state == "listed"}
    skus = [sku for sku in skus if (sku.owner, sku.product) in listed] or skus
    wanted = [hand.pick(skus) for _ in range(hand.random.randint(1, most))] if skus else []
    return tuple(LineAsk(sku.id, hand.pick((1, 1, 1, 2, 3)), sku.price_minor) for sku in wanted)


def order_of(hand: Hand, shop: int, who: int, gift: bool = False, **told) -> PlaceOrder | None:
    lines = asks(hand, shop, 1 if gift else 3)
    address = hand.pick([row for row in hand.view.addresses if row.owner == who])
    if not lines or not (gift or address):
        return None
    if gift:
        return PlaceOrder(shop, lines, "gift", **told)
    return PlaceOrder(shop, lines, address=address.id, **told)


@generates(PlaceOrder, 26)
def place_order(hand: Hand):
    who, shop = hand.someone(), hand.pick(hand.view.shops[:3])
    placed = order_of(hand, shop.owner, who.id, gift=hand.chance(0.35))
    return placed and (placed, who)


@generates(PlaceCheckout, 10)
def place_checkout(hand: Hand):
    """Two orders and what joins them: one bundle."""
    who, shops = hand.someone(), [row.owner for row in hand.view.shops[:3]]
    checkout = hand.fresh()
    parts, orders = [], []
    for shop in hand.random.sample(shops, 2):
        order = derived_id(checkout, shop)
        orders.append(order_of(hand, shop, who.id, order=order, checkout=checkout))
        parts.append(Part(shop, order))
    if None in orders:
        return None
    return [*[(order, who) for order in orders], (PlaceCheckout(who.id, checkout, tuple(parts)), who)]


@generates(StartPayment, 24)
def start_payment(hand: Hand):
    placed = hand.view.state("placed")
    order = hand.pick([order for order in placed if order.pay_by_ms > hand.now] or placed[:3])
    return order and (StartPayment(order.owner, order.id), party(order.payer))


@generates(CancelOrder, 2)
def cancel_order(hand: Hand):
    order = hand.pick(hand.view.state("placed"))
    return order and (CancelOrder(order.owner, order.id), party(order.payer))


def a_gift(hand: Hand, *states: str):
    return hand.pick([order for order in hand.view.state(*states) if order.mode == "gift"])


@generates(WrapGift, 3)
def wrap_gift(hand: Hand):
    order = a_gift(hand, "placed", "paid")
    return order and (WrapGift(order.owner, order.id, hand.pick(("plain", "plum")), "for you"), party(order.payer))


@generates(AcceptGift, 10)
def accept_gift(hand: Hand):
    """Sometimes the giver himself tries, sometimes the proof is wrong, sometimes another SKU is wanted."""
    order, address = a_gift(hand, "paid"), hand.pick(hand.view.addresses)
    if order is None or address is None:
        return None
    proof = hand.seal(*link_parts(order.owner, order.id)) if not hand.chance(0.05) else "f" * 32
    skus = [sku for sku in hand.view.skus if sku.owner == order.owner]
    swap = hand.pick(skus).id if skus and hand.chance(0.3) else None
    return AcceptGift(order.owner, order.id, proof, address.id, swap), party(address.owner)


@generates(DeclineGift, 2)
def decline_gift(hand: Hand):
    order, who = a_gift(hand, "paid"), hand.someone()
    return order and (DeclineGift(order.owner, order.id, hand.seal(*link_parts(order.owner, order.id))), who)


@generates(EraseNote, 2)
def erase_note(hand: Hand):
    order = a_gift(hand, "placed", "paid", "to_ship")
    return order and (EraseNote(order.owner, order.id), system("job"))
