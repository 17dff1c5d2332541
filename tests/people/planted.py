"""A person who has done everything there is to do, with words that are found wherever they stand."""

from contextlib import suppress
from typing import NamedTuple

from jishi.engine import letters
from jishi.engine.accounts import Accounts
from jishi.engine.checkout import Basket, Wish, place_checkout
from jishi.engine.clock import wall_ms
from jishi.engine.sessions import Sessions
from jishi.engine.sign_in import SignIn
from jishi.kernel.accounts import ClaimLogin
from jishi.kernel.apps import MakeKey
from jishi.kernel.cart import SetCart
from jishi.kernel.checkout import RecordCheckoutNotice
from jishi.kernel.claims import OpenClaim
from jishi.kernel.grammar import Principal, system
from jishi.kernel.ids import public_owner, read_id, read_owner
from jishi.kernel.logins import Named, read_login
from jishi.kernel.owners import PLATFORM
from jishi.kernel.parcels import ConfirmReceipt, ShipParcel
from jishi.kernel.parties import RemoveAddress, SaveAddress, SetProfile
from jishi.kernel.payouts import RecordPayout, Withdraw
from jishi.kernel.refused import Refused
from jishi.kernel.shops import SetDuties
from jishi.kernel.trade import write
from jishi.kernel.webhooks import MakeEndpoint
from jishi.modes.gift import DeclineGift, WrapGift
from jishi.scenes.friends import SetBlock
from jishi.scenes.messages import SendCard, SendText
from jishi.scenes.mutes import SetMute
from jishi.scenes.rooms import OpenGroup, invited
from tests.support.chatting import direct
from tests.support.market import DAY, MINUTE, Market, Stall, open_market

HIS = (
    "Qian Planted", "钱永不见", "Qian Formerly", "+86 190 5555 0456", "+86 190 5555 0457", "Vanished Lane 8",
    "消失巷八号", "祝你永远快乐无痕", "Planted laptop", "bank-planted-77",
    "qian.planted@example.com", "qian.formerly@example.com", "+861905550456", "Planted browser", "planted-subject",
    "words he planted in a chat", "Planted Tea Circle",
)  # fmt: skip
NAMES, PHONES, STREETS = HIS[:3], HIS[3:5], HIS[5:7]
NOTE, KEY_NAME, ACCOUNT = HIS[7:10]
MAIL, FORMER_MAIL, PHONE_LOGIN, DEVICE, SUBJECT = HIS[10:15]
SAID, GROUP = HIS[15:]
FRIENDS = ("Friend Hidden", "+86 190 5555 0999", "Secret Garden 3", "From a hidden friend", "a friend's hidden words")
OTHERS = 60


class Planted(NamedTuple):
    """Who was planted, as the outside knows him; a token of his, and what a stranger needs to go on trading."""

    party: int
    public: str
    token: str
    stranger_token: str


async def plant(url: str, **options) -> Planted:
    """A market in which he has done everything."""
    async with open_market(url, **options) as market:
        stall, me, friend = await market.shop(), await market.person(NAMES[2]), await market.person(FRIENDS[0])
        tea = await market.goods(stall, 9_900, stock=1_000, promoter_ppm=100_000)
        endpoint = MakeEndpoint(stall.shop, "https://hooks.invalid/listen")
        await market.do(endpoint, stall.keeper)
        key = read_id((await market.do(MakeKey(PLATFORM, "host", ("act_for", "read")), system("job")))["key"])[1]
        await profile(market, me, friend)
        await account(market, me)
        await work(market, stall, me)
        await deals(market, stall, me, tea)
        await gifts(market, stall, tea, me, friend)
        await promotion(market, stall, tea, me, friend)
        await talk(market, stall, tea, me, friend)
        program, sign_in = Principal("app", key, owner=PLATFORM), SignIn(market.engine)
        sign_in.wall = wall_ms  # for a server that lives in real time
        return Planted(me.id, public_owner(me.id), *[sign_in.party_token(who.id, program) for who in (me, friend)])


async def profile(market: Market, me: Principal, friend: Principal) -> None:
    """Names and phones, old and new; a full address book, half of it removed; among many others'."""
    for name, phone in ((NAMES[0], PHONES[0]), (NAMES[1], PHONES[1]), (NAMES[0], PHONES[0]), (NAMES[1], PHONES[1])):
        await market.do(SetProfile(me.id, name, phone), me)
    await market.do(SetProfile(friend.id, FRIENDS[0], FRIENDS[1]), friend)
    for n in range(OTHERS):
        other = await market.person(f"somebody {'x' * (n % 30)}")
        await market.address(other)
        street = f"{STREETS[n % 2]} {n} {'-' * n}"
        told = await market.do(SaveAddress(me.id, "CN-SC", NAMES[n % 3], PHONES[n % 2], street), me)
        if n % 2:
            await market.do(RemoveAddress(me.id, read_id(told["address"])[1]), me)


async def account(market: Market, me: Principal) -> None:
    """Logins, old and new, a password, sessions, letters, and a failed try."""
    accounts = Accounts(market.engine)
    for kind, login in (("email", FORMER_MAIL), ("email", MAIL), ("phone", PHONE_LOGIN), ("host", SUBJECT)):
        if kind != "host":
            await letters.keep(market.engine, kind, login, "A code", f"A letter to {login}")
        await market.do(ClaimLogin(me.id, kind, login), system("job"))
        await accounts.own_letters(Named(kind, login), me.id)
    await accounts.set_password(me.id, "a sentence that is long", MAIL)
    for how in ("password", "code"):
        await Sessions(market.engine, SignIn(market.engine)).open(me.id, how, DEVICE)
    await accounts.code("recover", read_login(MAIL), "192.0.2.1")
    with suppress(Refused):
        await accounts.sign_in(MAIL, "wrong", "192.0.2.1")


async def work(market: Market, stall: Stall, me: Principal) -> None:
    """He works for a shop, and made a key there."""
    await market.do(SetDuties(stall.shop, me.id, ("manage", "orders")), stall.keeper)
    await market.do(MakeKey(stall.shop, KEY_NAME, ("orders",)), me)


async def deals(market: Market, stall: Stall, me: Principal, tea: int) -> None:
    """An order in every state, a claim, a checkout of two shops, and something in the cart."""
    other = await market.shop()
    cups = await market.goods(other, 2_000)
    await market.settled(stall, me, (tea, 1))
    refunded = await market.paid(stall, me, (tea, 1))
    await market.claim(stall, me, refunded)
    await market.refunds_arrive(stall, refunded)
    await market.place(stall, me, (tea, 2))
    await market.pass_time(31 * MINUTE)
    wishes = (Wish(stall.shop, tea, 1, 9_900), Wish(other.shop, cups, 1, 2_000))
    placed = await place_checkout(market.engine, me, "cart-1", Basket(wishes, await market.address(me)))
    number, total = write("C", me.id, placed.checkout), placed.joined.told["total_minor"]
    for txn in ("T-both", "T-twice"):
        paid = RecordCheckoutNotice(me.id, placed.checkout, "paid", txn, number, total, "CNY", market.clock.at)
        await market.do(paid, system("provider"))
    await market.engine.settle_down()
    await market.place(stall, me, (tea, 1))
    await market.paid(stall, me, (tea, 1))
    await market.shipped(stall, me, (tea, 1))
    received = await market.paid(stall, me, (tea, 1))
    await market.received(stall, me, received)
    await market.do(OpenClaim(stall.shop, received, 1, "return", 1, "damaged"), me)
    await market.do(SetCart(me.id, stall.shop, tea, 1), me)


async def gifts(market: Market, stall: Stall, tea: int, me: Principal, friend: Principal) -> None:
    """Gifts of his, at every step, and one that he was given."""
    await market.do(SaveAddress(friend.id, "CN-XZ", FRIENDS[0], FRIENDS[1], FRIENDS[2]), friend)
    for step in ("wrapped", "offered", "declined", "accepted"):
        order = await market.place(stall, me, (tea, 1), mode="gift")
        await market.do(WrapGift(stall.shop, order, "plum", NOTE), me)
        if step != "wrapped":
            await market.notice(stall, order)
        if step == "declined":
            await market.do(DeclineGift(stall.shop, order, market.proof(stall, order)), friend)
        if step == "accepted":
            await market.do(await market.accepts(stall, order, friend, "CN-XZ"), friend)
            await market.do(ShipParcel(stall.shop, order, "SF", "SF100200300"), stall.keeper)
            await market.do(ConfirmReceipt(stall.shop, order), friend)
    given = await market.place(stall, friend, (tea, 1), mode="gift")
    await market.do(WrapGift(stall.shop, given, "jade", FRIENDS[3]), friend)
    await market.notice(stall, given)
    await market.do(await market.accepts(stall, given, me), me)


async def talk(market: Market, stall: Stall, tea: int, me: Principal, friend: Principal) -> None:
    """He talks with a friend and in a group that he named, sends more cards than are shown, and mutes."""
    room = await direct(market, me, friend)
    told = await market.do(OpenGroup(4_900_001, GROUP, invited(friend.id)), me)
    for where in (room, read_owner(told["room"])):
        await market.do(SendText(where, SAID), me)
        await market.do(SendText(where, FRIENDS[4]), friend)
    for _ in range(6):
        await market.do(SendCard(room, "product", stall.shop, tea), me)
    for who, other in ((me, friend), (friend, me)):
        await market.do(SetMute(who.id, "person", 1, other.id), who)
        await market.do(SetBlock(who.id, other.id, 1), who)


async def promotion(market: Market, stall: Stall, tea: int, me: Principal, friend: Principal) -> None:
    """He was brought by a friend, brought the friend himself, earned, and withdrew it: once done, once under way."""
    await market.follow_link(stall, tea, friend, me)
    await market.follow_link(stall, tea, me, friend)
    await market.settled(stall, friend, (tea, 3))
    first = read_id((await market.do(Withdraw(me.id, 1, ACCOUNT), me))["payout"])[1]
    await market.do(RecordPayout(me.id, first, "succeeded"), system("provider"))
    await market.do(Withdraw(me.id, 1, ACCOUNT), me)
    await market.pass_time(DAY // 24)
