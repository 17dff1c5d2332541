"""A visitor becomes somebody: his cart and who brought him are the person's, once, however often he signs in."""

import pytest

from jishi.kernel.cart import CART_MOST, QUANTITY_MOST, CartLine, SetCart
from jishi.kernel.grammar import Principal, system
from jishi.kernel.orders import Line
from jishi.kernel.parties import CreateParty, Party
from jishi.kernel.touch import Touch
from jishi.kernel.visitors import LINES_MOST, linking
from tests.support.market import DAY, HOUR, open_market

pytestmark = pytest.mark.anyio


async def visitor(market) -> Principal:
    """A browser of which nobody has signed in."""
    market.made += 1
    owner = 1_000_000 + market.made
    await market.do(CreateParty(owner, "visitor", "Visitor"), system("job"))
    return Principal("party", owner)


async def link(market, who: Principal, person: Principal) -> None:
    await market.engine.bundle(linking(who.id, person.id))


async def cart(market, who: Principal) -> dict[int, int]:
    """SKU -> how many of it lie in the cart."""
    return {line.sku: line.quantity for line in await market.rows(CartLine, owner=who.id)}


async def test_two_carts_become_one(database_url):
    async with open_market(database_url) as market:
        here, there, person, guest = (
            await market.shop(),
            await market.shop(),
            await market.person(),
            await visitor(market),
        )
        tea, cup, pot = await market.goods(here), await market.goods(here), await market.goods(there)
        for who, stall, sku, quantity in (
            (person, here, tea, 2), (person, there, pot, 1), (guest, here, tea, 3), (guest, here, cup, QUANTITY_MOST),
        ):  # fmt: skip
            await market.do(SetCart(who.id, stall.shop, sku, quantity), who)
        await market.do(SetCart(person.id, here.shop, cup, 1), person)
        await link(market, guest, person)
        merged = {tea: 5, cup: QUANTITY_MOST, pot: 1}
        assert await cart(market, person) == merged and await cart(market, guest) == {}
        await link(market, guest, person)  # the page was sent twice
        assert await cart(market, person) == merged
        assert (await market.row(Party, owner=guest.id)).state == "linked"
        refused = await market.refuses(SetCart(guest.id, here.shop, tea, 9), guest)
        assert refused.code == "state_forbids", "nothing can be lost in a cart that is nobody's any more"


async def test_two_browsers_sign_in_as_one_person(database_url):
    async with open_market(database_url) as market:
        stall, person = await market.shop(), await market.person()
        tea = await market.goods(stall)
        phone, desk = await visitor(market), await visitor(market)
        for who, quantity in ((phone, 2), (desk, 3)):
            await market.do(SetCart(who.id, stall.shop, tea, quantity), who)
        told = await market.at_once(*[(c, by) for who in (phone, desk) for c, by, _ in linking(who.id, person.id)])
        assert not [one for one in told if isinstance(one, Exception)]
        assert await cart(market, person) == {tea: 5}


async def test_a_browser_is_linked_to_one_person_only(database_url):
    async with open_market(database_url) as market:
        stall, first, second, guest = (
            await market.shop(),
            await market.person(),
            await market.person(),
            await visitor(market),
        )
        tea = await market.goods(stall)
        await market.do(SetCart(guest.id, stall.shop, tea, 2), guest)
        await link(market, guest, first)
        await link(market, guest, second)  # an old cookie
        assert await cart(market, first) == {tea: 2} and await cart(market, second) == {}
        fresh, other = await visitor(market), await visitor(market)
        for pair in ((fresh.id, fresh.id), (fresh.id, other.id), (first.id, second.id), (fresh.id, 77)):
            with pytest.raises(Exception, match="not_found"):
                await market.engine.bundle(linking(*pair))


async def test_who_brought_the_visitor_is_paid_when_the_person_buys(database_url):
    async with open_market(database_url) as market:
        stall, person, guest = await market.shop(), await market.person(), await visitor(market)
        early, late = await market.person("promoter"), await market.person("promoter")
        tea = await market.goods(stall, promoter_ppm=50_000)
        cup = await market.goods(stall, promoter_ppm=50_000)
        await market.follow_link(stall, tea, early, guest)
        came = market.clock.at
        await market.pass_time(2 * HOUR)
        await market.follow_link(stall, tea, late, person)  # later, and already as himself
        await market.follow_link(stall, cup, early, person)
        await market.pass_time(HOUR)
        await market.follow_link(stall, cup, late, guest)
        brought = market.clock.at
        await market.pass_time(DAY)
        await link(market, guest, person)
        touches = {(row.owner, row.promoter): row.at_ms for row in await market.rows(Touch)}
        assert touches[person.id, late.id] in (brought, came + 2 * HOUR)
        mine = sorted((row.promoter, row.at_ms) for row in await market.rows(Touch, owner=person.id))
        assert mine == [(late.id, came + 2 * HOUR), (late.id, brought)], "the last one wins, and keeps its time"
        assert touches[guest.id, early.id] == came, "what the visitor did is not rewritten"
        order = await market.place(stall, person, (cup, 1))
        (line,) = await market.rows(Line, owner=stall.shop, order=order)
        assert [share.payee for share in line.shares if share.role == "promoter"] == [late.id]


async def test_full_carts_fit_together_and_what_does_not_fit_stays(database_url):
    async with open_market(database_url) as market:
        stall, person = await market.shop(), await market.person()
        skus = [sku for _ in range(3) for sku in await market.variants(stall, (100,) * CART_MOST)]
        guests = [await visitor(market), await visitor(market)]
        for who, part in zip((person, *guests), range(3), strict=True):
            for sku in skus[part * CART_MOST : (part + 1) * CART_MOST]:
                await market.do(SetCart(who.id, stall.shop, sku, 1), who)
        await link(market, guests[0], person)
        assert len(await cart(market, person)) == LINES_MOST
        with pytest.raises(Exception, match="cart_full"):
            await link(market, guests[1], person)
        assert len(await cart(market, guests[1])) == CART_MOST, "it waits there until there is room"
        assert (await market.row(Party, owner=guests[1].id)).state == "active"
