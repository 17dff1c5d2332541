"""Compile message catalogues: every .po under jishi/ gets a .mo beside it, when the .po is newer."""

from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent


def compile_stale(root: Path = ROOT) -> list[Path]:
    """Compile what changed and return the catalogues written."""
    return [compile_one(source) for source in sorted(root.glob("jishi/**/*.po")) if is_stale(source)]


def is_stale(source: Path) -> bool:
    """Tell whether the compiled catalogue is missing or older than its source."""
    target = source.with_suffix(".mo")
    return not target.exists() or target.stat().st_mtime_ns < source.stat().st_mtime_ns


def compile_one(source: Path) -> Path:
    """Compile one catalogue; a half-written one never takes the place of a whole one."""
    target = source.with_suffix(".mo")
    partial = source.with_suffix(".mo.partial")
    with source.open("rb") as reading:
        catalogue = read_po(reading)
    with partial.open("wb") as writing:
        write_mo(writing, catalogue)
    return partial.replace(target)


if __name__ == "__main__":
    for written in compile_stale():
        print(f"compiled {written.relative_to(ROOT)}")
