"""No file holds a promise instead of work, nor a word about the machine it was written on.

Reason: a note 'to do later' is a fault nobody is told of; a path or a download host of one machine makes the build
work there and nowhere else.
"""

import re
from pathlib import Path

import pytest

from tests.shape.source import files, short

BINARY = {".mo", ".png", ".jpg", ".jpeg", ".webp", ".avif", ".gif", ".ico", ".woff2", ".db", ".gz", ".pyc"}
# The patterns are written so that they do not find themselves.
UNWANTED = {
    "a promise instead of work": re.compile(r"\b(?:TO[D]O|FIX[M]E|X[X]X|HAC[K]|TB[D])\b"),
    "a host of a package registry": re.compile(
        r"\b(?:pypi|pythonhosted|npmjs|unpkg|jsdelivr|crates|debian|ubuntu|docker|ghcr|rubygems)\.(?:org|com|io|net)\b"
    ),
    "a folder of one machine": re.compile(r"(?<![\w.*])/(?:work|root|Users|home/\w+|opt/wheels)/"),
    "a number of a tracker": re.compile(r"(?i)\bissue[ -]#?\d+"),
}


def texts() -> list[Path]:
    return [path for path in files() if path.suffix not in BINARY]


@pytest.mark.parametrize("kind", sorted(UNWANTED))
def test_no_file_holds(kind: str) -> None:
    found = []
    for path in texts():
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if UNWANTED[kind].search(line):
                found.append(f"{short(path)}:{number} {line.strip()[:100]}")
    assert found == []


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        ("a promise instead of work", "# TO" + "DO: later"),
        ("a host of a package registry", "https://registry.npmjs" + ".org/htmx"),
        ("a folder of one machine", "open('/ho" + "me/someone/file')"),
        ("a number of a tracker", "see iss" + "ue 7"),
    ],
)
def test_the_patterns_find_what_they_look_for(kind: str, line: str) -> None:
    assert UNWANTED[kind].search(line)
