"""The guide's tables of figures, printed from a run, so that nobody copies by hand."""

import re
from pathlib import Path

GUIDE = Path(__file__).resolve().parents[1] / "docs" / "guide"
PAGE, PATH_PAGE = GUIDE / "performance.md", GUIDE / "path-of-an-order.md"
BLOCK = re.compile(r"<!-- measured -->\n.*?<!-- end -->", re.DOTALL)
PATH = "pg_path_us"
ABOUT = ("full", "machine", "sizes", "failed", "stolen_percent", "spread", PATH)
YARDSTICKS = ("pgbench_tpcb_tps", "echo_per_s")  # a figure that takes one again puts its own name before
# What each figure says. A name that begins with sqlite_ and is not here says the same of SQLite.
WORDS = {
    "pg_orders_per_s": "Orders a second, PostgreSQL",
    "pg_hot_orders_per_s": "the same, everyone orders the same SKU",
    "pg_p50_ms": "median answer under that load",
    "pg_p99_ms": "slowest of a hundred answers under that load",
    "pg_cpu_us_per_order": "processor time of an order, µs",
    "pg_batch_ms": "one batch's time by phase, ms, and its commands",
    "client_us_per_order": "processor time of the load itself, µs an order",
    "pgbench_tpcb_tps": "yardstick: TPC-B transactions a second, same server, by turns",
    "pg_orders_per_tpcb": "orders ÷ yardstick",
    "echo_per_s": "yardstick: POSTs a second that only parse and answer",
    "pg_few_stored_orders_per_s": "orders a second with few stored",
    "pg_many_stored_orders_per_s": "orders a second with many stored",
    "pg_growth": "many stored ÷ few stored",
    "timers_10k_s": "seconds until unpaid orders are closed by their timers",
    "timers_p99_calm_ms": "people's p99 without timers",
    "timers_p99_busy_ms": "people's p99 meanwhile",
    "sqlite_orders_per_s": "Orders a second, SQLite, all shops",
    "sqlite_one_shop_orders_per_s": "the same, all at one shop",
    "gifts_accepted_per_s": "gifts accepted a second at one hot shop",
    "gifts_hot_orders_per_s": "orders a second of one SKU, in the same run",
    "page_cpu_ms": "processor time of a product page, ms",
    "page_views_per_s": "product pages a second",
    "page_first_load_bytes": "bytes of its first load without photos",
    "memory_rest_mib": "memory at rest, MiB",
    "memory_connection_kib": "memory of an open connection, KiB",
    "memory_bare_python_mib": "yardstick: Python alone, MiB",
    "two_engines_routed_orders_per_s": "two engines, each shop's requests to one of them",
    "two_engines_anywhere_orders_per_s": "two engines, requests anywhere",
    "two_engines_one_orders_per_s": "one engine alone, in the same run",
    "two_engines_routed_to_one": "routed ÷ one engine alone",
    "against_per_s": "orders a second, this version ÷ the one before it",
    "against_server_us": "processor time of server and writer for an order, this ÷ before",
    "against_database_us": "processor time of PostgreSQL for an order, this ÷ before",
    "pg_killed_orders_lost": "acknowledged orders lost by kill -9 of server and database",
    "pg_killed_orders_doubled": "orders there twice after it",
    "pg_killed_requests_sent_again": "requests that had no answer and were sent again",
}  # fmt: skip


def table(figures: dict) -> str:
    """Markdown: what was run, then a line per figure."""
    lines = [told(figures), "", "| figure | what it is | value | spread |", "| --- | --- | ---: | ---: |"]
    for name, value in figures.items():
        if name not in ABOUT:
            lines.append(f"| `{name}` | {words(name)} | {cell(value)} | {cell(figures['spread'][name])} |")
    return "\n".join(lines) + "\n"


def path_table(figures: dict) -> str:
    """Markdown: what was run, then a line per step, and what each process needs of them together."""
    lines = [told(figures), "", "| where | step | placed, µs | paid, µs |", "| --- | --- | ---: | ---: |"]
    for process, steps in figures[PATH].items():
        used = [(step, placed, paid) for step, (placed, paid) in steps.items() if placed + paid]
        lines += [f"| {process} | {step} | {placed} | {paid} |" for step, placed, paid in used]
        placed, paid = map(sum, zip(*steps.values(), strict=True))
        lines.append(f"| **{process}** | **together** | **{placed}** | **{paid}** |")
    return "\n".join(lines) + "\n"


def told(figures: dict) -> str:
    """On what machine, and how much."""
    sizes = dict(figures["sizes"])
    market = sizes.pop("market")
    whole = figures["full"] and not figures["failed"]
    run = "The full run" if whole else "**Not a full run, never to be quoted**"
    kept = f"What the host kept of the cores, %: {cell(figures['stolen_percent'])}."
    return f"Machine: {cell(figures['machine'])}. {run}: {cell(market)}; {cell(sizes)}. {kept}"


def words(name: str) -> str:
    """What a figure is."""
    name = next((one for one in YARDSTICKS if name.endswith(one)), name)
    return WORDS.get(name) or WORDS.get(name.replace("sqlite_", "pg_", 1)) or WORDS.get(name[7:], "")


def cell(value) -> str:
    """A number, or the parts of one."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {cell(part)}" for name, part in value.items())
    return f"{value:,}" if type(value) in (int, float) else str(value)


def write(figures: dict, page: Path = PAGE, path_page: Path = PATH_PAGE) -> str:
    """Put the tables that a run has figures for into their pages; returns them."""
    made = put(path_table(figures), path_page) if PATH in figures else ""
    return made + (put(table(figures), page) if set(figures) - set(ABOUT) else "")


def put(made: str, page: Path) -> str:
    """Put a table into a page, between its marks; returns it."""
    text = page.read_text(encoding="utf-8")
    assert BLOCK.search(text), f"{page} has no place for the figures"
    page.write_text(BLOCK.sub(lambda _: f"<!-- measured -->\n{made}<!-- end -->", text), encoding="utf-8")
    return made
