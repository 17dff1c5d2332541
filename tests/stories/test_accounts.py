"""Accounts: on 1 February people register, sign in, forget their password; nobody gets in who proves nothing."""

import asyncio

import pytest

from jishi.engine import erasure, tries
from jishi.engine.accounts import Accounts, Newcomer
from jishi.engine.codes import GOOD_MS, TRIES_MOST
from jishi.engine.sessions import Sessions
from jishi.engine.sign_in import SEEN_MS, SignIn
from jishi.engine.tries import ADDRESS, LOGIN
from jishi.kernel.accounts import OpenAccount
from jishi.kernel.grammar import system
from jishi.kernel.ids import public_owner
from jishi.kernel.logins import Account, Login, Password, read_login
from jishi.kernel.owners import LogRow
from jishi.kernel.parties import EraseParty, Party
from jishi.kernel.refused import Refused
from jishi.store import Tries
from tests.support.market import DAY, open_market

pytestmark = pytest.mark.anyio
MAIL, PASSWORD, HOME = "qian@example.com", "a sentence that is long", "192.0.2.7"
LOGIN_OF = read_login(MAIL)
JOB = system("job")


async def joined(accounts: Accounts, text: str = MAIL, password: str = PASSWORD) -> int:
    """Somebody who has registered."""
    code = await accounts.code("register", read_login(text), HOME)
    return await accounts.register(read_login(text), code, Newcomer("person", "Qian", "en"), password)


async def why(work) -> str:
    """The code with which something is refused."""
    with pytest.raises(Refused) as raised:
        await work
    return raised.value.code


def test_a_login_has_one_form():
    assert read_login(" Qian@Example.COM ") == ("email", "qian@example.com")
    assert read_login("190 0000 0001") == read_login("+86 190-0000-0001") == ("phone", "+8619000000001")
    assert read_login("0044 20 7946 0000") == ("phone", "+442079460000")
    for wrong in ("", "qian", "qian@", "@example.com", "a b@example.com", "12", "+0123456789", "qian@example"):
        with pytest.raises(Refused, match="login_malformed"):
            read_login(wrong)


async def test_registered_and_signed_in(database_url):
    async with open_market(database_url) as market:
        accounts = Accounts(market.engine)
        party = await joined(accounts)
        assert await accounts.sign_in("QIAN@example.com", PASSWORD, HOME) == party
        assert await why(accounts.sign_in(MAIL, "another sentence", HOME)) == "sign_in_wrong"
        assert await why(accounts.sign_in("nobody@example.com", PASSWORD, HOME)) == "sign_in_wrong"
        (kept,) = await market.rows(Password)
        assert kept.hash.startswith("$argon2id$") and PASSWORD not in kept.hash
        said = "".join(row.events + row.answer + row.command_id for row in await market.rows(LogRow))
        assert MAIL not in said and kept.hash not in said and (await market.rows(Login))[0].mark not in said


@pytest.mark.parametrize("together", [True, False], ids=["one batch", "two batches"])
async def test_two_claim_one_login(database_url, together):
    """Whoever comes second is told so; one party has it, and the other does not exist."""
    async with open_market(database_url) as market:
        claims = [OpenAccount(5_000_000 + n, "person", "email", MAIL, f"Qian {n}") for n in (1, 2)]
        if together:
            told = await market.at_once(*[(claim, JOB) for claim in claims])
        else:
            told = await asyncio.gather(*[market.do(claim, JOB) for claim in claims], return_exceptions=True)
        lost = [one for one in told if isinstance(one, Refused)]
        assert [one.code for one in lost] == ["login_taken"] and len(told) == 2
        (login,) = await market.rows(Login)
        (party,) = await market.rows(Party)
        assert login.party == party.owner


async def test_a_login_changes_hands_in_one_batch(database_url):
    """Its row goes and comes anew under the same key: it is the new one whole, not the old one in part."""
    async with open_market(database_url) as market:
        await market.do(OpenAccount(5_000_001, "person", "email", MAIL, "Qian"), JOB)
        market.clock.pass_by(DAY)
        erased = (EraseParty(5_000_001), JOB)
        told = await market.at_once(erased, (OpenAccount(5_000_002, "person", "email", MAIL, "Sun"), JOB))
        assert not any(isinstance(one, Exception) for one in told)
        (login,) = await market.rows(Login)
        assert (login.party, login.claimed_ms) == (5_000_002, market.clock.at)


async def test_two_engines_claim_one_login(postgres_url):
    """The directory's key decides, over all processes."""
    async with open_market(postgres_url) as one, open_market(postgres_url, one.clock) as two:
        claims = [
            market.do(OpenAccount(5_000_000 + n, "person", "email", MAIL, "Qian"), JOB)
            for n, market in enumerate((one, two))
        ]
        told = await asyncio.gather(*claims, return_exceptions=True)
        assert sorted(type(one).__name__ for one in told) == ["Refused", "dict"]
        assert len(await one.rows(Login)) == len(await one.rows(Party)) == 1


async def test_locked_out_and_let_in_again(database_url):
    """Five wrong passwords lock a login, also for who knows the right one, in every process; a quarter later not."""
    async with open_market(database_url) as market:
        accounts = Accounts(market.engine)
        party = await joined(accounts)
        for _ in range(LOGIN.most):
            assert await why(accounts.sign_in(MAIL, "wrong", HOME)) == "sign_in_wrong"
        another = Accounts(market.engine)
        with pytest.raises(Refused) as locked:
            await another.sign_in(MAIL, PASSWORD, "198.51.100.1")
        assert (locked.value.code, locked.value.facts["wait_s"]) == ("locked_out", LOGIN.lock_ms // 1000)
        market.clock.pass_by(LOGIN.lock_ms - 1)
        assert await why(accounts.sign_in(MAIL, PASSWORD, HOME)) == "locked_out"
        market.clock.pass_by(1)
        assert await accounts.sign_in(MAIL, PASSWORD, HOME) == party
        assert await market.row(Tries, mark=accounts.counter("login", *LOGIN_OF)) is None


async def test_many_at_once_gain_no_further_tries(database_url):
    async with open_market(database_url) as market:
        accounts = Accounts(market.engine)
        await joined(accounts)
        told = await asyncio.gather(
            *[accounts.sign_in(MAIL, f"wrong {n}", HOME) for n in range(12)], return_exceptions=True
        )
        assert sorted(one.code for one in told) == ["locked_out"] * 7 + ["sign_in_wrong"] * 5


async def test_an_address_is_locked_as_well(sqlite_url):
    """Tries with many logins lock the address they come from, and nobody else; who signs in rightly does not count."""
    async with open_market(sqlite_url) as market:
        accounts = Accounts(market.engine)
        party, place = await joined(accounts), accounts.counter("address", HOME)
        for _ in range(ADDRESS.most - 1):
            assert not await tries.count(market.engine, place, ADDRESS)
        for _ in range(3):
            assert await accounts.sign_in(MAIL, PASSWORD, HOME) == party
        assert await why(accounts.sign_in("nobody@example.com", PASSWORD, HOME)) == "sign_in_wrong"
        assert await why(accounts.sign_in(MAIL, PASSWORD, HOME)) == "locked_out"
        assert await accounts.sign_in(MAIL, PASSWORD, "198.51.100.1") == party


# -- codes --------------------------------------------------------------------------------------------


async def test_a_code_wrong_late_and_replayed(database_url):
    async with open_market(database_url) as market:
        accounts = Accounts(market.engine)
        party = await joined(accounts)
        code = await accounts.code("recover", LOGIN_OF, HOME)
        wrong = "000000" if code != "000000" else "000001"
        assert await why(accounts.recover(LOGIN_OF, wrong, "another sentence")) == "code_wrong"
        assert await accounts.recover(LOGIN_OF, code, "another sentence") == party
        assert await why(accounts.recover(LOGIN_OF, code, "a third sentence")) == "code_wrong"
        assert await accounts.sign_in(MAIL, "another sentence", HOME) == party

        late = await accounts.code("recover", LOGIN_OF, HOME)
        market.clock.pass_by(GOOD_MS)
        assert await why(accounts.recover(LOGIN_OF, late, "a third sentence")) == "code_late"
        former, newest = [await accounts.code("recover", LOGIN_OF, HOME) for _ in range(2)]
        assert former != newest and await why(accounts.recover(LOGIN_OF, former, "a third sentence")) == "code_wrong"
        assert await accounts.recover(LOGIN_OF, newest, "a third sentence") == party


async def test_a_code_is_entered_five_times_at_most(database_url):
    async with open_market(database_url) as market:
        accounts = Accounts(market.engine)
        code = await accounts.code("register", LOGIN_OF, HOME)
        wrong = "000000" if code != "000000" else "000001"
        newcomer = Newcomer("person", "Qian", "en")
        told = await asyncio.gather(
            *[accounts.register(LOGIN_OF, wrong, newcomer, PASSWORD) for _ in range(TRIES_MOST)], return_exceptions=True
        )
        assert [one.code for one in told] == ["code_wrong"] * TRIES_MOST
        assert await why(accounts.register(LOGIN_OF, code, newcomer, PASSWORD)) == "code_tries"
        for _ in range(4):
            code = await accounts.code("register", LOGIN_OF, HOME)
        assert await why(accounts.code("register", LOGIN_OF, HOME)) == "codes_too_many"
        assert await accounts.register(LOGIN_OF, code, newcomer, PASSWORD)


async def test_a_code_is_for_one_purpose_and_one_login(sqlite_url):
    async with open_market(sqlite_url) as market:
        accounts = Accounts(market.engine)
        await joined(accounts)
        code = await accounts.code("guest", read_login("+8619000000001"), HOME)
        assert await why(accounts.recover(LOGIN_OF, code, "another sentence")) == "code_wrong"
        nobody = read_login("nobody@example.com")
        code = await accounts.code("recover", nobody, HOME)
        assert await why(accounts.recover(nobody, code, "another sentence")) == "code_wrong"


async def test_a_weak_password_costs_no_code(sqlite_url):
    async with open_market(sqlite_url) as market:
        accounts = Accounts(market.engine)
        code = await accounts.code("register", LOGIN_OF, HOME)
        for weak, told in (("short", "password_length"), ("12345678", "password_common"), (MAIL, "password_common")):
            assert await why(accounts.register(LOGIN_OF, code, Newcomer("person", "Qian", "en"), weak)) == told
        assert await accounts.register(LOGIN_OF, code, Newcomer("person", "Qian", "en"), PASSWORD)


async def test_a_guest_becomes_a_person_and_stays_the_same_party(database_url):
    async with open_market(database_url) as market:
        accounts, phone = Accounts(market.engine), read_login("19000000001")
        code = await accounts.code("guest", phone, HOME)
        party = await accounts.guest(phone, code, Newcomer("guest", "Guest", "en"))
        assert (await market.row(Party, owner=party)).kind == "guest"
        again = await accounts.guest(phone, await accounts.code("guest", phone, HOME), Newcomer("guest", "x", "en"))
        assert again == party, "the same phone is the same guest"
        code = await accounts.code(f"claim.{public_owner(party)}", LOGIN_OF, HOME)
        await accounts.add_login(party, LOGIN_OF, code)
        assert (await market.row(Party, owner=party)).kind == "person"
        await accounts.set_password(party, PASSWORD, MAIL)
        for login in (MAIL, "+86 190 0000 0001"):
            assert await accounts.sign_in(login, PASSWORD, HOME) == party

        other = read_login("later@example.com")
        await accounts.add_login(party, other, await accounts.code(f"claim.{public_owner(party)}", other, HOME))
        assert await accounts.party_of(LOGIN_OF) == 0, "the login it replaced is free again"
        stranger = await joined(accounts)
        assert stranger != party
        code = await accounts.code(f"claim.{public_owner(stranger)}", other, HOME)
        assert await why(accounts.add_login(stranger, other, code)) == "login_taken"


# -- sessions -----------------------------------------------------------------------------------------


async def test_a_revoked_session_is_refused_at_once_and_soon_elsewhere(database_url):
    async with open_market(database_url) as market:
        here, elsewhere = SignIn(market.engine), SignIn(market.engine)
        sessions = Sessions(market.engine, here)
        who, other = await market.person(), await market.person()
        one, two = [await sessions.open(who.id, "password", "Safari · iPhone") for _ in range(2)]
        first, second = await here.read_session(one), await elsewhere.read_session(two)
        assert (first.party, second.party) == (who.id, who.id)
        await sessions.end(other.id, first.id)
        assert await here.read_session(one), "nobody ends another's session"
        assert await sessions.end_others(who.id, first.id) == 1
        assert await here.read_session(two) is None and await here.read_session(one)
        market.clock.pass_by(SEEN_MS)
        assert await elsewhere.read_session(two) is None
        assert [row.id for row in await sessions.of(who.id)] == [first.id]
        assert await here.read_session(f"{two[:-1]}{'0' if two[-1] != '0' else '1'}") is None
        for forged in ("", ".", one.partition(".")[0], f"{two.partition('.')[0]}.{one.partition('.')[2]}"):
            assert await here.read_session(forged) is None
        market.clock.pass_by(7 * DAY)
        assert await here.read_session(one) is None and await sessions.of(who.id) == []


async def test_the_erased_cannot_sign_in(database_url):
    async with open_market(database_url) as market:
        accounts, sign_in = Accounts(market.engine), SignIn(market.engine)
        party = await joined(accounts)
        value = await Sessions(market.engine, sign_in).open(party, "password", "Firefox · Linux")
        assert await sign_in.read_session(value)
        await erasure.erase(market.engine, party)
        assert await sign_in.read_session(value) is None
        assert await why(accounts.sign_in(MAIL, PASSWORD, HOME)) == "sign_in_wrong"
        assert await market.rows(Account) == await market.rows(Login) == await market.rows(Password) == []
        assert await joined(accounts) != party, "his address is free for a new account"
