"""Chat: on 1 February friends find each other, talk, and carry goods into what they say."""

import pytest

from jishi.kernel.catalog import BlockProduct, WithdrawProduct
from jishi.kernel.grammar import Principal, system
from jishi.kernel.ids import read_owner
from jishi.kernel.owners import LogRow
from jishi.kernel.shops import SetDuties
from jishi.kernel.stock import Sku
from jishi.modes.gift import DeclineGift
from jishi.scenes.friends import (
    AnswerAsk,
    AskFriend,
    Contact,
    EndFriend,
    NoteAsk,
    SetBlock,
    friend_parts,
)
from jishi.scenes.messages import CardCount, EraseText, HeldCard, Message, MessageText, SendCard, SendText
from jishi.scenes.rooms import Invite, LeaveRoom, MarkRead, OpenDirect, OpenGroup, OpenService, RemoveMember, invited
from jishi.scenes.seats import Member, Room, direct_room, service_room
from tests.support.chatting import befriend, direct, group
from tests.support.market import DAY, HOUR, open_market

pytestmark = pytest.mark.anyio


async def contacts(market, a: Principal, b: Principal) -> tuple[str, str]:
    one, other = await market.row(Contact, owner=a.id, other=b.id), await market.row(Contact, owner=b.id, other=a.id)
    return (one.state if one else "none", other.state if other else "none")


def ask(market, by: Principal, other: Principal) -> AskFriend:
    return AskFriend(by.id, other.id, market.engine.world.seal(*friend_parts(other.id)))


# -- friends ----------------------------------------------------------------------------------------


async def test_asked_accepted_ended_and_asked_again(database_url):
    async with open_market(database_url) as market:
        a, b = await market.person(), await market.person()
        await market.do(ask(market, a, b), a)
        assert await contacts(market, a, b) == ("asked", "none")
        await market.engine.settle_down()
        assert await contacts(market, a, b) == ("asked", "asking")
        await market.do(AnswerAsk(b.id, a.id, 1), b)
        await market.engine.settle_down()
        assert await contacts(market, a, b) == ("friends", "friends")
        await market.do(EndFriend(a.id, b.id), a)
        await market.engine.settle_down()
        assert await contacts(market, a, b) == ("ended", "ended")
        await market.do(ask(market, b, a), b)
        await market.engine.settle_down()
        await market.do(AnswerAsk(a.id, b.id, 0), a)
        await market.engine.settle_down()
        assert await contacts(market, a, b) == ("ended", "ended")


async def test_asks_that_cross_make_friends(database_url):
    async with open_market(database_url) as market:
        a, b = await market.person(), await market.person()
        await market.at_once((ask(market, a, b), a), (ask(market, b, a), b))
        assert await contacts(market, a, b) == ("asked", "asked")
        await market.engine.settle_down()
        assert await contacts(market, a, b) == ("friends", "friends")


async def test_an_ask_taken_back_before_it_is_answered(database_url):
    async with open_market(database_url) as market:
        a, b = await market.person(), await market.person()
        await market.do(ask(market, a, b), a)
        await market.do(EndFriend(a.id, b.id), a)
        await market.engine.settle_down()
        assert await contacts(market, a, b) == ("ended", "ended")
        assert (await market.refuses(AnswerAsk(b.id, a.id, 1), b)).code == "friend_not_asking"


async def test_who_may_ask_whom(database_url):
    async with open_market(database_url) as market:
        a, b = await market.person(), await market.person()
        guessed = AskFriend(a.id, b.id, "f" * 32)
        assert (await market.refuses(guessed, a)).code == "proof_wrong"
        assert (await market.refuses(ask(market, a, a), a)).code == "friend_self"
        assert (await market.refuses(ask(market, a, b), b)).code == "forbidden"
        assert (await market.refuses(NoteAsk(b.id, a.id), a)).code == "forbidden", "only the house crosses over"
        await befriend(market, a, b)
        assert (await market.refuses(ask(market, a, b), a)).code == "friend_already"
        assert (await market.refuses(EndFriend(a.id, (await market.person()).id), a)).code == "not_friends"


async def test_a_block_is_told_to_nobody(database_url):
    async with open_market(database_url) as market:
        a, b, c = await market.person(), await market.person(), await market.person()
        await market.do(SetBlock(b.id, a.id, 1), b)
        await market.do(ask(market, a, b), a)
        await market.engine.settle_down()
        assert await contacts(market, a, b) == ("asked", "none"), "it just stays unanswered"
        assert (await market.refuses(ask(market, b, a), b)).code == "person_blocked"
        room = await direct(market, a, c)
        await market.do(SetBlock(c.id, a.id, 1), c)
        blocked = await market.refuses(SendText(room, "are you there?"), a)
        assert await contacts(market, a, c) == ("friends", "friends"), "nothing changes on his side"
        await market.do(SetBlock(c.id, a.id, 0), c)
        await market.do(SendText(room, "hello"), a)
        await market.do(EndFriend(c.id, a.id), c)
        ended = await market.refuses(SendText(room, "are you there?"), a)
        assert (blocked.code, blocked.facts) == (ended.code, ended.facts) == ("not_reached", {})


# -- talking ----------------------------------------------------------------------------------------


async def test_two_friends_talk(database_url):
    async with open_market(database_url) as market:
        a, b, stranger = await market.person(), await market.person(), await market.person()
        early = OpenDirect(direct_room(a.id, b.id), b.id)
        assert (await market.refuses(early, a)).code == "not_friends"
        room = await direct(market, a, b)
        assert room == direct_room(b.id, a.id)
        assert (await market.refuses(OpenDirect(room, b.id), a)).code == "owner_exists", "there is one room of two"
        assert (await market.refuses(OpenDirect(77, b.id), a)).code == "room_differs"
        for text in ("hello", "<script>alert(1)</script>"):
            await market.do(SendText(room, text), a)
        assert (await market.row(Room, owner=room)).last_n == 2
        assert (await market.row(Member, owner=room, party=a.id)).read_n == 2
        assert (await market.row(Member, owner=room, party=b.id)).read_n == 0
        await market.do(MarkRead(room, 99), b)
        assert (await market.row(Member, owner=room, party=b.id)).read_n == 2
        await market.do(MarkRead(room, 1), b)
        assert (await market.row(Member, owner=room, party=b.id)).read_n == 2, "what is read stays read"
        for command in (SendText(room, "let me in"), MarkRead(room, 1), SendCard(room, "product", 5, 6)):
            told, none = await market.refuses(command, stranger), await market.refuses(SendText(12345, "x"), stranger)
            assert (told.code, told.facts) == (none.code, none.facts) == ("not_found", {})
        words = [row.text for row in await market.rows(MessageText, owner=room)]
        assert words == ["hello", "<script>alert(1)</script>"], "kept as written; pages escape it"
        log = [row.events + row.answer for row in await market.rows(LogRow)]
        assert not any("hello" in told for told in log), "words stand in no event and no answer"


async def test_bad_texts(database_url):
    async with open_market(database_url) as market:
        a, b = await market.person(), await market.person()
        room = await direct(market, a, b)
        assert (await market.refuses(SendText(room, "x" * 10_000), a)).code == "message_too_long"
        assert (await market.refuses(SendText(room, "x" * 2_001), a)).code == "message_too_long"
        assert (await market.refuses(SendText(room, " \u202e\u200f\x07 "), a)).code == "message_empty"
        assert (await market.row(Room, owner=room)).last_n == 0, "what was refused changed nothing"
        await market.do(SendText(room, "x" * 2_000), a)
        await market.do(SendText(room, "pay\u202e001\u202c\x00\x1b[2J to\tme\r\nplease 👨‍👩‍👧"), a)
        assert (await market.row(MessageText, owner=room, n=2)).text == "pay001[2J to me\nplease 👨‍👩‍👧"


async def test_a_double_tap_says_it_once(database_url):
    async with open_market(database_url) as market:
        a, b = await market.person(), await market.person()
        room = await direct(market, a, b)
        first = await market.do(SendText(room, "once"), a, "tap")
        assert await market.do(SendText(room, "once"), a, "tap") == first
        assert (await market.row(Room, owner=room)).last_n == 1


async def test_a_group_its_members_and_who_left(database_url):
    async with open_market(database_url) as market:
        founder, friend, third, stranger = [await market.person() for _ in range(4)]
        await befriend(market, founder, friend)
        await befriend(market, friend, third)
        wrong = OpenGroup(4_000_001, "tea", invited(friend.id, stranger.id))
        assert (await market.refuses(wrong, founder)).code == "not_friends"
        assert (
            await market.refuses(OpenGroup(4_000_001, " \u202e ", invited(friend.id)), founder)
        ).code == "title_wrong"
        room = await group(market, founder, friend)
        assert (await market.refuses(Invite(room, invited(third.id)), founder)).code == "not_friends"
        await market.do(SendText(room, "before he came"), founder)
        await market.do(Invite(room, invited(third.id)), friend)
        assert (await market.refuses(Invite(room, invited(third.id)), friend)).code == "member_already"
        seat = await market.row(Member, owner=room, party=third.id)
        assert (seat.joined_n, seat.read_n, (await market.row(Room, owner=room)).members) == (1, 1, 3)
        assert (await market.refuses(RemoveMember(room, third.id), friend)).code == "forbidden"
        assert (await market.refuses(RemoveMember(room, stranger.id), founder)).code == "member_unknown"
        await market.do(RemoveMember(room, third.id), founder)
        gone = await market.refuses(SendText(room, "but"), third)
        assert gone.code == "not_found", "who was removed is told as a stranger is"
        await market.do(LeaveRoom(room), friend)
        assert (await market.refuses(SendText(room, "and"), friend)).code == "not_found"
        assert (await market.row(Room, owner=room)).members == 1
        of_two = await direct(market, founder, friend)
        assert (await market.refuses(LeaveRoom(of_two), founder)).code == "room_kind_wrong"
        assert (await market.refuses(Invite(of_two, invited(third.id)), founder)).code == "room_kind_wrong"


async def test_two_hundred_and_no_more(sqlite_url):
    async with open_market(sqlite_url) as market:
        founder = await market.person()
        friends = [await market.person() for _ in range(200)]
        for friend in friends:
            await befriend(market, founder, friend, settle=False)
        await market.engine.settle_down()
        room = await group(market, founder, *friends[:50])
        for at in (50, 100):
            await market.do(Invite(room, invited(*[who.id for who in friends[at : at + 50]])), founder)
        last = Invite(room, invited(*[who.id for who in friends[150:]]))
        assert (await market.refuses(last, founder)).code == "room_full"
        await market.do(Invite(room, invited(*[who.id for who in friends[150:199]])), founder)
        assert (await market.row(Room, owner=room)).members == 200
        before = len(await market.rows(Member, owner=room)), len(await market.rows(LogRow))
        await market.do(SendText(room, "hello all"), founder)
        after = len(await market.rows(Member, owner=room)), len(await market.rows(LogRow))
        assert (after[0] - before[0], after[1] - before[1]) == (0, 1), "a message costs no row per member"


async def test_a_buyer_and_a_shop(database_url):
    async with open_market(database_url) as market:
        stall, buyer, other = await market.shop(), await market.person(), await market.person()
        helper, packer = await market.person(), await market.person()
        await market.do(SetDuties(stall.shop, helper.id, ("aftersale",)), stall.keeper)
        await market.do(SetDuties(stall.shop, packer.id, ("goods",)), stall.keeper)
        room = service_room(stall.shop, buyer.id)
        cold = OpenService(room, stall.shop, buyer.id)
        assert (await market.refuses(cold, stall.keeper)).code == "not_found", "shops do not write to strangers"
        assert (await market.refuses(OpenService(room, stall.shop, other.id), other)).code == "room_differs"
        tea = await market.goods(stall)
        order = await market.paid(stall, buyer, (tea, 1))
        theirs = await market.paid(stall, other, (tea, 1))
        wrong = OpenService(room, stall.shop, buyer.id, theirs)
        assert (await market.refuses(wrong, helper)).code == "not_found"
        await market.do(OpenService(room, stall.shop, buyer.id, order), helper)
        await market.do(SendText(room, "your parcel is delayed"), helper)
        await market.do(SendText(room, "thank you"), buyer)
        assert (await market.row(Member, owner=room, party=stall.shop)).read_n == 1, "the shop has one seat"
        await market.do(MarkRead(room, 2), stall.keeper)
        assert (await market.row(Member, owner=room, party=stall.shop)).read_n == 2
        for who in (other, packer):
            assert (await market.refuses(SendText(room, "hello"), who)).code == "not_found"
        (first, second) = await market.rows(Message, owner=room)
        assert (first.author, first.seat, second.seat) == (helper.id, stall.shop, buyer.id)
        await market.do(SendCard(room, "order", stall.shop, order=order), buyer)
        await market.do(SendCard(room, "order", stall.shop, order=order), helper)
        for who in (buyer, helper):
            foreign = SendCard(room, "order", stall.shop, order=theirs)
            assert (await market.refuses(foreign, who)).code == "card_unavailable", "no order of somebody else"
        await market.do(SetDuties(stall.shop, helper.id, ()), stall.keeper)
        assert (await market.refuses(SendText(room, "bye"), helper)).code == "not_found"


# -- cards ------------------------------------------------------------------------------------------


async def test_a_product_card_and_its_day(database_url):
    async with open_market(database_url) as market:
        stall, a, b = await market.shop(), await market.person(), await market.person()
        room, tea = await direct(market, a, b), await market.goods(stall)
        card = SendCard(room, "product", stall.shop, tea)
        told = await market.at_once(*[(card, a) for _ in range(7)], (card, b))
        assert [one.get("n") for one in told] == [1, 2, 3, 4, 5, None, None, 6], "the cap is exact in one batch"
        assert [one.get("held") for one in told[5:7]] == [1, 2]
        (mine,) = await market.rows(CardCount, owner=room, party=a.id)
        assert (mine.shown, mine.held, len(await market.rows(HeldCard, owner=room))) == (5, 2, 2)
        assert (await market.row(Room, owner=room)).last_n == 6, "what is held back is unread by nobody"
        (message, *_) = await market.rows(Message, owner=room)
        product = (await market.row(Sku, id=tea)).product
        assert (message.kind, message.product, message.price_minor) == ("product", product, 9_900)
        await market.pass_time(14 * HOUR - 1)
        assert "held" in await market.do(card, a), "10:00 to 24:00 is one business day"
        await market.pass_time(1)
        assert (await market.do(card, a))["n"] == 7


async def test_cards_of_nothing_on_sale(database_url):
    async with open_market(database_url) as market:
        stall, other, a, b = await market.shop(), await market.shop(), await market.person(), await market.person()
        room = await direct(market, a, b)
        gone, blocked, good = [await market.goods(stall) for _ in range(3)]
        await market.do(WithdrawProduct(stall.shop, (await market.row(Sku, id=gone)).product), stall.keeper)
        product = (await market.row(Sku, id=blocked)).product
        await market.do(BlockProduct(stall.shop, product), await market.operator())
        order = await market.paid(stall, a, (good, 1))
        wrong = [
            SendCard(room, "product", stall.shop, gone),
            SendCard(room, "product", stall.shop, blocked),
            SendCard(room, "product", other.shop, good),
            SendCard(room, "product", stall.shop, 12_345),
            SendCard(room, "product", 999, 12_345),
            SendCard(room, "product", stall.shop),
            SendCard(room, "product", stall.shop, good, order),
            SendCard(room, "gift", stall.shop, order=order),
            SendCard(room, "gift", stall.shop, order=12_345),
            SendCard(room, "order", stall.shop, order=12_345),
        ]
        for command in wrong:
            told = await market.refuses(command, a)
            assert (told.code, told.facts) == ("card_unavailable", {}), command
        assert await market.rows(Message) == []


async def test_a_gift_card_is_its_givers(database_url):
    async with open_market(database_url) as market:
        stall, giver, friend = await market.shop(), await market.person(), await market.person()
        room, tea = await direct(market, giver, friend), await market.goods(stall)
        order = await market.place(stall, giver, (tea, 1), mode="gift")
        card = SendCard(room, "gift", stall.shop, order=order)
        assert (await market.refuses(card, giver)).code == "card_unavailable", "it is not paid"
        await market.notice(stall, order)
        assert (await market.refuses(card, friend)).code == "card_unavailable"
        service = service_room(stall.shop, giver.id)
        await market.do(OpenService(service, stall.shop, giver.id), giver)
        there = SendCard(service, "gift", stall.shop, order=order)
        assert (await market.refuses(there, giver)).code == "card_not_here"
        as_order = SendCard(service, "order", stall.shop, order=order)
        assert (await market.refuses(as_order, giver)).code == "card_unavailable", "its gate is closed to the shop"
        await market.do(card, giver)
        await market.do(await market.accepts(stall, order, friend), friend)
        assert (await market.refuses(card, giver)).code == "card_unavailable", "it is taken"
        replay = DeclineGift(stall.shop, order, market.proof(stall, order))
        assert (await market.refuses(replay, friend)).code == "state_forbids"


async def test_an_order_card_between_friends_and_not_in_a_group(database_url):
    async with open_market(database_url) as market:
        stall, a, b, c = await market.shop(), await market.person(), await market.person(), await market.person()
        room, tea = await direct(market, a, b), await market.goods(stall)
        await befriend(market, a, c)
        many = await group(market, a, b, c)
        order = await market.paid(stall, a, (tea, 1))
        await market.do(SendCard(room, "order", stall.shop, order=order), a)
        assert (await market.refuses(SendCard(room, "order", stall.shop, order=order), b)).code == "card_unavailable"
        assert (await market.refuses(SendCard(many, "order", stall.shop, order=order), a)).code == "card_not_here"


async def test_the_words_of_the_erased(database_url):
    async with open_market(database_url) as market:
        a, b = await market.person(), await market.person()
        room = await direct(market, a, b)
        await market.do(SendText(room, "planted words"), a)
        assert (await market.refuses(EraseText(room, 1), a)).code == "forbidden"
        await market.do(EraseText(room, 1), system("job"))
        assert await market.rows(MessageText) == [] and len(await market.rows(Message)) == 1
        await market.do(EraseText(room, 1), system("job"))
        await market.pass_time(DAY)


async def test_answers_name_the_room(database_url):
    async with open_market(database_url) as market:
        a, b = await market.person(), await market.person()
        await befriend(market, a, b)
        told = await market.do(OpenDirect(0, b.id).addressed(a), a)
        assert told["room"] == told["owner"]
        stall = await market.shop()
        told = await market.do(OpenService(0, stall.shop, a.id).addressed(a), a)
        assert read_owner(told["room"]) == service_room(stall.shop, a.id)
