"""Everything declared hangs together.

Reason: an event that no row hears is a fact that vanishes; a text in an event can never be erased; a command nobody may
send, a
timer without a command or a state machine with a dead end are found by a customer otherwise.
"""

from types import SimpleNamespace
from typing import get_type_hints

import msgspec
import pytest

from jishi.kernel import (
    aftersale,
    catalog,
    checkout,
    invitations,
    orders,
    parcels,
    payments,
    payouts,
    refunds,
    shops,
    surplus,
)  # fmt: skip
from jishi.kernel.events import event_types
from jishi.kernel.grammar import GRAMMAR, Event, in_waves
from jishi.kernel.machine import Machine
from jishi.kernel.rows import TABLES
from jishi.kernel.vocabulary import GRAMMAR as FULL
from jishi.modes import gift, load_modes
from jishi.scenes import friends

assert FULL is GRAMMAR
MODES = load_modes()
MACHINES = [
    orders.ORDER, payments.LEG, refunds.REFUND, parcels.PARCEL, aftersale.CLAIM, payouts.PAYOUT, surplus.SURPLUS,
    checkout.CHECKOUT,
    catalog.PRODUCT, shops.SHOP, gift.GIFT_GATE, friends.CONTACT, invitations.INVITATION,
]  # fmt: skip


def all_events(base: type = Event) -> set[type]:
    found = set(base.__subclasses__())
    return found.union(*[all_events(event) for event in found])


def test_every_event_is_heard_or_declared_as_a_bare_fact():
    ours = {event for event in all_events() if event.__module__.startswith("jishi.")}
    assert ours == {event for event in event_types() if event.__module__.startswith("jishi.")}


def texts_in(hint: object, struct: type) -> bool:
    """Whether a type can hold free text: any str that is not bound by a pattern."""
    schema = msgspec.json.schema(hint)
    parts = [schema, *schema.get("$defs", {}).values()]

    def free(part: object) -> bool:
        if isinstance(part, dict):
            if part.get("type") == "string" and "pattern" not in part and "enum" not in part and "const" not in part:
                return True
            return any(free(value) for value in part.values())
        return isinstance(part, list) and any(free(value) for value in part)

    return any(free(part) for part in parts)


@pytest.mark.parametrize("event", event_types(), ids=lambda event: event.__name__)
def test_events_carry_codes_and_never_free_text(event):
    hints = get_type_hints(event, include_extras=True)
    loose = [name for name in event.__struct_fields__ if texts_in(hints[name], event)]
    assert loose == []


def test_money_events_say_which_books_they_move():
    told = {event for event in event_types() if "Books:" in (event.__doc__ or "")}
    assert told == set(GRAMMAR.postings)


def test_every_timer_that_is_set_has_a_command():
    for kind, build in GRAMMAR.timers.items():
        command = build(1, 2, 3)
        handler = GRAMMAR.handlers[type(command)]
        assert any(role.name == "house:timer" for role in handler.who), f"{kind} may not be sent by a timer"


def test_every_answer_field_stands_in_some_event():
    names = {name for event in event_types() for name in event.__struct_fields__}
    for handler in GRAMMAR.handlers.values():
        assert set(handler.answer) <= names, handler.command.__name__


def test_cases_use_at_most_three_waves():
    for handler in GRAMMAR.handlers.values():
        assert len(in_waves(handler.needs)) <= 3, handler.command.__name__


class AnyCommand:
    """A command that says 1 in every field."""

    def __getattr__(self, name):
        return 1


def test_keys_of_what_is_not_there_are_none():
    """A case is filled in one go, also while the rows that keys are of are still to be loaded."""
    empty = {"one": None, "many": (), "each": {}}
    for handler in GRAMMAR.handlers.values():
        case = SimpleNamespace(me=1, **{need.slot: empty[need.shape] for need in handler.needs})
        asked = [need.slot for need in handler.needs if need.of and need.keys(AnyCommand(), case)]
        assert not asked, handler.command.__name__


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.noun)
def test_machines_begin_somewhere_and_end_where_they_say(machine: Machine):
    assert machine.start in machine.states
    assert set(machine.final) <= set(machine.states)


def test_every_effect_is_of_a_declared_event():
    assert set(GRAMMAR.effects) <= set(event_types())


def test_every_table_has_a_class_and_owner_tables_begin_with_their_owner():
    for spec in TABLES.values():
        assert spec.kind in ("owner", "reference", "directory", "local")
        if spec.kind == "owner":
            assert all(key[0] == "owner" for key in (spec.key, *spec.unique)), spec.name


def test_no_further_index_begins_as_the_key_does():
    """On a young table PostgreSQL may take it for the key's, and then reads all rows of an owner to find one. It cannot
    where the index holds only some rows, as no load by a key says which.
    """
    for spec in TABLES.values():
        whole = [index for index in spec.indexes if not index.where]
        assert not [index for index in whole if index.columns[0] == spec.key[0]], spec.name


def test_personal_columns_are_texts_of_rows_that_can_be_erased():
    named = {(spec.name, column) for spec in TABLES.values() for column in spec.personal}
    assert {("profiles", "name"), ("addresses", "street"), ("gift_notes", "note")} <= named
