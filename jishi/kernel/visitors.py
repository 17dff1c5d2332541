"""Visitors: what a browser put in its cart, and who brought it, are its person's as soon as he says who he is.

Two commands of one bundle, which locks both: the person takes what the visitor has, and the visitor is his from then
on. The visitor's own touches stay as they are; the person gets the later ones of them, with their time.
"""

from jishi.kernel.cart import CART_MOST, QUANTITY_MOST, CartLine, CartSet
from jishi.kernel.grammar import (
    Command,
    Event,
    Principal,
    each,
    evolves,
    handles,
    many,
    nothing_to_do,
    one,
    recorded,
    system,
)
from jishi.kernel.ids import OwnerId
from jishi.kernel.money import Code, Millis
from jishi.kernel.parties import Party, PartyLinked
from jishi.kernel.refused import require
from jishi.kernel.roles import JOB
from jishi.kernel.stock import ProductId
from jishi.kernel.touch import Touch

LINES_MOST = 2 * CART_MOST  # two full carts fit together; nothing new goes in before there is room again
TOUCHES_MOST = 300  # our default: the latest ones; a link counts for days only


class TakeVisitor(Command, frozen=True):
    """Put what a visitor has to what its person has."""

    party: OwnerId
    visitor: OwnerId


class LinkVisitor(Command, frozen=True):
    """A visitor is this person from now on: its cart is his, and nothing more is done as that visitor."""

    visitor: OwnerId
    party: OwnerId


class VisitorTaken(Event, frozen=True):
    """How many lines and touches came over."""

    visitor: OwnerId
    lines: int
    touches: int


class TouchLinked(Event, frozen=True):
    """A touch of the visitor, with the time it had."""

    shop: OwnerId
    product: ProductId
    promoter: OwnerId
    scene: Code
    medium: Code
    at_ms: Millis


recorded(VisitorTaken)


@evolves(Touch, TouchLinked, key=("shop", "product"))
def _linked(row, e, stamp):
    return Touch(stamp.owner, e.shop, e.product, e.promoter, e.scene, e.medium, e.at_ms, stamp.seq)


def linking(visitor: int, party: int) -> list[tuple[Command, Principal, str]]:
    """The bundle that links a visitor; the same for each try, so that what lies in the cart comes over once."""
    told, job = f"{visitor}.{party}", system("job")
    return [(TakeVisitor(party, visitor), job, f"take.{told}"), (LinkVisitor(visitor, party), job, f"link.{told}")]


def _touch_keys(c, k):
    return [(c.party, row.shop, row.product) for row in k.their_touches]


@handles(
    TakeVisitor,
    who=(JOB,),
    needs=(
        one("party", Party, lambda c, k: (c.party,)),
        one("visitor", Party, lambda c, k: (c.visitor,)),
        many("lines", CartLine, lambda c, k: (c.party,)),
        many("their_lines", CartLine, lambda c, k: (c.visitor,)),
        many("their_touches", Touch, lambda c, k: (c.visitor,)),
        each("touches", Touch, _touch_keys, of="their_touches"),
    ),
    state=("party", ("active",)),
    answer=("lines", "touches"),
)
def take_visitor(c, case, now, ids):
    require(case.visitor and case.visitor.kind == "visitor" and case.party.kind != "visitor", "not_found")
    if case.visitor.state != "active":
        return nothing_to_do(case.visitor.state)
    lying = {(line.shop, line.sku): line.quantity for line in case.lines}
    wanted = {(line.shop, line.sku): line.quantity for line in case.their_lines}
    require(len(lying | wanted) <= LINES_MOST, "cart_full", most=LINES_MOST)
    lines = [
        CartSet(*key, min(QUANTITY_MOST, lying.get(key, 0) + quantity)) for key, quantity in sorted(wanted.items())
    ]
    known = {(row.shop, row.product): row.at_ms for row in case.touches.values()}
    later = [row for row in case.their_touches if row.at_ms > known.get((row.shop, row.product), 0)]
    latest = sorted(later, key=lambda row: row.at_ms)[-TOUCHES_MOST:]
    touches = [TouchLinked(row.shop, row.product, row.promoter, row.scene, row.medium, row.at_ms) for row in latest]
    return [VisitorTaken(c.visitor, len(lines), len(touches)), *lines, *touches]


@handles(
    LinkVisitor,
    who=(JOB,),
    needs=(
        one("visitor", Party, lambda c, k: (c.visitor,)),
        one("party", Party, lambda c, k: (c.party,)),
        many("lines", CartLine, lambda c, k: (c.visitor,)),
    ),
    state=("visitor", ("active",)),
)
def link_visitor(c, case, now, ids):
    require(case.visitor.kind == "visitor" and case.party and case.party.kind != "visitor", "not_found")
    if case.party.state != "active":
        return nothing_to_do(case.party.state)
    return [PartyLinked(c.party), *[CartSet(line.shop, line.sku, 0) for line in case.lines]]
