"""Sign-in by wall-clock time: keys for programs, short-lived tokens for parties, and the sessions of browsers.

Every secret is derived from the engine's own and stored nowhere. The row of a key or party is looked at again after a
short while, so that a revoked key or session, every token obtained through it, and the tokens of an erased party are
refused soon; at once where this engine revoked or erased, and for an erased party wherever a command is decided.
"""

import hmac
from collections.abc import Callable
from typing import Any, NamedTuple

from jishi.engine.request import Answer
from jishi.kernel.apps import Key, KeyRevoked, secret_parts
from jishi.kernel.grammar import Principal
from jishi.kernel.ids import public_id, public_owner, read_id, read_owner
from jishi.kernel.parties import Party, PartyErased
from jishi.kernel.refused import Refused
from jishi.kernel.rows import Row
from jishi.store import SessionRow
from jishi.store.together import Together

TOKEN_MS = 15 * 60_000  # our default
SEEN_MS = 2_000
KEPT_MOST = 100_000
KEY_MARK = "jk_"
NOBODY = Principal("nobody")


class Told(NamedTuple):
    """What a token says: until when it holds, and for whom."""

    until_ms: int
    by: Principal


class SignIn:
    """Reads and makes what people and programs sign in with."""

    def __init__(self, engine: Any):
        self.engine = engine
        self.wall: Callable[[], int] = engine.world.clock.wall
        self.tokens: dict[str, Told] = {}
        self.seen: dict[tuple[type[Row], tuple[int, ...]], tuple[int, Any]] = {}
        self.together = Together(engine.database)
        self.forgotten = 0
        engine.listeners.append(self.committed)

    def proves(self, signature: str, *parts: str) -> bool:
        """Whether a signature is our own seal over these parts."""
        return hmac.compare_digest(signature.encode(), self.engine.world.seal(*parts).encode())

    # -- keys for programs ------------------------------------------------------------------------

    def key_secret(self, owner: int, key: int) -> str:
        """A program's key as it is shown to whoever made it: `jk_<public id>.<signature>`."""
        return f"{KEY_MARK}{public_id(owner, key)}.{self.engine.world.seal(*secret_parts(owner, key))}"

    async def app(self, text: str) -> Principal | None:
        """The program a key belongs to, or None when the key is not ours or revoked."""
        public, _, signature = text.removeprefix(KEY_MARK).partition(".")
        try:
            owner, number = read_id(public)
        except Refused:
            return None
        if not self.proves(signature, *secret_parts(owner, number)):
            return None
        row = await self.active(Key, owner, number)
        return Principal("app", number, scopes=row.scopes, owner=owner) if row else None

    async def active(self, row_type: type[Row], *key: int) -> Any:
        """The row of a key or party, at most two seconds old; None unless it is active."""
        now, (read_ms, row) = self.wall(), self.seen.get((row_type, key), (None, None))
        if read_ms is None or not 0 <= now - read_ms < SEEN_MS:
            before = self.forgotten
            row = await self.together.one(row_type, key)
            row = row if row is not None and row.state == "active" else None
            if len(self.seen) >= KEPT_MOST:
                self.seen.clear()
            if before == self.forgotten:  # else it may have been read just before it was revoked
                self.seen[row_type, key] = (now, row)
        return row

    def forget(self, row_type: type[Row], *key: int) -> None:
        """Read it anew at its next use."""
        self.forgotten += 1
        self.seen.pop((row_type, key), None)

    def committed(self, answers: list[Answer]) -> None:
        """What this engine revoked or erased is refused at once."""
        for answer in answers:
            if KeyRevoked in answer.news:
                for key in [key for row_type, key in self.seen if row_type is Key and key[0] == answer.owner]:
                    self.forget(Key, *key)
            elif PartyErased in answer.news:
                self.forget(Party, answer.owner)

    # -- tokens for parties -----------------------------------------------------------------------

    def party_token(self, party: int, by: Principal) -> str:
        """A token with which a party acts for a quarter of an hour, obtained through a key: what it says, and our
        signature over it.
        """
        said = f"{public_owner(party)}.{public_id(by.owner, by.id)}.{self.wall() + TOKEN_MS}"
        return f"{said}.{self.engine.world.seal('token', said)}"

    async def sender(self, token: str) -> Principal | None:
        """The party of a token, or None when it is forged, expired or its key is revoked. Whether the party is still
        there is not asked: where a command is decided that is seen for certain, with its row.
        """
        told = self.tokens.get(token) or self._read(token)
        if told is None or self.wall() >= told.until_ms:
            return None
        return told.by if await self.active(Key, told.by.owner, told.by.via) else None

    async def party(self, token: str) -> Principal | None:
        """The same, and None when the party is erased."""
        by = await self.sender(token)
        return by if by and await self.active(Party, by.id) else None

    def _read(self, token: str) -> Told | None:
        """What a token says, if we have signed it; kept, so that this is asked once for each."""
        said, _, signature = token.rpartition(".")
        if not self.proves(signature, "token", said):
            return None
        party, via, until_ms = said.split(".")
        owner, key = read_id(via)
        if len(self.tokens) >= KEPT_MOST:
            self.tokens.clear()
        told = self.tokens[token] = Told(int(until_ms), Principal("party", read_owner(party), via=key, owner=owner))
        return told

    # -- the session of a browser -----------------------------------------------------------------

    def session_value(self, row: SessionRow) -> str:
        """What the cookie of a session holds: its id, and our signature over it and its party."""
        seal = self.engine.world.seal
        return f"{public_id(row.party, row.id)}.{seal('session', str(row.party), str(row.id))}"

    async def read_session(self, value: str) -> SessionRow | None:
        """The session of a cookie, or None when it is forged, over, revoked, or its party erased."""
        public, _, signature = value.partition(".")
        try:
            party, number = read_id(public)
        except Refused:
            return None
        if not self.proves(signature, "session", str(party), str(number)):
            return None
        row = await self.active(SessionRow, number)
        known = row and row.party == party and self.wall() < row.until_ms
        return row if known and await self.active(Party, party) else None
