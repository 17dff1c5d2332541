"""Each kind of fault, planted one at a time in a lived-in market, is found, and the auditor names the row."""

import pytest

from tests.audit.faults import FAULTS
from tests.audit.planting import free_hand, planted
from tests.audit.world import live
from tests.support.market import open_market

pytestmark = pytest.mark.anyio


async def test_every_planted_fault_is_named(database_url):
    overlooked = []
    async with open_market(database_url) as market:
        await live(market)
        async with free_hand(database_url) as hand:
            for fault in FAULTS:
                (table, key), violations = await planted(hand, fault)
                if not any((found.table, found.key) == (table, key) for found in violations):
                    named = sorted({f"{found.check}@{found.table}" for found in violations})
                    overlooked.append(f"{fault}\n    wanted {table} {key}; named {named}")
    assert len(FAULTS) >= 250
    assert not overlooked, "\n".join(overlooked)
