"""Every query, by noun; importing this fills the table of queries."""

from jishi.store.queries import (  # noqa: F401
    books,
    cart,
    chats,
    claims,
    gifts,
    goods,
    history,
    invitations,
    keys,
    order_parts,
    orders,
    people,
    reviews,
    shop_goods,
    webhooks,
)
from jishi.store.query import QUERIES

__all__ = ["QUERIES"]
