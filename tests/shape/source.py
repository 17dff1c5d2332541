"""The repository's own files, as the shape tests read them: parsed once, vendored files left out."""

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDERS = ("jishi", "tests", "tools", "bench", "docs", ".ci")
SKIPPED = {"vendor", "__pycache__", ".git"}  # in a worktree .git is a file, and holds a path of this machine


@cache
def files() -> tuple[Path, ...]:
    """Return every file of ours: those of the root and those under the folders above."""
    under = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*")]
    own = [path for path in [*ROOT.iterdir(), *under] if path.is_file()]
    return tuple(sorted(path for path in own if not SKIPPED & set(path.relative_to(ROOT).parts)))


def with_suffix(*suffixes: str) -> list[Path]:
    """Return our files whose names end like this."""
    return [path for path in files() if path.suffix in suffixes]


def short(path: Path) -> str:
    """Return a file's path as people write it, from the repository's root."""
    return path.relative_to(ROOT).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    """Parse a Python file."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))
