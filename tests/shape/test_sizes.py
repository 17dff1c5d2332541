"""Files, functions and parameter lists stay small.

Reason: what fits on a screen is read before it is changed. A file over 400 lines holds two nouns, a function over
60 lines two steps, and more than six parameters are a record that has no name yet.
"""

import ast
from collections.abc import Iterator

from tests.shape.source import short, tree, with_suffix

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60
PARAMETERS_MAX = 6
SIZED = (".py", ".html", ".css", ".js", ".sql", ".sh")

# The debts: what is larger, and how large it may be at most. This list only shrinks: raise no figure, add no line.
# A key is a file, or a file and a function: "jishi/kernel/orders.py" or "jishi/kernel/orders.py:decide".
FILES_OVER: dict[str, int] = {}
FUNCTIONS_OVER: dict[str, int] = {}
PARAMETERS_OVER: dict[str, int] = {}


def file_lines() -> dict[str, int]:
    """Count the lines of every file."""
    return {short(path): len(path.read_text(encoding="utf-8").splitlines()) for path in with_suffix(*SIZED)}


def functions() -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """List every function and method with its key."""
    for path in with_suffix(".py"):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{short(path)}:{node.name}", node


def function_lines() -> dict[str, int]:
    """Count the lines of every function; of two with one key, the longer counts."""
    return largest((key, node.end_lineno - node.lineno + 1) for key, node in functions())


def parameters() -> dict[str, int]:
    """Count the parameters of every function, `self` and `cls` left out."""
    return largest((key, len(named(node.args))) for key, node in functions())


def named(arguments: ast.arguments) -> list[str]:
    """Return the names of a function's parameters."""
    rest = [argument for argument in (arguments.vararg, arguments.kwarg) if argument]
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *rest]
    return [argument.arg for argument in every if argument.arg not in ("self", "cls")]


def largest(measured: Iterator[tuple[str, int]]) -> dict[str, int]:
    """Keep the largest figure of each key."""
    found: dict[str, int] = {}
    for key, figure in measured:
        found[key] = max(figure, found.get(key, 0))
    return found


def over(sizes: dict[str, int], size_max: int, debts: dict[str, int]) -> dict[str, int]:
    """Return what is larger than allowed, for itself or by the list of debts."""
    return {key: size for key, size in sizes.items() if size > max(size_max, debts.get(key, 0))}


def paid(sizes: dict[str, int], size_max: int, debts: dict[str, int]) -> list[str]:
    """Return the debts that are paid, wholly or in part: their line must go or its figure sink."""
    return [key for key, debt in debts.items() if sizes.get(key, 0) <= size_max or sizes[key] < debt]


def test_files_are_short() -> None:
    assert over(file_lines(), FILE_LINES_MAX, FILES_OVER) == {}


def test_functions_are_short() -> None:
    assert over(function_lines(), FUNCTION_LINES_MAX, FUNCTIONS_OVER) == {}


def test_functions_take_few_parameters() -> None:
    assert over(parameters(), PARAMETERS_MAX, PARAMETERS_OVER) == {}


def test_the_lists_of_debts_only_shrink() -> None:
    assert paid(file_lines(), FILE_LINES_MAX, FILES_OVER) == []
    assert paid(function_lines(), FUNCTION_LINES_MAX, FUNCTIONS_OVER) == []
    assert paid(parameters(), PARAMETERS_MAX, PARAMETERS_OVER) == []


def test_every_python_file_says_what_it_is_for() -> None:
    assert [short(path) for path in with_suffix(".py") if not ast.get_docstring(tree(path))] == []


def test_the_measures_find_what_is_too_large() -> None:
    source = ast.parse("def wide(self, a, b, /, c, *d, e, **f): ...").body[0]
    assert named(source.args) == ["a", "b", "c", "e", "d", "f"]
    assert over({"long": 61, "short": 60}, 60, {}) == {"long": 61}
    assert paid({"was_long": 60, "still_long": 70}, 60, {"was_long": 65, "still_long": 70}) == ["was_long"]
