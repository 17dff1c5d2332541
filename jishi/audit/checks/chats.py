"""Conversations: numbers without gaps, seats that fit the room, caps that held, and friends on both sides."""

from jishi.audit.query import Query

ROOM, MEMBER, MESSAGE, COUNT = ("owner",), ("owner", "party"), ("owner", "n"), ("owner", "party", "day")
DAY = "(m.at_ms + 28800000) / 86400000"  # a business day begins at midnight in the market's zone, UTC+8
OF_DAY = f"m.owner = c.owner AND m.author = c.party AND m.kind = 'product' AND {DAY} = c.day"

CHECKS = (
    Query(
        "messages_without_gaps",
        "rooms",
        ROOM,
        """
        SELECT r.owner, r.last_n FROM rooms r
        LEFT JOIN (SELECT owner, COUNT(*) AS many, MAX(n) AS last_n, MAX(at_ms) AS last_ms FROM messages GROUP BY owner)
            m ON m.owner = r.owner
        WHERE r.last_n <> COALESCE(m.many, 0) OR r.last_n <> COALESCE(m.last_n, 0)
           OR (m.many > 0 AND m.last_ms > r.last_ms)
        """,
        "ends at message {last_n}, and has others",
    ),
    Query(
        "room_counts_its_members",
        "rooms",
        ROOM,
        """
        SELECT r.owner, r.members FROM rooms r WHERE r.members > 200
        OR r.members <> (SELECT COUNT(*) FROM members m WHERE m.owner = r.owner AND m.left_ms = 0)
        """,
        "counts {members} members, and has another number",
    ),
    Query(
        "room_kind_says",
        "rooms",
        ROOM,
        """
        SELECT owner, kind FROM rooms WHERE kind NOT IN ('direct', 'group', 'service')
        OR (kind = 'service') <> (shop <> 0) OR (kind = 'group') <> (guest = 0)
        OR (kind <> 'group' AND members <> 2)
        """,
        "is of kind {kind}, but its other columns say otherwise",
    ),
    Query(
        "two_sit_in_their_room",
        "rooms",
        ROOM,
        """
        SELECT owner, kind FROM rooms r WHERE kind <> 'group' AND NOT (
            EXISTS (SELECT 1 FROM members m WHERE m.owner = r.owner AND m.left_ms = 0 AND m.party = r.guest)
            AND EXISTS (SELECT 1 FROM members m WHERE m.owner = r.owner AND m.left_ms = 0
                        AND m.party = CASE WHEN r.kind = 'direct' THEN r.founder ELSE r.shop END))
        """,
        "is a room of two, and somebody else sits in it",
    ),
    Query(
        "read_no_further_than_said",
        "members",
        MEMBER,
        """
        SELECT m.owner, m.party, m.read_n, r.last_n FROM members m JOIN rooms r ON r.owner = m.owner
        WHERE m.read_n < m.joined_n OR m.read_n > r.last_n
        """,
        "has read up to {read_n} of {last_n}",
    ),
    Query(
        "message_of_somebody_seated",
        "messages",
        MESSAGE,
        """
        SELECT t.owner, t.n, t.seat FROM messages t
        WHERE NOT EXISTS (SELECT 1 FROM members m WHERE m.owner = t.owner AND m.party = t.seat AND m.joined_n < t.n)
        """,
        "was said from seat {seat}, which is none of the room",
    ),
    Query(
        "card_says_what_it_is_of",
        "messages",
        MESSAGE,
        """
        SELECT owner, n, kind FROM messages WHERE NOT (
            (kind = 'text' AND shop = 0 AND product = 0 AND "order" = 0 AND price_minor = 0)
            OR (kind = 'product' AND shop <> 0 AND product <> 0 AND "order" = 0)
            OR (kind IN ('gift', 'order') AND shop <> 0 AND product = 0 AND "order" <> 0 AND price_minor = 0))
        """,
        "is of kind {kind}, but its references say otherwise",
    ),
    Query(
        "words_belong_to_a_message",
        "message_texts",
        MESSAGE,
        """
        SELECT t.owner, t.n FROM message_texts t WHERE NOT EXISTS (SELECT 1 FROM messages m
            WHERE m.owner = t.owner AND m.n = t.n AND m.author = t.author AND m.kind = 'text')
        """,
        "are words without a message of their author",
    ),
    Query(
        "cards_shown_are_counted",
        "card_counts",
        COUNT,
        f"""
        SELECT c.owner, c.party, c.day, c.shown FROM card_counts c
        WHERE c.shown <> (SELECT COUNT(*) FROM messages m WHERE {OF_DAY})
        """,
        "counts {shown} cards shown, and there is another number",
    ),
    Query(
        "cards_held_are_counted",
        "card_counts",
        COUNT,
        """
        SELECT c.owner, c.party, c.day, c.held FROM card_counts c
        WHERE c.held <> (SELECT COUNT(*) FROM held_cards h
            WHERE h.owner = c.owner AND h.party = c.party AND h.day = c.day) OR (c.held > 0 AND c.shown = 0)
        """,
        "counts {held} cards held back, and there is another number",
    ),
    Query(
        "every_product_card_is_counted",
        "messages",
        MESSAGE,
        f"""
        SELECT m.owner, m.n FROM messages m WHERE m.kind = 'product' AND NOT EXISTS (
            SELECT 1 FROM card_counts c WHERE {OF_DAY})
        """,
        "is a product card that no day counts",
    ),
    Query(
        "gift_card_is_its_givers",
        "messages",
        MESSAGE,
        """
        SELECT m.owner, m.n FROM messages m WHERE m.kind = 'gift' AND NOT EXISTS (SELECT 1 FROM orders o
            WHERE o.owner = m.shop AND o.id = m."order" AND o.mode = 'gift' AND o.payer = m.author)
        """,
        "is the card of a gift that is not its author's",
    ),
)
