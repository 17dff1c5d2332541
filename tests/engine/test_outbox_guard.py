"""The guard: no webhook reaches a private machine, by whatever name, form or detour, nor another machine's name."""

import asyncio
import socket
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from standardwebhooks import Webhook

from jishi.engine.outbox_guard import GuardRefused, GuardSettings, Target, allowed, check, split
from jishi.engine.outbox_message import Message
from jishi.engine.outbox_sender import Sender
from tests.support.webhook_receiver import WebhookReceiver

pytestmark = pytest.mark.anyio
STRICT = GuardSettings()
LOOPBACK = GuardSettings(plain_http=True, networks=("127.0.0.0/8",))
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

REFUSED = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.100.100.200",
    "100.127.255.255",
    "127.0.0.1",
    "127.1.2.3",
    "168.63.129.16",
    "169.254.0.1",
    "169.254.169.254",
    "169.254.170.2",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "192.168.255.255",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:8.8.8.8",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:20::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:a00:1::",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "febf::1",
    "fec0::1",
    "ff02::1",
]
PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "100.63.255.255",
    "100.128.0.1",
    "172.15.0.1",
    "172.32.0.1",
    "192.169.0.1",
    "2606:4700::1111",
    "2a00:1450::1",
]


@pytest.mark.parametrize("text", REFUSED)
def test_refused(text: str) -> None:
    assert not allowed(ip_address(text), STRICT)


@pytest.mark.parametrize("text", PUBLIC)
def test_allowed(text: str) -> None:
    assert allowed(ip_address(text), STRICT)


def test_a_setting_opens_one_network_and_no_other() -> None:
    assert allowed(ip_address("127.0.0.9"), LOOPBACK)
    assert not allowed(ip_address("10.0.0.1"), LOOPBACK)
    assert not allowed(ip_address("::1"), LOOPBACK)


# Forms that a system reads as the loopback or the metadata address.
FORMS = [
    "https://127.0.0.1/",
    "https://127.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0177.0.0.1/",
    "https://0/",
    "https://[::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:a9fe:a9fe]/",
    "https://169.254.169.254/latest/meta-data",
    "https://localhost/",
    "https://LOCALHOST/",
    "https://localhost.:8443/",
    "https://[fe80::1]/",
]


@pytest.mark.parametrize("url", FORMS)
async def test_every_form_of_a_private_address_is_refused(url: str) -> None:
    with pytest.raises(GuardRefused) as refused:
        await check(url, STRICT)
    assert refused.value.code in ("address_refused", "name_unknown")


MALFORMED = [
    "ftp://8.8.8.8/",
    "gopher://8.8.8.8/",
    "file:///etc/passwd",
    "https:///x",
    "https://user@8.8.8.8/",
    "https://u:p@8.8.8.8/",
    "https://8.8.8.8#@10.0.0.1/",
    "https://8.8.8.8\\@10.0.0.1/",
    "https://8.8.8.8:99999/",
    "https://[8.8.8.8/",
    "https://[fe80::1%25eth0]/",
    "https://例子.cn/",
    "javascript:alert(1)",
    "//8.8.8.8/",
    "8.8.8.8",
]


@pytest.mark.parametrize("url", MALFORMED)
def test_what_is_no_plain_url_is_refused(url: str) -> None:
    with pytest.raises(GuardRefused, match="url_malformed"):
        split(url)


async def test_plain_http_needs_a_setting() -> None:
    with pytest.raises(GuardRefused, match="http_refused"):
        await check("http://8.8.8.8/", STRICT)
    target = await check("https://8.8.8.8:8443/a?b=c", STRICT)
    assert target == Target("https", "8.8.8.8", "8.8.8.8", 8443, "/a?b=c")
    assert (target.url, target.host_header) == ("https://8.8.8.8:8443/a?b=c", "8.8.8.8:8443")


async def test_one_private_address_among_public_ones_is_enough(monkeypatch) -> None:
    answers(monkeypatch, [["8.8.8.8", "10.0.0.1"]])
    with pytest.raises(GuardRefused, match="address_refused"):
        await check("https://shop.example/", STRICT)


def answers(monkeypatch, found: list[list[str]]) -> list[str]:
    """Names resolve to these addresses, one answer after the other; returns the names asked for."""
    asked: list[str] = []

    async def getaddrinfo(host: str, port: int, **more: object) -> list:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found.pop(0)]

    real = asyncio.get_running_loop().getaddrinfo

    async def either(host: object, port: object, **more: object) -> list:
        return await (getaddrinfo(host, port) if host == "shop.example" else real(host, port, **more))

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", either, raising=False)
    return asked


async def test_a_name_that_changes_its_mind_is_asked_once(monkeypatch) -> None:
    """Connected is to the address that was checked, whatever the name says a moment later."""
    async with WebhookReceiver() as receiver:
        asked = answers(monkeypatch, [["127.0.0.1"], ["10.0.0.1"]])
        sender = Sender(LOOPBACK, 2.0)
        outcome = await sender.send(f"http://shop.example:{receiver.port}/x", Message("msg_1", "{}", (SECRET,)))
        await sender.close()
        assert (outcome.status, asked) == (200, ["shop.example"])
        assert receiver.heard[0].headers["host"] == f"shop.example:{receiver.port}"


async def test_redirects_are_not_followed() -> None:
    async with WebhookReceiver() as other, WebhookReceiver() as receiver:
        receiver.status, receiver.extra = 307, f"location: {other.url}\r\n"
        sender = Sender(LOOPBACK, 2.0)
        outcome = await sender.send(receiver.url, Message("msg_1", "{}", (SECRET,)))
        await sender.close()
        assert (outcome.code, len(receiver.heard), other.heard) == ("redirected", 1, [])


async def test_a_proxy_of_the_environment_is_ignored(monkeypatch) -> None:
    async with WebhookReceiver() as proxy, WebhookReceiver() as receiver:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
        sender = Sender(LOOPBACK, 2.0)
        assert (await sender.send(receiver.url, Message("msg_1", "{}", (SECRET,)))).delivered
        await sender.close()
        assert proxy.heard == []


def test_the_vector_of_the_standard() -> None:
    """id, time, body and signature as the public specification's libraries give them."""
    message = Message("msg_p5jXN8AQM9LWM0D4loKWxJek", '{"test": 2432232314}', (SECRET,))
    headers = message.headers(1_614_265_330)
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_both_signatures_verify() -> None:
    now = int(datetime.now(tz=UTC).timestamp())
    other = "whsec_" + "QUJD" * 8
    headers = Message("msg_2", '{"a":"中"}', (other, SECRET)).headers(now)
    for secret in (other, SECRET):
        assert Webhook(secret).verify('{"a":"中"}', headers) == {"a": "中"}


def certificate(name: str, folder) -> ssl.SSLContext:
    """A server's context with a certificate for this name, and the certificate beside it."""
    key, subject = generate_private_key(SECP256R1()), x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(tz=UTC)
    made = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )  # fmt: skip
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + made.public_bytes(Encoding.PEM)
    (folder / "server.pem").write_bytes(pem)
    (folder / "trusted.pem").write_bytes(made.public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    return context


@pytest.mark.parametrize(("name", "code"), [("shop.example", ""), ("other.example", "connection_failed")])
async def test_the_certificate_is_checked_against_the_name(monkeypatch, tmp_path, name: str, code: str) -> None:
    """The connection goes to a checked address, and yet it must be the named machine that answers."""
    async with WebhookReceiver(certificate(name, tmp_path)) as receiver:
        answers(monkeypatch, [["127.0.0.1"]])
        sender = Sender(LOOPBACK, 2.0)
        await sender.client.aclose()
        trusted = ssl.create_default_context(cafile=tmp_path / "trusted.pem")
        sender.client = httpx.AsyncClient(verify=trusted, trust_env=False)
        outcome = await sender.send(f"https://shop.example:{receiver.port}/x", Message("msg_1", "{}", (SECRET,)))
        await sender.close()
        assert outcome.code == code
