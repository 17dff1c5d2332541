"""Where uploaded and derived files lie: the port `Files`, and a local folder that serves it.

A file is named by its content (SHA-256) and its suffix, so the same bytes are stored once, a key never changes its
meaning, and a page may cache it for ever. A key is not a capability: files whose readers must be checked are served
by a page that checks them, never by the bare address.
"""

import hashlib
import os
import re
import tempfile
from pathlib import Path
from typing import Protocol

SUFFIX = re.compile(r"[a-z0-9]{1,8}")
KEY = re.compile(r"[0-9a-f]{64}\.[a-z0-9]{1,8}")


class FileKeyInvalid(ValueError):
    """The name is not one that this port hands out. Use the key that `put` returned."""


class FileMissing(LookupError):
    """No file is stored under this key. It was removed, or belongs to another installation's folder."""


class FileDamaged(OSError):
    """The stored bytes no longer match their key. Restore the file from a backup."""


class Files(Protocol):
    """What the rest of the system asks of a file store."""

    def put(self, data: bytes, suffix: str) -> str:
        """Store the bytes durably and return their key; the same bytes and suffix give the same key."""

    def get(self, key: str) -> bytes:
        """The bytes, checked against their key. Raises FileKeyInvalid, FileMissing, FileDamaged."""

    def path(self, key: str) -> Path:
        """A readable path, for a server that streams. Raises FileKeyInvalid, FileMissing."""

    def url(self, key: str) -> str:
        """The path of the address under which pages link the file."""

    def remove(self, key: str) -> bool:
        """Erase the file; False if there was none. Used when personal data is erased."""


class LocalFiles:
    """`Files` in a folder: `<root>/<first two digits>/<key>`, written atomically and flushed to the disk."""

    def __init__(self, root: Path, url_prefix: str = "/files/") -> None:
        self.root = Path(root)
        self.url_prefix = url_prefix
        self.root.mkdir(parents=True, exist_ok=True)

    def put(self, data: bytes, suffix: str) -> str:
        key = key_of(data, suffix)
        place = self._place(key)
        if _holds(place, data):
            return key
        if not place.parent.is_dir():
            place.parent.mkdir(exist_ok=True)
            _flush_folder(self.root)
        _write_atomically(place, data)
        return key

    def get(self, key: str) -> bytes:
        data = self.path(key).read_bytes()
        if hashlib.sha256(data).hexdigest() != key.partition(".")[0]:
            raise FileDamaged(f"the stored bytes do not match the key {key}; restore the file from a backup")
        return data

    def path(self, key: str) -> Path:
        place = self._place(key)
        if not place.is_file():
            raise FileMissing(f"no file is stored under {key}")
        return place

    def url(self, key: str) -> str:
        return self.url_prefix + _checked(key)

    def remove(self, key: str) -> bool:
        place = self._place(key)
        if not place.is_file():
            return False
        place.unlink()
        _flush_folder(place.parent)
        return True

    def _place(self, key: str) -> Path:
        return self.root / _checked(key)[:2] / key


def key_of(data: bytes, suffix: str) -> str:
    """The key under which these bytes are stored: `<sha256 in hex>.<suffix>`."""
    bare = suffix.removeprefix(".")
    if not SUFFIX.fullmatch(bare):
        raise FileKeyInvalid(f"a suffix is one to eight small letters or digits, not {suffix!r}")
    return f"{hashlib.sha256(data).hexdigest()}.{bare}"


def _checked(key: str) -> str:
    if not KEY.fullmatch(key):
        raise FileKeyInvalid(f"not a file key: {key!r}")
    return key


def _holds(place: Path, data: bytes) -> bool:
    """Whether the place already holds these very bytes; a damaged file is written again."""
    return place.is_file() and place.stat().st_size == len(data) and place.read_bytes() == data


def _write_atomically(place: Path, data: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=place.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fchmod(file.fileno(), 0o644)
            os.fsync(file.fileno())
        os.replace(name, place)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    _flush_folder(place.parent)


def _flush_folder(folder: Path) -> None:
    """A rename is durable only once its folder is flushed."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
