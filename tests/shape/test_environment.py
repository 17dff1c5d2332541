"""Which Python the environment is made with: the first that can, one built with optimizations before all others."""

import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "tools" / "create_venv.sh"
PYTHON = """#!/bin/sh
case "$1 $2" in
*version_info*) exit {new} ;;
*ensurepip*) exit {able} ;;
*optimizations*) exit {optimized} ;;
--version*) echo "Python of {name}" ;;
"-m venv") echo {name} >>made ;;
esac
"""
YES, NO = 0, 1
KINDS = {
    "old": (NO, YES, YES),
    "bare": (YES, NO, YES),
    "plain": (YES, YES, NO),
    "other": (YES, YES, NO),
    "tuned": (YES, YES, YES),
    "later": (YES, YES, YES),
}


def choose(folder: Path, names: str) -> tuple[str, str]:
    """Run the script where only these are found; return who made an environment, and the complaint."""
    for name, (new, able, optimized) in KINDS.items():
        python = folder / name
        python.write_text(PYTHON.format(new=new, able=able, optimized=optimized, name=name))
        python.chmod(0o755)
    environment = {"PATH": f"{folder}:/usr/bin:/bin", "PYTHON": names}
    run = subprocess.run(["sh", SCRIPT], cwd=folder, env=environment, capture_output=True, text=True)
    made = folder / "made"
    assert run.returncode == (0 if made.exists() else 1)
    return made.read_text().strip() if made.exists() else "", run.stderr


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        ("plain tuned later", "tuned"),
        ("old bare plain other", "plain"),
        ("missing tuned", "tuned"),
        ("plain", "plain"),
    ],
)
def test_an_optimized_python_comes_first(tmp_path: Path, names: str, chosen: str) -> None:
    assert choose(tmp_path, names) == (chosen, "")


@pytest.mark.parametrize(
    ("names", "complaint"),
    [("old bare", "bare cannot make environments: install its module venv"), ("old missing", "needs Python 3.11")],
)
def test_who_has_none_hears_what_to_do(tmp_path: Path, names: str, complaint: str) -> None:
    chosen, told = choose(tmp_path, names)
    assert not chosen and complaint in told and len(told.splitlines()) == 1
