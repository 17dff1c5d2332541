"""The product page: server's processor time a view, views a second, and the bytes of a first load without photos."""

import http.client
import re
from urllib.parse import urljoin, urlsplit

from bench.client import get, load
from bench.figures.orders import echoes
from bench.frame import Frame
from bench.ordering import Orders
from bench.served import Served
from jishi.kernel.ids import public_id

# What a browser fetches at once: style sheets, scripts and what is preloaded, and what these name in turn.
LINKED = re.compile(rb"""(?:href|src)=["']([^"']+\.(?:css|js|svg|woff2))["']""")
NAMED = re.compile(rb"""(?:import|from|url)\s*\(?\s*["']?([^"')\s;]+\.(?:css|js|svg|woff2))""")


async def run(frame: Frame) -> None:
    """Every view of another product, by turns with the echoing POST."""
    sizes, views, cpu, echo = frame.sizes, [], [], []
    async with frame.served("pg") as (place, servers):
        (server,) = servers
        goods = sorted({(sku.owner, sku.product) for shop in place.market.skus for sku in shop})
        draw = Orders(place.market, servers, 7).random
        for _ in range(sizes.rounds + 1):
            pages = [f"/goods/{public_id(*draw.choice(goods))}" for _ in range(sizes.round)]
            before = server.cpu_us()
            seen = await load(server.port, [get(page) for page in pages])
            assert not seen.failed, seen.failed[0]
            cpu.append((server.cpu_us() - before) / 1000 / sizes.round)
            views.append(sizes.round / seen.seconds)
            echo.append(await echoes(server, sizes.round))
        parts = first_load(server, f"/goods/{public_id(*goods[0])}")
    # The first round compiles templates and fills caches: it is not counted.
    frame.put("page_cpu_ms", cpu[1:])
    frame.put("page_views_per_s", views[1:], 0)
    frame.put("page_echo_per_s", echo[1:], 0)
    frame.put("page_first_load_bytes", [sum(parts.values())], 0)
    for path, size in parts.items():
        frame.say(f"      {size:7} {path.rsplit('/', 1)[-1]}")


def first_load(server: Served, page: str) -> dict[str, int]:
    """Path → bytes of the bodies that a browser with an empty cache fetches; photos are left out."""
    sizes, wanted = {}, [page]
    while wanted:
        path = wanted.pop(0)
        if path in sizes:
            continue
        sizes[path], body = fetch(server, path)
        found = LINKED.findall(body) if path == page else NAMED.findall(body) if path.endswith((".js", ".css")) else []
        wanted += [joined(path, one.decode()) for one in found]
    return {path if path != page else "the page itself": size for path, size in sizes.items()}


def fetch(server: Served, path: str) -> tuple[int, bytes]:
    """The bytes on the way, and the body as it reads; told twice where the server packs it."""
    sizes = []
    for coding in ("gzip, br, zstd", "identity"):
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        try:
            connection.request("GET", path, headers={"accept-encoding": coding, "accept": "*/*"})
            answer = connection.getresponse()
            body = answer.read()
            assert answer.status == 200, f"{path}: {answer.status}"
        finally:
            connection.close()
        sizes.append(len(body))
    return sizes[0], body


def joined(base: str, told: str) -> str:
    """The address of what a file names beside itself."""
    return urlsplit(urljoin(base, told)).path
