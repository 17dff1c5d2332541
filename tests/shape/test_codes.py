"""Every refusal's code stands in the one table of codes, in three languages, and the table holds no other.

Reason: a code without a sentence is an answer nobody understands; a sentence without a code, a promise nobody keeps.
"""

import ast
from collections.abc import Iterator

from jishi.api.errors import LANGUAGES, codes
from tests.shape.source import short, tree, with_suffix

SELF_MADE = "jishi/kernel/refused.py"  # defines Refused and require; its own code is `checkout_differs`
APART = ("jishi/provider/", "jishi/audit/", "jishi/web/")  # programs and pages with words of their own


def refusals() -> Iterator[tuple[str, ast.expr]]:
    """Every place that refuses: where it stands and the expression of its code."""
    for path in with_suffix(".py"):
        if not short(path).startswith("jishi/") or short(path).startswith(APART) or short(path) == SELF_MADE:
            continue
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                place = {"Refused": 0, "require": 1}.get(node.func.id)
                if place is not None and len(node.args) > place:
                    yield f"{short(path)}:{node.lineno}", node.args[place]


def spoken(code: ast.expr) -> list[str]:
    """The codes an expression may be: a string, or one of two; [] when it cannot be read."""
    if isinstance(code, ast.Constant) and isinstance(code.value, str):
        return [code.value]
    if isinstance(code, ast.Attribute) and code.attr == "code":
        return ["id_malformed"]  # a refusal that is passed on: its code is said where it arose
    if isinstance(code, ast.IfExp):
        return spoken(code.body) + spoken(code.orelse)
    return []


def test_every_refusal_says_its_code_in_place() -> None:
    assert [where for where, code in refusals() if not spoken(code)] == []


def test_the_table_holds_every_code_and_no_other() -> None:
    used = {code for _, expression in refusals() for code in spoken(expression)} | {"checkout_differs"}
    assert sorted(used - set(codes())) == [], "codes without a sentence in jishi/data/codes.toml"
    assert sorted(set(codes()) - used) == [], "sentences in jishi/data/codes.toml whose code nobody uses"


def test_every_code_is_a_refusal_in_three_languages() -> None:
    for code, told in codes().items():
        assert 400 <= told.status < 500 or code in ("busy", "cashier_missing", "fault", "outcome_unknown"), code
        assert set(told.words) == set(LANGUAGES), code
        for language, words in told.words.items():
            assert len(words) == 2 and all(text.strip() for text in words), (code, language)
        assert told.words["en"] != told.words["zh-Hans"], code
