"""The guide's table of figures, printed from a run, so that nobody copies by hand."""


def table(figures: dict) -> str:
    """Markdown."""
    lines = ["| figure | value | spread |", "| --- | ---: | ---: |"]
    for name, value in figures.items():
        if name != "spread":
            spread = figures["spread"].get(name, "")
            lines.append(f"| `{name}` | {cell(value)} | {cell(spread)} |")
    return "\n".join(lines)


def cell(value) -> str:
    """A number, or the parts of one."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {cell(part)}" for name, part in value.items())
    if isinstance(value, bool) or isinstance(value, str):
        return str(value)
    return f"{value:,}"
