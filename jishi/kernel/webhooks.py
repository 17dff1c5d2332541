"""Webhooks: a shop's or the platform's own software hears of events. The delivery itself: `engine/webhooks.py`."""

from base64 import b64encode
from collections.abc import Callable, Collection
from typing import Annotated, Literal

from msgspec import Meta
from msgspec.structs import replace

from jishi.kernel.aftersale import (
    ClaimAgreed,
    ClaimClosed,
    ClaimEscalated,
    ClaimGranted,
    ClaimOpened,
    ClaimRefunded,
    ClaimRejected,
    ClaimSentBack,
    ClaimWithdrawn,
)
from jishi.kernel.grammar import GRAMMAR, Command, Event, Forget, Keep, Role, evolves, handles, many, one, recorded
from jishi.kernel.ids import OwnerId, id_type
from jishi.kernel.money import Code
from jishi.kernel.orders import OrderReceived, OrderRefunded, OrderReleased, OrderSettled, OrderShipped, ShipmentLate
from jishi.kernel.owners import PLATFORM
from jishi.kernel.parcels import ParcelDelivered, ParcelShipped
from jishi.kernel.payments import PaymentChargedBack, PaymentReversed
from jishi.kernel.payouts import PaidOut, PayoutRequested, PayoutReturned
from jishi.kernel.refunds import RefundFailed, RefundRequested, RefundSucceeded
from jishi.kernel.refused import require
from jishi.kernel.roles import DEMO, JOB, app, operator, staff
from jishi.kernel.rows import Row, table
from jishi.kernel.settling import ShareReclaimed, ShareSettled

EndpointId = id_type("endpoint")
ENDPOINTS_MOST = 10
ROTATION_MS = 86_400_000  # both secrets sign for so long after a rotation
# Plain http only to the machine itself, which the guard refuses unless it is told otherwise.
Url = Annotated[
    str,
    Meta(min_length=10, max_length=500, pattern=r"^(https://|http://(localhost|127\.0\.0\.1)[:/])[!-\"$-?A-~]+$"),
]
# What a shop may hear: facts of orders it can see, of its claims and of its money. The platform may hear all.
SHOP_HEARS: tuple[type[Event], ...] = (
    OrderReleased, OrderShipped, OrderReceived, OrderSettled, OrderRefunded, ShipmentLate, ParcelShipped,
    ParcelDelivered, ClaimOpened, ClaimAgreed, ClaimSentBack, ClaimGranted, ClaimRejected, ClaimEscalated,
    ClaimWithdrawn, ClaimClosed, ClaimRefunded, RefundRequested, RefundSucceeded, RefundFailed, PaymentReversed,
    PaymentChargedBack, ShareSettled, ShareReclaimed, PayoutRequested, PaidOut, PayoutReturned,
)  # fmt: skip


@table("endpoints", ("owner", "id"), changes=("state", "kinds", "rotation", "rotated_ms"), indexes=(("state",),))
class Endpoint(Row, frozen=True):
    """Where events are told. state: active, paused (by its owner), disabled (it failed for days) or removed.

    kinds: names of events, none for all it may hear. rotation: how often the secret was changed.
    since_seq, made_ms: only what happened afterwards is told.
    """

    owner: int
    id: EndpointId
    state: str
    kinds: tuple[Code, ...]
    rotation: int
    rotated_ms: int
    since_seq: int
    made_ms: int


@table("endpoint_urls", ("owner", "id"), changes=("url",))
class EndpointUrl(Row, frozen=True):
    """The address of an endpoint, in its owner's words."""

    owner: int
    id: EndpointId
    url: str


@table(
    "deliveries",
    ("owner", "endpoint", "source", "seq", "n"),
    kind="local",
    changes=("state", "attempts", "next_ms", "status", "code", "done_ms"),
    indexes=(("state", "owner", "endpoint", "source", "seq", "n"), ("endpoint", "owner", "id")),
)
class Delivery(Row, frozen=True):
    """One event for one endpoint: event n of the source's log row seq.

    state: waiting, delivered, given_up or cancelled. next_ms: when it is tried, by the wall clock.
    status: the last HTTP status, 0 for none. code: why the last try failed.
    """

    owner: int
    endpoint: EndpointId
    source: OwnerId
    seq: int
    n: int
    id: int
    kind: str
    state: str
    attempts: int
    next_ms: int
    status: int
    code: str
    queued_ms: int
    done_ms: int


@table("endpoint_health", ("owner", "endpoint"), kind="local", changes=("failing_ms",))
class EndpointHealth(Row, frozen=True):
    """Since when an endpoint has answered to nothing; 0 while it works."""

    owner: int
    endpoint: EndpointId
    failing_ms: int


# -- commands ---------------------------------------------------------------------------------------


class MakeEndpoint(Command, frozen=True):
    """Have events told to an address. `kinds` are names of events; none means all. shop: a shop, or the platform."""

    shop: OwnerId
    url: Url
    kinds: Annotated[tuple[Code, ...], Meta(max_length=100)] = ()


class ChangeEndpoint(Command, frozen=True):
    """Change an endpoint's address, what it hears, and whether it hears. What waits is sent to the new address."""

    shop: OwnerId
    endpoint: EndpointId
    url: Url
    kinds: Annotated[tuple[Code, ...], Meta(max_length=100)] = ()
    state: Literal["active", "paused"] = "active"


class RemoveEndpoint(Command, frozen=True):
    """Tell nothing more to an endpoint, and forget its address."""

    shop: OwnerId
    endpoint: EndpointId


class RotateSecret(Command, frozen=True):
    """A new secret. For a day each message carries signatures by both, so that nothing is lost meanwhile."""

    shop: OwnerId
    endpoint: EndpointId


class ReplayDelivery(Command, frozen=True):
    """Send one event again, under the same message id."""

    shop: OwnerId
    endpoint: EndpointId
    source: OwnerId
    event_seq: int
    n: int


class DisableEndpoint(Command, frozen=True):
    """An endpoint has failed for days, or says that it is gone."""

    shop: OwnerId
    endpoint: EndpointId
    why: Code


# -- events -----------------------------------------------------------------------------------------


class EndpointMade(Event, frozen=True):
    endpoint: EndpointId
    kinds: tuple[Code, ...]


class EndpointChanged(Event, frozen=True):
    endpoint: EndpointId
    kinds: tuple[Code, ...]
    state: Code


class EndpointRemoved(Event, frozen=True):
    endpoint: EndpointId


class EndpointDisabled(Event, frozen=True):
    endpoint: EndpointId
    why: Code


class SecretRotated(Event, frozen=True):
    endpoint: EndpointId
    rotation: int


class DeliveryReplayed(Event, frozen=True):
    endpoint: EndpointId
    source: OwnerId
    event_seq: int
    n: int


recorded(DeliveryReplayed)


@evolves(Endpoint, EndpointMade, key=("endpoint",))
def _made(row, e, stamp):
    return Endpoint(stamp.owner, e.endpoint, "active", e.kinds, 0, 0, stamp.seq, stamp.at)


@evolves(Endpoint, EndpointChanged, key=("endpoint",))
def _changed(row, e, stamp):
    return replace(row, state=e.state, kinds=e.kinds)


@evolves(Endpoint, EndpointRemoved, EndpointDisabled, key=("endpoint",))
def _ended(row, e, stamp):
    return replace(row, state="removed" if isinstance(e, EndpointRemoved) else "disabled")


@evolves(Endpoint, SecretRotated, key=("endpoint",))
def _rotated(row, e, stamp):
    return replace(row, rotation=e.rotation, rotated_ms=stamp.at)


# -- decisions --------------------------------------------------------------------------------------

_HOST = app("webhooks")
HOST = Role(_HOST.name, lambda c, k: c.owner == PLATFORM and _HOST.test(c, k), _HOST.needs)
MANAGERS = (staff("manage"), operator("manage"), HOST, DEMO)
THE_ENDPOINT = one("endpoint", Endpoint, lambda c, k: (c.shop, c.endpoint))
_KNOWN = ("endpoint", ("active", "paused", "disabled"))


SHOP_KINDS = frozenset(event.__name__ for event in SHOP_HEARS)


def hearable(owner: int) -> frozenset[str]:
    """The names of the events that endpoints of this owner may hear."""
    if owner != PLATFORM:
        return SHOP_KINDS
    return frozenset(event.__name__ for event in (*GRAMMAR.evolves, *GRAMMAR.bare))


def hears(endpoint: Endpoint, source: int, event: Event, hidden: Collection[int]) -> bool:
    """Whether an endpoint is told of an event of this source. hidden: the source's orders that it may not see yet."""
    kind = type(event).__name__
    if endpoint.state != "active" or (endpoint.kinds and kind not in endpoint.kinds):
        return False
    if endpoint.owner == PLATFORM:
        return True
    return endpoint.owner == source and kind in SHOP_KINDS and getattr(event, "order", 0) not in hidden


def secret_of(seal: Callable[..., str], owner: int, endpoint: int, rotation: int) -> str:
    """An endpoint's secret, derived and never stored: 32 bytes, in the form of Standard Webhooks."""
    parts = ("webhook", str(owner), str(endpoint), str(rotation))
    return "whsec_" + b64encode(bytes.fromhex(seal(*parts, "1") + seal(*parts, "2"))).decode()


def _sorted_kinds(c) -> tuple[str, ...]:
    require(set(c.kinds) <= hearable(c.shop), "kind_unknown")
    return tuple(sorted(set(c.kinds)))


@handles(
    MakeEndpoint,
    who=MANAGERS,
    needs=(many("endpoints", Endpoint, lambda c, k: (c.shop,)),),
    answer=("endpoint",),
)
def make_endpoint(c, case, now, ids):
    kinds, endpoint = _sorted_kinds(c), ids.next()
    live = [row for row in case.endpoints if row.state != "removed"]
    require(len(live) < ENDPOINTS_MOST, "endpoints_too_many", most=ENDPOINTS_MOST)
    return [EndpointMade(endpoint, kinds), Keep(EndpointUrl(c.shop, endpoint, c.url))]


@handles(
    ChangeEndpoint,
    who=MANAGERS,
    needs=(THE_ENDPOINT, one("address", EndpointUrl, lambda c, k: (c.shop, c.endpoint))),
    state=_KNOWN,
    answer=("endpoint", "state"),
)
def change_endpoint(c, case, now, ids):
    return [EndpointChanged(c.endpoint, _sorted_kinds(c), c.state), Keep(EndpointUrl(c.shop, c.endpoint, c.url))]


@handles(
    RemoveEndpoint,
    who=MANAGERS,
    needs=(THE_ENDPOINT, one("address", EndpointUrl, lambda c, k: (c.shop, c.endpoint))),
    state=_KNOWN,
    answer=("endpoint",),
)
def remove_endpoint(c, case, now, ids):
    return [EndpointRemoved(c.endpoint), Forget(EndpointUrl, (c.shop, c.endpoint))]


@handles(RotateSecret, who=MANAGERS, needs=(THE_ENDPOINT,), state=_KNOWN, answer=("endpoint", "rotation"))
def rotate_secret(c, case, now, ids):
    row = case.endpoint
    require(not row.rotation or now >= row.rotated_ms + ROTATION_MS, "rotated_lately")
    return [SecretRotated(c.endpoint, row.rotation + 1)]


@handles(
    ReplayDelivery,
    who=MANAGERS,
    needs=(
        THE_ENDPOINT,
        one("delivery", Delivery, lambda c, k: (c.shop, c.endpoint, c.source, c.event_seq, c.n)),
    ),
    state=("endpoint", ("active",)),
    answer=("endpoint",),
)
def replay_delivery(c, case, now, ids):
    require(case.delivery, "delivery_unknown")
    require(case.delivery.state != "waiting", "delivery_waits")
    return [DeliveryReplayed(c.endpoint, c.source, c.event_seq, c.n)]


@handles(DisableEndpoint, who=(JOB,), needs=(THE_ENDPOINT,), state=("endpoint", ("active",)))
def disable_endpoint(c, case, now, ids):
    return [EndpointDisabled(c.endpoint, c.why)]
