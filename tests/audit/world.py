"""A small lived-in market: deals in every state, so that each kind of fault has a row to stand in."""

from jishi.engine.checkout import Basket, Wish, place_checkout
from jishi.kernel.cart import SetCart
from jishi.kernel.catalog import Axis, PriceSku, Product, ReviseProduct, Text, WithdrawProduct
from jishi.kernel.checkout import RecordCheckoutNotice
from jishi.kernel.claims import AnswerClaim, OpenClaim, ReceiveReturn, SendBack
from jishi.kernel.closing import CancelOversold
from jishi.kernel.grammar import system
from jishi.kernel.ids import read_id, read_owner
from jishi.kernel.parcels import ConfirmReceipt, Packed, RecordDelivery, ShipParcel
from jishi.kernel.parties import RemoveAddress
from jishi.kernel.payments import StartPayment
from jishi.kernel.payouts import RecordPayout, Withdraw
from jishi.kernel.pictures import AddPicture, RemovePicture
from jishi.kernel.refund_results import RecordRefund
from jishi.kernel.stock import Sku
from jishi.modes.gift import DeclineGift, WrapGift
from jishi.scenes.messages import SendCard, SendText
from jishi.scenes.rooms import OpenService
from tests.support.chatting import direct, group
from tests.support.market import DAY, HOUR, MINUTE, Market

PROVIDER = system("provider")
PROMOTED = {"promoter_ppm": 100_000}


async def live(market: Market) -> None:
    """Weeks of trade; at the end something waits at every step."""
    stall, other = await market.shop(), await market.shop()
    tea = await market.goods(stall, 9_990, stock=60, **PROMOTED)
    cup = await market.goods(other, 2_505, stock=40)
    assert (await market.row(Product, owner=stall.shop)).promoter_ppm
    await settled_deals(market, stall, tea)
    await gifts_over(market, stall, tea)
    await claims_over(market, stall, tea)
    await checkouts(market, stall, other, (tea, cup))
    await talk(market, stall, tea)
    await changed_goods(market, other)
    await share_in_flight(market, stall, tea)
    await waiting_deals(market, stall, tea)


async def settled_deals(market, stall, tea) -> None:
    """A promoter earns; the shop and he withdraw; later a bank takes the money back, which leaves debts."""
    buyer, promoter = await market.person(), await market.person("promoter")
    await market.follow_link(stall, tea, promoter, buyer)
    first = await market.settled(stall, buyer, (tea, 2))
    await market.settled(stall, buyer, (tea, 1))
    for owner, by, amount, outcome in (
        (stall.shop, stall.keeper, await market.balance(stall.shop, "available"), "succeeded"),
        (promoter.id, promoter, 2_500, "succeeded"),
        (promoter.id, promoter, 100, "failed"),
    ):
        told = await market.do(Withdraw(owner, amount, "acct-1"), by)
        await market.do(RecordPayout(owner, read_id(told["payout"])[1], outcome), PROVIDER)
    await market.notice(stall, first, "charged_back", amount_minor=12_345)
    await market.engine.settle_down()
    assert await market.balance(stall.shop, "receivable") and await market.balance(promoter.id, "receivable")
    await market.settled(stall, buyer, (tea, 1))


async def gifts_over(market, stall, tea) -> None:
    """One gift accepted and settled, one declined, one expired."""
    giver, friend = await market.person(), await market.person("friend")
    accepted = await market.gift(stall, giver, tea)
    await market.do(await market.accepts(stall, accepted, friend), friend)
    await market.received(stall, friend, accepted)
    declined = await market.gift(stall, giver, tea)
    await market.do(DeclineGift(stall.shop, declined, market.proof(stall, declined)), friend)
    expired = await market.gift(stall, giver, tea, 2)
    await market.pass_time(25 * HOUR)
    for order in (declined, expired):
        assert await market.refunds_arrive(stall, order)
    await market.pass_time(8 * DAY)


async def claims_over(market, stall, tea) -> None:
    """A part refunded, with a failure before; a return back on the shelf; a payment undone before the goods left."""
    buyer = await market.person()
    part = await market.paid(stall, buyer, (tea, 2))
    await market.received(stall, buyer, part)
    await market.claim(stall, buyer, part, 1_234)
    await market.refunds_arrive(stall, part, "failed")
    await market.pass_time(2 * HOUR)
    assert await market.refunds_arrive(stall, part)
    back = await market.shipped(stall, buyer, (tea, 1))
    await market.do(ConfirmReceipt(stall.shop, back), buyer)
    told = await market.do(OpenClaim(stall.shop, back, 1, "return", 1, "changed_mind"), buyer)
    await market.do(AnswerClaim(stall.shop, back, told["claim"], 1), stall.keeper)
    await market.do(SendBack(stall.shop, back, told["claim"], "SF", "SF200000001"), buyer)
    await market.do(ReceiveReturn(stall.shop, back, told["claim"], 1), stall.keeper)
    assert await market.refunds_arrive(stall, back)
    undone = await market.paid(stall, buyer, (tea, 1))
    await market.notice(stall, undone, "reversed")
    twice = await market.shipped(stall, buyer, (tea, 1))
    await market.claim(stall, buyer, twice, 60)
    await market.notice(stall, twice, "charged_back")
    assert await market.refunds_arrive(stall, twice)
    await market.pass_time(8 * DAY)


async def checkouts(market, stall, other, goods) -> None:
    """Two shops under one payment, paid twice: what is too much waits in the platform's book."""
    buyer = await market.person()
    wishes = (Wish(stall.shop, goods[0], 1, 9_990), Wish(other.shop, goods[1], 3, 2_505))
    placed = await place_checkout(market.engine, buyer, "cart-1", Basket(wishes, await market.address(buyer)))
    total = placed.joined.told["total_minor"]
    for txn in ("T-both", "T-again"):
        await market.do(
            RecordCheckoutNotice(buyer.id, placed.checkout, "paid", txn, "C1", total, "CNY", market.clock.at), PROVIDER
        )
    await market.engine.settle_down()
    for seller, order in zip((stall, other), placed.orders, strict=True):
        cancel = CancelOversold(seller.shop, read_id(order.told["order"])[1])
        await market.do(cancel, seller.keeper)
    undone = ("reversed", "T-both", "C1", total - 2_505, "CNY", market.clock.at)  # and nobody knows yet of which part
    await market.do(RecordCheckoutNotice(buyer.id, placed.checkout, *undone), PROVIDER)
    await market.place(stall, buyer, (goods[0], 1))
    await market.pass_time(31 * MINUTE)


async def share_in_flight(market, stall, tea) -> None:
    """A deal settles, no reaction runs: its promoter's share has left one book and not reached the other."""
    buyer, promoter = await market.person(), await market.person("promoter")
    await market.follow_link(stall, tea, promoter, buyer)
    await market.received(stall, buyer, await market.paid(stall, buyer, (tea, 1)))
    await market.engine.settle_down()
    market.clock.pass_by(8 * DAY)
    assert await market.engine.timers.turn()


async def waiting_deals(market, stall, tea) -> None:
    """One deal at each step where something is waited for. Nothing here lets the pumps turn."""
    buyer, giver = await market.person(), await market.person()
    partly = await market.paid(stall, buyer, (tea, 3))
    await market.do(ShipParcel(stall.shop, partly, "SF", "SF300000001", (Packed(1, 1),)), stall.keeper)
    shipped = await market.shipped(stall, buyer, (tea, 1))
    await market.do(RecordDelivery(stall.shop, shipped, 1), system("carrier"))
    received = await market.paid(stall, buyer, (tea, 1))
    await market.received(stall, buyer, received)
    await market.do(OpenClaim(stall.shop, received, 1, "refund", 1, "damaged"), buyer)
    twice = await market.paid(stall, buyer, (tea, 1))
    await market.notice(stall, twice, txn="T-twice")
    failed = await market.paid(stall, buyer, (tea, 2))
    await market.do(OpenClaim(stall.shop, failed, 1, "refund", 1, "changed_mind"), buyer)
    await market.do(RecordRefund(stall.shop, failed, 1, "failed"), PROVIDER)
    await market.gift(stall, giver, tea)
    wrapped = await market.place(stall, giver, (tea, 1), mode="gift")
    await market.do(WrapGift(stall.shop, wrapped, "plum", "With love"), giver)
    unknown = await market.place(stall, buyer, (tea, 1))
    await market.do(StartPayment(stall.shop, unknown), buyer)
    await market.do(Withdraw(stall.shop, 500, "acct-1"), stall.keeper)


async def talk(market, stall, tea) -> None:
    """Friends talk, in a room of two, a group and with the shop; a gift is shown, and more cards are sent than fit."""
    a, b = await market.person(), await market.person()
    room, many = await direct(market, a, b), await group(market, a, b)
    gift = await market.gift(stall, a, tea)
    for where, by in ((room, a), (room, b), (many, b)):
        await market.do(SendText(where, "simulated"), by)
    for _ in range(7):
        await market.do(SendCard(room, "product", stall.shop, tea), a)
    await market.do(SendCard(room, "gift", stall.shop, order=gift), a)
    told = await market.do(OpenService(0, stall.shop, b.id).addressed(b), b)
    await market.do(SendText(read_owner(told["room"]), "simulated"), stall.keeper)


async def changed_goods(market, stall) -> None:
    """Goods get a new price, new words and pictures, and go off sale; a visitor fills his cart and moves house."""
    sku, visitor = await market.goods(stall, 1_000), await market.person()
    product = (await market.row(Sku, owner=stall.shop, id=sku)).product
    words = Text("zh-Hans", "另一件试用的好东西", axes=(Axis("款式", ("第1款",)),))
    for command in (
        PriceSku(stall.shop, sku, 1_200),
        ReviseProduct(stall.shop, product, (words,), giftable=0),
        AddPicture(stall.shop, product, "first", "first"),
        AddPicture(stall.shop, product, "second", "second"),
        RemovePicture(stall.shop, product, 1),
        WithdrawProduct(stall.shop, product),
    ):
        await market.do(command, stall.keeper)
    await market.do(SetCart(visitor.id, stall.shop, sku, 2), visitor)
    await market.do(RemoveAddress(visitor.id, await market.address(visitor)), visitor)
