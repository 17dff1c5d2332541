"""Every command and query stands in the registry once, with a path of its own and a line in the table of who may.

Reason: an operation that nobody wrote down is open to somebody nobody thought of.
"""

import pytest

from jishi.api.authorization import table
from jishi.api.outside import Reader, has_ids, nested_struct
from jishi.api.paths import BUILT, exposed
from jishi.api.registry import endpoints
from jishi.kernel.public import id_fields, noun_of
from jishi.kernel.vocabulary import GRAMMAR
from jishi.store.queries import QUERIES
from tests.shape.source import ROOT

ENDPOINTS = endpoints(None, None)


def test_every_path_is_its_own() -> None:
    places = [(one.method, one.path) for one in ENDPOINTS]
    assert len(places) == len(set(places))
    assert all(path == path.lower() and path.count("/") <= 1 and not path.endswith("/") for _, path in places)
    assert "orders/place" in exposed()


def test_the_house_s_own_commands_are_not_offered() -> None:
    offered = {handler.command for handler in exposed().values()}
    for command, handler in GRAMMAR.handlers.items():
        house_only = all(role.name.startswith("house:") for role in handler.who)
        assert (command in offered) == (not house_only and command.__name__ not in BUILT), command.__name__


def test_the_guide_s_table_is_the_registry_s() -> None:
    page = ROOT / "docs" / "guide" / "authorization.md"
    assert page.read_text(encoding="utf-8") == table(), "write it anew with jishi.api.authorization.table()"


@pytest.mark.parametrize("view", [asked.view for asked in QUERIES.values()], ids=lambda view: view.__name__)
def test_a_view_tells_whose_its_ids_are(view) -> None:
    nouns = id_fields(view)
    owned = [name for name, noun in nouns.items() if noun != "owner"]
    assert not owned or nouns.get(view.__struct_fields__[0]) == "owner", "the first field names the owner of the ids"


def test_every_command_reads_all_of_its_fields() -> None:
    for handler in exposed().values():
        reader = Reader(handler.command)
        names, hints = handler.command.__struct_fields__, reader.hints
        assert sorted(reader.outer.__struct_fields__) == sorted(names)
        holding = [name for name in names if (inner := nested_struct(hints[name])) and has_ids(inner)]
        assert [step.name for step in reader.steps] == [n for n in names if n in holding or noun_of(hints[n])]
