"""Every text in the database is a code, a number, a shop's own words, or declared as personal with its basis.

Reason: a text that nobody listed is a text that no export shows and no erasure finds.
"""

import tomllib
from collections import Counter
from pathlib import Path

from jishi.engine.erasure import HIS, WRITTEN
from jishi.kernel.rows import TABLES
from jishi.kernel.vocabulary import GRAMMAR
from jishi.modes import load_modes
from jishi.store.metadata import metadata

load_modes()
metadata()  # with the store's own tables
TOLD = tomllib.loads((Path(__file__).parent / "manifest.toml").read_text("utf8"))
OURS = [spec for row_type, spec in TABLES.items() if row_type.__module__.startswith("jishi.")]


def listed() -> Counter:
    """Table and column, and how often each is said to be something."""
    kinds = [TOLD[kind] for kind in ("code", "number", "shop", "operator")]
    said = [(name, column) for kind in kinds for name, of in kind.items() for column in of]
    return Counter(said + [(spec.name, column) for spec in OURS for column in spec.personal])


def texts() -> set[tuple[str, str]]:
    """Every text column, JSON included."""
    return {(spec.name, column.name) for spec in OURS for column in spec.columns if column.type is str}


def test_every_text_is_said_to_be_something_once():
    assert texts() - set(listed()) == set(), "say what these are"
    assert set(listed()) - texts() == set(), "these are gone"
    assert [key for key, times in listed().items() if times > 1] == []


def test_every_basis_is_told_with_how_long_it_lasts():
    assert {basis for spec in OURS for basis in spec.personal.values()} == set(TOLD["basis"])


def test_every_personal_row_is_found_and_erased():
    """Rows of his own book go with the party; what he wrote in others' has a command of its own."""
    personal = {spec.row for spec in OURS if spec.personal}
    assert personal == set(HIS)
    for row_type, where in HIS.items():
        his_own = where == "owner = :party"
        assert his_own or row_type in WRITTEN or TABLES[row_type].kind == "local", TABLES[row_type].name
    assert set(WRITTEN.values()) <= set(GRAMMAR.handlers)
