"""A cursor that is none of ours is refused by every list, with its name: from the start again would be a lie."""

import pytest

from jishi.api.registry import endpoints
from tests.api.desk import open_desk
from tests.api.world import World

pytestmark = pytest.mark.anyio
ODD = ("zzz", "-1", "²", "1.5.5", "9" * 19, "9" * 30, "0x1f")


async def test_every_list_refuses_a_cursor_that_is_none_of_ours(sqlite_url):
    async with open_desk(sqlite_url) as desk:
        world, wrong, seen = await World(desk).build(), [], 0
        for one in endpoints(None, None):
            names = one.reader.outer.__struct_fields__
            if one.method != "GET" or "after" not in names:
                continue
            seen += 1
            body = {name: told for name, told in world.body(one.path, names, world.ids).items() if name != "after"}
            for token in world.senders.values():
                if (await desk.send(one, body, token)).status == 200:
                    break
            else:
                wrong.append(f"{one.path}: nobody may ask")
            for odd in ODD:
                got = await desk.send(one, body | {"after": odd}, token)
                if (got.status, got.code, (got.told or {}).get("field")) != (422, "query_invalid", "after"):
                    wrong.append(f"{one.path}?after={odd}: {got.status} {got.code}")
        assert wrong == []
        assert seen >= 20
