"""Roles that only queries know: everyone; and a shop's staff where its gate lets them see an order."""

from jishi.kernel.grammar import Role
from jishi.kernel.orders import Order
from jishi.kernel.roles import app, staff

EVERYONE = Role("everyone", lambda q, case: True)
BACK_OFFICE = app("read")  # a host app's own back office: orders, money and the log of every owner, no address
VISIBLE_TO_SHOP = ("to_ship", "partly_shipped", "shipped", "received", "settled", "refunded", "closed")


def shop_sees(order: Order | None) -> bool:
    """Whether the shop may see an order: its gate is open, or was."""
    return order is not None and order.state in VISIBLE_TO_SHOP and (order.state != "closed" or order.ship_by_ms > 0)


def order_staff(duty: str) -> Role:
    """Staff with this duty, for an order that their shop may see."""
    base = staff(duty)
    return Role(base.name, lambda q, case: shop_sees(case.order) and base.test(q, case), base.needs)
