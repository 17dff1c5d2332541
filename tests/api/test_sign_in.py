"""Keys and tokens: expired, forged, revoked, borrowed; and limits that are exact."""

import pytest
from structlog.testing import capture_logs

from jishi.api.limits import SECOND_NS, Limits
from jishi.api.settings import ApiSettings, Rate
from jishi.engine.seal import seal_of
from jishi.engine.sessions import Sessions
from jishi.kernel.grammar import system
from jishi.kernel.ids import public_owner, read_id
from jishi.kernel.owners import PLATFORM
from jishi.kernel.roles import DUTIES, OPERATOR_DUTIES
from jishi.kernel.shops import SetDuties
from tests.api.desk import open_desk
from tests.support.market import MINUTE

pytestmark = pytest.mark.anyio


async def test_a_token_ends_after_a_quarter_of_an_hour(sqlite_url):
    async with open_desk(sqlite_url) as desk:
        token = desk.token(await desk.market.person())
        assert (await desk.get("orders/bought", token)).status == 200
        desk.market.clock.pass_by(15 * MINUTE)
        got = await desk.get("orders/bought", token)
        assert (got.status, got.code, got.headers["www-authenticate"]) == (401, "token_refused", "Bearer")


async def test_forged_tokens_are_refused(sqlite_url):
    async with open_desk(sqlite_url) as desk:
        who = await desk.market.person()
        good = desk.token(who)
        party, via, until_ms, signature = good.split(".")
        other = public_owner((await desk.market.person()).id)
        session = await Sessions(desk.market.engine, desk.api.sign_in).open(who.id, "persona", "")
        forged = [
            f"{other}.{via}.{until_ms}.{signature}",
            f"{party}.{via}.{int(until_ms) + 1}.{signature}",
            f"{party}.{via}.{until_ms}.",
            f"{party}.{via}.{until_ms}.{signature[::-1]}",
            f"{party}.{via}.{until_ms}.{seal_of(b'another secret')('token', f'{party}.{via}.{until_ms}')}",
            session,
            "jk_",
            desk.host_key[:-1] + ("0" if desk.host_key[-1] != "0" else "1"),
            "\x00",
            "",
        ]
        for token in forged:
            got = await desk.raw("GET", "/v1/orders/bought", headers={"authorization": f"Bearer {token}"})
            assert (got.status, got.code) == (401, "token_refused"), token
        assert (await desk.raw("GET", "/v1/orders/bought", headers={"authorization": "Basic abc"})).status == 401
        assert (await desk.api.sign_in.read_session(session)).party == who.id
        assert await desk.api.sign_in.read_session(good) is None


async def test_a_revoked_key_and_its_tokens_end_at_once(database_url):
    async with open_desk(database_url) as desk:
        operator = desk.token(await desk.market.operator())
        body = {"key_owner": public_owner(PLATFORM), "name": "a host", "scopes": ["act_for"]}
        made = await desk.post("keys/make", body, operator, idempotency_key="one")
        assert made.body == (await desk.post("keys/make", body, operator, idempotency_key="one")).body
        secret = made.told["secret"]
        party = public_owner((await desk.market.person()).id)
        token = (await desk.post("party-tokens", {"party": party}, secret)).told["token"]
        assert (await desk.get("orders/bought", token)).status == 200
        assert (await desk.post("keys/revoke", {"key": made.told["key"]}, operator)).status == 200
        for old in (secret, token):
            assert (await desk.get("orders/bought", old)).code == "token_refused"
        assert read_id(made.told["key"])[0] == PLATFORM


async def test_the_security_log_names_people_by_their_public_ids(sqlite_url):
    async with open_desk(sqlite_url) as desk:
        stall, who = await desk.market.shop(), await desk.market.person()
        key = await desk.key(stall.shop, "goods")
        with capture_logs() as lines:
            for by in (desk.token(who), key, ""):
                await desk.get("orders/sold", by, shop=public_owner(stall.shop))
        assert [line["by"] for line in lines] == [public_owner(who.id), key[3:].partition(".")[0], "nobody"]
        assert [line["status"] for line in lines] == [403, 403, 401]
        assert not any(str(number) in str(lines) for number in (who.id, stall.shop))


async def test_only_a_platform_key_with_act_for_obtains_tokens(sqlite_url):
    async with open_desk(sqlite_url) as desk:
        stall, who = await desk.market.shop(), await desk.market.person()
        others = [await desk.key(stall.shop, "manage"), await desk.key(PLATFORM, "read"), desk.token(who)]
        for sender in others:
            got = await desk.post("party-tokens", {"party": public_owner(who.id)}, sender)
            assert (got.status, got.code) == (403, "forbidden")
        gone = await desk.post("party-tokens", {"party": public_owner(987_654)}, desk.host_key)
        assert (gone.status, gone.code) == (404, "not_found")
        assert system("job").party == 0


async def test_only_a_key_that_may_operate_acts_for_an_operator(database_url):
    async with open_desk(database_url) as desk:
        who = await desk.market.person()
        stall = await desk.market.shop()
        body = {"party": public_owner(who.id)}
        for owner, duties, status in [
            (stall.shop, DUTIES, 200),
            (PLATFORM, OPERATOR_DUTIES[:1], 403),
            (PLATFORM, (), 200),
        ]:
            await desk.market.do(SetDuties(owner, who.id, duties), system("job"))
            got = await desk.post("party-tokens", body, desk.host_key)
            assert (got.status, "token" in got.told) == (status, status == 200), (owner, duties, got)
            assert status == 200 or got.code == "forbidden"
        await desk.market.do(SetDuties(PLATFORM, who.id, OPERATOR_DUTIES[:1]), system("job"))
        key = await desk.key(PLATFORM, "act_for", "operate")
        assert (await desk.post("party-tokens", body, key)).status == 200


def test_a_limit_is_exact() -> None:
    clock = [0]
    limits = Limits(ApiSettings(party=Rate(20, 60)), lambda: clock[0])
    let = sum(not limits.take("party", 1) for _ in range(200))
    assert let == 60 and limits.take("party", 1) == 1 and limits.take("party", 2) == 0
    for _ in range(10):
        clock[0] += SECOND_NS
        assert sum(not limits.take("party", 1) for _ in range(100)) == 20
    assert Limits(ApiSettings()).take("ip", "192.0.2.1") == 0, "addresses have no limit unless one is set"


async def test_too_many_requests_are_told_when_to_come_again(sqlite_url):
    async with open_desk(sqlite_url, ApiSettings(party=Rate(1, 3), pay=Rate(1, 1))) as desk:
        one, two = desk.token(await desk.market.person()), desk.token(await desk.market.person())
        got = [(await desk.get("orders/bought", one)).status for _ in range(4)]
        assert got.count(200) in (3, 4)
        last = [await desk.get("orders/bought", one) for _ in range(3)][-1]
        assert (last.status, last.code) == (429, "rate_limited") and int(last.headers["retry-after"]) >= 1
        assert (await desk.get("orders/bought", two)).status == 200
