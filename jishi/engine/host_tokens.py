"""Single sign-on from a host app: a short-lived signed token, good once, says who comes.

The algorithm follows from the configured key and never from the token: RS256 for an RSA key, EdDSA for Ed25519.
"""

from pathlib import Path
from typing import Any, NamedTuple

import jwt
import structlog
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from jishi.engine.accounts import Accounts, Newcomer
from jishi.kernel.logins import LOGIN_MOST, Named, host_login
from jishi.kernel.refused import Refused, require
from jishi.settings import BadSetting
from jishi.store import Session

security = structlog.get_logger("jishi.security")
LIFE_MOST_S, EARLY_MOST_S = 300, 30  # our default; clocks of two houses differ a little
RSA_BITS_LEAST = 2048
REQUIRED = ["iss", "aud", "sub", "iat", "exp", "jti"]
_SPEND = "INSERT INTO spent_tokens (mark, until_ms) VALUES (:mark, :until) ON CONFLICT (mark) DO NOTHING RETURNING mark"


class Host(NamedTuple):
    """The host app: its public key with the one algorithm it is for, its name, and what it must call us."""

    key: Any
    algorithm: str
    issuer: str
    audience: str


def read_host(key_file: str, issuer: str, audience: str) -> Host | None:
    """The configured host app, None when there is none."""
    if not key_file:
        return None
    if not issuer:
        raise BadSetting("JISHI_SSO_KEY_FILE needs JISHI_SSO_ISSUER: the name that the host app's tokens carry.")
    told = f"JISHI_SSO_KEY_FILE: {key_file} must hold a public key in PEM, RSA of at least 2048 bits or Ed25519."
    try:
        key = load_pem_public_key(Path(key_file).read_bytes())
    except (OSError, ValueError, UnsupportedAlgorithm) as error:
        raise BadSetting(told) from error
    if isinstance(key, RSAPublicKey) and key.key_size >= RSA_BITS_LEAST:
        return Host(key, "RS256", issuer, audience)
    if isinstance(key, Ed25519PublicKey):
        return Host(key, "EdDSA", issuer, audience)
    raise BadSetting(told)


class HostTokens:
    """Checks tokens and finds, or makes, the party they speak of."""

    def __init__(self, accounts: Accounts, host: Host):
        self.accounts, self.engine, self.host = accounts, accounts.engine, host

    async def party(self, token: str, newcomer: Newcomer) -> int:
        """The party of a token. Its subject is a party of ours from the first time on."""
        try:
            claims = self.claims(token)
            await self.spend(claims)
        except Refused as refused:
            security.warning("host_token_refused", why=refused.code)
            raise
        login = host_login(self.host.issuer, claims["sub"])
        name = str(claims.get("name") or "").strip()[:60]
        return await self.known(login, newcomer._replace(name=name or newcomer.name))

    async def known(self, login: Named, newcomer: Newcomer) -> int:
        """Whose the login is. Of two first visits at once, one makes the party and the other finds it."""
        party = await self.accounts.party_of(login)
        if party:
            return party
        try:
            return await self.accounts.open(login, newcomer)
        except Refused as refused:
            if refused.code != "login_taken":
                raise
            return await self.accounts.party_of(login)

    def claims(self, token: str) -> dict[str, Any]:
        """What the token says, its signature, names and times checked. By the wall clock, which may be a story's."""
        options = {"verify_exp": False, "verify_iat": False, "verify_nbf": False, "require": REQUIRED}
        host = self.host
        try:
            claims = jwt.decode(
                token, host.key, [host.algorithm], options=options, audience=host.audience, issuer=host.issuer
            )
        except (jwt.InvalidAudienceError, jwt.InvalidIssuerError) as error:
            raise Refused("sso_foreign") from error
        except jwt.MissingRequiredClaimError as error:
            raise Refused("sso_incomplete") from error
        except jwt.PyJWTError as error:
            raise Refused("sso_forged") from error
        subject, jti, issued, expires = (claims[name] for name in ("sub", "jti", "iat", "exp"))
        room = LOGIN_MOST - len(host.issuer) - 1
        whole = all(type(value) is int for value in (issued, expires))
        require(whole and isinstance(jti, str) and 0 < len(jti) <= 200 and 0 < len(subject) <= room, "sso_incomplete")
        now = self.engine.world.clock.wall() // 1000
        require(expires - issued <= LIFE_MOST_S, "sso_lives_long")
        require(issued - EARLY_MOST_S <= now < expires, "sso_expired")
        return claims

    async def spend(self, claims: dict[str, Any]) -> None:
        """Take the token's one use. Refuses `sso_replayed`."""
        mark, now = self.accounts.counter("token", self.host.issuer, claims["jti"]), self.engine.world.clock.wall()

        async def work(session: Session) -> list:
            await session.fetch("DELETE FROM spent_tokens WHERE until_ms < :now", now=now)
            return await session.fetch(_SPEND, mark=mark, until=claims["exp"] * 1000)

        require(await self.engine.lane.chore(work), "sso_replayed")
