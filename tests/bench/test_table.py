"""The table of figures is put into the guide by the run that measured, and says when it may not be quoted."""

from bench.table import ABOUT, PAGE, PATH, path_table, put, table, write

FIGURES = {
    "full": True, "machine": {"cores": 2}, "sizes": {"market": {"shops": 100}, "many": 1_000_000}, "failed": [],
    "stolen_percent": {"orders": 1.5}, "pg_orders_per_s": 1234, "sqlite_batch_ms": {"lock": 0.5, "load": 2.0},
    "spread": {"pg_orders_per_s": 0.031, "sqlite_batch_ms": {"lock": 0.1, "load": 0.2}},
}  # fmt: skip


def test_the_page_holds_the_last_run_alone(tmp_path):
    page = tmp_path / "performance.md"
    before = PAGE.read_text(encoding="utf-8")
    page.write_text(before, encoding="utf-8")
    put(table(FIGURES | {"pg_orders_per_s": 9}), page)
    put(table(FIGURES), page)
    told = page.read_text(encoding="utf-8")
    assert told.startswith(before.partition("<!-- measured -->")[0])
    assert "| `pg_orders_per_s` | Orders a second, PostgreSQL | 1,234 | 0.031 |" in told
    assert "| `sqlite_batch_ms` | one batch's time by phase, ms, and its commands | lock 0.5, load 2.0 |" in told
    assert "Machine: cores 2. The full run: shops 100; many 1,000,000." in told
    assert "What the host kept of the cores, %: orders 1.5." in told


def test_a_small_or_failed_run_says_so():
    assert "never to be quoted" in table(FIGURES | {"full": False})
    assert "never to be quoted" in table(FIGURES | {"failed": ["crash"]})
    assert "never to be quoted" not in table(FIGURES)


STEPS = {"server": {"the token": [16, 0], "nothing": [0, 0], "the body": [4, 7]}, "writer": {"decided": [20, 11]}}


def test_the_path_tells_what_each_process_needs_together():
    told = path_table(FIGURES | {PATH: STEPS})
    assert "| server | the token | 16 | 0 |\n| server | the body | 4 | 7 |\n" in told
    assert "| **server** | **together** | **20** | **7** |\n| writer | decided | 20 | 11 |" in told
    assert PATH not in table(FIGURES | {PATH: STEPS})


def test_a_run_is_written_into_the_pages_it_has_figures_for(tmp_path):
    empty = "<!-- measured -->\n<!-- end -->"
    about = {name: value for name, value in FIGURES.items() if name in ABOUT}
    path = {PATH: STEPS}
    for run, pages in ((FIGURES, {"all"}), (about | path, {"path"}), (FIGURES | path, {"all", "path"})):
        files = {name: tmp_path / name for name in ("all", "path")}
        for file in files.values():
            file.write_text(empty, encoding="utf-8")
        write(run, files["all"], files["path"])
        assert {name for name, file in files.items() if file.read_text(encoding="utf-8") != empty} == pages
