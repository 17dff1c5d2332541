"""Single sign-on: a host app sends its people with a signed token. Once, within minutes, from that app, and for us."""

import asyncio
import base64
import hashlib
import hmac
import json

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as ec_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as rsa_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from jishi.engine import erasure
from jishi.engine.accounts import Accounts, Newcomer
from jishi.engine.host_tokens import Host, HostTokens, read_host
from jishi.kernel.parties import Party, Profile
from jishi.kernel.refused import Refused
from jishi.settings import BadSetting
from tests.support.market import MINUTE, open_market

pytestmark = pytest.mark.anyio
ISSUER, OURS = "https://host.test", "https://market.test"
ED, RSA = Ed25519PrivateKey.generate(), rsa_key(public_exponent=65537, key_size=2048)
NEW = Newcomer("person", "Guest", "en")


def public(key) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


class App:
    """The host app, as it signs."""

    def __init__(self, market, key=ED, algorithm: str = "EdDSA"):
        self.market, self.key, self.algorithm, self.n = market, key, algorithm, 0
        self.tokens = HostTokens(Accounts(market.engine), Host(key.public_key(), algorithm, ISSUER, OURS))

    def claims(self, subject: str = "u-1", **more) -> dict:
        self.n += 1
        now = self.market.clock.at // 1000
        told = {"iss": ISSUER, "aud": OURS, "sub": subject, "iat": now, "exp": now + 300, "jti": f"t{self.n}"}
        return {name: value for name, value in (told | more).items() if value is not None}

    def token(self, subject: str = "u-1", **more) -> str:
        return jwt.encode(self.claims(subject, **more), self.key, self.algorithm)

    async def comes(self, token: str) -> int:
        return await self.tokens.party(token, NEW)

    async def refuses(self, token: str) -> str:
        with pytest.raises(Refused) as raised:
            await self.comes(token)
        return raised.value.code


@pytest.mark.parametrize(("key", "algorithm"), [(ED, "EdDSA"), (RSA, "RS256")], ids=["EdDSA", "RS256"])
async def test_made_on_first_sight_and_known_again(database_url, key, algorithm):
    async with open_market(database_url) as market:
        app = App(market, key, algorithm)
        party = await app.comes(app.token(name="Zhou Yu"))
        assert await app.comes(app.token(name="Other")) == party
        assert await app.comes(app.token("u-2")) != party
        assert (await market.row(Party, owner=party)).kind == "person"
        assert (await market.row(Profile, owner=party)).name == "Zhou Yu"


async def test_a_token_is_good_once(database_url):
    async with open_market(database_url) as market:
        app = App(market)
        token = app.token()
        told = await asyncio.gather(*[app.comes(token) for _ in range(4)], return_exceptions=True)
        assert sorted(getattr(one, "code", "party") for one in told) == ["party"] + ["sso_replayed"] * 3
        market.clock.pass_by(4 * MINUTE)
        assert await app.refuses(token) == "sso_replayed"
        market.clock.pass_by(MINUTE)
        await app.comes(app.token("u-3"))  # clears away what is too old to come again
        assert await app.refuses(token) == "sso_expired"


async def test_two_first_visits_at_once_are_one_party(database_url):
    async with open_market(database_url) as market:
        app = App(market)
        found = await asyncio.gather(*[app.comes(app.token()) for _ in range(4)])
        assert len(set(found)) == 1 and len(await market.rows(Party)) == 1


async def test_what_is_refused(sqlite_url):
    async with open_market(sqlite_url) as market:
        app, now = App(market), market.clock.at // 1000
        head, body, signature = app.token().split(".")
        none = base64.urlsafe_b64encode(json.dumps({"alg": "none", "typ": "JWT"}).encode()).rstrip(b"=").decode()
        ec = ec_key(SECP256R1())
        refused = {
            "sso_forged": [
                jwt.encode(app.claims(), Ed25519PrivateKey.generate(), "EdDSA"),
                jwt.encode(app.claims(), RSA, "RS256"),
                jwt.encode(app.claims(), ec, "ES256"),
                jwt.encode(app.claims(), "a shared secret that is long enough", "HS256"),
                f"{none}.{body}.",
                f"{none}.{body}.{signature}",
                f"{head}.{body}.",
                f"{head}.{body}x.{signature}",
                "",
                "x" * 5000,
            ],
            "sso_foreign": [app.token(iss="https://other.test"), app.token(aud="https://other.test")],
            "sso_incomplete": [
                *[app.token(**{name: None}) for name in ("iss", "aud", "sub", "iat", "exp", "jti")],
                app.token(""),
                app.token(jti=""),
                app.token("u" * 200),
                app.token(exp=now + 60.5),
            ],
            "sso_lives_long": [app.token(exp=now + 301)],
            "sso_expired": [
                app.token(iat=now - 300, exp=now),
                app.token(iat=now + 31, exp=now + 60),
            ],
        }
        for code, tokens in refused.items():
            assert [await app.refuses(token) for token in tokens] == [code] * len(tokens)
        assert await market.rows(Party) == []


async def test_an_rsa_key_is_no_shared_secret(sqlite_url):
    """The public key used as an HMAC secret signs nothing."""
    async with open_market(sqlite_url) as market:
        app = App(market, RSA, "RS256")
        text = public(RSA).decode()
        head = base64.urlsafe_b64encode(b'{"alg":"HS256","typ":"JWT"}').rstrip(b"=")
        body = base64.urlsafe_b64encode(json.dumps(app.claims()).encode()).rstrip(b"=")
        signed = hmac.new(text.encode(), head + b"." + body, hashlib.sha256).digest()
        token = b".".join([head, body, base64.urlsafe_b64encode(signed).rstrip(b"=")]).decode()
        assert await app.refuses(token) == "sso_forged"


async def test_the_erased_comes_back_as_somebody_new(database_url):
    async with open_market(database_url) as market:
        app = App(market)
        party = await app.comes(app.token())
        await erasure.erase(market.engine, party)
        assert await app.comes(app.token()) != party


def test_only_keys_that_are_strong_enough(tmp_path):
    assert read_host("", "", OURS) is None
    short = rsa_key(public_exponent=65537, key_size=1024)
    for name, content in (("short", public(short)), ("ec", public(ec_key(SECP256R1()))), ("none", b"no key")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(BadSetting, match="2048"):
            read_host(str(tmp_path / name), ISSUER, OURS)
    with pytest.raises(BadSetting):
        read_host(str(tmp_path / "missing"), ISSUER, OURS)
    (tmp_path / "good").write_bytes(public(ED))
    with pytest.raises(BadSetting, match="ISSUER"):
        read_host(str(tmp_path / "good"), "", OURS)
    assert read_host(str(tmp_path / "good"), ISSUER, OURS).algorithm == "EdDSA"
