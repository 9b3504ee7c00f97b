"""Outbound messages: claimed in the order of their sender, replies first, gone when sent, given up where nothing helps."""

import asyncio
from datetime import timedelta

import pytest

from actions.learners.database import open_database
from actions.learners.keys import Keys
from actions.learners.outbox import RECEIPT, REPLY, NewMessage
from actions.learners.repository import Repository
from tests.actions.learners.given import NOW, rows_of
from tests.conftest import KEYS
from tests.prepared_databases import BOTH, prepared

LEASE = timedelta(minutes=2)
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


@pytest.fixture(params=BOTH)
def database_url(request, tmp_path):
    return prepared(request, tmp_path)


@pytest.fixture
async def other(database_url):
    """Another replica's hand on the same database."""
    opened = Repository(open_database(database_url), KEYS)
    yield opened
    await opened.close()


def key(sender, channel="line"):
    return KEYS.sender_key(channel, sender)


def a_message(text, sender="hoa", kind=REPLY, *, channel="line", lifetime=HOUR):
    return NewMessage(channel, key(sender, channel), sender, {"text": text}, lifetime, kind)


async def add(repository, *messages):
    async with repository.transaction() as store:
        await store.outbox.add(messages, NOW)


async def claim(repository, claim="A", now=NOW, limit=100, channels=("line",)):
    async with repository.transaction() as store:
        return await store.outbox.claim(channels, claim, now, LEASE, limit)


async def tell(repository, how, *arguments, **options):
    """Do something to the outbox in a transaction of its own."""
    async with repository.transaction() as store:
        return await getattr(store.outbox, how)(*arguments, **options)


def texts(messages):
    return [m.message["text"] for m in messages]


async def test_who_claims_the_first_of_a_sender_gets_what_follows_in_its_order(repository, other):
    await add(repository, *(a_message(f"{n}") for n in range(5)), a_message("lan", "lan"))

    assert texts(await claim(repository, limit=1)) == ["0", "1", "2", "3", "4"]
    assert texts(await claim(other, "B")) == ["lan"]


async def test_what_is_written_later_waits_for_what_is_in_hand(repository, other):
    await add(repository, a_message("1"), a_message("2"))
    first, second = await claim(repository)

    await add(repository, a_message("3"))

    assert await claim(other, "B") == []
    await tell(repository, "delete", [first.id])
    assert await claim(other, "B") == []
    await tell(repository, "delete", [second.id])
    assert texts(await claim(other, "B")) == ["3"]


async def test_replies_go_before_what_the_bot_says_of_its_own_accord(repository):
    await add(repository, a_message("nhắc hoa", kind="reminder"), a_message("nhắc lan", "lan", "follow_up"))
    await add(repository, a_message("đáp lan", "lan"), a_message("biên nhận", "mai", RECEIPT), a_message("đáp hoa"))

    assert texts(await claim(repository, limit=2)) == ["đáp lan", "biên nhận", "nhắc lan"]
    assert texts(await claim(repository)) == ["đáp hoa", "nhắc hoa"]


async def test_a_message_has_all_that_sending_it_needs(repository):
    await add(repository, a_message("chào", lifetime=2 * HOUR))

    (found,) = await claim(repository)

    assert (found.channel, found.sender_key, found.address, found.message) == ("line", key("hoa"), "hoa", {"text": "chào"})
    assert (found.kind, found.tries, found.created_at, found.expires_at) == (REPLY, 1, NOW, NOW + 2 * HOUR)


async def test_only_messages_of_the_named_channels_are_claimed(repository):
    await add(repository, a_message("web", channel="web"), a_message("line"))

    assert texts(await claim(repository)) == ["line"]
    assert (await tell(repository, "counts", ["line"]))[0] == 1
    assert (await tell(repository, "counts", ["line", "web"]))[:2] == (2, NOW)


async def test_what_was_put_back_holds_back_what_follows_until_its_time(repository):
    await add(repository, a_message("1"), a_message("2"))
    first, second = await claim(repository)
    await tell(repository, "put_back", [first.id], NOW + 5 * SECOND, "x" * 100)
    await tell(repository, "put_back", [second.id], NOW, counts=False)

    assert await claim(repository, now=NOW + 4 * SECOND) == []
    again = await claim(repository, now=NOW + 5 * SECOND)

    assert [(m.message["text"], m.tries) for m in again] == [("1", 2), ("2", 1)]
    assert [row["error"] for row in (await rows_of(repository, "outbound_messages"))["outbound_messages"]] == ["x" * 64, None]


async def test_messages_whose_claim_lapsed_are_sent_by_another(repository, other):
    await add(repository, a_message("1"), a_message("2"))
    await claim(repository)

    assert await claim(other, "B", NOW + LEASE - SECOND) == []
    assert [(m.message["text"], m.tries) for m in await claim(other, "B", NOW + LEASE)] == [("1", 2), ("2", 2)]


async def test_what_is_given_back_is_claimed_at_once_and_was_no_try(repository, other):
    await add(repository, a_message("1"), a_message("2"))
    await claim(repository)

    assert await tell(repository, "release", "A", NOW) == 2

    assert [(m.message["text"], m.tries) for m in await claim(other, "B")] == [("1", 1), ("2", 1)]


async def test_two_replicas_that_claim_at_once_claim_each_message_once(repository, other):
    await add(repository, *(a_message(f"{n}", f"nguoi-{n % 5}") for n in range(30)))

    rounds = [claim(repository if n % 2 else other, f"replica-{n}", limit=2) for n in range(8)]
    found = [message for messages in await asyncio.gather(*rounds) for message in messages]
    found += await claim(repository)

    assert sorted(int(m.message["text"]) for m in found) == list(range(30))


async def test_what_was_set_aside_is_shown_and_can_be_tried_again(repository):
    await add(repository, a_message("1"), a_message("2"))
    first, second = await claim(repository)
    await tell(repository, "set_aside", first.id, "x" * 100)
    await tell(repository, "put_back", [second.id], NOW)

    assert texts(await claim(repository)) == ["2"]
    (shown,) = await tell(repository, "unsent")
    assert (shown.id, shown.channel, shown.kind, shown.tries, shown.error) == (first.id, "line", REPLY, 1, "x" * 64)
    assert (await tell(repository, "counts", ["line"]))[2] == 1
    assert await tell(repository, "retry", first.id, NOW)
    assert not await tell(repository, "retry", first.id, NOW)
    assert texts(await claim(repository)) == ["1"]


async def test_a_message_that_cannot_be_read_holds_up_nobody(repository, database_url):
    stranger = Repository(open_database(database_url), Keys(b"x" * 32))
    await add(stranger, a_message("1"))
    await add(repository, a_message("2"), a_message("3", "lan"))
    await stranger.close()

    assert texts(await claim(repository)) == ["2", "3"]
    assert [m.error for m in await tell(repository, "unsent")] == ["unreadable"]


async def test_what_waits_for_a_chat_that_moved_goes_to_its_new_address(repository):
    await add(repository, a_message("1"), a_message("2"), a_message("3", "lan"))

    await tell(repository, "move", key("hoa"), "hoa-2")

    assert [m.address for m in await claim(repository)] == ["hoa-2", "hoa-2", "lan"]


@pytest.mark.parametrize(
    ("how", "arguments", "left"),
    [
        pytest.param("drop", (), ["lan"], id="everything"),
        pytest.param("drop_own_accord", (), ["đáp", "lan"], id="of its own accord"),
        pytest.param("drop_kind", ("reminder",), ["đáp", "hỏi thăm", "lan"], id="of a kind"),
    ],
)
async def test_what_waits_for_one_sender_is_dropped(repository, how, arguments, left):
    await add(repository, a_message("đáp"), a_message("nhắc", kind="reminder"), a_message("hỏi thăm", kind="follow_up"))
    await add(repository, a_message("lan", "lan", "reminder"))

    await tell(repository, how, key("hoa"), *arguments)

    assert sorted(texts(await claim(repository))) == sorted(left)


async def test_what_is_fetched_by_two_devices_at_once_is_given_to_one(repository, other):
    for n in range(10):
        await add(repository, a_message(f"{n}", channel="web"), a_message(f"{n} nữa", channel="web"))

        given = await asyncio.gather(*(tell(on, "take", key("hoa", "web"), NOW) for on in (repository, other)))

        assert sorted(given, key=len) == [[], [{"text": f"{n}"}, {"text": f"{n} nữa"}]]


async def test_what_is_fetched_too_late_is_not_given(repository):
    await add(repository, a_message("1", lifetime=HOUR), a_message("2", lifetime=2 * HOUR))

    assert await tell(repository, "has_waiting", key("hoa"))
    assert await tell(repository, "take", key("hoa"), NOW + HOUR) == [{"text": "2"}]
    assert not await tell(repository, "has_waiting", key("hoa"))


@pytest.mark.parametrize(
    ("poll_id", "sender", "option", "value"),
    [
        pytest.param("p1", "hoa", 0, "pick:a", id="the first"),
        pytest.param("p1", "hoa", 1, "pick:b", id="the last"),
        pytest.param("p1", "hoa", 2, None, id="beyond"),
        pytest.param("p1", "hoa", -1, None, id="before"),
        pytest.param("p1", "lan", 0, None, id="of another"),
        pytest.param("p2", "hoa", 0, None, id="unknown"),
    ],
)
async def test_an_option_of_a_poll_stands_for_a_value_to_the_one_who_got_it(repository, poll_id, sender, option, value):
    await tell(repository, "keep_poll", "p1", key("hoa"), ["pick:a", "pick:b"], NOW)

    assert await tell(repository, "poll_value", poll_id, key(sender), option) == value


async def test_a_poll_that_is_told_twice_is_kept_once(repository):
    for values in (["pick:a"], ["pick:b"]):
        await tell(repository, "keep_poll", "p1", key("hoa"), values, NOW)

    assert await tell(repository, "poll_value", "p1", key("hoa"), 0) == "pick:b"


async def test_neither_words_nor_address_are_in_any_column(repository):
    await add(repository, NewMessage("line", key("0901"), "0901-dia-chi", {"text": "chuyện riêng"}, HOUR))

    found = str(await rows_of(repository, "outbound_messages"))

    assert "riêng" not in found
    assert "0901-dia-chi" not in found
