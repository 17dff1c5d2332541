"""Chat by its pages, without a script: friends, words, cards as their goods are now, and who is told nothing."""

import pytest
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from jishi.kernel.catalog import PriceSku, WithdrawProduct
from jishi.kernel.ids import public_id, public_owner
from jishi.kernel.parties import SaveAddress
from jishi.kernel.stock import CountStock, Sku
from jishi.kernel.touch import Touch
from jishi.modes.gift import Gift
from jishi.scenes.friends import SetBlock
from jishi.scenes.messages import Message, SendCard, SendText
from jishi.scenes.rooms import RemoveMember
from jishi.scenes.seats import Member, Room, service_room
from tests.support.chatting import befriend, direct, group
from tests.support.faces import open_faces

pytestmark = pytest.mark.anyio


async def two(faces):
    """Two friends with a room, each in his browser."""
    market = faces.market
    a, b = await market.person(), await market.person()
    room = await direct(market, a, b)
    browsers = []
    for who in (a, b):
        await faces.persona(who)
        browser = faces.browser()
        await browser.be(who)
        browsers.append(browser)
    return a, b, f"/chats/{public_owner(room)}", room, *browsers


async def test_friends_by_link_then_they_talk(sqlite_url, tmp_path):
    async with open_faces(sqlite_url, tmp_path) as faces:
        market = faces.market
        a, b = await market.person(), await market.person()
        for who in (a, b):
            await faces.persona(who)
        mine, theirs = faces.browser(), faces.browser()
        await mine.be(a)
        await theirs.be(b)
        page = await mine.get("/friends")
        link = page.css_first(".link-box [data-copy]").attributes["data-copy"].removeprefix("http://testserver")
        await theirs.get(link)
        await theirs.submit(link)
        assert "Asked, no answer yet" in theirs.text
        await market.engine.settle_down()
        assert "ask to be your friend: 1" in (await mine.get("/chats")).text()
        await mine.submit(f"/friends/{public_owner(b.id)}/accept", at="/friends")
        await market.engine.settle_down()
        await mine.submit(f"/friends/{public_owner(b.id)}/talk", at="/friends")
        assert "Nothing has been said yet" in mine.text
        room = mine.path
        await mine.submit(f"{room}/say", text="hello <b>you</b>")
        assert "hello &lt;b&gt;you&lt;/b&gt;" in mine.text and "<b>you</b>" not in mine.text
        page = await theirs.get("/goods")
        assert page.css_first(".tabbar .badge").text().endswith("1"), "one message is unread"
        page = await theirs.get("/chats")
        assert "hello" in page.css_first(".chat-last").text()
        await theirs.get(room)
        page = await theirs.get("/chats")
        assert page.css_first(".badge") is None, "to look is to have read"
        await theirs.get(link[:-1] + ("0" if link[-1] != "0" else "1"), status=404)


async def test_bad_words_and_a_double_tap(sqlite_url, tmp_path):
    async with open_faces(sqlite_url, tmp_path) as faces:
        _a, _b, room, number, mine, theirs = await two(faces)
        await mine.get(room)
        page = await mine.submit(f"{room}/say", status=409, text="x" * 10_000)
        assert "at most 2,000 characters" in page.css_first("[role=alert]").text()
        page = await mine.submit(f"{room}/say", status=409, text="\u202e\u200f")
        assert "empty" in page.css_first("[role=alert]").text()
        assert (await faces.market.row(Room, owner=number)).last_n == 0
        shown = await mine.get(room)
        form = next(one for one in shown.css("form") if one.attributes["action"] == f"{room}/say")
        told = {one.attributes["name"]: one.attributes["value"] for one in form.css("input[name]")}
        for _ in range(2):
            answer = await mine.http.post(f"{room}/say", data=told | {"text": "once\u202e only"})
            assert answer.status_code == 303
        assert (await faces.market.row(Room, owner=number)).last_n == 1
        page = await theirs.get(room)
        assert page.css_first(".bubble").text() == "once only" and page.css_first(".bubble").attributes["dir"] == "auto"
        answer = await mine.http.post(
            f"{room}/say", data=told | {"form_key": "another", "text": "by script"}, headers={"hx-request": "true"}
        )
        assert answer.status_code == 200 and "composer" in answer.text and "<html" not in answer.text
        keys = {one.attributes["value"] for one in HTMLParser(answer.text).css("[name=form_key]")}
        assert keys and "another" not in keys, "the next message has a key of its own"


async def test_a_product_card_shows_the_goods_as_they_are_now(sqlite_url, tmp_path):
    async with open_faces(sqlite_url, tmp_path) as faces:
        market = faces.market
        a, b, room, _number, mine, theirs = await two(faces)
        stall = await market.shop()
        tea = await market.goods(stall, promoter_ppm=100_000)
        product = (await market.row(Sku, id=tea)).product
        page = await mine.get(f"/goods/{public_id(stall.shop, product)}")
        send = next(one.attributes["href"] for one in page.css(".sticky-bar a") if "/send" in one.attributes["href"])
        await mine.get(send)
        await mine.submit("/send")
        assert mine.path.startswith(room)
        page = await theirs.get(room)
        card = page.css_first("a.chat-card")
        assert card.attributes["href"].startswith("/t/") and "Price changed" not in card.text()
        await theirs.get(card.attributes["href"])
        touch = await market.row(Touch, owner=b.id)
        assert (touch.promoter, touch.scene, touch.medium) == (a.id, "chat", "card")
        own = (await mine.get(room)).css_first("a.chat-card").attributes["href"]
        assert own.startswith("/goods/"), "nobody touches himself"

        await market.do(PriceSku(stall.shop, tea, 8_800), stall.keeper)
        card = (await theirs.get(room)).css_first(".chat-card").text()
        assert "Price changed" in card and "88" in card and "99" not in card
        await market.do(CountStock(stall.shop, tea, -10), stall.keeper)
        assert "Sold out" in (await theirs.get(room)).css_first(".chat-card").text()
        await market.do(WithdrawProduct(stall.shop, product), stall.keeper)
        card = (await theirs.get(room)).css_first(".chat-card")
        assert "Taken off sale" in card.text() and "href" not in card.attributes
        await mine.get(f"/send?kind=product&of={public_id(stall.shop, tea)}")
        await mine.submit("/send", status=409)
        assert "cannot be sent" in mine.text
        await mine.get("/send?kind=product&of=nonsense", status=404)
        assert len(await market.rows(Message)) == 1


async def test_a_gift_is_accepted_in_the_chat(sqlite_url, tmp_path):
    async with open_faces(sqlite_url, tmp_path) as faces:
        market = faces.market
        a, b, room, number, mine, theirs = await two(faces)
        stall = await market.shop()
        order = await market.gift(stall, a, await market.goods(stall))
        place = public_id(stall.shop, order)
        await mine.get(f"/gifts/{place}")
        await mine.get(f"/send?kind=gift&of={place}")
        await mine.submit("/send")
        assert "/gifts/1" not in mine.text, "its giver does not open it"
        await market.do(SaveAddress(b.id, "CN-BJ", "simulated", "+86 190 0000 0001", "Hidden Lane 77"), b)
        page = await theirs.get(room)
        opener = page.css_first(".chat-gift a").attributes["href"]
        assert opener == f"{room}/gifts/1" and "¥" not in page.css_first(".chat-gift").text()
        page = await theirs.get(opener)
        address = page.css_first("input[name=address]").attributes["value"]
        await theirs.submit(opener, address=address, action="accept")
        assert theirs.path.startswith(room) and "Accepted" in theirs.text
        assert (await market.row(Gift, order=order)).recipient == b.id
        assert "Hidden Lane" not in (await mine.get(room)).html and "Accepted" in mine.text
        page = await theirs.get(opener)
        assert "The gift is yours" in page.text()
        second = await market.gift(stall, a, await market.goods(stall))
        await market.do(SendCard(number, "gift", stall.shop, order=second), a)
        await theirs.get(f"{room}/gifts/2")
        await theirs.submit(f"{room}/gifts/2", action="decline")
        assert "This gift was declined" in (await theirs.get(f"{room}/gifts/2")).text()
        stranger = await market.person()
        await faces.persona(stranger)
        other = faces.browser()
        await other.be(stranger)
        await other.get(opener, status=404)
        await other.get(f"/gift/{place}/{'f' * 32}?open=1", status=403)


async def test_the_plus_of_a_room_offers_what_can_be_sent(sqlite_url, tmp_path):
    async with open_faces(sqlite_url, tmp_path) as faces:
        market = faces.market
        a, _b, room, number, mine, _theirs = await two(faces)
        stall, other = await market.shop(), await market.shop()
        tea = await market.goods(stall)
        await market.goods(other)
        await market.gift(stall, a, tea)
        order = await market.paid(stall, a, (tea, 1))
        for kind, most in (("product", 2), ("gift", 1), ("order", 2)):
            page = await mine.get(f"{room}/add?kind={kind}")
            sends = [one for one in page.css("form") if one.attributes["action"] == f"{room}/card"]
            assert len(sends) == most, kind
            await mine.submit(f"{room}/card")
            assert mine.path.startswith(room)
        assert [row.kind for row in await market.rows(Message, owner=number)] == ["product", "gift", "order"]
        page = await mine.get(f"{room}/add?kind=product&q=nothing+of+the+kind")
        assert "Nothing to send" in page.text()
        await mine.get(f"{room}/add?kind=nonsense", status=404)
        place = public_id(stall.shop, order)
        await mine.submit(f"/orders/{place}/ask", at=f"/orders/{place}")
        service = mine.path.partition("#")[0]
        page = await mine.get(f"{service}/add?kind=product")
        assert len([one for one in page.css("form") if one.attributes["action"] == f"{service}/card"]) == 1, "its own"
        page = await mine.get(f"{service}/add?kind=order")
        assert len([one for one in page.css("form") if one.attributes["action"] == f"{service}/card"]) == 1
        await mine.get(f"{service}/add?kind=gift", status=404)


async def test_strangers_and_the_removed_find_nothing(sqlite_url, tmp_path):
    async with open_faces(sqlite_url, tmp_path) as faces:
        market = faces.market
        a, b, c = await market.person(), await market.person(), await market.person()
        await befriend(market, a, b)
        room = await group(market, a, b)
        place = f"/chats/{public_owner(room)}"
        browsers = {}
        for who in (a, b, c):
            await faces.persona(who)
            browsers[who.id] = faces.browser()
            await browsers[who.id].be(who)
        page = await browsers[a.id].get(f"{place}/members")
        assert len(page.css(".cell")) == 2
        stranger = browsers[c.id]
        for path in ("", "/live", "/members", "/add", "/gifts/1"):
            await stranger.get(place + path, status=404)
        await stranger.get("/chats")
        key = HTMLParser(stranger.text).css_first("[name=csrf_token]")
        token = (
            key.attributes["value"]
            if key
            else (await stranger.get("/me")).css_first("[name=csrf_token]").attributes["value"]
        )
        for action in ("say", "card", "leave"):
            answer = await stranger.http.post(
                f"{place}/{action}",
                data={"csrf_token": token, "form_key": "k", "text": "hi", "kind": "gift", "of": public_id(5, 6)},
            )
            assert answer.status_code == 404, action
        await market.do(RemoveMember(room, b.id), a)
        await browsers[b.id].get(place, status=404)
        assert (await market.row(Member, owner=room, party=b.id)).left_ms


async def test_what_is_muted_is_one_quiet_line_and_a_block_is_neutral(sqlite_url, tmp_path):
    async with open_faces(sqlite_url, tmp_path) as faces:
        market = faces.market
        a, b, room, number, mine, theirs = await two(faces)
        stall = await market.shop()
        await market.do(SendCard(number, "product", stall.shop, await market.goods(stall)), a)
        await market.do(SendText(number, "look at this"), a)
        page = await theirs.get("/me/mutes")
        assert page.css_first("form") is not None
        await theirs.submit("/me/mutes", about="product", on="1")
        page = await theirs.get(room)
        assert page.css_first("details.bubble-folded summary") is not None and len(page.css("details")) == 1
        assert (await mine.get(room)).css_first("details.bubble-folded") is None
        await theirs.submit("/me/mutes", at="/me/mutes", about="product", on="0")
        shop = public_owner(stall.shop)
        page = await theirs.get("/me/mutes")
        assert shop in page.html, "a shop whose card he was sent can be muted"
        await theirs.submit("/me/mutes", about="shop", on="1", whom=shop)
        assert "From a shop you muted" in (await theirs.get(room)).text()
        await theirs.submit("/me/mutes", at="/me/mutes", about="shop", on="0", whom=shop)
        assert (await theirs.get(room)).css_first("details.bubble-folded") is None
        await market.do(SetBlock(b.id, a.id, 1), b)
        await mine.get(room)
        page = await mine.submit(f"{room}/say", status=409, text="are you there?")
        told = page.css_first("[role=alert]").text()
        assert "block" not in told.lower() and "are you there?" in mine.text, "what was written is kept"
        assert len((await theirs.get(room)).css("details.bubble-folded")) == 2


async def test_held_cards_are_told_to_the_room(sqlite_url, tmp_path):
    async with open_faces(sqlite_url, tmp_path) as faces:
        market = faces.market
        a, b, room, number, mine, theirs = await two(faces)
        stall = await market.shop()
        tea = await market.goods(stall)
        await market.at_once(*[(SendCard(number, "product", stall.shop, tea), a) for _ in range(7)])
        page = await theirs.get(room)
        assert len(page.css(".chat-card")) == 5 and page.css_first(".talk-held").text().strip().endswith("2")
        assert page.css(".bubble-held") == [], "nobody else sees what was held back"
        page = await mine.get(room)
        held = page.css(".bubble-held")
        assert len(held) == 2 and "At most 5" in page.css_first(".talk-held").text()
        assert len(page.css("details.held .bubble-held")) == 2, "several do not push the talk out of sight"
        product = (await market.row(Sku, id=tea)).product
        for one in held:
            assert "Held back" in one.text() and "一件试用的好东西" in one.text() and "Price changed" not in one.text()
            assert one.css_first("a.chat-card").attributes["href"] == f"/goods/{public_id(stall.shop, product)}"
        other = await market.goods(stall)
        await market.at_once(*[(SendCard(number, "product", stall.shop, other), b) for _ in range(12)])
        page = await theirs.get(room)
        assert len(page.css(".bubble-held")) == 5, "the last ones"
        assert len((await mine.get(room)).css(".bubble-held")) == 2
        await market.do(WithdrawProduct(stall.shop, product), stall.keeper)
        held = (await mine.get(room)).css_first(".bubble-held .chat-card")
        assert "Taken off sale" in held.text() and "href" not in held.attributes


async def test_a_buyer_asks_and_the_desk_answers(sqlite_url, tmp_path):
    async with open_faces(sqlite_url, tmp_path) as faces:
        market = faces.market
        stall, buyer = await market.shop(), await market.person()
        order = await market.paid(stall, buyer, (await market.goods(stall), 1))
        await faces.persona(buyer)
        await faces.persona(stall.keeper, "staff", stall.shop)
        mine, desk = faces.browser(), faces.browser()
        await mine.be(buyer)
        await desk.be(stall.keeper)
        place = public_id(stall.shop, order)
        await mine.submit(f"/orders/{place}/ask", at=f"/orders/{place}")
        room = f"/chats/{public_owner(service_room(stall.shop, buyer.id))}"
        assert mine.path.startswith(room) and "chat-card" in mine.text
        await mine.submit(f"{room}/say", text="when does it come?")
        base = f"/desk/{public_owner(stall.shop)}"
        page = await desk.get(f"{base}/chats")
        assert page.css_first(".badge").text().endswith("2")
        at_desk = base + room
        page = await desk.get(at_desk)
        assert page.css_first("a.chat-card").attributes["href"] == f"{base}/orders/{place}"
        await desk.submit(f"{at_desk}/say", text="tomorrow")
        page = await mine.get(room)
        assert "tomorrow" in page.text() and "试用小店" in page.text()
        await desk.submit(f"{base}/orders/{place}/chat", at=f"{base}/orders/{place}")
        assert desk.path.startswith(at_desk)
        outsider = faces.browser()
        await outsider.be(buyer)
        await outsider.get(f"{base}/chats", status=403)
        await outsider.get(at_desk, status=403)


async def test_a_desk_sends_cards_by_the_plus_of_a_room(sqlite_url, tmp_path):
    async with open_faces(sqlite_url, tmp_path) as faces:
        market = faces.market
        stall, other, buyer, friend = await market.shop(), await market.shop(), *[await market.person() for _ in "ab"]
        tea = await market.goods(stall)
        order = await market.paid(stall, buyer, (tea, 1))
        await market.paid(stall, friend, (tea, 1))
        await market.paid(other, buyer, (await market.goods(other), 1))
        await market.gift(stall, buyer, tea)  # while it waits it is none of the shop's business
        await faces.persona(stall.keeper, "staff", stall.shop)
        await faces.persona(buyer)
        desk, theirs = faces.browser(), faces.browser()
        await desk.be(stall.keeper)
        await theirs.be(buyer)
        base, place = f"/desk/{public_owner(stall.shop)}", public_id(stall.shop, order)
        await desk.submit(f"{base}/orders/{place}/chat", at=f"{base}/orders/{place}")
        room = desk.path.partition("#")[0]
        page = await desk.get(room)
        assert page.css_first(f".composer a[href='{room}/add']") is not None
        for kind in ("product", "order"):
            page = await desk.get(f"{room}/add?kind={kind}")
            sends = [one for one in page.css("form") if one.attributes["action"] == f"{room}/card"]
            assert len(sends) == 1, kind
            await desk.submit(f"{room}/card")
            assert desk.path.startswith(room)
        page = await desk.get(f"{room}/add?q=nothing+of+the+kind")
        assert "Nothing to send" in page.text()
        await desk.get(f"{room}/add?kind=gift", status=404)
        await theirs.get(f"{room}/add", status=403)
        page = await theirs.get(f"/chats/{room.rpartition('/')[2]}")
        assert len(page.css(".chat-card")) == 3, "the order by its page, then a product and the order by the plus"


async def test_a_group_by_its_pages(sqlite_url, tmp_path):
    async with open_faces(sqlite_url, tmp_path) as faces:
        _a, _b, _room, _number, mine, theirs = await two(faces)
        page = await mine.get("/groups/new")
        name = page.css_first("input[type=checkbox]").attributes["name"]
        await mine.submit("/groups/new", title="Tea", status=422)
        await mine.get("/groups/new")
        await mine.submit("/groups/new", title="Tea friends", **{name: "1"})
        assert "Tea friends" in mine.text
        place = mine.path
        await theirs.get(place)
        await theirs.submit(f"{place}/leave", at=f"{place}/members")
        await theirs.get(place, status=404)
