"""Reading what a log row keeps as JSON."""

import json
from typing import Any


def parsed(text: str) -> Any:
    """JSON, or None."""
    try:
        return json.loads(text)
    except ValueError:
        return None


def events_of(row: Any) -> list[dict] | None:
    """The events of a row, or None when they cannot be read."""
    events = parsed(row["events"])
    readable = isinstance(events, list) and all(isinstance(event, dict) and "type" in event for event in events)
    return events if readable else None
