"""People: their address book, and how one leaves: what tells of him goes, his trades and everyone's books stay."""

import pytest

from jishi.kernel.grammar import Principal, system
from jishi.kernel.ids import read_id
from jishi.kernel.ledger import Balance, EntryRow
from jishi.kernel.orders import Order
from jishi.kernel.parcels import ConfirmReceipt, ShipParcel
from jishi.kernel.parties import Address, EraseParty, Party, Profile, RemoveAddress, SaveAddress, SetProfile
from jishi.kernel.placing import LineAsk, PlaceOrder
from jishi.kernel.roles import Staff
from jishi.kernel.rows import TABLES
from jishi.kernel.shops import SetDuties
from tests.support.market import DAY, open_market

pytestmark = pytest.mark.anyio
PLANTED = ("Qian Planted", "+86 190 5555 0456", "Vanished Lane 8")


async def planted(market, who) -> int:
    name, phone, street = PLANTED
    await market.do(SetProfile(who.id, name, phone, "zh-Hans"), who)
    told = await market.do(SaveAddress(who.id, "CN-SC", name, phone, street), who)
    return read_id(told["address"])[1]


async def found(market) -> list[str]:
    """Tables in which something planted stands."""
    rows = [(spec.name, str(row)) for row_type, spec in TABLES.items() for row in await market.rows(row_type)]
    return sorted({name for name, text in rows if any(word in text for word in PLANTED)})


async def test_an_address_book_is_its_owners(database_url):
    async with open_market(database_url) as market:
        stall, one, other = await market.shop(), await market.person(), await market.person()
        tea, address = await market.goods(stall), await planted(market, one)
        lines = (LineAsk(tea, 1, 9_900),)
        theirs = PlaceOrder(stall.shop, lines, address=address)
        assert (await market.refuses(theirs, other)).code == "address_unknown"
        assert (await market.refuses(SaveAddress(one.id, "CN-SC", "x", "12345", "y"), other)).code == "forbidden"
        assert (await market.refuses(RemoveAddress(one.id, address), other)).code == "forbidden"
        assert (await market.refuses(SetProfile(one.id, "x"), other)).code == "forbidden"
        assert (await market.refuses(PlaceOrder(stall.shop, lines), one)).code == "address_missing"

        order = await market.paid(stall, one, (tea, 1), address=address)
        await market.do(RemoveAddress(one.id, address), one)
        assert (await market.refuses(theirs, one)).code == "address_unknown"
        assert (await market.refuses(RemoveAddress(one.id, address), one)).code == "not_found"
        assert (await market.row(Address, id=address)).street == PLANTED[2], "an order under way keeps it"
        assert (await market.order(stall, order)).address == address


async def duties(market, stall, who) -> tuple[str, ...]:
    row = await market.row(Staff, owner=stall.shop, party=who.id)
    return row.duties if row else ()


async def test_a_shop_always_has_a_manager(database_url):
    async with open_market(database_url) as market:
        stall, second = await market.shop(), await market.person()
        for fewer in ((), ("goods", "money")):
            leaves = SetDuties(stall.shop, stall.keeper.id, fewer)
            assert (await market.refuses(leaves, stall.keeper)).code == "last_manager"
        await market.do(SetDuties(stall.shop, stall.keeper.id, ("manage",)), stall.keeper)
        await market.do(SetDuties(stall.shop, second.id, ("manage",)), stall.keeper)
        await market.do(SetDuties(stall.shop, stall.keeper.id, ()), second)
        assert (await duties(market, stall, stall.keeper), await duties(market, stall, second)) == ((), ("manage",))
        assert (await market.refuses(SetDuties(stall.shop, second.id, ()), second)).code == "last_manager"
        key = Principal("app", 77, scopes=("manage",), owner=stall.shop)
        assert (await market.refuses(SetDuties(stall.shop, second.id, ()), key)).code == "last_manager"


async def test_an_operator_takes_no_money_of_a_shop(database_url):
    """He may help a shop to a manager again, but never to himself, nor give anyone its money."""
    async with open_market(database_url) as market:
        stall, operator, other = await market.shop(), await market.operator(), await market.person()
        for who, asked in ((operator, ("money",)), (operator, ("goods",)), (other, ("money", "manage"))):
            assert (await market.refuses(SetDuties(stall.shop, who.id, asked), operator)).code == "forbidden"
        await market.do(SetDuties(stall.shop, other.id, ("manage",)), operator)
        await market.do(SetDuties(stall.shop, stall.keeper.id, ("goods", "money")), operator)
        assert await duties(market, stall, stall.keeper) == ("goods", "money"), "what he had he keeps"
        assert await duties(market, stall, operator) == ()


async def test_erased_and_the_books_still_balance(database_url):
    async with open_market(database_url) as market:
        stall, buyer = await market.shop(), await market.person()
        tea, address = await market.goods(stall), await planted(market, buyer)
        order = await market.paid(stall, buyer, (tea, 1), address=address)
        await market.do(ShipParcel(stall.shop, order, "SF", "SF1"), stall.keeper)
        await market.do(ConfirmReceipt(stall.shop, order), buyer)
        assert await found(market) == ["addresses", "profiles"], "personal data stands in its own rows and nowhere else"
        before = {row_type: await market.rows(row_type) for row_type in (Order, EntryRow, Balance)}

        assert (await market.refuses(EraseParty(buyer.id), stall.keeper)).code == "forbidden"
        await market.do(EraseParty(buyer.id), system("job"))
        assert await found(market) == []
        assert (await market.row(Party, owner=buyer.id)).state == "erased"
        assert await market.row(Profile, owner=buyer.id) is None
        assert {row_type: await market.rows(row_type) for row_type in before} == before

        lines = (LineAsk(tea, 1, 9_900),)
        assert (await market.refuses(PlaceOrder(stall.shop, lines, address=address), buyer)).code == "party_erased"
        assert (await market.refuses(SetProfile(buyer.id, "x"), buyer)).code == "party_erased"
        assert (await market.refuses(EraseParty(buyer.id), buyer)).code == "party_erased"
        await market.do(EraseParty(buyer.id), system("job"))
        await market.pass_time(7 * DAY)
        assert (await market.order(stall, order)).state == "settled"
