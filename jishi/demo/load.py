"""Brings the demo world into a fresh database, by the same commands that people use.

Running it again changes nothing.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from jishi.demo import world
from jishi.engine.engine import Engine
from jishi.kernel.catalog import Axis, DraftProduct, ListProduct, SkuAsk, Text
from jishi.kernel.freight import Rate, SaveFreight
from jishi.kernel.grammar import Command, Principal, system
from jishi.kernel.ids import derived_id, read_id
from jishi.kernel.owners import PLATFORM
from jishi.kernel.parties import CreateParty, SaveAddress
from jishi.kernel.pictures import AddPicture
from jishi.kernel.roles import DUTIES
from jishi.kernel.shops import Named, OpenShop, SetDuties
from jishi.ports.files import Files
from jishi.store import Meta, Persona

DEMO = system("demo")
ONLINE = {
    "code": "none",
    "by": "piece",
    "excluded": [],
    "default": {"first_units": 1, "first_minor": 0, "step_units": 1, "step_minor": 0},
}


def party_of(code: str) -> int:
    """The key of a simulated person."""
    return derived_id("demo", "person", code)


def shop_of(code: str) -> int:
    """The key of a demo shop."""
    return derived_id("demo", "shop", code)


async def moved_in(engine: Engine) -> bool:
    """Whether all of the world is there already."""
    return bool(await engine.database.read(Meta, "WHERE key = 'world'"))


async def load_world(engine: Engine, files: Files, say: Callable[[str], None]) -> None:
    """Load all of it unless that was done before; `say` tells how far it is."""
    if await moved_in(engine):
        return
    people, shops = world.people(), world.shops()
    await asyncio.gather(*[load_person(engine, person) for person in people])
    say(f"{len(people)} simulated people")
    for shop in shops:
        keeper = next(person for person in people if person.get("shop") == shop["code"])
        count = await load_shop(engine, files, shop, Principal("party", party_of(keeper["code"])))
        say(f"{shop['name']['zh-Hans']} {shop['name']['en']}: {count} goods")
    await engine.lane.chore(lambda session: keep_personas(session, people))


async def keep_personas(session: Any, people: list[dict]) -> None:
    """Write whom a visitor may be, and that the world is loaded."""
    await session.upsert(Persona, [persona(person) for person in people])
    await session.upsert(Meta, [Meta("world", "1")])


def persona(person: dict[str, Any]) -> Persona:
    name, shop = person["name"], shop_of(person["shop"]) if "shop" in person else 0
    return Persona(
        party_of(person["code"]), person["code"], person["role"], shop, person["language"],
        name["zh-Hans"], name["zh-Hant"], name["en"],
    )  # fmt: skip


async def tell(engine: Engine, command: Command, by: Principal, *what: str) -> dict:
    """Send a command under an id that follows from what it loads."""
    return (await engine.send(command, by, "demo." + str(derived_id(*what)))).told


def street_of(told: dict[str, str], language: str) -> str:
    """City and street in one line, in the order the language writes them."""
    return f"{told['street']}, {told['city']}" if language == "en" else told["city"] + told["street"]


async def load_person(engine: Engine, person: dict[str, Any]) -> None:
    """A party with its addresses; operators get their duties."""
    code, party = person["code"], party_of(person["code"])
    name = person["name"][person["language"]]
    await tell(engine, CreateParty(party, "person", name, "", person["language"]), DEMO, "person", code)
    me = Principal("party", party)
    for n, address in enumerate(person.get("addresses", ())):
        told = {part: address[part][person["language"]] for part in ("recipient", "city", "street")}
        saved = SaveAddress(
            party, address["region"], told["recipient"], address["phone"], street_of(told, person["language"])
        )
        await tell(engine, saved, me, "address", code, str(n))
    if person["role"] == "operator":
        await tell(engine, SetDuties(PLATFORM, party, tuple(person["duties"])), DEMO, "duties", code)


async def load_shop(engine: Engine, files: Files, shop: dict[str, Any], keeper: Principal) -> int:
    """A shop with its freight templates and goods; returns how many goods."""
    owner, code = shop_of(shop["code"]), shop["code"]
    names = tuple(Named(language, shop["name"][language]) for language in world.LANGUAGES)
    await tell(engine, OpenShop(owner, shop["kind"], names), DEMO, "shop", code)
    await tell(engine, SetDuties(owner, keeper.id, DUTIES), DEMO, "keeper", code)
    freight = {}
    for template in [*shop["freight"], ONLINE]:
        told = await tell(engine, freight_of(owner, template), keeper, "freight", code, template["code"])
        freight[template["code"]] = read_id(told["template"])[1]
    found = world.goods(code)
    await asyncio.gather(*[load_good(engine, files, good, owner, keeper, freight[good["freight"]]) for good in found])
    return len(found)


def freight_of(owner: int, template: dict[str, Any]) -> SaveFreight:
    """A freight template as a command."""
    regions = [{"codes": (), **template["default"]}, *template.get("regions", ())]
    rates = tuple(
        Rate(tuple(rule["codes"]), rule["first_units"], rule["first_minor"], rule["step_units"], rule["step_minor"])
        for rule in regions
    )
    free, excluded = template.get("free_over_minor", 0), tuple(template["excluded"])
    dearer = template.get("gift_dearer", "shop_bears")
    return SaveFreight(owner, template["by"], rates, free, excluded, code=template["code"], gift_dearer=dearer)


async def load_good(engine: Engine, files: Files, good: dict, owner: int, keeper: Principal, freight: int) -> None:
    """A product with its texts, SKUs and picture, on sale."""
    code = good["code"]
    told = await tell(engine, draft_of(owner, good, freight), keeper, "good", code)
    product = read_id(told["product"])[1]
    main, thumb = files.put(world.picture(code), "webp"), files.put(world.picture(f"{code}.thumb"), "webp")
    await tell(engine, AddPicture(owner, product, main, thumb), keeper, "picture", code)
    await tell(engine, ListProduct(owner, product), keeper, "list", code)


def draft_of(owner: int, good: dict[str, Any], freight: int) -> DraftProduct:
    """A good as a command."""
    axes = good["axes"]
    places = [{option["code"]: place for place, option in enumerate(axis["options"])} for axis in axes]
    skus = tuple(
        SkuAsk(
            sku["code"], sku["price_minor"], tuple(place[code] for place, code in zip(places, sku["options"],
            strict=True)),
            sku["weight_g"], sku["stock"],
        )
        for sku in good["skus"]
    )  # fmt: skip
    texts = tuple(text_of(good, axes, language) for language in world.LANGUAGES)
    return DraftProduct(owner, good["category"], texts, skus, freight, int(good["giftable"]), good["promoter_ppm"])


def text_of(good: dict[str, Any], axes: list[dict], language: str) -> Text:
    """What a good says of itself in one language."""
    told = tuple(
        Axis(axis["name"][language], tuple(option["name"][language] for option in axis["options"])) for axis in axes
    )
    return Text(language, good["title"][language], good["subtitle"][language], good["detail"][language], told)
