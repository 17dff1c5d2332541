"""Placing an order: prices, stock, freight and shares are settled in one decision; every difference is told at once."""

from typing import Annotated, Literal, NamedTuple

import msgspec
from msgspec import Meta

from jishi.kernel.catalog import Product
from jishi.kernel.freight import FreightTemplate, fee
from jishi.kernel.grammar import Command, each, handles, one
from jishi.kernel.ids import OwnerId
from jishi.kernel.money import AMOUNT_MAX, PPM, Code, Minor, Positive, Quantity, allot, times
from jishi.kernel.orders import CheckoutId, LinePlaced, Order, OrderPlaced, Share
from jishi.kernel.parties import Address, AddressId, Party
from jishi.kernel.payments import LegOpened
from jishi.kernel.refused import Differences, Refused, require
from jishi.kernel.roles import ANYONE
from jishi.kernel.shares import frozen
from jishi.kernel.shops import Shop
from jishi.kernel.stock import OrderId, Sku, SkuId, StockHeld
from jishi.kernel.touch import Touch

LINES_MOST = 50


class LineAsk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One SKU and how many, at the price the buyer was shown."""

    sku: SkuId
    quantity: Quantity
    price_minor: Positive


class Asked(NamedTuple):
    """One line asked for, with its goods."""

    ask: LineAsk
    sku: Sku
    product: Product
    amount_minor: int


class PlaceOrder(Command, frozen=True):
    """Order goods of one shop, to be paid as one. `address` is one of the payer's; a gift has none yet.

    freight_minor: the freight the payer was shown; another one is then a difference to accept.
    """

    shop: OwnerId
    lines: Annotated[tuple[LineAsk, ...], Meta(min_length=1, max_length=LINES_MOST)]
    mode: Code = "shelf"
    delivery: Literal["express"] = "express"
    address: AddressId | None = None
    order: OrderId | None = None
    checkout: CheckoutId | None = None
    freight_minor: Minor | None = None


def _touch_keys(c, k):
    products = {sku.product for sku in k.skus.values()}
    return [(k.me, c.shop, product) for product in sorted(products)]


PLACING = (
    one("shop", Shop, lambda c, k: (c.shop,)),
    one("payer", Party, lambda c, k: (k.me,) if k.me else None),
    one("address", Address, lambda c, k: (k.me, c.address) if c.address else None),
    one("same", Order, lambda c, k: (c.shop, c.order) if c.order else None),
    each("skus", Sku, lambda c, k: [(c.shop, line.sku) for line in c.lines]),
    each("products", Product, lambda c, k: [(c.shop, sku.product) for sku in k.skus.values()], of="skus"),
    each("touches", Touch, _touch_keys, of="skus"),
    each("templates", FreightTemplate, lambda c, k: [(c.shop, p.freight) for p in k.products.values()], of="products"),
)


@handles(
    PlaceOrder,
    who=(ANYONE,),
    needs=PLACING,
    state=("shop", ("open",)),
    answer=("order", "goods_minor", "freight_minor", "total_minor", "currency", "pay_by_ms"),
)
def place_order(c, case, now, ids):
    require(case.payer and case.payer.state == "active", "party_unknown")
    require(not case.same, "order_exists")
    mode = case.modes.get(c.mode)
    require(mode, "mode_unknown", mode=c.mode)
    require(bool(c.address) == mode.known, "address_missing" if mode.known else "address_not_yet")
    require(not c.address or (case.address and not case.address.removed_ms), "address_unknown")
    region = case.address.region if case.address else None
    asked, differences = goods_of(c, case, mode)
    freight = freight_of(c, case, asked, region, differences)
    if differences:
        raise Differences(differences)
    mode.admit(c, case, asked)
    order, rules = c.order or ids.next(), case.rulebook.at(now)
    freights = allot(freight, [one.amount_minor for one in asked])
    goods, currency = sum(one.amount_minor for one in asked), case.shop.currency
    require(goods + freight <= AMOUNT_MAX, "amount_too_large")
    placed = OrderPlaced(
        order, case.me, c.mode, c.delivery, currency, goods, freight, goods + freight,
        c.checkout or 0, c.address or 0, region, rules.id, now + rules.pay_within_ms,
    )  # fmt: skip
    lines = [
        placed_line(order, n, one, freights[n - 1], shares_of(one.product, case, mode, now))
        for n, one in enumerate(asked, 1)
    ]
    held = [StockHeld(line.sku, order, line.n, line.quantity) for line in lines] if mode.hold_at == "place" else []
    return [placed, *lines, *held, LegOpened(order, 1, "full", goods + freight, currency)]


def goods_of(c: PlaceOrder, case, mode) -> tuple[list[Asked], list[Refused]]:
    """The SKUs and products asked for, and every difference between what the buyer was shown and what holds now."""
    asked, differences, left = [], [], {}
    for ask in c.lines:
        sku = case.skus.get((c.shop, ask.sku))
        product = case.products.get((c.shop, sku.product)) if sku else None
        if sku is None or sku.state != "on" or product is None or product.state != "listed":
            differences.append(Refused("goods_gone", sku=ask.sku))
            continue
        price = mode.quote(sku, case)
        if price != ask.price_minor:
            differences.append(Refused("price_changed", sku=ask.sku, price_minor=price))
        left[ask.sku] = left.get(ask.sku, sku.free) - ask.quantity
        if left[ask.sku] < 0:
            differences.append(Refused("stock_short", sku=ask.sku, left=sku.free))
        asked.append(Asked(ask, sku, product, times(price, ask.quantity)))
    return asked, differences


def freight_of(c: PlaceOrder, case, asked: list[Asked], region: str | None, differences: list[Refused]) -> int:
    """Freight of all lines: one fee per template, on what goes by it. What differs from what was shown is told."""
    try:
        total = freight_by_template(case, asked, region)
    except Refused as refused:
        differences.append(refused)
        return 0
    if c.freight_minor not in (None, total) and len(asked) == len(c.lines):
        differences.append(Refused("freight_changed", freight_minor=total))
    return total


def freight_by_template(case, asked: list[Asked], region: str | None) -> int:
    """The sum of each template's fee; refuses `region_excluded` where one of them does not go."""
    total = 0
    for template in {line.product.freight: None for line in asked}:
        mine = [line for line in asked if line.product.freight == template]
        pieces = sum(line.ask.quantity for line in mine)
        weight = sum(line.ask.quantity * line.sku.weight_g for line in mine)
        goods = sum(line.amount_minor for line in mine)
        total += fee(case.templates[case.shop.owner, template], region, pieces, weight, goods)
    return total


def shares_of(product: Product, case, mode, now: int) -> tuple[Share, ...]:
    """Who earns from a line of this product: fee, promoter, and whom the mode adds."""
    touch = case.touches.get((case.me, product.owner, product.id))
    shares = (*frozen(product, touch, case.me, case.rulebook.at(now), now), *mode.shares(product, case))
    require(sum(share.share_ppm for share in shares) <= PPM, "shares_too_high", product=product.id)
    return shares


def placed_line(order: int, n: int, one: Asked, freight: int, shares: tuple[Share, ...]) -> LinePlaced:
    """One line as it is frozen."""
    product, ask = one.product, one.ask
    return LinePlaced(
        order, n, one.sku.id, product.id, product.texts, product.category, ask.quantity, ask.price_minor,
        one.amount_minor,
        freight, shares,
    )  # fmt: skip
