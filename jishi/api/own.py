"""Endpoints that are more than one command: placing a checkout, making a key with its secret, tokens for parties."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from jishi.api.endpoints import TO_PAY, CommandEndpoint, Endpoint, sent
from jishi.api.outside import Reader
from jishi.api.reading import decode
from jishi.api.wire import Call, Reply
from jishi.engine.checkout import Basket, Wish, place_checkout
from jishi.engine.request import Answer
from jishi.engine.sign_in import TOKEN_MS, SignIn
from jishi.kernel.ids import OwnerId, public_id, public_owner, read_id
from jishi.kernel.money import Code
from jishi.kernel.owners import PLATFORM
from jishi.kernel.parties import AddressId, Party
from jishi.kernel.placing import LINES_MOST, LineAsk
from jishi.kernel.refused import require
from jishi.kernel.roles import Staff
from jishi.store.query import under

encode = msgspec.json.encode


class PlaceBasket(msgspec.Struct, frozen=True, kw_only=True):
    """Order goods of one or several shops, to be paid as one; all or none. Every difference is told at once."""

    lines: Annotated[tuple[LineAsk, ...], Meta(min_length=1, max_length=4 * LINES_MOST)]
    address: AddressId | None = None
    mode: Code = "shelf"


class BasketEndpoint(Endpoint):
    """`POST /v1/checkouts/place`."""

    path, roles, note = "checkouts/place", ["party"], TO_PAY
    summary = PlaceBasket.__doc__

    def __init__(self, engine: Any):
        self.engine = engine
        self.reader = Reader(PlaceBasket)
        self.decoder = msgspec.json.Decoder(self.reader.outer)

    async def answer(self, call: Call) -> Reply:
        key = call.idempotency_key(self.engine.fresh_id)
        outer = decode(self.decoder, call.body)
        found: list[int] = []
        values = self.reader.values(outer, call.by, found)
        wishes = tuple(
            Wish(shop, line.sku, line.quantity, line.price_minor)
            for shop, line in zip(found, values["lines"], strict=True)
        )
        shops = {wish.sku: wish.shop for wish in wishes}
        call.owner_of = lambda number: shops.get(number, 0)
        basket = Basket(wishes, values["address"] or 0, values["mode"])
        placed = await place_checkout(self.engine, call.by, self.engine.id_of(key), basket, dry=call.dry)
        orders = [answer.told for answer in placed.orders]
        told = {
            "checkout": public_id(call.by.party, placed.checkout) if placed.checkout else None,
            "total_minor": sum(order["total_minor"] for order in orders),
            "currency": orders[0]["currency"],
            "orders": orders,
        }
        return sent(encode(told), key, placed.replayed, call.dry)


class KeyEndpoint(CommandEndpoint):
    """`POST /v1/keys/make`: the answer also holds the key itself, which is shown nowhere else and never kept."""

    def __init__(self, engine: Any, path: str, handler: Any, sign_in: SignIn):
        super().__init__(engine, path, handler)
        self.sign_in = sign_in

    def told(self, answer: Answer, dry: bool) -> bytes:
        if dry:
            return answer.body
        owner, number = read_id(answer.told["key"])
        return encode({**answer.told, "secret": self.sign_in.key_secret(owner, number)})


class PartyToken(msgspec.Struct, frozen=True):
    """Obtain a token with which a party acts for a quarter of an hour; for a platform key with the scope `act_for`."""

    party: OwnerId


class TokenMade(msgspec.Struct, frozen=True):
    """A party's token, and until when it is good."""

    party: OwnerId
    token: str
    expires_ms: int


class TokenEndpoint(Endpoint):
    """`POST /v1/party-tokens`."""

    path, roles, keyed, shown = "party-tokens", ["app:act_for"], False, TokenMade
    summary = PartyToken.__doc__

    def __init__(self, engine: Any, sign_in: SignIn):
        self.engine, self.sign_in = engine, sign_in
        self.reader = Reader(PartyToken)
        self.decoder = msgspec.json.Decoder(self.reader.outer)

    async def answer(self, call: Call) -> Reply:
        by = call.by
        require(by.kind == "app" and by.owner == PLATFORM and "act_for" in by.scopes, "forbidden")
        party = self.reader.read(decode(self.decoder, call.body), by).party
        rows = await self.engine.database.read(Party, "WHERE owner = :party", party=party)
        require(rows, "not_found")
        require(rows[0].state == "active", "party_unknown")
        duties = await under(self.engine.database, Staff, (PLATFORM, party))
        # Who obtains an operator's token may do what he may: that takes a scope of its own.
        require("operate" in by.scopes or all(row.left_ms for row in duties), "forbidden")
        until_ms = self.sign_in.wall() + TOKEN_MS
        told = {"party": public_owner(party), "token": self.sign_in.party_token(party, by), "expires_ms": until_ms}
        return Reply(200, encode(told))
