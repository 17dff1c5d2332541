"""Webhook endpoints: made, changed, removed. Nothing is delivered here, so a replay finds nothing and is refused."""

from jishi.kernel.grammar import system
from jishi.kernel.webhooks import (
    ChangeEndpoint,
    DisableEndpoint,
    MakeEndpoint,
    RemoveEndpoint,
    ReplayDelivery,
    RotateSecret,
)
from jishi.sim.alphabet import Hand, generates

URL = "https://hooks.example/jishi"


@generates(MakeEndpoint, 1)
def make_endpoint(hand: Hand):
    shop = hand.pick(hand.view.shops)
    kinds = hand.pick(((), ("OrderReleased",), ("NoSuchEvent",)))
    return MakeEndpoint(shop.owner, URL, kinds), hand.keeper(shop.owner)


@generates(ChangeEndpoint, 2)
def change_endpoint(hand: Hand):
    row = hand.pick(hand.view.endpoints)
    state = hand.pick(("active", "active", "paused"))
    return row and (ChangeEndpoint(row.owner, row.id, URL, (), state), hand.keeper(row.owner))


@generates(RemoveEndpoint, 1)
def remove_endpoint(hand: Hand):
    row = hand.pick(hand.view.endpoints)
    return row and (RemoveEndpoint(row.owner, row.id), hand.keeper(row.owner))


@generates(RotateSecret, 1)
def rotate_secret(hand: Hand):
    row = hand.pick(hand.view.endpoints)
    return row and (RotateSecret(row.owner, row.id), hand.keeper(row.owner))


@generates(ReplayDelivery, 1)
def replay_delivery(hand: Hand):
    row = hand.pick(hand.view.endpoints)
    return row and (ReplayDelivery(row.owner, row.id, row.owner, 1, 0), hand.keeper(row.owner))


@generates(DisableEndpoint, 1)
def disable_endpoint(hand: Hand):
    row = hand.pick(hand.view.endpoints)
    return row and (DisableEndpoint(row.owner, row.id, "gone"), system("job"))
