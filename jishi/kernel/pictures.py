"""Pictures of a product: keys of files that the files port has cleaned and stored."""

from msgspec.structs import replace

from jishi.kernel.catalog import PRODUCT, THE_PRODUCT, Product
from jishi.kernel.grammar import Command, Event, evolves, handles, many, one
from jishi.kernel.ids import OwnerId
from jishi.kernel.money import Code
from jishi.kernel.refused import require
from jishi.kernel.roles import DEMO, staff
from jishi.kernel.rows import Row, table
from jishi.kernel.stock import ProductId

PICTURES_MOST, PICTURES_EVER = 9, 200  # our defaults: shown at once, and added in a product's life
_ANY = ("product", PRODUCT.states)


@table("pictures", ("owner", "product", "n"), changes=("removed_ms",))
class Picture(Row, frozen=True):
    """A picture of a product: the key of its file, already cleaned."""

    owner: int
    product: ProductId
    n: int
    file: str
    thumb: str
    removed_ms: int


class AddPicture(Command, frozen=True):
    """Add a picture that the files port has cleaned and stored."""

    shop: OwnerId
    product: ProductId
    file: Code
    thumb: Code


class RemovePicture(Command, frozen=True):
    """Take a picture off a product."""

    shop: OwnerId
    product: ProductId
    n: int


class PictureAdded(Event, frozen=True):
    product: ProductId
    n: int
    file: Code
    thumb: Code


class PictureRemoved(Event, frozen=True):
    product: ProductId
    n: int


@evolves(Product, PictureAdded, key=("product",))
def _pictured(row, e, stamp):
    return replace(row, pictures=e.n)


@evolves(Picture, PictureAdded, key=("product", "n"))
def _picture(row, e, stamp):
    return Picture(stamp.owner, e.product, e.n, e.file, e.thumb, 0)


@evolves(Picture, PictureRemoved, key=("product", "n"))
def _unpictured(row, e, stamp):
    return replace(row, removed_ms=stamp.at)


@handles(
    AddPicture,
    who=(staff("goods"), DEMO),
    needs=(THE_PRODUCT, many("pictures", Picture, lambda c, k: (c.shop, c.product))),
    state=_ANY,
)
def add_picture(c, case, now, ids):
    shown = [row for row in case.pictures if not row.removed_ms]
    require(case.product.pictures < PICTURES_EVER, "changed_too_often")
    require(len(shown) < PICTURES_MOST, "pictures_too_many", most=PICTURES_MOST)
    require(all(row.file != c.file for row in shown), "picture_twice")
    return [PictureAdded(c.product, case.product.pictures + 1, c.file, c.thumb)]


@handles(
    RemovePicture,
    who=(staff("goods"),),
    needs=(THE_PRODUCT, one("picture", Picture, lambda c, k: (c.shop, c.product, c.n))),
    state=_ANY,
)
def remove_picture(c, case, now, ids):
    require(case.picture and not case.picture.removed_ms, "not_found")
    return [PictureRemoved(c.product, c.n)]
