"""A market's whole life through the API alone: every operation of the registry is done at least once, for real."""

from typing import Any

import pytest

from jishi.api.registry import endpoints
from jishi.engine.outbox_guard import GuardSettings
from jishi.engine.outbox_sender import Sender
from jishi.engine.rulebook import read_rulebook
from jishi.engine.webhooks import Webhooks
from jishi.kernel.grammar import Principal
from jishi.kernel.ids import read_id, read_owner
from jishi.kernel.invitations import invitation_parts
from jishi.kernel.roles import DUTIES
from jishi.kernel.touch import touch_parts
from jishi.modes.gift import link_parts
from tests.api.desk import SHEET, Desk, open_desk, picture
from tests.api.test_walk import ADDRESS, person, stall
from tests.api.world import RATE, TEXT, World
from tests.support.market import DAY, Stall
from tests.support.webhook_receiver import WebhookReceiver

pytestmark = pytest.mark.anyio
LOOPBACK = GuardSettings(plain_http=True, networks=("127.0.0.0/8",))


class Town:
    """Its people by token, its one shop, and the words to act with. Every step must succeed."""

    def __init__(self, desk: Desk):
        self.desk, self.market = desk, desk.market

    async def settle(self) -> "Town":
        desk = self.desk
        self.keeper_id, self.keeper = await person(desk, "keeper")
        self.buyer_id, self.buyer = await person(desk, "buyer")
        self.friend_id, self.friend = await person(desk, "friend")
        self.judge = desk.token(await self.market.operator())
        self.goods = await stall(desk, self.keeper)
        self.shop = self.goods["shop"]
        self.address = (await self.do("parties/save-address", self.buyer, **ADDRESS))["address"]
        return self

    async def do(self, path: str, by: str, /, **body: Any) -> dict[str, Any]:
        got = await self.desk.post(path, body, by)
        assert got.status == 200, (path, body, got)
        return got.told

    async def place(self, pieces: int = 1, **more: Any) -> str:
        line = {"sku": self.goods["sku"], "quantity": pieces, "price_minor": self.goods["price_minor"]}
        address = {} if more.get("mode") == "gift" else {"address": self.address}
        return (await self.do("orders/place", self.buyer, lines=[line], **address, **more))["order"]

    async def paid(self, pieces: int = 1, **more: Any) -> str:
        order = await self.place(pieces, **more)
        shop, number = read_id(order)
        await self.market.notice(Stall(shop, None, 0), number)
        return order

    async def sent(self, **more: Any) -> str:
        order = await self.paid(**more)
        await self.do("parcels/ship", self.keeper, order=order, carrier="SF", number="SF1")
        return order

    async def claim(self, order: str, kind: str = "refund") -> dict[str, Any]:
        told = {"line": 1, "kind": kind, "quantity": 1, "reason": "damaged"}
        return {"order": order, "claim": (await self.do("claims/open", self.buyer, order=order, **told))["claim"]}

    def sign_in_again(self) -> None:
        """Tokens do not outlast the eight days until an order is settled."""
        names = ("keeper", "buyer", "friend")
        self.keeper, self.buyer, self.friend = [
            self.desk.token(Principal("party", read_owner(getattr(self, f"{name}_id")))) for name in names
        ]

    def gift(self, order: str) -> dict[str, str]:
        return {"order": order, "proof": self.market.engine.world.seal(*link_parts(*read_id(order)))}


async def people(town: Town) -> None:
    do = town.do
    await do("parties/set-profile", town.buyer, name="simulated")
    gone = (await do("parties/save-address", town.buyer, **ADDRESS))["address"]
    await do("parties/remove-address", town.buyer, address=gone)
    await do("shops/set-duties", town.keeper, shop=town.shop, party=town.friend_id, duties=DUTIES)
    for answer in ("accept", "decline"):
        told = await do("invitations/invite-staff", town.keeper, shop=town.shop, duties=["orders"])
        link = town.market.engine.world.seal(*invitation_parts(*read_id(told["invitation"])))
        await do(f"invitations/{answer}", town.buyer, invitation=told["invitation"], link=link)
    told = await do("invitations/invite-staff", town.keeper, shop=town.shop, duties=["goods"], login="x@example.com")
    await do("invitations/withdraw", town.keeper, invitation=told["invitation"])
    key = (await do("keys/make", town.keeper, key_owner=town.shop, name="till", scopes=["orders"]))["key"]
    await do("keys/revoke", town.keeper, key=key)


async def shelf(town: Town) -> None:
    do, product = town.do, town.goods["product"]
    template = (await do("freight/save", town.keeper, shop=town.shop, by="piece", rates=[RATE], code="new"))["template"]
    skus = [{"code": "second", "price_minor": 100}]
    draft = {"category": "food.tea.green", "texts": [TEXT], "skus": skus, "freight": template}
    second = (await do("goods/draft", town.keeper, **draft))["product"]
    await do("goods/revise", town.keeper, product=product, giftable=1)
    await do("goods/list", town.keeper, product=second)
    await do("goods/withdraw", town.keeper, product=second)
    await do("goods/block", town.judge, product=second)
    assert (await town.desk.post("goods/list", {"product": second}, town.keeper)).status == 409
    await do("goods/unblock", town.judge, product=second)
    await do("goods/list", town.keeper, product=second)
    await do("goods/price-sku", town.keeper, sku=town.goods["sku"], price_minor=9_800)
    town.goods["price_minor"] = 9_800
    await do("stock/count", town.keeper, sku=town.goods["sku"], change=50)
    for path, body, media, more in (
        ("goods/pictures", picture(), "image/png", {"product": product}),
        ("goods/import", SHEET.encode(), "text/csv", {"shop": town.shop}),
    ):
        assert (await town.desk.upload(path, body, town.keeper, media, **more)).status == 200, path
    await do("goods/remove-picture", town.keeper, product=product, n=1)


async def buying(town: Town) -> None:
    do, sku = town.do, town.goods["sku"]
    await do("cart/set", town.buyer, sku=sku, quantity=1)
    shop, product, promoter = read_owner(town.shop), read_id(town.goods["product"])[1], read_owner(town.friend_id)
    link = {"scene": "chat", "medium": "card", "issued_ms": town.market.clock.at}
    proof = town.market.engine.world.seal(*touch_parts(shop, product, promoter, *link.values()))
    told = {"product": town.goods["product"], "promoter": town.friend_id, "proof": proof, **link}
    await do("touches/record", town.buyer, **told)
    line = {"sku": sku, "quantity": 1, "price_minor": 9_800}
    await do("checkouts/place", town.buyer, lines=[line], address=town.address)
    await do("orders/cancel", town.buyer, order=await town.place())
    order = await town.place()
    await do("payments/start", town.buyer, order=order)
    await do("payments/cashier", town.buyer, order=order)
    await do("orders/cancel-oversold", town.keeper, order=await town.paid())


async def giving(town: Town) -> None:
    order = await town.place(mode="gift")
    await town.do("gifts/wrap", town.buyer, order=order, note="for you")
    theirs = (await town.do("parties/save-address", town.friend, **ADDRESS))["address"]
    await town.do("gifts/accept", town.friend, **town.gift(await town.paid(mode="gift")), address=theirs)
    await town.do("gifts/decline", town.friend, **town.gift(await town.paid(mode="gift")))


async def claiming(town: Town) -> None:
    do = town.do
    claim = await town.claim(await town.sent())
    await do("claims/answer", town.keeper, **claim, agree=0, reason="no_fault")
    await do("claims/escalate", town.buyer, **claim)
    await do("claims/judge", town.judge, **claim, grant=1)
    await do("claims/withdraw", town.buyer, **await town.claim(await town.sent()))
    back = await town.claim(await town.sent(), "return")
    await do("claims/answer", town.keeper, **back, agree=1)
    await do("claims/send-back", town.buyer, **back, carrier="SF", number="SF2")
    await do("claims/receive-return", town.keeper, **back, restock=1)


async def giving_back(town: Town) -> None:
    """The provider cannot pay a refund back; an operator has it tried anew."""
    order = await town.paid()
    await town.do("orders/cancel-oversold", town.keeper, order=order)
    shop, number = read_id(order)
    assert await town.market.refunds_arrive(Stall(shop, None, 0), number, "failed") == 1
    await town.do("refunds/retry", town.judge, order=order, refund=1)
    assert await town.market.refunds_arrive(Stall(shop, None, 0), number) == 1


async def settling(town: Town) -> None:
    order = await town.sent()
    await town.do("parcels/record-delivery", town.keeper, order=order, parcel=1)
    await town.do("parcels/confirm-receipt", town.buyer, order=order)
    await town.market.pass_time(8 * DAY)
    town.sign_in_again()
    await town.do("payouts/withdraw", town.keeper, owner_id=town.shop, amount_minor=100, account="bank1")


async def telling(town: Town, receiver: WebhookReceiver) -> None:
    do = town.do
    told = {"endpoint": (await do("webhooks/make-endpoint", town.keeper, shop=town.shop, url=receiver.url))["endpoint"]}
    await town.sent()
    await town.market.engine.settle_down()
    rows = (await town.desk.get("webhooks/deliveries", town.keeper, **told)).told["items"]
    done = {name: rows[0][name] for name in ("source", "event_seq", "n")}
    await do("webhooks/replay-delivery", town.keeper, **told, **done)
    await do("webhooks/change-endpoint", town.keeper, **told, url=receiver.url)
    await do("webhooks/rotate-secret", town.keeper, **told)
    await do("webhooks/remove-endpoint", town.keeper, **told)


async def talking(town: Town) -> None:
    do, me, friend = town.do, town.buyer_id, town.friend_id
    proof = {}
    for who, token in ((me, town.buyer), (friend, town.friend)):
        proof[who] = (await town.desk.get("friends/link", token)).told["proof"]
    await do("friends/ask", town.buyer, other=friend, proof=proof[friend])
    await town.market.engine.settle_down()
    await do("friends/answer-ask", town.friend, other=me, accept=1)
    await town.market.engine.settle_down()
    room = (await do("rooms/open-direct", town.buyer, other=friend))["room"]
    await do("messages/send-text", town.buyer, room=room, text="hello")
    await do("messages/send-card", town.buyer, room=room, kind="product", sku=town.goods["sku"])
    told = (await town.desk.get("messages/listed", town.friend, room=room)).told["items"]
    assert [(one["kind"], one["text"], one["now"]) for one in told] == [("product", "", "same"), ("text", "hello", "")]
    await do("rooms/mark-read", town.friend, room=room, n=2)
    group = (await do("rooms/open-group", town.buyer, title="simulated", members=[{"member": friend}]))["room"]
    await do("rooms/leave", town.friend, room=group)
    await do("rooms/invite", town.buyer, room=group, members=[{"member": friend}])
    await do("rooms/remove-member", town.buyer, room=group, member=friend)
    service = (await do("rooms/open-service", town.buyer, shop=town.shop, guest=me))["room"]
    await do("messages/send-text", town.keeper, room=service, text="hello")
    await do("mutes/set", town.buyer, about="person", whom=friend, on=1)
    await do("friends/set-block", town.friend, other=me, on=1)
    await do("friends/end", town.buyer, other=friend)


async def reviewing(town: Town) -> None:
    """Under the rules of review a new shop and its goods wait for an operator, who may also say no."""
    do = town.do
    rulebook, reviewed = town.market.engine.world.rulebook, read_rulebook(demo=True)
    before = rulebook.versions, rulebook.by_id
    rulebook.versions, rulebook.by_id = reviewed.versions, reviewed.by_id
    opened = {"kind": "person", "names": [{"language": "zh-Hans", "name": "新店"}]}
    shop = (await do("shops/open", town.keeper, **opened))["shop"]
    await do("reviews/shop", town.judge, shop=shop, approve=0, reason="rights")
    await do("reviews/ask-shop", town.keeper, shop=shop)
    await do("reviews/shop", town.judge, shop=shop, approve=1)
    template = (await do("freight/save", town.keeper, shop=shop, by="piece", rates=[RATE]))["template"]
    draft = {"category": "food.tea.green", "texts": [TEXT], "skus": [{"code": "one", "price_minor": 100}]}
    product = (await do("goods/draft", town.keeper, **draft, freight=template))["product"]
    await do("goods/list", town.keeper, product=product)
    await do("reviews/product", town.judge, product=product, approve=1, texts=1)
    rulebook.versions, rulebook.by_id = before


async def ending(town: Town) -> None:
    await town.do("shops/close", town.keeper, shop=town.shop)
    await town.do("parties/erase", town.friend)


async def questions(desk: Desk) -> None:
    """Every question, by one who may ask it."""
    world = await World(desk).build()
    for one in endpoints(None, None):
        if one.method == "GET":
            body = world.body(one.path, one.reader.outer.__struct_fields__, world.ids)
            got = [(await desk.send(one, body, token)).status for token in world.senders.values()]
            assert 200 in got, one.path


async def test_every_operation_is_done_once(database_url):
    tell = (lambda engine: Webhooks(engine, Sender(LOOPBACK, 2.0)),)
    async with WebhookReceiver() as receiver, open_desk(database_url, more=tell) as desk:
        town = await Town(desk).settle()
        for part in (talking, people, shelf, buying, giving, claiming, giving_back, reviewing, settling):
            await part(town)
        await telling(town, receiver)
        await ending(town)
        await questions(desk)
        every = {(one.method, one.path) for one in endpoints(None, None)}
        assert sorted(every - desk.done) == [] and len(every) > 80
