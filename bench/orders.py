"""Orders a second through the public HTTP API: the buyer's order, then the provider's signed notice that it is paid."""

import random
import time
from pathlib import Path
from typing import NamedTuple

import msgspec

from bench.client import load, post
from bench.machine import children, cpu_us
from bench.world import PRICE_MINOR, Market
from jishi.provider.signing import load_or_create_key, sign_notice


class Round(NamedTuple):
    """One round: orders a second, latencies of both requests in ms, and µs of processor time per order by process."""

    per_s: float
    latencies_ms: list[float]
    server_us: float
    client_us: float


class Bench:
    """A served market to place orders on."""

    def __init__(self, market: Market, port: int, pid: int, key_file: Path, seed: int):
        self.market, self.port, self.pid = market, port, pid
        self.key = load_or_create_key(key_file)
        self.random, self.made = random.Random(seed), 0

    async def round(self, count: int, *, hot: bool = False) -> Round:
        """Place so many orders, sign their notices while the clock stands, send them."""
        requests = [self.order(hot) for _ in range(count)]
        server, client = cpu_us(*children(self.pid)), time.process_time()
        placed = await load(self.port, requests)
        assert not placed.failed, placed.failed[0]
        used = cpu_us(*children(self.pid)) - server, time.process_time() - client
        notices = [self.notice(msgspec.json.decode(body)) for body in placed.bodies]
        server, client = cpu_us(*children(self.pid)), time.process_time()
        paid = await load(self.port, notices)
        assert not paid.failed, paid.failed[0]
        server_us = used[0] + cpu_us(*children(self.pid)) - server
        client_us = (used[1] + time.process_time() - client) * 1_000_000
        latencies = [latency * 1000 for latency in placed.latencies + paid.latencies]
        return Round(count / (placed.seconds + paid.seconds), latencies, server_us / count, client_us / count)

    def order(self, hot: bool) -> bytes:
        """A random buyer orders one of a random SKU, or everyone the same."""
        self.made += 1
        token, address = self.random.choice(self.market.buyers)
        sku = self.market.skus[0][0] if hot else self.random.choice(self.random.choice(self.market.skus))
        body = {"lines": [{"sku": sku, "quantity": 1, "price_minor": PRICE_MINOR}], "address": address}
        headers = {
            "authorization": f"Bearer {token}", "content-type": "application/json", "idempotency-key": f"b{self.made}"
        }  # fmt: skip
        return post("/v1/orders/place", msgspec.json.encode(body), headers)

    def notice(self, order: dict) -> bytes:
        """The provider's notice for an order, as it would come."""
        self.made += 1
        told = {
            "id": f"N{self.made}", "kind": "paid", "merchant": "jishi", "trade_no": f"O{order['order']}-1",
            "txn": f"T{order['order']}", "amount_minor": order["total_minor"], "currency": order["currency"],
            "at_ms": order["at_ms"],
        }  # fmt: skip
        signed = sign_notice(self.key, told)
        return post("/hooks/pay", signed.body, signed.headers)
