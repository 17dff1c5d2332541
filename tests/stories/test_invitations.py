"""Invitations: on 1 February a keeper asks somebody to work in his shop; one may say yes, once, within a week."""

import pytest

from jishi.engine.accounts import Accounts, Newcomer
from jishi.kernel.grammar import Principal, system
from jishi.kernel.ids import read_id
from jishi.kernel.invitations import (
    INVITATION_MS,
    AcceptInvitation,
    DeclineInvitation,
    Invitation,
    InviteStaff,
    WithdrawInvitation,
    invitation_parts,
)
from jishi.kernel.logins import read_login
from jishi.kernel.owners import LogRow, Timer
from jishi.kernel.parties import EraseParty
from jishi.kernel.roles import Staff
from jishi.kernel.shops import SetDuties
from tests.support.market import open_market

pytestmark = pytest.mark.anyio
MAIL = "friend@example.com"


async def asked(market, stall, duties=("orders",), login: str = "") -> int:
    told = await market.do(InviteStaff(stall.shop, duties, login), stall.keeper)
    return read_id(told["invitation"])[1]


def proof(market, stall, invitation: int) -> str:
    return market.engine.world.seal(*invitation_parts(stall.shop, invitation))


async def duties(market, stall, who) -> tuple[str, ...]:
    row = await market.row(Staff, owner=stall.shop, party=who.id)
    return row.duties if row else ()


async def with_login(market) -> Principal:
    return Principal("party", await Accounts(market.engine).open(read_login(MAIL), Newcomer("person", "Friend", "en")))


async def test_accepted_by_link_once(database_url):
    """Of two who hold the link, the first works here; in one batch or after it."""
    async with open_market(database_url) as market:
        stall, one, two = await market.shop(), await market.person(), await market.person()
        number = await asked(market, stall, ("goods", "orders"))
        link = proof(market, stall, number)
        accept = AcceptInvitation(stall.shop, number, link)
        first, second = await market.at_once((accept, one), (accept, two))
        assert "invitation" in first and second.code == "not_found", "to the other it is as if it had never been"
        assert (await market.refuses(accept, one)).code == "state_forbids"
        assert await duties(market, stall, one) == ("goods", "orders") and await duties(market, stall, two) == ()
        row = await market.row(Invitation, id=number)
        assert (row.state, row.party, row.by) == ("accepted", one.id, stall.keeper.id)
        assert not await market.rows(Timer, kind="expire_invitation")


async def test_a_named_invitation_is_for_him_alone(database_url):
    async with open_market(database_url) as market:
        stall, friend, other = await market.shop(), await with_login(market), await market.person()
        number = await asked(market, stall, login=" FRIEND@example.com")
        for link in ("", proof(market, stall, number), "f" * 32):
            assert (await market.refuses(AcceptInvitation(stall.shop, number, link), other)).code == "not_found"
        await market.do(AcceptInvitation(stall.shop, number), friend)
        assert await duties(market, stall, friend) == ("orders",)
        assert (await market.refuses(InviteStaff(stall.shop, ("goods",), MAIL), stall.keeper)).code == "works_here"
        said = "".join(row.events + row.answer for row in await market.rows(LogRow))
        assert "friend" not in said.lower(), "the log holds no login"


async def test_to_a_login_that_nobody_has_yet(database_url):
    """The letter's link is what he comes with; what the shop is told is the same."""
    async with open_market(database_url) as market:
        stall = await market.shop()
        number = await asked(market, stall, login=MAIL)
        friend = await with_login(market)
        assert (await market.refuses(AcceptInvitation(stall.shop, number), friend)).code == "not_found"
        await market.do(AcceptInvitation(stall.shop, number, proof(market, stall, number)), friend)
        assert await duties(market, stall, friend) == ("orders",)


async def test_after_a_week_it_is_over(database_url):
    async with open_market(database_url) as market:
        stall, friend = await market.shop(), await market.person()
        number = await asked(market, stall)
        accept = AcceptInvitation(stall.shop, number, proof(market, stall, number))
        market.clock.pass_by(INVITATION_MS)
        assert (await market.refuses(accept, friend)).code == "invitation_over", "also before the timer has fired"
        await market.pass_time(0)
        assert (await market.row(Invitation, id=number)).state == "expired"
        assert (await market.refuses(accept, friend)).code == "state_forbids"
        assert await duties(market, stall, friend) == ()


async def test_declined_or_taken_back(database_url):
    async with open_market(database_url) as market:
        stall, friend = await market.shop(), await market.person()
        declined, withdrawn = await asked(market, stall), await asked(market, stall)
        await market.do(DeclineInvitation(stall.shop, declined, proof(market, stall, declined)), friend)
        assert (await market.refuses(WithdrawInvitation(stall.shop, withdrawn), friend)).code == "forbidden"
        await market.do(WithdrawInvitation(stall.shop, withdrawn), stall.keeper)
        for number in (declined, withdrawn):
            accept = AcceptInvitation(stall.shop, number, proof(market, stall, number))
            assert (await market.refuses(accept, friend)).code == "state_forbids"
        assert {row.state for row in await market.rows(Invitation)} == {"declined", "withdrawn"}


async def test_who_does_not_manage_any_more_has_asked_nobody(database_url):
    async with open_market(database_url) as market:
        stall, second, friend = await market.shop(), await market.person(), await market.person()
        number = await asked(market, stall, ("money",))
        await market.do(SetDuties(stall.shop, second.id, ("manage",)), stall.keeper)
        await market.do(SetDuties(stall.shop, stall.keeper.id, ()), second)
        accept = AcceptInvitation(stall.shop, number, proof(market, stall, number))
        assert (await market.refuses(accept, friend)).code == "invitation_over"


async def test_what_cannot_be_asked(database_url):
    async with open_market(database_url) as market:
        stall, stranger = await market.shop(), await market.person()
        assert (await market.refuses(InviteStaff(stall.shop, ("orders",)), stranger)).code == "forbidden"
        assert (await market.refuses(InviteStaff(stall.shop, ("judge",)), stall.keeper)).code == "duty_unknown"
        wrong = InviteStaff(stall.shop, ("orders",), "no login at all")
        assert (await market.refuses(wrong, stall.keeper)).code == "login_malformed"
        operator = await market.operator()
        assert (await market.refuses(InviteStaff(stall.shop, ("money",)), operator)).code == "forbidden"


async def test_an_accepted_duty_adds_to_those_he_has(database_url):
    async with open_market(database_url) as market:
        stall, friend = await market.shop(), await market.person()
        await market.do(SetDuties(stall.shop, friend.id, ("goods",)), stall.keeper)
        number = await asked(market, stall, ("orders",))
        await market.do(AcceptInvitation(stall.shop, number, proof(market, stall, number)), friend)
        assert await duties(market, stall, friend) == ("goods", "orders")


async def test_the_erased_accepts_nothing(database_url):
    async with open_market(database_url) as market:
        stall, friend = await market.shop(), await market.person()
        number = await asked(market, stall)
        await market.do(EraseParty(friend.id), system("job"))
        accept = AcceptInvitation(stall.shop, number, proof(market, stall, number))
        assert (await market.refuses(accept, friend)).code == "party_erased"
