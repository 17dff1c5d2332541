"""Adds an example of each event that the golden log of this version lacks: `python -m tests.golden.make`.

Never changes one.
"""

from pathlib import Path
from typing import Any, get_type_hints

import msgspec

from jishi import __version__
from jishi.kernel.events import event_types
from jishi.kernel.vocabulary import GRAMMAR
from jishi.modes import load_modes

PATTERNS = {"^[A-Z]{3}$": "CNY", "^[A-Z]{2}(-[A-Z0-9]{1,3})?$": "CN-BJ"}
FOLDER = Path(__file__).parent
assert GRAMMAR
load_modes()


def example(schema: dict[str, Any], defs: dict[str, Any]) -> Any:
    """Some value that fits a JSON schema of ours."""
    if "$ref" in schema:
        return example(defs[schema["$ref"].rsplit("/", 1)[1]], defs)
    if "anyOf" in schema:
        return example(schema["anyOf"][0], defs)
    if "enum" in schema or "const" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    match schema.get("type"):
        case "integer":
            return max(7, schema.get("minimum", 0))
        case "string":
            return PATTERNS.get(schema.get("pattern", ""), "golden")
        case "array":
            return [example(schema["items"], defs)] if "items" in schema else []
        case "object":
            return {name: example(told, defs) for name, told in schema.get("properties", {}).items()}
        case kind:
            raise ValueError(f"no example for {kind}")


def line(event: type) -> str:
    """One log row's events with this event in it."""
    hints = get_type_hints(event, include_extras=True)
    told: dict[str, Any] = {"type": event.__name__}
    for name in event.__struct_fields__:
        schema = msgspec.json.schema(hints[name])
        told[name] = example(schema, schema.get("$defs", {}))
    return msgspec.json.encode([told]).decode()


def main() -> None:
    file = FOLDER / f"{__version__}.jsonl"
    kept = file.read_text("utf8").splitlines() if file.exists() else []
    known = {msgspec.json.decode(text)[0]["type"] for text in kept}
    new = [line(event) for event in event_types() if event.__name__ not in known]
    file.write_text("\n".join([*kept, *new]) + "\n", "utf8")
    print(f"{file.name}: {len(kept)} kept, {len(new)} added")


if __name__ == "__main__":
    main()
