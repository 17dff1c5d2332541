"""The local file store: named by content, whole or absent, and never outside its folder."""

import hashlib

import pytest

from jishi.ports.files import FileDamaged, FileKeyInvalid, FileMissing, LocalFiles


@pytest.fixture
def files(tmp_path):
    return LocalFiles(tmp_path / "files")


def test_the_same_bytes_are_stored_once_under_their_hash(files):
    key = files.put(b"jade", "webp")
    assert key == hashlib.sha256(b"jade").hexdigest() + ".webp"
    assert files.put(b"jade", ".webp") == key
    assert files.get(key) == b"jade"
    assert files.url(key) == "/files/" + key
    assert [place for place in files.root.rglob("*") if place.is_file()] == [files.path(key)]


@pytest.mark.parametrize("key", ["", "../../etc/passwd", "a" * 64, "A" * 64 + ".webp", "a" * 64 + ".webp/..",
                                 "a" * 64 + ".webp\n", "/" + "a" * 63 + ".webp", "a" * 64 + ".\u0660"])
def test_a_name_that_was_never_handed_out_is_refused(files, key):
    for use in (files.get, files.path, files.url, files.remove):
        with pytest.raises(FileKeyInvalid):
            use(key)


@pytest.mark.parametrize("suffix", ["", ".", "../x", "tar.gz", "WEBP", "x" * 9, "we/bp"])
def test_a_suffix_cannot_leave_the_folder(files, suffix):
    with pytest.raises(FileKeyInvalid):
        files.put(b"jade", suffix)


def test_a_missing_file_says_so(files):
    with pytest.raises(FileMissing):
        files.get("0" * 64 + ".webp")
    assert files.remove("0" * 64 + ".webp") is False


def test_damage_is_noticed_and_a_second_put_heals_it(files):
    key = files.put(b"jade", "webp")
    files.path(key).write_bytes(b"jute")
    with pytest.raises(FileDamaged):
        files.get(key)
    assert files.put(b"jade", "webp") == key
    assert files.get(key) == b"jade"


def test_a_failed_write_leaves_nothing_behind(files, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("jishi.ports.files.os.replace", full)
    with pytest.raises(OSError):
        files.put(b"jade", "webp")
    assert [place for place in files.root.rglob("*") if place.is_file()] == []


def test_an_erased_file_is_gone(files):
    key = files.put(b"a face", "webp")
    assert files.remove(key) is True
    with pytest.raises(FileMissing):
        files.path(key)
