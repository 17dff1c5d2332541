"""Freight: a shop's templates by piece or weight, by region, free over an amount."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from jishi.kernel.grammar import Command, Event, Keep, handles, many, one, recorded
from jishi.kernel.ids import OwnerId, id_type
from jishi.kernel.money import AMOUNT_MAX, Code, Minor
from jishi.kernel.parties import Region
from jishi.kernel.refused import Refused, require
from jishi.kernel.roles import DEMO, staff
from jishi.kernel.rows import Row, table
from jishi.kernel.shops import Shop

TemplateId = id_type("freight")
Units = Annotated[int, Meta(ge=1, le=1_000_000)]
TEMPLATES_MOST = 100


class Rate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What some regions cost: a fee for the first units and one for each further step. Units are pieces or grams."""

    regions: tuple[Region, ...]
    first_units: Units
    first_fee_minor: Minor
    step_units: Units
    step_fee_minor: Minor


@table(
    "freight_templates",
    ("owner", "id"),
    changes=("code", "rates", "free_over_minor", "excluded", "by", "gift_dearer"),
)
class FreightTemplate(Row, frozen=True):
    """by: piece or weight. The first rate is the default for regions no other rate names. free_over_minor: 0 for never.

    code: the shop's own word for it, one of a kind. excluded: regions the shop does not ship to, gifts included.
    gift_dearer: what happens when a gift goes where sending costs more than the giver paid: shop_bears or excluded.
    """

    owner: int
    id: TemplateId
    code: str
    by: str
    rates: tuple[Rate, ...]
    free_over_minor: int
    excluded: tuple[Region, ...]
    gift_dearer: str


class SaveFreight(Command, frozen=True):
    """Make a freight template, or change one (template given). Orders already placed keep what they were told."""

    shop: OwnerId
    by: Literal["piece", "weight"]
    rates: Annotated[tuple[Rate, ...], Meta(min_length=1, max_length=40)]
    free_over_minor: Minor = 0
    excluded: Annotated[tuple[Region, ...], Meta(max_length=60)] = ()
    template: TemplateId | None = None
    code: Code | None = None
    gift_dearer: Literal["shop_bears", "excluded"] = "shop_bears"


class FreightSaved(Event, frozen=True):
    template: TemplateId


recorded(FreightSaved)


@handles(
    SaveFreight,
    who=(staff("goods"), DEMO),
    needs=(
        one("shop", Shop, lambda c, k: (c.shop,)),
        many("templates", FreightTemplate, lambda c, k: (c.shop,)),
    ),
    state=("shop", ("open", "in_review")),
    answer=("template",),
)
def save_freight(c, case, now, ids):
    known = {row.id: row for row in case.templates}
    require(not c.template or c.template in known, "not_found")
    require(c.template or len(known) < TEMPLATES_MOST, "freight_too_many", most=TEMPLATES_MOST)
    require(not c.rates[0].regions, "freight_no_default")
    require(all(rate.regions for rate in c.rates[1:]), "region_missing")
    named = [region for rate in c.rates[1:] for region in rate.regions]
    require(len(set(named)) == len(named), "region_twice")
    code = c.code or (known[c.template].code if c.template else f"freight.{len(known) + 1}")
    require(all(row.code != code or row.id == c.template for row in case.templates), "freight_code_taken")
    template = c.template or ids.next()
    kept = FreightTemplate(c.shop, template, code, c.by, c.rates, c.free_over_minor, c.excluded, c.gift_dearer)
    return [FreightSaved(template), Keep(kept)]


def fee(template: FreightTemplate, region: str | None, pieces: int, weight_g: int, goods_minor: int) -> int:
    """What sending costs, in minor units. `region` None means unknown (a gift before it is accepted): the default rate.

    Refuses `region_excluded` where the shop does not ship to.
    """
    if region is not None and region in template.excluded:
        raise Refused("region_excluded", region=region)
    if template.free_over_minor and goods_minor >= template.free_over_minor:
        return 0
    rate = next((rate for rate in template.rates[1:] if region in rate.regions), template.rates[0])
    units = pieces if template.by == "piece" else weight_g
    steps = -(-max(0, units - rate.first_units) // rate.step_units)
    total = rate.first_fee_minor + steps * rate.step_fee_minor
    require(total <= AMOUNT_MAX, "amount_too_large")
    return total


def reaches(template: FreightTemplate, region: str, pieces: int, weight_g: int, goods_minor: int) -> bool:
    """Whether a gift may go to a region: the shop ships there, and bears what it costs above the default rule."""
    if region in template.excluded:
        return False
    paid = fee(template, None, pieces, weight_g, goods_minor)
    return template.gift_dearer == "shop_bears" or fee(template, region, pieces, weight_g, goods_minor) <= paid
