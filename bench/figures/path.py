"""The path of one order in microseconds of processor time, step by step through server, writer and PostgreSQL.

How much each process used is the system's count. How it falls to the steps is by samples of py-spy, in PostgreSQL by
its statements' own times (its module pg_stat_statements): shares of the clock, good to a tenth or so.
"""

from collections import Counter

import msgspec
import psycopg

from bench.frame import Frame, Place
from bench.machine import cpu_us
from bench.ordering import Orders
from bench.spy import BACKGROUND, processes_of, recording
from bench.steps import shares, step_of_statement

RATE = 400
MODULE = {"shared_preload_libraries": "pg_stat_statements", "pg_stat_statements.track_utility": "off"}
STATEMENTS = """
SELECT query, total_exec_time FROM pg_stat_statements
WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
REST, LOOKS = "messages, begin, commit", "looks for what is due"


async def run(frame: Frame) -> None:
    """In a cluster of its own, which counts its statements' times."""
    home = frame.folder / "path"
    home.mkdir()
    with Frame.open(home, frame.sizes, MODULE) as own:
        async with own.served("pg") as (place, servers):
            orders, count = Orders(place.market, servers, 11, own.postgres().process.pid), own.sizes.round
            await orders.round(count // 4)
            walk = Walk(own, place, orders)
            placing = await walk.send([orders.order().request for _ in range(count)])
            paying = await walk.send([orders.notice(msgspec.json.decode(body)) for body in walk.bodies])
    for process in placing:
        steps = placing[process] | paying[process]
        told = {step: (placing[process].get(step, 0), paying[process].get(step, 0)) for step in steps}
        frame.figures.setdefault("pg_path_us", {})[process] = told
        for step, (placed, paid) in told.items():
            frame.say(f"    {process:17} {step:50} {placed:5} {paid:5}")


class Walk:
    """Sends requests while everything on their way is recorded."""

    def __init__(self, frame: Frame, place: Place, orders: Orders):
        self.frame, self.place, self.orders = frame, place, orders
        self.bodies: list[bytes] = []

    async def send(self, requests: list[bytes]) -> dict[str, dict[str, float]]:
        """Processor time of one request in µs, by process and step."""
        server, file = self.orders.servers[0].pid, self.frame.folder / "path.raw"
        processes = processes_of(server)
        with psycopg.connect(self.place.url, autocommit=True) as connection:
            connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
            connection.execute("SELECT pg_stat_statements_reset()")
            with recording(server, file, RATE):
                before = self.used(processes)
                self.bodies = (await self.orders.send(requests)).bodies
                used = self.used(processes) - before
            statements = connection.execute(STATEMENTS).fetchall()
        found = {name: shared_out(used[name], counted) for name, counted in shares(file.read_text()).items()}
        found[BACKGROUND] = {LOOKS: used[BACKGROUND]}
        found["database"] = by_statement(used["database"], statements)
        return {name: {step: round(us / len(requests)) for step, us in steps.items()} for name, steps in found.items()}

    def used(self, processes: dict[int, str]) -> Counter[str]:
        """Processor time so far in µs, by process."""
        told = Counter(database=self.orders.used()[1])
        for pid, name in processes.items():
            told[name] += cpu_us(pid)
        return told


def shared_out(used_us: float, counted: Counter[str]) -> dict[str, float]:
    """A process's time by the samples of its steps."""
    total = counted.total() or 1
    return {step: used_us * count / total for step, count in counted.items()}


def by_statement(used_us: float, statements: list[tuple[str, float]]) -> dict[str, float]:
    """PostgreSQL's time by what its statements do; what they do not account for is the rest. Their own times are of the
    clock: where they are more than the processor's, each is so much less.
    """
    told: Counter[str] = Counter()
    for query, ms in statements:
        told[step_of_statement(query)] += ms * 1000
    share = min(1.0, used_us / (told.total() or 1))
    return {step: us * share for step, us in told.items()} | {REST: max(0.0, used_us - told.total())}
