"""What the simulated people say to each other, once, through the same commands as anyone: friends, a group, a shop."""

import asyncio
from typing import Any

import structlog

from jishi.demo import world
from jishi.demo.load import party_of, shop_of
from jishi.engine.engine import Engine
from jishi.kernel.catalog import Product
from jishi.kernel.grammar import Command, Principal
from jishi.kernel.ids import derived_id
from jishi.kernel.orders import Order
from jishi.kernel.refused import Refused
from jishi.kernel.stock import Sku
from jishi.scenes.friends import AskFriend, Contact, friend_parts
from jishi.scenes.messages import SendCard, SendText
from jishi.scenes.rooms import OpenDirect, OpenGroup, OpenService, invited
from jishi.scenes.seats import direct_room, service_room
from jishi.store import Meta

log = structlog.get_logger("jishi.demo")
FRIENDS_WITHIN_S = 10


class Talk:
    """Speaks for the simulated people; every command id follows from its place, so that nothing is said twice."""

    def __init__(self, engine: Engine, told: dict[str, Any]):
        self.engine, self.told = engine, told
        self.language = {person["code"]: person["language"] for person in world.people()}

    async def do(self, person: str, command: Command, *place: str) -> None:
        """One command by a person's code."""
        by = Principal("party", party_of(person))
        await self.engine.send(command, by, "demo.chat." + str(derived_id(*place)))

    def room_of(self, name: str) -> int:
        """The room of "a+b", of "shop:buyer", or of a group's code."""
        if "+" in name:
            return direct_room(*[party_of(code) for code in name.split("+")])
        if ":" in name:
            shop, buyer = name.split(":")
            return service_room(shop_of(shop), party_of(buyer))
        return derived_id("demo", "group", name)

    async def befriend(self, a: str, b: str) -> None:
        """Two who ask each other become friends as soon as the reactions have crossed."""
        for one, other in ((a, b), (b, a)):
            proof = self.engine.world.seal(*friend_parts(party_of(other)))
            await self.do(one, AskFriend(party_of(one), party_of(other), proof), "ask", one, other)
        for _ in range(FRIENDS_WITHIN_S * 20):
            rows = await self.engine.database.read(
                Contact, "WHERE state = 'friends' AND owner IN (:both*) AND other IN (:both*)",
                both=sorted((party_of(a), party_of(b))),
            )  # fmt: skip
            if len(rows) == 2:
                return
            await asyncio.sleep(0.05)
        log.warning("demo_friends_not_met")

    async def open_rooms(self) -> None:
        """Every room that a line or card stands in."""
        for group in self.told["groups"]:
            title = group["title"][self.language[group["founder"]]]
            members = invited(*[party_of(code) for code in group["members"]])
            command = OpenGroup(self.room_of(group["code"]), title, members)
            await self.do(group["founder"], command, "group", group["code"])
        for name in dict.fromkeys(line["room"] for line in self.told["lines"]):
            room = self.room_of(name)
            if "+" in name:
                a, b = name.split("+")
                await self.do(a, OpenDirect(room, party_of(b)), "open", name)
            elif ":" in name:
                shop, buyer = name.split(":")
                await self.do(buyer, OpenService(room, shop_of(shop), party_of(buyer)), "open", name)

    async def say(self, n: int, line: dict[str, Any]) -> None:
        """One line: words in its author's language, or a product."""
        who, room = line["who"], self.room_of(line["room"])
        if "text" in line:
            command: Command = SendText(room, line["text"][self.language[who]])
        else:
            shop, sku = shop_of(line["product"]["shop"]), await self.sku(**line["product"])
            command = SendCard(room, "product", shop, sku.id)
        await self.do(who, command, "line", str(n))

    async def sku(self, shop: str, place: int) -> Sku:
        """A SKU of a shop's product, by the product's place."""
        database, owner = self.engine.database, shop_of(shop)
        products = await database.read(Product, "WHERE owner = :owner ORDER BY id", owner=owner)
        skus = await database.read(
            Sku, "WHERE owner = :owner AND product = :product ORDER BY price_minor, id",
            owner=owner, product=products[place].id,
        )  # fmt: skip
        return skus[0]

    async def show(self, n: int, card: dict[str, Any]) -> None:
        """A gift or an order of somebody: the first one that can be sent there."""
        room, me, gift = self.room_of(card["room"]), party_of(card["who"]), card["kind"] == "gift"
        rows = await self.engine.database.read(Order, "WHERE payer = :me ORDER BY id", me=me)
        for row in rows:
            if gift == (row.mode == "gift"):
                try:
                    command = SendCard(room, card["kind"], row.owner, order=row.id)
                    return await self.do(card["who"], command, "card", str(n), str(row.id))
                except Refused:
                    continue  # another one may be sent


async def begin_talk(engine: Engine) -> None:
    """Friends, rooms and lines, once. What fails is told in the log."""
    if await engine.database.read(Meta, "WHERE key = 'chats'"):
        return
    try:
        talk = Talk(engine, world.read("chats.toml"))
        for pair in talk.told["friends"]:
            await talk.befriend(*pair["pair"])
        await talk.open_rooms()
        for n, line in enumerate(talk.told["lines"]):
            await talk.say(n, line)
    except Exception as error:
        log.error("demo_talk_failed", exc_info=error)
    await engine.lane.chore(lambda session: session.upsert(Meta, [Meta("chats", "1")]))


async def show_cards(engine: Engine) -> None:
    """The cards that need a deal, once, after the deals have begun."""
    if await engine.database.read(Meta, "WHERE key = 'chat_cards'"):
        return
    try:
        talk = Talk(engine, world.read("chats.toml"))
        for n, card in enumerate(talk.told["cards"]):
            await talk.show(n, card)
    except Exception as error:
        log.error("demo_talk_failed", exc_info=error)
    await engine.lane.chore(lambda session: session.upsert(Meta, [Meta("chat_cards", "1")]))
