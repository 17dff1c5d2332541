"""The guide's printed parts are what the code says.

Reason: a diagram or a table of settings that was true once sends people the wrong way, and nobody notices.
"""

import pytest

from tools import guide


@pytest.mark.parametrize("page", sorted(guide.GUIDE.glob("*.md")), ids=lambda page: page.name)
def test_printed_parts_are_fresh(page):
    text = page.read_text("utf8")
    assert guide.printed(text) == text, "run `python -m tools.guide`"


def test_every_event_timer_and_setting_is_told():
    told = (guide.GUIDE / "concepts.md").read_text("utf8") + (guide.GUIDE / "settings.md").read_text("utf8")
    assert all(f"printed: {part}" in told for part in ("machines", "timers", "events", "settings"))
