"""The guard of calls to addresses that others gave us: only to public machines, and to the very one that was checked.

The name is resolved once, each of its addresses is checked, and the connection is made to a checked address, so that a
name that changes its mind in between reaches nothing.
"""

import asyncio
import socket
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import NamedTuple
from urllib.parse import urlsplit

Address = IPv4Address | IPv6Address
RESOLVE_S = 5.0
# Besides what `is_global` rules out: relays and translators that lead inside, and addresses of clouds' own services.
REFUSED: tuple[IPv4Network | IPv6Network, ...] = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "168.63.129.16/32", "169.254.0.0/16",
        "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",
        "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        "::/8", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
        "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
    )
)  # fmt: skip


class GuardRefused(Exception):
    """The address is not one we call. Codes: url_malformed, http_refused, address_refused, name_unknown."""

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code


class GuardSettings(NamedTuple):
    """What a test or a development machine allows besides: plain http, and networks such as 127.0.0.0/8."""

    plain_http: bool = False
    networks: tuple[str, ...] = ()


EVERYWHERE = GuardSettings(True, ("0.0.0.0/0", "::/0"))  # tests and development only


class Target(NamedTuple):
    """Where to connect: the address that was checked, and the name it was found under."""

    scheme: str
    host: str
    address: str
    port: int
    path: str

    @property
    def url(self) -> str:
        """The same URL with the address in place of the name."""
        literal = f"[{self.address}]" if ":" in self.address else self.address
        return f"{self.scheme}://{literal}:{self.port}{self.path}"

    @property
    def host_header(self) -> str:
        """The name as the receiver expects it."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == {"https": 443, "http": 80}[self.scheme] else f"{name}:{self.port}"


def allowed(address: Address, settings: GuardSettings = GuardSettings()) -> bool:  # noqa: B008 a constant
    """Whether we may connect to an address."""
    if any(
        address in network for text in settings.networks if (network := ip_network(text)).version == address.version
    ):
        return True
    if any(address in network for network in REFUSED if network.version == address.version):
        return False
    return address.is_global and not address.is_multicast


async def check(url: str, settings: GuardSettings) -> Target:
    """Where a URL leads; raises GuardRefused."""
    parts = split(url)
    if parts.scheme == "http" and not settings.plain_http:
        raise GuardRefused("http_refused")
    addresses = await resolve(parts.host, parts.port)
    if not all(allowed(address, settings) for address in addresses):
        raise GuardRefused("address_refused")
    return parts._replace(address=str(addresses[0]))


def split(url: str) -> Target:
    """The parts of a URL, no address yet; nothing but scheme, host, port, path and query is accepted."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme, 0)
    except ValueError as error:
        raise GuardRefused("url_malformed") from error
    odd = parts.username is not None or parts.fragment or "%" in (parts.hostname or "%") or "\\" in url
    if not port or odd or not url.isascii() or not url.isprintable() or " " in url:
        raise GuardRefused("url_malformed")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, parts.hostname, "", port, path)


async def resolve(host: str, port: int) -> list[Address]:
    """All addresses of a name, which may be an address itself, in any of the forms that systems read as one."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(RESOLVE_S):
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:  # TimeoutError is an OSError
        raise GuardRefused("name_unknown") from error
    addresses = [ip_address(info[4][0].partition("%")[0]) for info in found]
    if not addresses:
        raise GuardRefused("name_unknown")
    return addresses
