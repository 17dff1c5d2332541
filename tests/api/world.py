"""A world with one of everything, and one sender of every kind, for the matrix of who may do what."""

from typing import Any

from jishi.engine.checkout import Basket, Wish, place_checkout
from jishi.kernel.claims import OpenClaim
from jishi.kernel.grammar import Principal, system
from jishi.kernel.ids import public_id, public_owner, read_id
from jishi.kernel.invitations import InviteStaff, invitation_parts
from jishi.kernel.orders import Order
from jishi.kernel.owners import PLATFORM
from jishi.kernel.parcels import ShipParcel
from jishi.kernel.pictures import AddPicture
from jishi.kernel.roles import DUTIES, OPERATOR_DUTIES
from jishi.kernel.shops import SetDuties
from jishi.kernel.stock import Sku
from jishi.kernel.webhooks import MakeEndpoint
from jishi.modes.gift import AcceptGift, WrapGift, link_parts
from jishi.scenes.friends import friend_parts
from tests.api.desk import Desk
from tests.support.chatting import befriend, group
from tests.support.market import Stall

THEIRS = "Another Owner"
RATE = {"regions": [], "first_units": 1, "first_fee_minor": 800, "step_units": 1, "step_fee_minor": 0}
TEXT = {"language": "zh-Hans", "title": "一件试用的好东西"}


class World:
    """ids: field name -> public id for shop A's things; theirs: the same for shop B's; senders: who -> token."""

    def __init__(self, desk: Desk):
        self.desk, self.market = desk, desk.market
        self.ids: dict[str, Any] = {}
        self.theirs: dict[str, Any] = {}
        self.senders: dict[str, str] = {"anonymous": "", "key_act_for": desk.host_key}

    async def build(self) -> "World":
        market, desk = self.market, self.desk
        payer, friend = await market.person(), await market.person()
        a, b = await market.shop(), await market.shop()
        self.ids = await self.things(a, payer, friend)
        self.theirs = await self.things(b, await market.person(THEIRS), await market.person(THEIRS))
        self.stall, self.other = a, b
        people = {"stranger": await market.person(), "payer": payer, "beneficiary": friend, "other_staff": b.keeper}
        people |= await self.staff(a)
        self.senders |= {name: desk.token(who) for name, who in people.items()}
        for duty in DUTIES:
            self.senders[f"key_{duty}"] = await desk.key(a.shop, duty)
        for scope in ("read", "webhooks"):
            self.senders[f"key_{scope}"] = await desk.key(PLATFORM, scope)
        self.senders["key_other_shop"] = await desk.key(b.shop, *DUTIES)
        return self

    async def staff(self, stall: Stall) -> dict[str, Principal]:
        """Staff of the shop and operators, each with one duty; and one who has left."""
        market, demo = self.market, system("demo")
        found = {}
        for owner, kind, duties in ((stall.shop, "staff", DUTIES), (PLATFORM, "operator", OPERATOR_DUTIES)):
            for duty in duties:
                found[f"{kind}_{duty}"] = who = await market.person()
                await market.do(SetDuties(owner, who.id, (duty,)), demo)
        found["staff_left"] = who = await market.person()
        await market.do(SetDuties(stall.shop, who.id, DUTIES), demo)
        await market.do(SetDuties(stall.shop, who.id, ()), demo)
        return found

    async def things(self, stall: Stall, payer: Principal, friend: Principal) -> dict[str, Any]:
        """A gift that was paid twice, accepted and sent, with a failed refund, a claim and a picture; as fields."""
        market = self.market
        sku = await market.goods(stall, 9_900)
        product = (await market.row(Sku, owner=stall.shop, id=sku)).product
        await market.do(AddPicture(stall.shop, product, "aa.webp", "bb.webp"), stall.keeper)
        order = await market.place(stall, payer, (sku, 1), mode="gift")
        await market.do(WrapGift(stall.shop, order, note="for you"), payer)
        await market.notice(stall, order)
        await market.notice(stall, order, txn=f"AGAIN{order}")
        assert await market.refunds_arrive(stall, order, "failed") == 1
        proof = market.engine.world.seal(*link_parts(stall.shop, order))
        await market.do(AcceptGift(stall.shop, order, proof, await market.address(friend)), friend)
        await market.do(ShipParcel(stall.shop, order, "SF", "SF1"), stall.keeper)
        await market.do(OpenClaim(stall.shop, order, 1, "return", 1, "damaged"), friend)
        assert (await market.row(Order, owner=stall.shop, id=order)).state == "shipped"
        made = await market.do(MakeEndpoint(stall.shop, "https://example.com/hear"), stall.keeper)
        checkout = await self.checkout(stall, payer, sku)
        invited = (await market.do(InviteStaff(stall.shop, ("goods",)), stall.keeper))["invitation"]
        key = (await self.desk.key(stall.shop, "goods")).removeprefix("jk_").partition(".")[0]
        return {
            "shop": public_owner(stall.shop), "key_owner": public_owner(stall.shop), "party": public_owner(payer.id),
            "promoter": public_owner(friend.id), "order": public_id(stall.shop, order), "key": key,
            "product": public_id(stall.shop, product), "sku": public_id(stall.shop, sku),
            "endpoint": made["endpoint"], "source": public_owner(stall.shop),
            "address": public_id(payer.id, await market.address(payer)), "proof": proof,
            "checkout": public_id(payer.id, checkout), "owner": public_owner(stall.shop),
            "owner_id": public_owner(stall.shop), **await self.talk(stall, payer, friend),
            "invitation": invited, "link": market.engine.world.seal(*invitation_parts(*read_id(invited))),
            "freight": public_id(stall.shop, stall.freight), "template": public_id(stall.shop, stall.freight),
        }  # fmt: skip

    async def talk(self, stall: Stall, payer: Principal, friend: Principal) -> dict[str, Any]:
        """Two friends in a group, and one who asks."""
        market, asking = self.market, await self.market.person()
        await befriend(market, payer, friend)
        await befriend(market, payer, asking)
        room = await group(market, payer, friend)
        proof = market.engine.world.seal(*friend_parts(friend.id))
        return {
            "room": public_owner(room), "other": public_owner(friend.id), "member": public_owner(friend.id),
            "guest": public_owner(payer.id), "members": [{"member": public_owner(asking.id)}], "friend_proof": proof,
        }  # fmt: skip

    async def checkout(self, stall: Stall, payer: Principal, sku: int) -> int:
        """A checkout over this shop and another one, not paid."""
        second = await self.market.shop()
        other = await self.market.goods(second, 500)
        wishes = (Wish(stall.shop, sku, 1, 9_900), Wish(second.shop, other, 1, 500))
        basket = Basket(wishes, await self.market.address(payer))
        return (await place_checkout(self.market.engine, payer, self.market.engine.fresh_id(), basket)).checkout

    def body(self, path: str, names: tuple[str, ...], ids: dict[str, Any]) -> dict[str, Any]:
        """A whole request for an operation: ids of these things and plain values that fit."""
        apart = BY_PATH.get(path, {})
        plain = {**PLAIN, **ids, **apart}
        told = {name: plain[name] for name in names if plain.get(name) is not None}
        if path == "friends/ask":
            told["proof"] = ids["friend_proof"]
        if "lines" in names:
            told["lines"] = [{"sku": ids["sku"], "quantity": 1, "price_minor": 9_900}]
        return told


PLAIN: dict[str, Any] = {
    "kind": "person", "name": "simulated", "region": "CN-BJ", "phone": "+86 190 0000 0001", "street": "Market Road 1",
    "names": [{"language": "zh-Hans", "name": "试用小店"}], "duties": ["goods"], "amount_minor": 100,
    "account": "bank1",
    "currency": "CNY", "change": 1, "by": "piece", "rates": [RATE], "category": "food.tea.green", "texts": [TEXT],
    "skus": [{"code": "one", "price_minor": 100}], "price_minor": 100, "file": "cc.webp", "thumb": "dd.webp", "n": 1,
    "carrier": "SF", "number": "SF2", "parcel": 1, "quantity": 1, "claim": 1, "line": 1, "reason": "damaged",
    "agree": 1,
    "grant": 1, "scopes": ["goods"], "scene": "chat", "medium": "card", "issued_ms": 1, "leg": 1,
    "url": "https://example.com/hear", "event_seq": 1, "refund": 1, "accept": 1, "on": 1, "title": "simulated",
    "text": "simulated", "about": "person",
    "approve": 1, "note": "a test's words",
}  # fmt: skip
BY_PATH = {
    "claims/open": {"kind": "refund"},
    "claims/shop": {"state": "requested"},
    "orders/sold": {"state": ""},
    "reviews/product": {"reason": "other", "texts": 1},
    "reviews/shop": {"reason": "other"},
    "goods/block": {"reason": "other"},
    "claims/answer": {"reason": "no_fault"},
    "payments/cashier": {"checkout": None},
    "messages/send-card": {"kind": "product", "order": None},
    "mutes/set": {"about": "product"},
}
