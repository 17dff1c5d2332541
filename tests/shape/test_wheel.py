"""The wheel holds everything the program reads at run time, and nothing of the tests.

Reason: the commands must run from any folder; a template, a migration or a translation left behind shows only on
the machine of someone who installed us.
"""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.shape.source import ROOT, files, short

BUILD_S = 120


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Build the wheel and return the names of the files in it."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=BUILD_S)
    assert done.returncode == 0, done.stderr
    [built] = folder.glob("*.whl")
    with zipfile.ZipFile(built) as archive:
        return set(archive.namelist())


def package_files() -> list[Path]:
    return [path for path in files() if path.is_relative_to(ROOT / "jishi") and path.suffix not in (".pyc", ".partial")]


def test_every_file_of_the_package_is_in_the_wheel(wheel: set[str]) -> None:
    assert {short(path) for path in package_files()} - wheel == set()


def test_every_catalogue_is_compiled(wheel: set[str]) -> None:
    sources = [short(path) for path in package_files() if path.suffix == ".po"]
    assert [name for name in sources if name[:-3] + ".mo" not in wheel] == []


def test_nothing_else_is_installed(wheel: set[str]) -> None:
    assert {name.split("/")[0].split("-")[0] for name in wheel} == {"jishi"}


def test_the_licences_travel_with_it(wheel: set[str]) -> None:
    endings = ("/licenses/LICENSE", "/licenses/THIRD_PARTY.md", "/vendor/htmx.LICENSE.txt")
    assert all(any(name.endswith(ending) for name in wheel) for ending in endings)
