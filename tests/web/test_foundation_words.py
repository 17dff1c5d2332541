"""The catalogues: every message of the pages in three languages, placeholders equal, files up to date."""

import pytest

from tools.translate import Message, as_po, build, missing_as_toml, out_of_date, placeholder_faults, traditional


@pytest.fixture(scope="module")
def built():
    return build()


def test_no_message_lacks_a_translation(built):
    _catalogs, missing, _faults = built
    assert missing_as_toml(missing, []) == ""


def test_words_are_used_and_keep_their_placeholders(built):
    _catalogs, _missing, faults = built
    assert faults == []


def test_the_catalogues_are_what_the_words_give(built):
    catalogs, _missing, _faults = built
    assert out_of_date(catalogs) == []
    for catalog in catalogs.values():
        assert not any(message.fuzzy for message in catalog if message.id)


def test_a_catalogue_does_not_change_with_the_release_of_the_library_that_writes_it(built, monkeypatch):
    catalogs, _missing, _faults = built
    before = as_po(catalogs["en"])
    monkeypatch.setattr("babel.messages.catalog.VERSION", "99.9")
    assert as_po(catalogs["en"]) == before


def test_a_lost_placeholder_is_found():
    message = Message("", "%(num)s of {n}", "", ())
    assert placeholder_faults(message, {"zh_Hans": "{n} 之 %(num)s"}) == []
    assert len(placeholder_faults(message, {"zh_Hans": "之 %(num)s"})) == 1


@pytest.mark.parametrize(
    ("simplified", "expected"),
    [
        ("去收银台", "去收銀台"),
        ("待发货", "待出貨"),
        ("物流信息", "物流資訊"),
        ("登录账号", "登入帳號"),
        ("复制链接", "複製連結"),
        ("点“送礼”。", "點「送禮」。"),
    ],
)
def test_traditional_words_are_the_trades_own(simplified, expected):
    assert traditional(simplified) == expected
