"""Imports follow the order of the layers, and nothing imports in a circle.

Reason: the kernel can be read, tested and trusted alone only if it knows nothing of databases, pages or networks;
the auditor can convict the kernel only if it shares no code with it; and the local payment provider proves our
handling of a real one only if all it knows of us comes over HTTP.
"""

import ast
import sys

import pytest

from tests.shape.imports import cycles, graph, imported, modules, own_module, part, part_graph, reachable
from tests.shape.source import tree

KERNEL = {"kernel"}
TRADE = KERNEL | {"modes", "roles", "scenes"}
STORE = TRADE | {"store"}
ENGINE = STORE | {"engine"}
EDGE = ENGINE | {"ports", "settings", "data", "api", "web"}

# Which parts a part may import, besides itself. A new part gets its line here, and its place in the design.
MAY_IMPORT = {
    "kernel": set(),
    "modes": TRADE,
    "roles": TRADE,
    "scenes": TRADE,
    "store": TRADE | {"settings"},
    "ports": KERNEL | {"scenes", "settings"},
    "engine": STORE | {"ports", "settings"},
    "provider": set(),
    "audit": set(),
    "settings": set(),
    "data": set(),
    "api": EDGE,
    "web": EDGE,
    "sim": ENGINE | {"ports", "settings", "data", "audit"},
    "demo": ENGINE | {"ports", "settings", "data", "api"},
    "health": ENGINE | {"api"},
    "http": KERNEL | {"api"},
    "logs": set(),
    "control": KERNEL | {"settings"},
    "main": EDGE | {"health", "http"},
    "commands": EDGE | {"audit", "demo", "sim", "main", "control"},
    "cli": {"commands", "logs", "settings", "store", "kernel"},
    "__main__": {"cli"},
}
# Only the outbox and the edge may speak to the outside; the one write path may not.
PORTS_IN_ENGINE = ("jishi.engine.outbox",)
KERNEL_LIBRARIES = {"msgspec"}
# Clock, chance, disk, network, threads: what would make the same command end in two ways.
IMPURE_MODULES = {
    "asyncio", "concurrent", "http", "io", "logging", "multiprocessing", "os", "pathlib", "random", "secrets", "select",
    "shutil", "signal", "socket", "sqlite3", "subprocess", "tempfile", "threading", "time", "urllib", "uuid",
}  # fmt: skip
IMPURE_FUNCTIONS = {"open", "print", "input", "exec", "eval"}
IMPURE_METHODS = {"now", "utcnow", "today", "getenv", "urandom"}
ASYNCHRONOUS = (ast.AsyncFunctionDef, ast.Await, ast.AsyncFor, ast.AsyncWith)


def modules_of(*parts: str) -> list[str]:
    return [module for module in modules() if part(module) in parts]


def test_every_part_has_its_place_in_the_order() -> None:
    assert {part(module) for module in modules()} - {""} - MAY_IMPORT.keys() == set()


@pytest.mark.parametrize("name", sorted(MAY_IMPORT))
def test_a_part_imports_only_what_it_may(name: str) -> None:
    assert part_graph().get(name, frozenset()) - MAY_IMPORT[name] == set()


def test_the_package_itself_imports_nothing() -> None:
    assert part_graph().get("", frozenset()) == set()


def test_no_module_imports_itself_by_a_detour() -> None:
    assert cycles(graph()) == []


def test_no_part_imports_itself_by_a_detour() -> None:
    assert cycles(part_graph()) == []


def test_only_the_outbox_of_the_engine_sees_the_outside() -> None:
    seeing = [module for module in modules_of("engine") if any(part(target) == "ports" for target in graph()[module])]
    assert [module for module in seeing if not module.startswith(PORTS_IN_ENGINE)] == []


@pytest.mark.parametrize("name", ["provider", "audit"])
def test_nothing_of_ours_comes_in_by_the_back_door(name: str) -> None:
    brought = {part(found) for module in modules_of(name) for found in reachable(module)}
    assert brought <= {name, ""} | MAY_IMPORT[name]


def test_the_kernel_needs_only_the_standard_library_and_msgspec() -> None:
    allowed = sys.stdlib_module_names | KERNEL_LIBRARIES
    names = [(module, name) for module in modules_of("kernel") for name in imported(module, modules()[module])]
    foreign = [(module, name) for module, name in names if not own_module(name)]
    assert [pair for pair in foreign if pair[1].split(".")[0] not in allowed] == []


@pytest.mark.parametrize("name", ["kernel", "modes", "roles", "scenes"])
def test_decisions_have_no_clock_no_chance_and_no_outside(name: str) -> None:
    faults = []
    for module in modules_of(name):
        path = modules()[module]
        faults += [f"{module} imports {found}" for found in imported(module, path) if is_impure(found)]
        faults += [f"{module}:{node.lineno} {why}" for node in ast.walk(tree(path)) if (why := impure_node(node))]
    assert faults == []


def is_impure(name: str) -> bool:
    return name.split(".")[0] in IMPURE_MODULES


def impure_node(node: ast.AST) -> str | None:
    """Say what is impure about a piece of code, if anything."""
    if isinstance(node, ASYNCHRONOUS):
        return "waits"
    if isinstance(node, ast.Call):
        function, method = getattr(node.func, "id", None), getattr(node.func, "attr", None)
        if function in IMPURE_FUNCTIONS or method in IMPURE_METHODS:
            return f"calls {function or method}()"
    return None


def test_the_checks_find_what_they_look_for() -> None:
    assert cycles({"a": frozenset("b"), "b": frozenset("a"), "c": frozenset("a")}) != []
    assert cycles({"a": frozenset("b"), "b": frozenset()}) == []
    assert [impure_node(node) for node in ast.walk(ast.parse("datetime.now()")) if impure_node(node)]
    assert is_impure("time.monotonic")
    assert not is_impure("timeit")
