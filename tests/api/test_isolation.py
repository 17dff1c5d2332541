"""Another's ids open nothing: in every place of every request where an id can stand, by whoever may use the operation.

Each request is really sent. Nothing of the other's is told, and no owner's log grows.
"""

from collections import Counter
from typing import Any

import pytest

from jishi.api.outside import OWNED, OWNER, SENDERS
from jishi.api.registry import endpoints
from jishi.kernel.owners import LogRow
from tests.api.desk import Desk, open_desk
from tests.api.test_matrix import ROLES
from tests.api.world import World

pytestmark = pytest.mark.anyio

# What is meant to be done with another's id: buy and look at what is on sale, name people, act for parties.
OPEN = {
    "cart/set": {"sku"},
    "checkouts/place": {"lines"},
    "friends/set-block": {"other"},
    "goods/listed": {"shop"},
    "goods/show": {"product"},
    "messages/send-card": {"shop", "sku"},
    "mutes/set": {"whom"},
    "orders/place": {"lines"},
    "party-tokens": {"party"},
    "rooms/open-service": {"shop"},
    "shops/set-duties": {"party"},
    "shops/show": {"shop"},
}
REFUSED = (403, 404, 422)
STRANGE = ("not_friends", "friend_not_asking", "card_unavailable")  # so is told who names a stranger
# What is said of the other's rows anywhere: names, texts, numbers. Their ids all begin with their owner's symbols.
WORDS = ("Another Owner", "theirs")


def slots(one: Any) -> list[str]:
    """The fields of an operation in which an id can stand, those of its lines as one."""
    kinds = {step.name for step in one.reader.steps if step.kind in (OWNED, OWNER, SENDERS)}
    lines = {step.name for step in one.reader.steps if step.inner and step.inner.owns}
    return sorted((kinds | lines) - OPEN.get(one.path, set()))


def requests(world: World, one: Any) -> list[dict[str, Any]]:
    """Whole requests with one id exchanged: as it is, and without the owner that would contradict it."""
    names = one.reader.outer.__struct_fields__
    mine, theirs = (world.body(one.path, names, ids) for ids in (world.ids, world.theirs))
    made = []
    for slot in slots(one):
        if one.path == "payments/cashier":
            made.append({slot: world.theirs[slot]})
            continue
        exchanged = {**mine, slot: theirs.get(slot, world.theirs[slot])}
        alone = {name: value for name, value in exchanged.items() if name == slot or name not in ("shop", "party")}
        made += [exchanged, alone] if alone != exchanged else [exchanged]
    return made


async def lengths(desk: Desk) -> Counter:
    """How many rows each owner's log has."""
    return Counter(row.owner for row in await desk.market.rows(LogRow))


def told_of(world: World, body: bytes, sent: dict[str, Any]) -> list[str]:
    """What an answer tells of the other, besides the ids that were in the request."""
    text = body.decode()
    for value in map(str, sent.values()):
        text = text.replace(value, "")
    owners = {str(world.theirs[name])[:13] for name in ("shop", "party", "promoter")}
    return [mark for mark in (*owners, *WORDS) if mark in text]


async def test_another_s_ids_open_nothing(database_url):
    async with open_desk(database_url) as desk:
        world, wrong, tried = await World(desk).build(), [], 0
        before = await lengths(desk)
        for one in endpoints(None, None):
            senders = [name for name, roles in ROLES.items() if set(roles) & set(one.roles) and name != "key_read"]
            senders = [name for name in senders if not name.startswith("operator")]
            for sender in senders[:3] + senders[-1:]:
                for body in requests(world, one):
                    got = await desk.send(one, body, world.senders[sender], dry=False)
                    tried += 1
                    told = told_of(world, got.body, body)
                    if (got.status not in REFUSED and got.code not in STRANGE) or told:
                        wrong.append((one.path, sender, body, got.status, got.body[:200], told))
        assert not wrong, "\n".join(map(str, wrong))
        assert tried > 300
        assert await lengths(desk) == before


def test_what_anyone_may_do_is_still_there() -> None:
    known = {one.path: one.reader.outer.__struct_fields__ for one in endpoints(None, None)}
    assert all(fields <= set(known[path]) for path, fields in OPEN.items())
