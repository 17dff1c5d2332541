"""Whatever is wrong with a request: a 4xx problem with a stable code, and nothing changed."""

import json

import pytest

from jishi.api.registry import endpoints
from jishi.kernel.ids import read_owner
from jishi.kernel.owners import LogRow
from tests.api.desk import open_desk
from tests.api.test_matrix import ROLES
from tests.api.world import World

pytestmark = pytest.mark.anyio
JSON = {"content-type": "application/json"}

BODIES = {
    "empty": (b"", "body_malformed"),
    "no JSON": (b"{", "body_malformed"),
    "malformed UTF-8": (b'{"carrier": "\xff\xfe"}', "body_malformed"),
    "lone surrogate": (b'{"carrier": "\\ud800"}', "body_malformed"),
    "zero character": (b'{"carrier": "a\\u0000b"}', "text_not_allowed"),
    "list": (b"[]", "body_invalid"),
    "unknown field": (b'{"surprise": 1}', "body_invalid"),
    "deep": (b'{"surprise":' * 20_000, "body_invalid"),
    "deep list": (b"[" * 100_000, "body_invalid"),
    "huge": (b'{"a": "' + b"x" * 300_000 + b'"}', "body_too_large"),
}


@pytest.mark.parametrize("kind", sorted(BODIES))
async def test_a_bad_body_is_a_problem(sqlite_url, kind):
    async with open_desk(sqlite_url) as desk:
        buyer = {**JSON, "authorization": f"Bearer {desk.token(await desk.market.person())}"}
        before = len(await desk.market.rows(LogRow))
        body, code = BODIES[kind]
        got = await desk.raw("POST", "/v1/parcels/ship", body, buyer)
        assert 400 <= got.status < 500 and got.code == code, got
        assert got.headers["content-type"] == "application/problem+json" and got.told["next"]
        assert len(await desk.market.rows(LogRow)) == before


NUMBERS = [-1, 0, 2**31, 2**63, 2**70, 10**400, 1.5, True, "1", None, [], {}]


async def test_wrong_values_in_every_field_change_nothing(database_url):
    """A stranger really sends them; whoever may is only asked what would happen, so that the values go all the way."""
    async with open_desk(database_url) as desk:
        world, faults = await World(desk).build(), []
        shop = read_owner(world.ids["shop"])
        before = len(await desk.market.rows(LogRow, owner=shop))
        odd = [*NUMBERS, "x" * 20_000, "0" * 27, "ＡＢＣ", world.ids["order"], world.ids["shop"]]
        for one in endpoints(None, None):
            names = one.reader.outer.__struct_fields__
            whole = world.body(one.path, names, world.ids)
            allowed = next(sender for sender, roles in ROLES.items() if set(roles) & set(one.roles))
            for name, value in [(name, value) for name in names for value in odd]:
                body = {**whole, name: value}
                got = await desk.send(one, body, world.senders[allowed])
                if one.method == "POST" and not one.reader.made:
                    stranger = await desk.send(one, body, world.senders["staff_left"], dry=False)
                    got = max(got, stranger, key=lambda got: got.status)
                if got.status >= 500:
                    faults.append((one.path, name, str(value)[:30], got.body[:200]))
        assert faults == []
        assert len(await desk.market.rows(LogRow, owner=shop)) == before, "a stranger changed something of the shop"


async def test_the_wrong_way_to_ask(sqlite_url):
    async with open_desk(sqlite_url) as desk:
        who = {"authorization": f"Bearer {desk.token(await desk.market.person())}"}
        wrong = [
            ("GET", "/v1/orders/place", {}, 405, "method_not_allowed"),
            ("HEAD", "/v1/orders/bought", {}, 405, "method_not_allowed"),
            ("OPTIONS", "/v1/orders/bought", {}, 405, "method_not_allowed"),
            ("POST", "/v1/openapi.json", {}, 405, "method_not_allowed"),
            ("POST", "/v1/nothing/here", {}, 404, "path_unknown"),
            ("GET", "/v1/../etc/passwd", {}, 404, "path_unknown"),
            ("POST", "/v1/orders/place", {"content-type": "text/plain"}, 415, "content_type_wrong"),
            ("POST", "/v1/orders/place", {**JSON, "content-length": "999999999999"}, 413, "body_too_large"),
            ("GET", "/v1/orders/bought?limit=0", {}, 422, "query_invalid"),
            ("GET", "/v1/orders/bought?limit=1&limit=2", {}, 422, "query_invalid"),
            ("GET", "/v1/orders/bought?what=1", {}, 422, "query_invalid"),
            ("GET", "/v1/orders/bought?after=%FF", {}, 422, "query_invalid"),
            ("GET", "/v1/orders/bought?after=%00", {}, 422, "text_not_allowed"),
            ("GET", "/v1/orders/show?order=abc", {}, 422, "id_malformed"),
        ]
        for method, path, headers, status, code in wrong:
            got = await desk.raw(method, path, b"{}", {**who, **headers})
            assert (got.status, got.code) == (status, code), (method, path, got)
            assert ("allow" in got.headers) == (status == 405)
        long = await desk.post("parties/set-profile", {"name": "a"}, who["authorization"][7:], idempotency_key="k" * 81)
        assert (long.status, long.code) == (422, "idempotency_key_malformed")


async def test_a_problem_names_the_field_and_not_the_value(sqlite_url):
    async with open_desk(sqlite_url) as desk:
        who = desk.token(await desk.market.person())
        body = {"region": "CN-BJ", "name": "a", "phone": "secret-canary", "street": "b"}
        got = await desk.post("parties/save-address", body, who, accept_language="zh-CN")
        assert (got.status, got.told["field"]) == (422, "phone") and "secret-canary" not in got.body.decode()
        assert json.loads(got.body)["type"] == "/v1/docs#body_invalid"
