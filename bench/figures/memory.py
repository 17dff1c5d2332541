"""Memory: of a server at rest, and of each connection that is kept open; beside a bare Python process of this run."""

import subprocess
import sys

from bench.client import close, connections_to, get
from bench.frame import Frame
from bench.link import Link
from bench.machine import memory_bytes
from bench.served import quiet

BARE = "import sys; print('ready', flush=True); sys.stdin.read()"
MIB = 1 << 20


async def run(frame: Frame) -> None:
    """Connections that have each seen a page and then stay."""
    rest, each = [], []
    for _ in range(frame.sizes.rounds):
        async with frame.served("sqlite") as (_, servers):
            (server,) = servers
            links = await connections_to(server.port, 1)
            await seen(links)
            await quiet(servers)
            rest.append(memory_bytes(server.pid))
            many = await connections_to(server.port, frame.sizes.connections)
            await seen(many)
            await quiet(servers)
            each.append((memory_bytes(server.pid) - rest[-1]) / frame.sizes.connections)
            close([*links, *many])
    frame.put("memory_rest_mib", [one / MIB for one in rest], 1)
    frame.put("memory_connection_kib", [one / 1024 for one in each], 1)
    frame.put("memory_bare_python_mib", [bare() / MIB], 1)


async def seen(links: list[Link]) -> None:
    """Each connection asks for a page and reads it."""
    for link in links:
        status, _ = await link.ask(get("/goods"))
        assert status == 200, status


def bare() -> int:
    """What Python alone takes."""
    with subprocess.Popen([sys.executable, "-c", BARE], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        told = memory_bytes(process.pid)
        process.stdin.close()
    return told
