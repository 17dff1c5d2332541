"""What every figure is given: databases with a market, the yardsticks, and where to write down what was measured."""

import contextlib
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from bench.machine import median, pgbench, pgbench_tables, spread
from bench.postgres_warm import keep_log, warm
from bench.served import Served, serving
from bench.world import Market, Size, build
from jishi.audit.report import audit
from tests.support import postgres

# A quarter of a gigabyte and up is what people give it; the tests' own setting is for many small clusters at once.
POSTGRES = {"shared_buffers": "1GB", "max_wal_size": "4GB", "min_wal_size": "2GB"}


class Sizes(NamedTuple):
    """How much is measured: the market, orders of a round, rounds, orders stored for the growth, timers, seconds.

    runs: how often growth and timers are measured, which are the least steady.
    """

    market: Size
    round: int
    rounds: int
    few: int
    many: int
    runs: int
    growth_round: int
    timers: int
    pgbench_s: int
    gifts: int
    connections: int


FULL = Sizes(Size(100, 100, 100_000), 10_000, 3, 10_000, 1_000_000, 5, 2_000, 10_000, 10, 2_000, 1_000)
QUICK = Sizes(Size(20, 10, 1_000), 300, 3, 500, 5_000, 3, 200, 500, 1, 100, 100)


class Place(NamedTuple):
    """A database with a market of its own, and a folder for its server."""

    kind: str
    url: str
    folder: Path
    market: Market


@dataclass
class Frame:
    """One run of the benchmark."""

    folder: Path
    sizes: Sizes
    settings: dict[str, str]
    figures: dict = field(default_factory=dict)
    spreads: dict = field(default_factory=dict)
    stolen: dict[str, float] = field(default_factory=dict)
    markets: dict[str, Market] = field(default_factory=dict)
    cluster: postgres.Postgres | None = None
    made: int = 0

    @classmethod
    @contextlib.contextmanager
    def open(cls, folder: Path, sizes: Sizes, settings: dict[str, str] | None = None) -> Iterator["Frame"]:
        """A frame whose cluster is stopped at the end. settings: of PostgreSQL, over ours."""
        frame = cls(folder, sizes, POSTGRES | (settings or {}))
        try:
            yield frame
        finally:
            if frame.cluster:
                frame.cluster.stop()

    def say(self, text: str) -> None:
        """For people; the last line of all is for programs."""
        print(text, flush=True)

    def put(self, name: str, values: list[float], digits: int = 2) -> None:
        """The median of what was measured, and its spread."""
        self.figures[name] = round(median(values), digits) if digits else round(median(values))
        self.spreads[name] = spread(values)
        self.say(f"    {name} = {self.figures[name]} (spread {self.spreads[name]}, {len(values)} runs)")

    def put_ratio(self, name: str, above: list[float], below: list[float]) -> None:
        """The ratio of two medians; its spread is that of the ratios of runs made one after the other."""
        self.figures[name] = round(median(above) / median(below), 3)
        self.spreads[name] = spread([one / other for one, other in zip(above, below, strict=True)])
        self.say(f"    {name} = {self.figures[name]} (spread {self.spreads[name]}, {len(above)} runs)")

    def put_parts(self, name: str, values: list[dict[str, float]], digits: int = 0) -> None:
        """The same for an object of figures."""
        self.figures[name], self.spreads[name] = {}, {}
        for part in values[0]:
            mine = [one[part] for one in values]
            self.figures[name][part] = round(median(mine), digits) if digits else round(median(mine))
            self.spreads[name][part] = spread(mine)
        self.say(f"    {name} = {self.figures[name]} (spread {self.spreads[name]})")

    def postgres(self) -> postgres.Postgres:
        """The cluster, with fsync; made when it is first asked for."""
        if self.cluster is None:
            self.cluster = postgres.Postgres(durable=True, settings=self.settings)
            self.cluster.start()
            warm(self.cluster.url("postgres"))
        return self.cluster

    def pgbench(self) -> float:
        """The yardstick of the database's server: TPC-B transactions a second."""
        cluster = self.postgres()
        if not cluster.has_database("yardstick"):
            cluster.create_database("yardstick")
            pgbench_tables(cluster, "yardstick")
        return pgbench(cluster, "yardstick", self.sizes.pgbench_s)

    async def place(self, kind: str) -> Place:
        """A fresh database with the market: a copy of the one that was made by commands. kind: pg or sqlite."""
        self.made += 1
        name = f"{kind}{self.made}"
        home, market = self.folder / name, self.folder / "market.db"
        home.mkdir()
        if kind == "pg":
            cluster = self.postgres()
            if kind not in self.markets:
                self.markets[kind] = await self.build(cluster.create_database("market"))
            url = cluster.create_database(name, "market")
            keep_log(url)
            return Place(kind, url, home, self.markets[kind])
        if kind not in self.markets:
            self.markets[kind] = await self.build(f"sqlite:///{market}")
        for part in self.folder.glob("market.db*"):
            shutil.copy(part, home / part.name)
        return Place(kind, f"sqlite:///{home}/market.db", home, self.markets[kind])

    async def build(self, url: str) -> Market:
        size = self.sizes.market
        skus = size.shops * size.skus_per_shop
        self.say(f"  making {size.shops} shops, {skus} SKUs, {size.buyers} buyers on {url.split(':')[0]}")
        return await build(url, size)

    def leave(self, place: Place) -> None:
        """Throw a database away."""
        if place.kind == "pg":
            self.postgres().drop_database(place.url.rsplit("/", 1)[1])
        shutil.rmtree(place.folder)

    @asynccontextmanager
    async def served(self, kind: str, **options) -> AsyncIterator[tuple[Place, list[Served]]]:
        """A fresh place with its servers; ends with the auditor, then it is thrown away."""
        place = await self.place(kind)
        try:
            with serving(place.url, place.folder, **options) as servers:
                yield place, servers
            await self.audit(place)
        finally:
            self.leave(place)

    async def audit(self, place: Place) -> None:
        """Nothing may be wrong."""
        report = await audit(place.url)
        assert not report.violations, "\n".join(map(str, report.violations[:5]))
        self.say(f"  auditor on {place.kind}: {report.checks} facts, nothing wrong")
