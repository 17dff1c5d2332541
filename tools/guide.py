"""Prints the parts of the guide that follow from the code: machines, settings, events, timers.

`--check` only compares.
"""

import re
import sys
from pathlib import Path
from typing import get_args, get_type_hints

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
from jishi.kernel.grammar import GRAMMAR
from jishi.kernel.machine import Machine
from jishi.kernel.vocabulary import GRAMMAR as FULL
from jishi.modes import gift, load_modes
from jishi.scenes import friends
from jishi.settings import PREFIX, Settings

GUIDE = Path(__file__).resolve().parents[1] / "docs" / "guide"
BLOCK = re.compile(r"<!-- printed: (\w+) -->\n.*?<!-- end -->", re.DOTALL)
MACHINES = (
    orders.ORDER, payments.LEG, gift.GIFT_GATE, parcels.PARCEL, aftersale.CLAIM, refunds.REFUND, payouts.PAYOUT,
    checkout.CHECKOUT, surplus.SURPLUS, catalog.PRODUCT, shops.SHOP, friends.CONTACT, invitations.INVITATION,
)  # fmt: skip
assert FULL is GRAMMAR
load_modes()  # what modes and scenes say is told as well


def diagram(machine: Machine) -> str:
    """One machine as a Mermaid diagram; final states end."""
    lines = [f"### {machine.noun.capitalize()}", "", "```mermaid", "stateDiagram-v2", f"    [*] --> {machine.start}"]
    for event, (before, after) in machine.moves.items():
        lines += [f"    {state} --> {after}: {event.__name__}" for state in before if state != after]
    lines += [f"    {state} --> [*]" for state in machine.final]
    return "\n".join([*lines, "```", ""])


def machines() -> str:
    return "\n".join(diagram(machine) for machine in MACHINES)


def settings() -> str:
    """One table of all settings."""
    hints = get_type_hints(Settings, include_extras=True)
    rows = ["| setting | default | what it does |", "| --- | --- | --- |"]
    for name, default in zip(Settings.__struct_fields__, Settings.__struct_defaults__, strict=True):
        meta = get_args(hints[name])[1]
        rows.append(f"| `{PREFIX}{name.upper()}` | `{default}` | {meta.description} |")
    return "\n".join(rows) + "\n"


def events() -> str:
    """Every event with its fields."""
    rows = ["| event | fields | what it says |", "| --- | --- | --- |"]
    for event in event_types():
        fields = ", ".join(f"`{name}`" for name in event.__struct_fields__)
        told = (
            " ".join((event.__doc__ or "").split())
            if not (event.__doc__ or "").startswith(event.__name__ + "(")
            else ""
        )
        rows.append(f"| `{event.__name__}` | {fields} | {told} |")
    return "\n".join(rows) + "\n"


def timers() -> str:
    """Every timer and the command it sends."""
    rows = ["| timer | command | what it does |", "| --- | --- | --- |"]
    for kind, build in sorted(GRAMMAR.timers.items()):
        command = type(build(1, 2, 3))
        rows.append(f"| `{kind}` | `{command.__name__}` | {' '.join((command.__doc__ or '').split())} |")
    return "\n".join(rows) + "\n"


PARTS = {"machines": machines, "settings": settings, "events": events, "timers": timers}


def printed(text: str) -> str:
    """A page with its printed parts made anew."""
    return BLOCK.sub(lambda found: f"<!-- printed: {found[1]} -->\n{PARTS[found[1]]()}<!-- end -->", text)


def main() -> int:
    stale = []
    for page in sorted(GUIDE.glob("*.md")):
        text = page.read_text("utf8")
        fresh = printed(text)
        if fresh != text:
            stale.append(page.name)
            if "--check" not in sys.argv:
                page.write_text(fresh, "utf8")
    print(f"{'Out of date' if '--check' in sys.argv else 'Printed'}: {', '.join(stale) or 'nothing'}")
    return 1 if stale and "--check" in sys.argv else 0


if __name__ == "__main__":
    raise SystemExit(main())
