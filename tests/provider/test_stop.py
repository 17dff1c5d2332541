"""The provider's worker ends when it is cancelled, also at the very moment at which the bell rings; and who leaves in
the middle of a request, as a house does that is stopped, breaks nothing.
"""

import asyncio
import socket

import pytest

from jishi.provider.app import work
from jishi.provider.notices import Deliverer
from jishi.provider.office import open_office
from jishi.provider.settings import Settings
from tests.support.provider_process import ProviderProcess

pytestmark = pytest.mark.anyio
STOP_S = 5


async def test_a_cancellation_that_meets_the_bell_is_not_lost(tmp_path):
    office = open_office(Settings(port=1, file=tmp_path / "provider.sqlite", secret="s" * 32, merchant="jishi"))
    try:
        for turns in range(6):
            worker = asyncio.create_task(work(office, Deliverer(office, None)))
            for _ in range(10):
                await asyncio.sleep(0)  # let it come to where it waits
            office.bell.set()
            for _ in range(turns):
                await asyncio.sleep(0)
            worker.cancel()
            await asyncio.wait([worker], timeout=STOP_S)
            assert worker.cancelled(), f"lost after {turns} turns of the loop"
    finally:
        office.database.close()


@pytest.mark.parametrize("path", ["/v1/refunds", "/cashier/pay"])
def test_a_caller_who_leaves_in_mid_request_costs_one_line(tmp_path, path):
    with ProviderProcess(tmp_path) as provider:
        for _ in range(3):
            with socket.create_connection(("127.0.0.1", provider.port), timeout=STOP_S) as caller:
                caller.sendall(f"POST {path} HTTP/1.1\r\nHost: shop\r\nContent-Length: 500\r\n\r\nhalf".encode())
                caller.shutdown(socket.SHUT_WR)
                caller.recv(1)  # until it has let go of us
        provider.stop()
        told = provider.log_text
    assert "Traceback" not in told, told
    assert told.count(f"caller gone before the request was whole: POST {path}") == 3, told
