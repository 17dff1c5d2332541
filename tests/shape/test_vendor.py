"""Vendored files are what VENDOR.toml says, and no other lies beside them.

Reason: a script we serve to every buyer must be the one its author published, and its licence must travel with it.
"""

from tools.vendor import PAGE, ROOT, faults, packages, page


def test_vendored_files_have_their_declared_hashes() -> None:
    assert faults() == []


def test_the_page_of_third_party_files_is_the_one_the_tool_writes() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_package_brings_its_licence() -> None:
    for package in packages():
        texts = [ROOT / package["folder"] / name for name in package["files"] if name.endswith(".LICENSE.txt")]
        assert texts, f"{package['name']} has no licence text"


def test_what_only_tests_use_is_not_installed() -> None:
    folders = {package["name"]: package["folder"] for package in packages()}
    assert folders["axe-core"].startswith("tests/")
