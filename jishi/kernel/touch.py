"""Touches: how a visitor came to a product, and who brought him.

A touch that can earn money is a command, signed in its link.
"""

from typing import Literal

from jishi.kernel.grammar import Command, Event, evolves, handles, one
from jishi.kernel.ids import OwnerId
from jishi.kernel.money import Code, Millis
from jishi.kernel.parties import Party
from jishi.kernel.refused import require
from jishi.kernel.roles import SELF
from jishi.kernel.rows import Row, table
from jishi.kernel.stock import ProductId

Scene = Literal["chat", "moments", "article", "video", "live", "search", "shopfront"]
Medium = Literal["card", "link", "qr", "room"]


@table("touches", ("owner", "shop", "product"), changes=("promoter", "scene", "medium", "at_ms", "seq"))
class Touch(Row, frozen=True):
    """The last touch of a visitor on a product. seq: the log row that tells of it; earlier ones stay in the log."""

    owner: int
    shop: OwnerId
    product: ProductId
    promoter: OwnerId
    scene: str
    medium: str
    at_ms: int
    seq: int


class RecordTouch(Command, frozen=True):
    """A visitor followed a promoter's card or link; `proof` is the link's signature over what it says."""

    party: OwnerId
    shop: OwnerId
    product: ProductId
    promoter: OwnerId
    scene: Scene
    medium: Medium
    issued_ms: Millis
    proof: Code


class TouchRecorded(Event, frozen=True):
    shop: OwnerId
    product: ProductId
    promoter: OwnerId
    scene: Code
    medium: Code


@evolves(Touch, TouchRecorded, key=("shop", "product"))
def _touched(row, e, stamp):
    return Touch(stamp.owner, e.shop, e.product, e.promoter, e.scene, e.medium, stamp.at, stamp.seq)


def touch_parts(shop: int, product: int, promoter: int, scene: str, medium: str, issued_ms: int) -> tuple[str, ...]:
    """What a promoter's link signs."""
    return ("touch", str(shop), str(product), str(promoter), scene, medium, str(issued_ms))


@handles(
    RecordTouch,
    who=(SELF,),
    needs=(
        one("party", Party, lambda c, k: (c.party,)),
        one("touch", Touch, lambda c, k: (c.party, c.shop, c.product)),
    ),
    state=("party", ("active",)),
)
def record_touch(c, case, now, ids):
    parts = touch_parts(c.shop, c.product, c.promoter, c.scene, c.medium, c.issued_ms)
    require(case.proves(c.proof, *parts), "proof_wrong")
    return [TouchRecorded(c.shop, c.product, c.promoter, c.scene, c.medium)]
