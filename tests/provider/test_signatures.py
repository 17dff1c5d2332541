"""No notice is believed that the provider did not sign, for us, just now, as it stands."""

from collections.abc import Callable

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from jishi.ports.pay import NOTICE_TOLERANCE_MS, Notice, NoticeRefused, Unknown
from jishi.ports.pay_local import LocalPay, LocalPaySettings
from jishi.provider.signing import key_id, public_pem, sign_body, sign_notice

NOW_MS = 1_800_000_000_000
KEY, OTHER_KEY = (generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))
NOTICE = Notice(
    id="N1", kind="paid", merchant="jishi", trade_no="T1", txn="X1", amount_minor=12_345, currency="CNY", at_ms=NOW_MS
)
Message = tuple[dict[str, str], bytes]


def signed(changes: dict | None = None, key: RSAPrivateKey = KEY, stamp_ms: int = NOW_MS) -> Message:
    """A truly signed notice with some fields changed; None drops a field."""
    fields = msgspec.to_builtins(NOTICE) | (changes or {})
    headers, body = sign_notice(key, {name: value for name, value in fields.items() if value is not None}, stamp_ms)
    return headers, body


def raw(body: bytes) -> Message:
    return sign_body(KEY, key_id(KEY), body, NOW_MS), body


def without(header: str) -> Message:
    headers, body = signed()
    del headers[header]
    return headers, body


def with_header(header: str, value: str) -> Message:
    headers, body = signed()
    return headers | {header: value}, body


def with_body(change: Callable[[bytes], bytes]) -> Message:
    headers, body = signed()
    return headers, change(body)


def as_other_key() -> Message:
    """Signed by another key that calls itself ours."""
    headers, body = signed(key=OTHER_KEY)
    return headers | {"provider-key-id": key_id(KEY)}, body


LATE, EARLY = NOW_MS - NOTICE_TOLERANCE_MS - 1, NOW_MS + NOTICE_TOLERANCE_MS + 1
REFUSED: list[tuple[str, str, Callable[[], Message]]] = [
    ("no signature", "signature_missing", lambda: without("provider-signature")),
    ("no timestamp", "signature_missing", lambda: without("provider-timestamp")),
    ("no key id", "signature_missing", lambda: without("provider-key-id")),
    ("old, as a replay is", "timestamp_old", lambda: signed(stamp_ms=LATE)),
    ("from the future", "timestamp_ahead", lambda: signed(stamp_ms=EARLY)),
    ("timestamp is no number", "timestamp_malformed", lambda: with_header("provider-timestamp", "soon")),
    ("timestamp is no ASCII number", "timestamp_malformed", lambda: with_header("provider-timestamp", "١٢٣")),
    ("timestamp made fresh", "signature_wrong", lambda: with_header("provider-timestamp", str(NOW_MS + 1))),
    ("key nobody knows", "key_unknown", lambda: signed(key=OTHER_KEY)),
    ("other key under our key's name", "signature_wrong", as_other_key),
    ("signature is no base64", "signature_malformed", lambda: with_header("provider-signature", "***")),
    ("signature of nothing", "signature_wrong", lambda: with_header("provider-signature", "AAAA")),
    ("amount changed", "signature_wrong", lambda: with_body(lambda body: body.replace(b"12345", b"12346"))),
    ("trade changed", "signature_wrong", lambda: with_body(lambda body: body.replace(b"T1", b"T2"))),
    ("one byte more", "signature_wrong", lambda: with_body(lambda body: body + b" ")),
    ("for another merchant", "merchant_differs", lambda: signed({"merchant": "another"})),
    ("no JSON", "body_malformed", lambda: raw(b"paid")),
    ("no object", "body_malformed", lambda: raw(b"[]")),
    ("no UTF-8", "body_malformed", lambda: raw(b'{"id":"\xff"}')),
    ("kind nobody knows", "body_malformed", lambda: signed({"kind": "given"})),
    ("amount is negative", "body_malformed", lambda: signed({"amount_minor": -1})),
    ("amount is zero", "body_malformed", lambda: signed({"amount_minor": 0})),
    ("amount is a float", "body_malformed", lambda: signed({"amount_minor": 123.45})),
    ("amount is a string", "body_malformed", lambda: signed({"amount_minor": "12345"})),
    ("amount is true", "body_malformed", lambda: signed({"amount_minor": True})),
    ("amount overflows", "body_malformed", lambda: signed({"amount_minor": 2**53})),
    ("currency is no code", "body_malformed", lambda: signed({"currency": "yuan"})),
    ("number of another kind", "body_malformed", lambda: signed({"trade_no": None, "refund_no": "R1"})),
    ("two numbers", "body_malformed", lambda: signed({"refund_no": "R1"})),
    ("paid without a payment", "body_malformed", lambda: signed({"txn": None})),
    ("huge", "body_too_large", lambda: raw(b" " * 70_000)),
]


def reader(key: RSAPrivateKey | None = KEY, secret: str = "s" * 16) -> LocalPay:
    pem = public_pem(key).decode() if key else None
    return LocalPay(
        LocalPaySettings(
            base_url="http://127.0.0.1:1", merchant="jishi", secret=secret, notify_url="http://127.0.0.1:1/n",
            public_key_pem=pem,
        )
    )  # fmt: skip


@pytest.mark.parametrize(("code", "message"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_a_notice_is_refused(code: str, message: Callable[[], Message]) -> None:
    with pytest.raises(NoticeRefused) as refused:
        reader().read_notice(*message(), now_ms=NOW_MS)
    assert refused.value.code == code


@pytest.mark.parametrize("age_ms", [0, NOTICE_TOLERANCE_MS, -NOTICE_TOLERANCE_MS])
def test_a_notice_is_believed_within_the_tolerance(age_ms: int) -> None:
    assert reader().read_notice(*signed(), now_ms=NOW_MS + age_ms) == NOTICE


def test_a_new_field_of_the_provider_does_no_harm() -> None:
    assert reader().read_notice(*signed({"channel": "card"}), now_ms=NOW_MS) == NOTICE


def test_a_signed_struct_is_the_same_as_its_fields() -> None:
    assert reader().read_notice(*sign_notice(KEY, NOTICE, NOW_MS), now_ms=NOW_MS) == NOTICE


def test_without_the_key_nothing_is_refused_nor_believed() -> None:
    with pytest.raises(Unknown, match="key_missing"):
        reader(key=None).read_notice(*signed(), now_ms=NOW_MS)


def test_the_secret_is_not_shown() -> None:
    assert "canary" not in repr(reader(secret="canary" * 4).settings)


def test_a_short_key_is_not_taken() -> None:
    weak = generate_private_key(public_exponent=65537, key_size=1024)
    with pytest.raises(ValueError, match="2048"):
        reader(key=weak)
