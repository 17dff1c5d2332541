"""What the API is told at start; the defaults let a busy market through and stop one sender who runs wild."""

from typing import Any

import msgspec


class Rate(msgspec.Struct, frozen=True):
    """So many a second, and so many at once after a rest. 0 a second: no limit."""

    per_s: int
    burst: int


class ApiSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Rates by whom or what they count: party, key, ip, and for a party's claims, joins, payments and uploads apart.

    return_urls: how addresses begin to which a cashier may lead the buyer back; ours is the first.
    """

    body_bytes_max: int = 262_144
    party: Rate = Rate(20, 60)
    key: Rate = Rate(5_000, 10_000)
    ip: Rate = Rate(0, 0)
    claim: Rate = Rate(5, 20)
    join: Rate = Rate(5, 20)
    pay: Rate = Rate(5, 20)
    upload: Rate = Rate(2, 20)
    return_urls: tuple[str, ...] = ("http://127.0.0.1:8000",)


def api_settings(settings: Any) -> ApiSettings:
    """The API's own settings, made from those of the whole server unless they are given as such."""
    if settings is None or isinstance(settings, ApiSettings):
        return settings or ApiSettings()
    return ApiSettings(
        party=Rate(settings.rate_party_per_s, settings.rate_party_burst),
        key=Rate(settings.rate_key_per_s, 2 * settings.rate_key_per_s),
        ip=Rate(settings.rate_ip_per_s, 2 * settings.rate_ip_per_s),
        return_urls=(settings.own_url,),
    )
