"""Webhooks as their owners see them: endpoints, their secret, and the log of deliveries."""

from typing import Annotated

from msgspec import Meta

from jishi.kernel.ids import OwnerId
from jishi.kernel.refused import require
from jishi.kernel.webhooks import (
    MANAGERS,
    ROTATION_MS,
    THE_ENDPOINT,
    Delivery,
    Endpoint,
    EndpointHealth,
    EndpointId,
    EndpointUrl,
    hearable,
    secret_of,
)
from jishi.store.query import Page, Paged, Query, View, answers, before


class EndpointView(View, frozen=True):
    """One endpoint. failing_ms: since when nothing was delivered, 0 while it works."""

    shop: OwnerId
    endpoint: EndpointId
    url: str
    state: str
    kinds: tuple[str, ...]
    rotated_ms: int
    made_ms: int
    failing_ms: int


class SecretView(View, frozen=True):
    """What messages are signed with. previous: also signs until `previous_until_ms`, "" for none."""

    shop: OwnerId
    endpoint: EndpointId
    secret: str
    previous: str
    previous_until_ms: int


class KindsView(View, frozen=True):
    """The names of all events that endpoints of this owner may hear."""

    shop: OwnerId
    kinds: tuple[str, ...]


class DeliveryView(View, frozen=True):
    """One event told to one endpoint: event n of the source's log row event_seq, with what became of it."""

    shop: OwnerId
    endpoint: EndpointId
    source: OwnerId
    event_seq: int
    n: int
    kind: str
    state: str
    attempts: int
    next_ms: int
    status: int
    code: str
    queued_ms: int
    done_ms: int


class Endpoints(Paged, frozen=True, kw_only=True):
    """The endpoints of a shop or of the platform, newest first."""

    shop: OwnerId


@answers(Endpoints, "webhooks/endpoints", who=MANAGERS, view=EndpointView)
async def endpoints(database, q, case) -> Page:
    rows = await database.read(
        Endpoint, "WHERE owner = :shop AND state <> 'removed' AND id < :before ORDER BY id DESC LIMIT :most",
        shop=q.shop, before=before(q.after), most=q.limit + 1,
    )  # fmt: skip
    ids = [row.id for row in rows]
    urls = await database.read(EndpointUrl, "WHERE owner = :shop AND id IN (:ids*)", shop=q.shop, ids=ids)
    health = await database.read(EndpointHealth, "WHERE owner = :shop AND endpoint IN (:ids*)", shop=q.shop, ids=ids)
    url = {row.id: row.url for row in urls}
    failing = {row.endpoint: row.failing_ms for row in health}
    views = [
        EndpointView(
            row.owner, row.id, url.get(row.id, ""), row.state, row.kinds, row.rotated_ms, row.made_ms,
            failing.get(row.id, 0),
        )
        for row in rows[: q.limit]
    ]  # fmt: skip
    return Page(views, str(rows[q.limit - 1].id) if len(rows) > q.limit else "")


class EndpointSecret(Query, frozen=True, kw_only=True):
    """The secret of one endpoint."""

    shop: OwnerId
    endpoint: EndpointId


@answers(EndpointSecret, "webhooks/secret", who=MANAGERS, needs=(THE_ENDPOINT,), view=SecretView)
async def endpoint_secret(database, q, case) -> SecretView:
    row = case.endpoint
    require(row and row.state != "removed", "not_found")
    until = row.rotated_ms + ROTATION_MS if row.rotation else 0
    both = case.now < until
    return SecretView(
        row.owner,
        row.id,
        secret_of(case.seal, row.owner, row.id, row.rotation),
        secret_of(case.seal, row.owner, row.id, row.rotation - 1) if both else "",
        until if both else 0,
    )


class EndpointKinds(Query, frozen=True, kw_only=True):
    """What an endpoint may hear."""

    shop: OwnerId


@answers(EndpointKinds, "webhooks/kinds", who=MANAGERS, view=KindsView)
async def endpoint_kinds(database, q, case) -> KindsView:
    return KindsView(q.shop, tuple(sorted(hearable(q.shop))))


class Deliveries(Paged, frozen=True, kw_only=True):
    """The delivery log of one endpoint, newest first; state: waiting, delivered, given_up, cancelled, or all."""

    shop: OwnerId
    endpoint: EndpointId
    state: Annotated[str, Meta(max_length=20)] = ""


@answers(Deliveries, "webhooks/deliveries", who=MANAGERS, view=DeliveryView)
async def deliveries(database, q, case) -> Page:
    rows = await database.read(
        Delivery,
        "WHERE owner = :shop AND endpoint = :endpoint AND id < :before AND (:state = '' OR state = :state)"
        " ORDER BY id DESC LIMIT :most",
        shop=q.shop, endpoint=q.endpoint, before=before(q.after), state=q.state, most=q.limit + 1,
    )  # fmt: skip
    views = [
        DeliveryView(
            row.owner, row.endpoint, row.source, row.seq, row.n, row.kind, row.state, row.attempts, row.next_ms,
            row.status, row.code, row.queued_ms, row.done_ms,
        )
        for row in rows[: q.limit]
    ]  # fmt: skip
    return Page(views, str(rows[q.limit - 1].id) if len(rows) > q.limit else "")
