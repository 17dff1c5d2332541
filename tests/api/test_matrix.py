"""Every operation is tried by every kind of sender: whom the table names gets past authorization, and nobody else."""

import tomllib
from pathlib import Path

import pytest

from jishi.api.registry import endpoints
from jishi.kernel.ids import public_owner
from jishi.kernel.owners import PLATFORM
from tests.api.desk import open_desk
from tests.api.world import World

pytestmark = pytest.mark.anyio

ROLES: dict[str, list[str]] = tomllib.loads((Path(__file__).parent / "roles.toml").read_text("utf8"))["senders"]
DENIED = ("forbidden", "sign_in_needed")
OWNERS = ("owner", "owner_id")  # may name a shop or a party: both are tried
HIDING = {"member", "founder"}
NOT_A_TRY = ("body_invalid", "query_invalid", "not_found", "path_unknown", "content_type_wrong")


def subjects(one) -> list[tuple[dict, str]]:
    """What an operation is tried on: (further fields, roles that cannot hold there)."""
    name = next((name for name in OWNERS if name in one.reader.outer.__struct_fields__), "")
    return [({name: "shop"}, "self"), ({name: "party"}, "staff")] if name else [({}, "-")]


async def test_only_whom_the_table_names_may(database_url):
    async with open_desk(database_url) as desk:
        world, wrong = await World(desk).build(), []
        assert set(world.senders) == set(ROLES)
        for one in endpoints(None, None):
            for more, not_here in subjects(one):
                body = world.body(one.path, one.reader.outer.__struct_fields__, world.ids)
                body |= {name: world.ids[which] for name, which in more.items()}
                may = {role for role in one.roles if not role.startswith(not_here)}
                for sender, token in world.senders.items():
                    got = await desk.send(one, body, token)
                    hidden = HIDING & set(one.roles) and got.code == "not_found"  # no room for him
                    denied = got.status >= 400 and (got.code in DENIED or hidden)
                    fault = got.status >= 500 or (got.code in NOT_A_TRY and not hidden)
                    if fault or denied == bool(may & set(ROLES[sender])):
                        wrong.append(f"{one.path} {sender} {got.status} {got.code}")
        assert wrong == [], "\n".join(wrong)


async def test_a_platform_key_that_reads_sees_every_owner_and_changes_nothing(database_url):
    async with open_desk(database_url) as desk:
        world = await World(desk).build()
        key, other = world.senders["key_read"], world.theirs
        reading = [one for one in endpoints(None, None) if "app:read" in one.roles]
        assert {one.method for one in reading} == {"GET"} and len(reading) >= 10
        for one in reading:
            for ids in (world.ids, other):
                got = await desk.send(one, world.body(one.path, one.reader.outer.__struct_fields__, ids), key)
                assert got.status == 200, (one.path, got)
        assert (await desk.get("orders/destination", key, order=other["order"])).status == 403, "no address"
        rows = (await desk.get("log/listed", key, owner=other["party"])).told["items"]
        assert rows and other["party"] in {row["owner"] for row in rows}


async def test_a_platform_key_for_webhooks_hears_for_the_platform_alone(sqlite_url):
    async with open_desk(sqlite_url) as desk:
        world = await World(desk).build()
        key, body = world.senders["key_webhooks"], {"url": "https://example.com/hear"}
        made = await desk.post("webhooks/make-endpoint", {**body, "shop": public_owner(PLATFORM)}, key)
        assert made.status == 200, made
        assert (await desk.get("webhooks/secret", key, endpoint=made.told["endpoint"])).status == 200
        assert (await desk.post("webhooks/make-endpoint", {**body, "shop": world.ids["shop"]}, key)).status == 403
