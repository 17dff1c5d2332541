"""Lists on pages: what follows a place that is none of ours is nowhere, and no page begins again from the start."""

import pytest

from jishi.kernel.ids import public_owner
from tests.support.faces import open_faces

pytestmark = pytest.mark.anyio


async def test_no_list_begins_again_after_a_cursor_that_is_none_of_ours(sqlite_url, tmp_path):
    async with open_faces(sqlite_url, tmp_path) as faces:
        stall = await faces.market.shop()
        await faces.persona(stall.keeper, "staff", stall.shop)
        keeper, base = faces.browser(), f"/desk/{public_owner(stall.shop)}"
        await keeper.be(stall.keeper)
        for address in ("/deals", "/goods", "/orders", base, f"{base}/orders", f"{base}/goods", f"{base}/money"):
            await keeper.get(address)
            await keeper.get(f"{address}?after=zzz", 404)
