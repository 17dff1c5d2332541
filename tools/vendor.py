"""Fetch the vendored files again from npm, by exact version and hash, and write THIRD_PARTY.md.

    python -m tools.vendor           fetch, compare with VENDOR.toml, write
    python -m tools.vendor --check   compare what lies here with VENDOR.toml, without the network
"""

import base64
import hashlib
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "THIRD_PARTY.md"
HEAD = """# Third-party files

These files in this repository are the work of others and keep their own licences. They are unmodified.
This page is written by `tools/vendor.py` from `VENDOR.toml`.
"""
FETCH_S = 300


def packages() -> list[dict[str, Any]]:
    """Return the packages that VENDOR.toml declares."""
    return tomllib.loads((ROOT / "VENDOR.toml").read_text(encoding="utf-8"))["package"]


def faults() -> list[str]:
    """Compare the files that lie here with their hashes; return what differs, as sentences."""
    found = []
    for package in packages():
        for name, file in package["files"].items():
            path = ROOT / package["folder"] / name
            if not path.exists():
                found.append(f"{path.relative_to(ROOT)} is missing: run python -m tools.vendor")
            elif sha256(path.read_bytes()) != file["sha256"]:
                found.append(f"{path.relative_to(ROOT)} is not the file of {package['name']} {package['version']}")
    return found + undeclared()


def undeclared() -> list[str]:
    """Return the files in the vendor folders that VENDOR.toml does not name."""
    declared = {ROOT / package["folder"] / name for package in packages() for name in package["files"]}
    folders = {ROOT / package["folder"] for package in packages()}
    present = {path for folder in folders for path in folder.rglob("*") if path.is_file()}
    return [f"{path.relative_to(ROOT)} is not declared in VENDOR.toml" for path in sorted(present - declared)]


def sha256(content: bytes) -> str:
    """Return the hash that VENDOR.toml records for a file."""
    return hashlib.sha256(content).hexdigest()


def fetch(package: dict[str, Any]) -> dict[str, bytes]:
    """Download a package, check its hash, and return the contents of the files we keep."""
    wanted = f"{package['name']}@{package['version']}"
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["npm", "pack", "--silent", wanted], cwd=folder, check=True, timeout=FETCH_S)
        [archive] = Path(folder).glob("*.tgz")
        integrity = "sha512-" + base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
        if integrity != package["integrity"]:
            raise SystemExit(f"{wanted} has another hash than VENDOR.toml says: {integrity}")
        with tarfile.open(archive) as tar:
            return {name: member(tar, f"package/{file['from']}") for name, file in package["files"].items()}


def member(tar: tarfile.TarFile, path: str) -> bytes:
    """Return one file of the archive."""
    reading = tar.extractfile(path)
    if reading is None:
        raise SystemExit(f"{path} is not a file of the package")
    return reading.read()


def store(package: dict[str, Any], contents: dict[str, bytes]) -> None:
    """Write a package's files, if they are what VENDOR.toml says."""
    for name, content in contents.items():
        expected = package["files"][name]["sha256"]
        if sha256(content) != expected:
            raise SystemExit(f"{name}: VENDOR.toml says sha256 {expected or '(none)'}, it is {sha256(content)}")
    folder = ROOT / package["folder"]
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (folder / name).write_bytes(content)


def page() -> str:
    """Return the text of THIRD_PARTY.md."""
    return HEAD + "".join(section(package) for package in packages())


def section(package: dict[str, Any]) -> str:
    """Return one package's part of THIRD_PARTY.md, its licence texts included."""
    folder = package["folder"]
    files = "".join(f"- `{folder}/{name}`, sha256 `{file['sha256']}`\n" for name, file in package["files"].items())
    texts = [ROOT / folder / name for name in package["files"] if name.endswith("LICENSE.txt")]
    quoted = "\n".join(f"```text\n{path.read_text(encoding='utf-8').strip()}\n```\n" for path in texts)
    title = f"\n## {package['name']} {package['version']}\n\n"
    return f"{title}Licence {package['licence']}. {package['home']} — {package['use']}.\n\n{files}\n{quoted}"


def main(arguments: list[str]) -> int:
    """Fetch and write, or only check."""
    if arguments != ["--check"]:
        for package in packages():
            store(package, fetch(package))
            print(f"{package['name']} {package['version']}: {len(package['files'])} files in {package['folder']}")
        PAGE.write_text(page(), encoding="utf-8")
    found = faults()
    print("\n".join(found) or "vendored files are as declared")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
