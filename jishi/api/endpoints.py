"""What every endpoint says of itself, and the two kinds made from the registry: commands sent, queries asked."""

from typing import Any

import msgspec

from jishi.api.outside import Reader
from jishi.api.paths import HIDDEN
from jishi.api.reading import decode, parameters
from jishi.api.views import told
from jishi.api.wire import JSON, Call, Reply
from jishi.engine.request import Answer
from jishi.kernel.grammar import Case, Handler, Principal
from jishi.kernel.ids import derived_id
from jishi.store.query import Asked, Page, ask

REPLAYED = ("idempotent-replayed", "true")
APPLIED = ("preference-applied", "dry-run")
TO_PAY = "Then `POST /v1/payments/cashier` gives the payer's link to the cashier."
LIMITED = {
    "gifts/accept": "claim", "gifts/decline": "claim", "payments/start": "pay",
    "invitations/accept": "join", "invitations/decline": "join", "invitations/invite-staff": "join",
}  # fmt: skip


class Endpoint:
    """media: the kinds of body it takes; one that ends with a slash stands for all such. bytes_most: 0 for the usual.

    shown: the struct it answers with, None for what the engine answers. keyed: whether an Idempotency-Key is heard.
    decided: whether all it does is one command of who sends, so that the engine looks at that party itself.
    """

    method, path, public, limited, decided = "POST", "", False, "", False
    media: tuple[str, ...] = (JSON,)
    reader: Reader
    bytes_most = 0
    shown: type | None = None
    keyed = True
    note = ""

    async def admit(self, call: Call) -> None:
        """Before the body is read: refuses who may not send it. Endpoints with small bodies check afterwards."""


def case_of(engine: Any, by: Principal) -> Case:
    """A case for who asks, with nothing loaded yet."""
    world = engine.world
    return Case(by, world.clock.now_ms(), world.rulebook, world.modes, world.seal)


def sent(body: bytes, key: str, replayed: bool, dry: bool) -> Reply:
    """The reply to an accepted command, with the key to send it again."""
    headers = [("idempotency-key", key)]
    headers += [REPLAYED] if replayed else []
    headers += [APPLIED] if dry else []
    return Reply(200, body, tuple(headers))


class CommandEndpoint(Endpoint):
    """`POST /v1/<noun>/<verb>`: decode, read the ids, send, and answer what the engine answered."""

    decided = True

    def __init__(self, engine: Any, path: str, handler: Handler):
        self.engine, self.path, self.handler = engine, path, handler
        self.reader = Reader(
            handler.command, HIDDEN.get(handler.command.__name__, ()), made=bool(handler.command.creates)
        )
        self.decoder = msgspec.json.Decoder(self.reader.outer)
        self.limited = LIMITED.get(path, "")
        self.note = TO_PAY if path == "orders/place" else ""

    @property
    def summary(self) -> str:
        return (self.handler.command.__doc__ or "").strip().partition("\n")[0]

    @property
    def roles(self) -> list[str]:
        return [role.name for role in self.handler.who if not role.name.startswith("house:")]

    def command(self, call: Call, key: str) -> Any:
        """The command that the body asks for."""
        outer = decode(self.decoder, call.body)
        made = derived_id(call.by.label, key) if self.reader.made else 0
        command = self.reader.read(outer, call.by, made).addressed(call.by)
        holder = self.reader.holder
        owner = getattr(command, holder) if holder else command.owner
        call.owner_of = lambda number: owner
        return command

    async def answer(self, call: Call) -> Reply:
        key = call.idempotency_key(self.engine.fresh_id)
        command, dry = self.command(call, key), call.dry
        (answer,) = await self.engine.bundle([(command, call.by, self.engine.id_of(key))], dry=dry)
        return sent(self.told(answer, dry), key, answer.replayed, dry)

    def told(self, answer: Answer, dry: bool) -> bytes:
        return answer.body


class QueryEndpoint(Endpoint):
    """`GET /v1/<noun>/<what>`: parameters from the address, rows from the read pool."""

    method = "GET"

    def __init__(self, engine: Any, asked: Asked):
        self.engine, self.asked, self.path = engine, asked, asked.path
        self.reader = Reader(asked.query)
        self.public = any(role.name == "everyone" for role in asked.who)

    @property
    def summary(self) -> str:
        return (self.asked.query.__doc__ or "").strip().partition("\n")[0]

    @property
    def roles(self) -> list[str]:
        return [role.name for role in self.asked.who if not role.name.startswith("house:")]

    async def answer(self, call: Call) -> Reply:
        outer = parameters(self.reader.outer, call.query, language=call.language)
        query = self.reader.read(outer, call.by)
        answer = await ask(self.engine.database, case_of(self.engine, call.by), query)
        if isinstance(answer, Page):
            shown: Any = {"items": told(answer.views), "after": answer.after}
        else:
            shown = told(answer)
        return Reply(200, msgspec.json.encode(shown))
