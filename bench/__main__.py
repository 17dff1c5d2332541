"""Runs the benchmarks and prints one JSON object as the last line. Everything before it is for people."""

import asyncio
import json
import os
import tempfile
from pathlib import Path

import uvloop

from bench.machine import median, pgbench, pgbench_tables, spread
from bench.orders import Bench, Round
from bench.served import serving
from bench.world import Size, build
from jishi.audit.report import audit
from tests.support.postgres import Postgres

FULL = Size(100, 100, 100_000)
QUICK = Size(100, 20, 2_000)
ROUNDS, PGBENCH_S = 3, 10


def say(text: str) -> None:
    print(text, flush=True)


async def rounds(url: str, folder: Path, size: Size, count: int, between=None) -> tuple[list[Round], list[Round], list]:
    """Build, serve, and run uniform and hot rounds by turns; `between` is the yardstick, run after each.

    Ends with the auditor.
    """
    skus = size.shops * size.skus_per_shop
    say(f"building {size.shops} shops, {skus} SKUs, {size.buyers} buyers on {url.split(':')[0]}")
    market = await build(url, size)
    uniform, hot, yardstick = [], [], []
    with serving(url, folder) as (port, pid, key_file):
        bench = Bench(market, port, pid, key_file, seed=1)
        await bench.round(count // 4)
        for _ in range(ROUNDS):
            uniform.append(await bench.round(count))
            hot.append(await bench.round(count, hot=True))
            yardstick += [between()] if between else []
            say(f"  uniform {uniform[-1].per_s:.0f}/s, hot {hot[-1].per_s:.0f}/s, yardstick {yardstick[-1:]}")
    report = await audit(url)
    assert not report.violations, report.violations[:5]
    say(f"  auditor: {report.checks} facts, nothing wrong")
    return uniform, hot, yardstick


def told(prefix: str, uniform: list[Round], hot: list[Round]) -> dict:
    """The figures of one database."""
    latencies = sorted(latency for one in uniform for latency in one.latencies_ms)
    return {
        f"{prefix}_orders_per_s": round(median([one.per_s for one in uniform])),
        f"{prefix}_hot_orders_per_s": round(median([one.per_s for one in hot])),
        f"{prefix}_p50_ms": round(latencies[len(latencies) // 2], 2),
        f"{prefix}_p99_ms": round(latencies[len(latencies) * 99 // 100], 2),
        f"{prefix}_cpu_us_per_order": {"server": round(median([one.server_us for one in uniform])),
                                       "client": round(median([one.client_us for one in uniform]))},
    }  # fmt: skip


async def main() -> None:
    """PostgreSQL with pgbench by turns, then SQLite."""
    size, count = (QUICK, 2_000) if os.environ.get("BENCH_QUICK") else (FULL, 4_000)
    figures: dict = {}
    with tempfile.TemporaryDirectory(prefix="jishi-bench-") as folder:
        cluster = Postgres(durable=True).start()
        try:
            pgbench_tables(cluster, cluster.create_database("yardstick").rsplit("/", 1)[1])
            url = cluster.create_database("bench")
            (Path(folder) / "pg").mkdir()
            uniform, hot, tpcb = await rounds(
                url, Path(folder) / "pg", size, count, lambda: pgbench(cluster, "yardstick", PGBENCH_S)
            )
        finally:
            cluster.stop()
        figures |= told("pg", uniform, hot) | {"pgbench_tpcb_tps": round(median(tpcb))}
        figures["spread"] = {
            "pg_orders_per_s": spread([one.per_s for one in uniform]),
            "pgbench_tpcb_tps": spread(tpcb),
        }
        (Path(folder) / "lite").mkdir()
        url = f"sqlite:///{folder}/lite/bench.db"
        uniform, hot, _ = await rounds(url, Path(folder) / "lite", size, count)
        figures |= told("sqlite", uniform, hot)
        figures["spread"]["sqlite_orders_per_s"] = spread([one.per_s for one in uniform])
    print(json.dumps(figures))


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())
