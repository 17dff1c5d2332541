"""What a webhook says: one event in its public form, signed by the rules of Standard Webhooks."""

from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec
from standardwebhooks import Webhook

from jishi.kernel.grammar import Event, Stamp
from jishi.kernel.ids import public_owner
from jishi.kernel.public import id_fields, public_value

SAFE_INT = 2**53


class Message(NamedTuple):
    """One message; its id is the same over every try and replay. secrets: the current one, for a day the old too."""

    id: str
    body: str
    secrets: tuple[str, ...]

    def headers(self, at_s: int) -> dict[str, str]:
        """The three headers, signed now."""
        at = datetime.fromtimestamp(at_s, tz=UTC)
        signatures = [Webhook(secret).sign(self.id, at, self.body) for secret in self.secrets]
        return {
            "content-type": "application/json",
            "webhook-id": self.id,
            "webhook-timestamp": str(at_s),
            "webhook-signature": " ".join(signatures),
        }


def message_of(stamp: Stamp, n: int, event: Event, secrets: tuple[str, ...]) -> Message:
    """The message about event n of a log row; the same bytes whenever it is made."""
    owner = public_owner(stamp.owner)
    at = datetime.fromtimestamp(stamp.at / 1000, tz=UTC).isoformat(timespec="milliseconds")
    told = {
        "type": type(event).__name__,
        "timestamp": at.replace("+00:00", "Z"),
        "owner": owner,
        "seq": stamp.seq,
        "n": n,
        "data": public_event(event, stamp.owner),
    }
    return Message(f"msg_{owner}_{stamp.seq}_{n}", msgspec.json.encode(told).decode(), secrets)


def public_event(event: Event, owner: int) -> dict[str, Any]:
    """The fields of an event: ids as public strings, numbers beyond 2^53 as strings, everything else as it is."""
    ids = id_fields(type(event))
    told = {}
    for name in event.__struct_fields__:
        value = public_value(event, name, owner)
        told[name] = value if name in ids else plain(msgspec.to_builtins(value))
    return told


def plain(value: Any) -> Any:
    """JSON that every reader reads alike."""
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if isinstance(value, int) and not -SAFE_INT <= value <= SAFE_INT:
        return str(value)
    return value
