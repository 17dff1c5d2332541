"""Accounts: signing in by a login and a password, and what a proved code gives: a new account, a new password, a guest.

The security log names people by their public ids and logins by a keyed hash; it never holds a login or a secret.
"""

from typing import Any, NamedTuple

import structlog

from jishi.engine import passwords, tries
from jishi.engine.codes import Codes
from jishi.kernel.accounts import ClaimLogin, OpenAccount, SetPassword
from jishi.kernel.grammar import Command, system
from jishi.kernel.ids import public_owner
from jishi.kernel.logins import Account, Login, Named, Password, read_login
from jishi.kernel.parties import Party
from jishi.kernel.refused import Refused, require
from jishi.store.query import under

security = structlog.get_logger("jishi.security")
JOB = system("job")


class Newcomer(NamedTuple):
    """How somebody new wants to be called and spoken to. hash: of his password, "" for none."""

    kind: str
    name: str
    language: str
    hash: str = ""


class Accounts:
    """Everything but sessions, which the caller opens for the party that is returned."""

    def __init__(self, engine: Any):
        self.engine, self.codes = engine, Codes(engine)

    async def party_of(self, login: Named) -> int:
        """Whose a login is; 0 for nobody's."""
        rows = await under(self.engine.database, Login, (login.mark(self.engine.world.seal),))
        return rows[0].party if rows else 0

    async def logins_of(self, party: int) -> list[Account]:
        return await under(self.engine.database, Account, (party,))

    async def has_password(self, party: int) -> bool:
        return bool(await under(self.engine.database, Password, (party,)))

    # -- by password ------------------------------------------------------------------------------

    async def sign_in(self, text: str, password: str, address: str) -> int:
        """The party of this login and password. Refuses `sign_in_wrong`, whatever of it is wrong, or `locked_out`."""
        login = read_login(text)
        mark, place = self.counter("login", login.kind, login.text), self.counter("address", address)
        try:
            last = await tries.count(self.engine, place, tries.ADDRESS)
            last = await tries.count(self.engine, mark, tries.LOGIN) or last
        except Refused:
            security.warning("locked_out", login=mark[:12], ip=address)
            raise
        party = await self.party_of(login)
        if await self.right(party, password):
            await tries.forget(self.engine, mark)
            await tries.take_back(self.engine, place, tries.ADDRESS)
            return party
        security.warning("sign_in_failed", login=mark[:12], ip=address, locks=last)
        raise Refused("sign_in_wrong")

    async def right(self, party: int, password: str) -> bool:
        """Whether it is an active party's password; takes as long for nobody's."""
        kept = await under(self.engine.database, Password, (party,)) if party else []
        active = await under(self.engine.database, Party, (party,)) if party else []
        right = await passwords.matches(kept[0].hash if kept else "", password)
        return right and bool(active) and active[0].state == "active"

    def counter(self, kind: str, *parts: str) -> str:
        """The keyed hash under which tries are counted."""
        return self.engine.world.seal("tries", kind, *parts)

    # -- by code ----------------------------------------------------------------------------------

    async def code(self, purpose: str, login: Named, address: str) -> str:
        """A code to send; one address may ask for so many only."""
        await self.may_write(address)
        return await self.codes.make(purpose, login)

    async def may_write(self, address: str) -> None:
        """Count a letter that somebody at this address asks for. Refuses `locked_out` after many."""
        await tries.count(self.engine, self.counter("letters", address), tries.LETTERS)

    async def register(self, login: Named, code: str, newcomer: Newcomer, password: str) -> int:
        """A new account for whoever has proved the login. Refuses `login_taken`."""
        passwords.check_strength(password, login.text)
        await self.codes.prove("register", login, code)
        return await self.open(login, newcomer._replace(hash=await passwords.hashed(password)))

    async def recover(self, login: Named, code: str, password: str) -> int:
        """A new password for whoever has proved the login."""
        passwords.check_strength(password, login.text)
        await self.codes.prove("recover", login, code)
        party = await self.party_of(login)
        require(party, "code_wrong")
        await self.set_password(party, password, login.text)
        await tries.forget(self.engine, self.counter("login", login.kind, login.text))
        return party

    async def guest(self, login: Named, code: str, newcomer: Newcomer) -> int:
        """Who has proved a phone: its party, or a new guest."""
        await self.codes.prove("guest", login, code)
        return await self.party_of(login) or await self.open(login, newcomer)

    async def add_login(self, party: int, login: Named, code: str) -> None:
        """One more way to be recognised."""
        await self.codes.prove(f"claim.{public_owner(party)}", login, code)
        await self.send(ClaimLogin(party, login.kind, login.text))
        await self.own_letters(login, party)
        security.info("login_claimed", by=public_owner(party), kind=login.kind)

    async def set_password(self, party: int, password: str, login: str) -> None:
        """A new password; the caller ends the other sessions."""
        passwords.check_strength(password, login)
        await self.send(SetPassword(party, await passwords.hashed(password)))
        security.info("password_set", by=public_owner(party))

    async def open(self, login: Named, newcomer: Newcomer) -> int:
        """A new party under a login. Of several who claim it at once, one gets it."""
        party = self.engine.ids.next()
        told = (newcomer.name, newcomer.language, newcomer.hash)
        await self.send(OpenAccount(party, newcomer.kind, login.kind, login.text, *told))
        await self.own_letters(login, party)
        security.info("account_opened", by=public_owner(party), kind=newcomer.kind)
        return party

    async def own_letters(self, login: Named, party: int) -> None:
        """Letters sent to a login before it had an owner are his from now on, to see and to have erased."""
        mark = login.mark(self.engine.world.seal)
        sql = "UPDATE letters SET party = :party WHERE mark = :mark AND party = 0 RETURNING id"
        await self.engine.lane.chore(lambda session: session.fetch(sql, party=party, mark=mark))

    async def send(self, command: Command) -> None:
        await self.engine.send(command, JOB)
