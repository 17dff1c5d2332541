"""The market of one seed at its first hour: an operator, a few people, two shops with goods on sale."""

from jishi.kernel.catalog import Axis, DraftProduct, ListProduct, SkuAsk, Text
from jishi.kernel.freight import Rate, SaveFreight
from jishi.kernel.grammar import Command, Principal, system
from jishi.kernel.owners import PLATFORM
from jishi.kernel.parties import CreateParty, SaveAddress
from jishi.kernel.reviewing import ReviewShop
from jishi.kernel.roles import OPERATOR_DUTIES
from jishi.kernel.shops import Named, OpenShop, SetDuties
from jishi.sim.alphabet import party
from jishi.sim.view import look

PEOPLE, SHOPS, PRODUCTS = 5, 2, 2
FIRST = 1_000_000
DEMO = system("demo")


async def found(sim) -> None:
    """Make everything by commands, one batch after the other; faults have not begun."""
    people = [FIRST + n for n in range(PEOPLE)]
    shops = [FIRST + 1_000 + n for n in range(SHOPS)]
    await all_of(sim, [(CreateParty(owner, "person", "simulated"), DEMO) for owner in people])
    await all_of(
        sim,
        [
            (SetDuties(PLATFORM, people[0], OPERATOR_DUTIES), DEMO),
            *[
                (SaveAddress(owner, "CN-BJ", "simulated", "+86 190 0000 0001", "Road 1"), party(owner))
                for owner in people
            ],
            *[
                (OpenShop(shop, "individual", (Named("zh-Hans", "试用小店"),)), party(people[n + 1]))
                for n, shop in enumerate(shops)
            ],
        ],
    )
    await all_of(sim, [(ReviewShop(shop, 1), party(people[0])) for shop in shops])
    await all_of(sim, [(freight(shop), DEMO) for shop in shops])
    view = await look(sim.database)
    await all_of(sim, [(product(row.owner, row.id, n), DEMO) for row in view.templates for n in range(PRODUCTS)])
    view = await look(sim.database)
    await all_of(sim, [(ListProduct(row.owner, row.id), DEMO) for row in view.products])


async def all_of(sim, commands: list[tuple[Command, Principal]]) -> None:
    """Send commands together; each must be taken."""
    for command, by in commands:
        await sim.engine.send(command, by, f"found.{sim.fresh()}")


def freight(shop: int) -> SaveFreight:
    return SaveFreight(shop, "piece", (Rate((), 1, 800, 1, 100), Rate(("CN-XZ",), 1, 2_500, 1, 500)))


def product(shop: int, template: int, n: int) -> DraftProduct:
    """A product of two SKUs at one price, so that gifts can be swapped; the second pays its promoter."""
    text = Text("zh-Hans", "一件试用的好东西", axes=(Axis("款式", ("甲", "乙")),))
    price = (9_901, 333)[n % 2]
    skus = tuple(SkuAsk(f"{n}.{place}", price, (place,), 200, 12) for place in range(2))
    return DraftProduct(shop, "food.tea.green", (text,), skus, template, promoter_ppm=(0, 123_457)[n % 2])
