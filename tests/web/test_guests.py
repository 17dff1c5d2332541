"""Guests and the team by the pages: a phone is enough to take a gift; and a shop asks somebody to work there."""

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from jishi.engine import tries
from jishi.engine.host_tokens import Host, HostTokens
from jishi.engine.tries import ADDRESS
from jishi.kernel.ids import public_owner
from jishi.kernel.logins import Account
from jishi.kernel.parties import Party
from jishi.kernel.roles import Staff
from jishi.modes.gift import Gift
from tests.support.faces import ORIGIN, open_faces, order_path
from tests.web.test_accounts import PASSWORD, code_for, register

pytestmark = pytest.mark.anyio
PHONE = "+86 190 0000 0001"


async def test_a_guest_takes_a_gift_with_nothing_but_a_phone(database_url, tmp_path):
    async with open_faces(database_url, tmp_path) as faces:
        market = faces.market
        stall, giver = await market.shop(), await market.person()
        order = await market.gift(stall, giver, await market.goods(stall))
        link = f"/gift/{order_path(stall, order)}/{market.proof(stall, order)}"
        guest = faces.browser()
        await guest.get(f"{link}?open=1")
        await guest.submit("/guest", 422, login="not a phone")
        await guest.submit("/guest", 422, login="friend@example.com")
        await guest.submit("/guest", login=PHONE)
        code = await code_for(guest, "+8619000000001")
        wrong = "000000" if code != "000000" else "000001"
        await guest.submit("/guest/confirm", 422, code=wrong)
        await guest.submit("/guest/confirm", code=code, name="Friend")
        assert guest.path == f"{link}?open=1"
        address = {"name": "Friend", "phone": PHONE, "region": "CN-BJ", "street": "Market Road 1"}
        await guest.get(f"/me/addresses?next={link}%3Fopen%3D1")
        await guest.submit("/me/addresses", **address)
        await guest.submit(link, action="accept")
        gift = await market.row(Gift, order=order)
        (account,) = await market.rows(Account)
        assert gift.state == "accepted" and gift.recipient == account.owner
        party = await market.row(Party, owner=account.owner)
        assert party.kind == "guest" and account.login == "+8619000000001"

        page = await guest.get("/me/account")
        assert "You are here as a guest" in page.text()
        await guest.submit("/me/account/password", password=PASSWORD)
        assert (await market.row(Party, owner=account.owner)).kind == "person"
        later = faces.browser()
        await later.submit("/sign-in", at="/sign-in", login="19000000001", password=PASSWORD)
        await later.get(f"/orders/{order_path(stall, order)}")


async def test_a_person_adds_a_login(sqlite_url, tmp_path):
    async with open_faces(sqlite_url, tmp_path) as faces:
        browser = faces.browser()
        await register(browser)
        await browser.get("/me/account")
        await browser.submit("/me/account/login", login=PHONE)
        await browser.submit("/me/account/login/confirm", code=await code_for(browser, "+8619000000001"))
        assert "+8619000000001" in browser.text and "qian@example.com" in browser.text


async def test_a_shop_invites_and_is_answered(sqlite_url, tmp_path):
    async with open_faces(sqlite_url, tmp_path) as faces:
        market = faces.market
        stall = await market.shop()
        await faces.persona(stall.keeper, "staff", stall.shop)
        keeper, friend, named = faces.browser(), faces.browser(), faces.browser()
        await keeper.be(stall.keeper)
        team = f"/desk/{public_owner(stall.shop)}/team"
        await keeper.get(team)
        await keeper.submit(team, 422)
        page = await keeper.submit(team, duty_orders="1")
        link = page.css_first("[data-copy]").attributes["data-copy"].removeprefix(ORIGIN)

        await register(friend, "friend@example.com", link.replace("?", "%3F").replace("=", "%3D"))
        assert friend.path == link
        await friend.submit(link.partition("?")[0], action="accept")
        assert friend.path.startswith(f"/desk/{public_owner(stall.shop)}")
        await friend.get(team, 403)

        await register(named, "named@example.com")
        await keeper.get(team)
        await keeper.submit(team, login="NAMED@example.com", duty_goods="1")
        page = await named.get("/me/invitations")
        (mine,) = [one.attributes["href"] for one in page.css("a[href^='/invitations/']")]
        await friend.get(mine, 404)
        await named.get(mine)
        await named.submit(mine, action="decline")
        assert "No invitation" in (await named.get("/me/invitations")).text()

        members = [row.party for row in await market.rows(Staff, owner=stall.shop)]
        (worker,) = [party for party in members if party != stall.keeper.id]
        await keeper.get(team)
        await keeper.submit(f"{team}/{public_owner(worker)}", action="end")
        await friend.get(f"/desk/{public_owner(stall.shop)}", 403)
        letters = (await keeper.get("/outbox")).text()
        assert "invites you to work there" in letters


async def test_single_sign_on_by_the_pages(sqlite_url, tmp_path):
    async with open_faces(sqlite_url, tmp_path) as faces:
        browser = faces.browser()
        await browser.get("/sso?token=x", 404)
        key, now = Ed25519PrivateKey.generate(), faces.market.clock.at // 1000
        host = Host(key.public_key(), "EdDSA", "https://host.test", ORIGIN)
        faces.app.state.host_tokens = HostTokens(faces.app.state.accounts, host)
        claims = {"iss": "https://host.test", "aud": ORIGIN, "sub": "u1", "iat": now, "exp": now + 60, "jti": "a"}
        token = jwt.encode(claims, key, "EdDSA")
        await browser.get(f"/sso?token={token}&next=/me/sessions")
        assert browser.path == "/me/sessions"
        page = await faces.browser().get(f"/sso?token={token}", 401)
        assert "used before" in page.text()
        none = await faces.browser().get(f"/sso?token={jwt.encode(claims, '', 'none')}", 401)
        assert "cannot be trusted" in none.text()


async def test_behind_our_own_proxy_the_browser_s_address_counts(sqlite_url, tmp_path):
    """Without one, nobody escapes a lock-out by what he says of himself."""
    async with open_faces(sqlite_url, tmp_path) as faces:
        engine, accounts = faces.market.engine, faces.app.state.accounts
        for _ in range(ADDRESS.most):
            await tries.count(engine, accounts.counter("address", "127.0.0.1"), ADDRESS)
        for proxies, said, status in ((0, "192.0.2.1", 429), (1, "192.0.2.1", 422), (1, "192.0.2.1, 127.0.0.1", 429)):
            faces.app.state.proxies = proxies
            browser = faces.browser()
            browser.http.headers["X-Forwarded-For"] = said
            await browser.submit("/sign-in", status, at="/sign-in", login="nobody@example.com", password=PASSWORD)
