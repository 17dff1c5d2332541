"""Orders through the public HTTP API: the buyer's order, then the provider's signed notice that it is paid."""

import random
import time
from typing import NamedTuple

import msgspec

from bench.client import Result, post, spread_over
from bench.machine import children, cpu_us
from bench.served import Served
from bench.world import PRICE_MINOR, Buyer, Market, public_sku
from jishi.kernel.ids import read_id
from jishi.kernel.stock import Sku
from jishi.modes.gift import link_parts
from jishi.provider.signing import load_or_create_key, sign_notice


class Round(NamedTuple):
    """One round: orders a second, latencies of both requests in ms, and µs of processor time per order by process."""

    per_s: float
    latencies_ms: list[float]
    server_us: float
    database_us: float
    client_us: float


class Wanted(NamedTuple):
    """One request to place an order: the shop's place among the market's shops, and the bytes."""

    shop: int
    request: bytes


class Orders:
    """Places orders on served markets. hot: everyone orders the same SKU; one_shop: any SKU of one shop."""

    def __init__(self, market: Market, servers: list[Served], seed: int, database: int = 0):
        """database: the process id of the database's server, 0 where there is none."""
        self.market, self.servers, self.database = market, servers, database
        self.key = load_or_create_key(servers[0].key_file)
        self.seed, self.random, self.made = seed, random.Random(seed), 0

    async def round(self, count: int, *, hot: bool = False, one_shop: bool = False) -> Round:
        """Place so many orders, sign their notices while the clock stands, send them."""
        wanted = [self.order(hot=hot, one_shop=one_shop) for _ in range(count)]
        before = self.used()
        placed = await self.send([one.request for one in wanted])
        placing = self.used()
        notices = [self.notice(msgspec.json.decode(body)) for body in placed.bodies]
        signed = self.used()
        paid = await self.send(notices)
        paying = self.used()
        server, database, client = [
            (one[1] - one[0] + one[3] - one[2]) / count for one in zip(before, placing, signed, paying, strict=True)
        ]
        latencies = [latency * 1000 for latency in placed.latencies + paid.latencies]
        return Round(count / (placed.seconds + paid.seconds), latencies, server, database, client)

    async def send(self, requests: list[bytes]) -> Result:
        """All of them, timed; none may fail."""
        return await self.send_to([(0, request) for request in requests])

    async def send_to(self, requests: list[tuple[int, bytes]]) -> Result:
        """The same to several servers, by their place. A server that was too busy is told of: the machine is, too."""
        ports = [one.port for one in self.servers][: 1 + max(place for place, _ in requests)]
        result = await spread_over(ports, requests)
        assert not result.failed, f"{len(result.failed)} failed: {result.failed[0]!r}"
        if result.again:
            slowest = max(result.latencies)
            print(f"    too busy {result.again} times, sent again; the slowest took {slowest:.1f} s", flush=True)
        return result

    def used(self) -> tuple[float, float, float]:
        """Processor time so far in µs: servers, database, ourselves."""
        database = cpu_us(*children(self.database)) if self.database else 0
        return sum(one.cpu_us() for one in self.servers), database, time.process_time() * 1_000_000

    def buyer(self) -> Buyer:
        return self.random.choice(self.market.buyers)

    def fresh(self) -> str:
        """A new number in texts that must not repeat."""
        self.made += 1
        return f"{self.seed}{self.made:08}"

    def pick(self, hot: bool, one_shop: bool) -> tuple[int, Sku]:
        """Which shop and SKU an order is for."""
        shop = 0 if hot or one_shop else self.random.randrange(len(self.market.skus))
        return shop, self.market.skus[shop][0] if hot else self.random.choice(self.market.skus[shop])

    def order(self, *, hot: bool = False, one_shop: bool = False, gift: bool = False) -> Wanted:
        """A random buyer orders one of a random SKU, or of the one that all want."""
        buyer, (shop, sku) = self.buyer(), self.pick(hot, one_shop)
        line = {"sku": public_sku(sku), "quantity": 1, "price_minor": PRICE_MINOR}
        body = {"lines": [line], **({"mode": "gift"} if gift else {"address": buyer.address})}
        return Wanted(shop, post("/v1/orders/place", msgspec.json.encode(body), self.headers(buyer)))

    def headers(self, buyer: Buyer) -> dict[str, str]:
        """With which a buyer's program sends a command."""
        return {
            "authorization": f"Bearer {self.market.token(buyer)}", "content-type": "application/json",
            "idempotency-key": self.fresh(),
        }  # fmt: skip

    async def paid_gifts(self, count: int) -> list[str]:
        """Gifts of the first shop, paid and waiting to be accepted; returns their orders."""
        placed = await self.send([self.order(one_shop=True, gift=True).request for _ in range(count)])
        told = [msgspec.json.decode(body) for body in placed.bodies]
        await self.send([self.notice(order) for order in told])
        return [order["order"] for order in told]

    def accept(self, gift: str) -> bytes:
        """A friend opens the claim link and takes a gift."""
        friend = self.buyer()
        proof = self.market.engine.world.seal(*link_parts(*read_id(gift)))
        body = msgspec.json.encode({"order": gift, "proof": proof, "address": friend.address})
        return post("/v1/gifts/accept", body, self.headers(friend))

    def notice(self, order: dict) -> bytes:
        """The provider's notice for an order, as it would come."""
        told = {
            "id": f"N{self.fresh()}", "kind": "paid", "merchant": "jishi", "trade_no": f"O{order['order']}-1",
            "txn": f"T{order['order']}", "amount_minor": order["total_minor"], "currency": order["currency"],
            "at_ms": order["at_ms"],
        }  # fmt: skip
        signed = sign_notice(self.key, told)
        return post("/hooks/pay", signed.body, signed.headers)
