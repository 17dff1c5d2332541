"""Friends, rooms, messages and mutes: what people do where they talk."""

from jishi.kernel.grammar import Principal
from jishi.scenes.friends import AnswerAsk, AskFriend, EndFriend, SetBlock, friend_parts
from jishi.scenes.messages import SendCard, SendText
from jishi.scenes.mutes import SetMute
from jishi.scenes.rooms import Invite, LeaveRoom, MarkRead, OpenDirect, OpenGroup, OpenService, RemoveMember, invited
from jishi.sim.alphabet import Hand, generates, party

TEXTS = ("simulated words", "一句模拟的话", "x" * 2_000, "x" * 2_001, "\u202e", "<b>bold</b>")


def contact(hand: Hand, *states: str):
    """A row of somebody's friends in one of these states."""
    return hand.pick([row for row in hand.view.contacts if row.state in states])


def seat(hand: Hand, *kinds: str):
    """Somebody's seat in a room, of one of these kinds."""
    return hand.pick([row for row in hand.view.seats if not kinds or row.kind in kinds])


def speaker(hand: Hand, row) -> Principal:
    """Who speaks from a seat: the party, or the shop's staff; now and then a stranger tries."""
    if hand.chance(0.03):
        return hand.someone()
    return hand.keeper(row.party) if row.party == row.shop else party(row.party)


@generates(AskFriend, 6)
def ask_friend(hand: Hand):
    who, other = hand.someone(), hand.someone()
    proof = hand.seal(*friend_parts(other.id)) if not hand.chance(0.05) else "f" * 32
    return AskFriend(who.id, other.id, proof), who


@generates(AnswerAsk, 4)
def answer_ask(hand: Hand):
    row = contact(hand, "asking")
    return row and (AnswerAsk(row.owner, row.other, int(hand.chance(0.8))), party(row.owner))


@generates(EndFriend, 1)
def end_friend(hand: Hand):
    row = contact(hand, "friends", "asked")
    return row and (EndFriend(row.owner, row.other), party(row.owner))


@generates(SetBlock, 1)
def set_block(hand: Hand):
    row = contact(hand, "friends", "asked", "asking", "ended")
    return row and (SetBlock(row.owner, row.other, int(hand.chance(0.4))), party(row.owner))


@generates(OpenDirect, 2)
def open_direct(hand: Hand):
    row = contact(hand, "friends")
    return row and (OpenDirect(0, row.other).addressed(party(row.owner)), party(row.owner))


def friends_of(hand: Hand, who: int) -> tuple[int, ...]:
    return tuple([row.other for row in hand.view.contacts if row.owner == who and row.state == "friends"][:5])


@generates(OpenGroup, 1)
def open_group(hand: Hand):
    row = contact(hand, "friends")
    return row and (OpenGroup(hand.fresh(), "simulated", invited(*friends_of(hand, row.owner))), party(row.owner))


@generates(OpenService, 1)
def open_service(hand: Hand):
    who, row = hand.someone(), hand.pick(hand.view.shops)
    return row and (OpenService(0, row.owner, who.id).addressed(who), who)


@generates(Invite, 1)
def invite(hand: Hand):
    row = seat(hand, "group")
    others = friends_of(hand, row.party) if row else ()
    return (Invite(row.room, invited(*others)), party(row.party)) if others else None


@generates(LeaveRoom, 1)
def leave_room(hand: Hand):
    row = seat(hand, "group")
    return row and (LeaveRoom(row.room), party(row.party))


@generates(RemoveMember, 1)
def remove_member(hand: Hand):
    row = seat(hand, "group")
    return row and (RemoveMember(row.room, row.party), party(row.founder))


@generates(MarkRead, 3)
def mark_read(hand: Hand):
    row = seat(hand)
    return row and (MarkRead(row.room, hand.random.randint(0, row.last_n + 1)), speaker(hand, row))


@generates(SendText, 6)
def send_text(hand: Hand):
    row = seat(hand)
    return row and (SendText(row.room, hand.pick(TEXTS)), speaker(hand, row))


@generates(SendCard, 8)
def send_card(hand: Hand):
    """Mostly a product; a gift or an order by its payer where there is one."""
    row, sku = seat(hand), hand.pick(hand.view.skus)
    if row is None or sku is None:
        return None
    who = speaker(hand, row)
    order = hand.pick([one for one in hand.view.orders if one.payer == who.id])
    if order and hand.chance(0.4):
        kind = "gift" if order.mode == "gift" and hand.chance(0.7) else "order"
        return SendCard(row.room, kind, order.owner, order=order.id), who
    return SendCard(row.room, "product", sku.owner, sku.id), who


@generates(SetMute, 1)
def set_mute(hand: Hand):
    who, row = hand.someone(), hand.pick(hand.view.shops)
    about = hand.pick(("product", "shop", "person"))
    whom = {"product": 0, "shop": row.owner if row else 0, "person": hand.someone().id}[about]
    return SetMute(who.id, about, int(hand.chance(0.6)), whom), who
