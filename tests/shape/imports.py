"""What imports what, read from the source; imports inside functions count like all others."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.shape.source import ROOT, tree, with_suffix


def module_name(path: Path) -> str:
    """Return the dotted name of a file's module."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def modules() -> dict[str, Path]:
    """Return every module of the package with its file."""
    return {module_name(path): path for path in with_suffix(".py") if path.is_relative_to(ROOT / "jishi")}


def imported(module: str, path: Path) -> Iterator[str]:
    """List the dotted names that a module imports, ours and others', as precisely as they are written."""
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = absolute(node, package)
            yield from (f"{base}.{alias.name}" for alias in node.names)


def absolute(node: ast.ImportFrom, package: str) -> str:
    """Return the dotted name that a `from` import starts at, also where it is relative."""
    above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
    return ".".join([*above, *([node.module] if node.module else [])])


def own_module(name: str) -> str | None:
    """Return the module of ours that a dotted name lies in, or None for others' modules."""
    while name.startswith("jishi") and name not in modules():
        name = name.rpartition(".")[0]
    return name if name in modules() else None


@cache
def graph() -> dict[str, frozenset[str]]:
    """Return for every module of ours the modules of ours that it imports."""
    found = {}
    for module, path in modules().items():
        targets = {own_module(name) for name in imported(module, path)}
        found[module] = frozenset(target for target in targets if target and target != module)
    return found


def part(module: str) -> str:
    """Return the part of the design that a module belongs to: `jishi.store.queries` is in `store`."""
    return module.split(".")[1] if "." in module else ""


def part_graph() -> dict[str, frozenset[str]]:
    """Return for every part the other parts it imports."""
    found: dict[str, set[str]] = {part(module): set() for module in graph()}
    for module, targets in graph().items():
        found[part(module)] |= {part(target) for target in targets} - {part(module), ""}
    return {name: frozenset(targets) for name, targets in found.items()}


def reachable(start: str) -> set[str]:
    """Return every module of ours that importing `start` brings in."""
    seen, waiting = {start}, [start]
    while waiting:
        new = graph()[waiting.pop()] - seen
        seen |= new
        waiting.extend(new)
    return seen


def cycles(edges: dict[str, frozenset[str]]) -> list[str]:
    """Return what remains when all that imports nothing, or nothing that remains, is taken away: the cycles."""
    left = dict(edges)
    while free := [name for name, targets in left.items() if not targets & left.keys()]:
        for name in free:
            del left[name]
    return [f"{name} -> {', '.join(sorted(targets & left.keys()))}" for name, targets in sorted(left.items())]
