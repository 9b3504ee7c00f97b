"""The door for events: masked before anything keeps them, durable before they are acknowledged, in order whatever fails."""

import asyncio

import pytest
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy.exc import DataError

from actions.learners.inbox import BY_TEXT, Inbox
from actions.learners.keys import Keys
from actions.learners.repository import Repository
from actions.learners.tables import InboundEvent
from bot.channels.base import Inbound
from bot.delivery import receiver as receivers
from bot.delivery.receiver import DatabaseAwayError, Receiver
from tests.bot.delivery.given import Outage, message, sender_key, states, table
from tests.conftest import KEYS

# What happens before anything is stored is the same with every database.
one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def is_urgent(text, choice):
    return text == "khan cap" or choice == "emergency"


@pytest.fixture
def room():
    return [100]


@pytest.fixture
def receiver(repository, spool, room):
    return Receiver(repository, "A", is_urgent=is_urgent, room=lambda: room[0], spool=spool)


@pytest.fixture
def outage(repository):
    return Outage(repository)


async def receive(receiver, *inbounds):
    return [await receiver.receive(receiver.new_event("line", "1", inbound)) for inbound in inbounds]


async def texts(repository):
    """What all events say that came into the database, in the order of acceptance."""
    return [KEYS.unseal_json(row["sealed_event"])["text"] for row in await table(repository, InboundEvent)]


@one_database
@pytest.mark.parametrize(
    ("typed", "kept", "secrets"),
    [
        pytest.param("mã otp của tôi là 482913", "mã otp của tôi là •••", ["otp"], id="otp"),
        pytest.param("482913", "•••", ["otp"], id="nothing but a code"),
        pytest.param("thẻ 4111 1111 1111 1111 nhé", "thẻ ••• nhé", ["card"], id="card"),
        pytest.param("mật khẩu: hoa1990@", "mật khẩu: •••", ["password"], id="password"),
        pytest.param("  chào\u200b   bạn\r\n\r\n ", "chào bạn", [], id="no secret, tidied"),
        pytest.param("x" * 1990 + " 4111 1111 1111 1111", "x" * 1990 + " •••", ["card"], id="a card where a long text is cut"),
        pytest.param("x" * 3000, "x" * 2000, [], id="too long"),
        pytest.param("nửa chữ \ud83d", "nửa chữ ?", [], id="half a character"),
    ],
)
async def test_a_text_is_cleaned_and_its_secrets_masked_before_anything_keeps_it(receiver, typed, kept, secrets):
    event = receiver.new_event("line", "1", message("0901", typed, "7"))

    assert (event.document["text"], event.document["secrets"]) == (kept, secrets)
    assert (event.channel, event.account, event.event_id, event.sender_key) == ("line", "1", "7", sender_key("0901"))


@one_database
async def test_an_event_keeps_all_that_its_handling_needs(receiver):
    inbound = Inbound("0901", "7", choice="menu", attachment="photo", kind="blocked", receipt="r")

    event = receiver.new_event("line", "1", inbound)

    assert event.document == {"address": "0901", "text": "", "secrets": [], "choice": "menu", "attachment": "photo", "kind": "blocked"}


@one_database
@pytest.mark.parametrize(
    ("inbound", "urgent"),
    [
        pytest.param(message("a", "khan cap"), True, id="panic"),
        pytest.param(message("a", choice="emergency"), True, id="the button"),
        pytest.param(message("a", "chào"), False, id="anything else"),
        pytest.param(message("a", "khan cap", kind="blocked"), False, id="no message"),
    ],
)
async def test_panic_is_known_at_the_door(receiver, inbound, urgent):
    assert receiver.new_event("line", "1", inbound).is_urgent is urgent


@one_database
@pytest.mark.parametrize(
    ("other", "is_same"),
    [
        pytest.param(message("a", "chuyện  riêng "), True, id="typed alike"),
        pytest.param(message("b", "chuyện riêng"), False, id="another sender"),
        pytest.param(message("a", "chuyện chung"), False, id="another text"),
        pytest.param(message("a", "chuyện riêng", choice="1"), False, id="a choice"),
        pytest.param(message("a", "chuyện riêng", attachment="photo"), False, id="with a picture"),
        pytest.param(message("a", "chuyện riêng", kind="blocked"), False, id="another kind"),
    ],
)
async def test_without_an_id_an_event_is_known_by_what_it_says(receiver, other, is_same):
    first, second = (receiver.new_event("line", "1", inbound) for inbound in (message("a", "chuyện riêng"), other))

    assert first.event_id.startswith(BY_TEXT)
    assert (first.event_id == second.event_id) is is_same


@one_database
async def test_whoever_reads_the_table_cannot_find_out_the_text_by_trying(repository, spool, receiver):
    other_key = Repository(repository._engine, Keys(b"x" * 32))
    other_key.keys.sender_key = KEYS.sender_key  # The sender's key stands in the same row.
    guessing = Receiver(other_key, "A", is_urgent=is_urgent, room=lambda: 1)

    ids = {one.new_event("line", "1", message("a", "chuyện riêng")).event_id for one in (receiver, guessing)}

    assert len(ids) == 2


@pytest.mark.parametrize("event_id", ["x" * 121, "a\x00b", "a\nb", "nửa \ud83d"])
async def test_an_id_of_any_shape_is_kept_and_known_again(receiver, event_id):
    first, again, other = await receive(
        receiver, message("a", "1", event_id), message("a", "1", event_id), message("a", "1", f"{event_id}x")
    )

    assert [r.acceptance.is_new for r in (first, again, other)] == [True, False, True]


@one_database
async def test_ids_of_a_scope_are_not_those_of_another(receiver):
    one, other = (receiver.new_event("web", "", message("a", "1", "m1"), scope=scope) for scope in ("hoa:", "lan:"))

    assert (one.event_id, other.event_id) == ("hoa:m1", "lan:m1")


async def test_an_accepted_event_is_claimed_while_there_is_room(receiver, room):
    (first,) = await receive(receiver, message("a", "1", "1"))
    room[0] = 0
    (second,) = await receive(receiver, message("b", "2", "2"))
    (urgent,) = await receive(receiver, message("b", "khan cap", "3"))

    assert [r.acceptance.event is not None for r in (first, second, urgent)] == [True, False, True]


async def test_events_that_come_at_once_are_committed_together_in_their_order(receiver, repository):
    commits = []
    sqlalchemy_event.listen(repository._engine.sync_engine, "commit", commits.append)

    await asyncio.gather(*(receive(receiver, message("a", f"{n}", f"{n}")) for n in range(40)))

    assert await texts(repository) == [f"{n}" for n in range(40)]
    assert len(commits) < 10


async def test_while_the_database_is_away_events_wait_on_the_disk_and_keep_their_order(receiver, repository, outage, spool):
    await receive(receiver, message("a", "0", "0"))
    outage.is_on = True
    spooled = await receive(receiver, *(message("a", f"{n}", f"{n}") for n in (1, 2, 3)))
    assert await receiver.replay() == 0
    outage.is_on = False
    behind = await receive(receiver, message("a", "4", "4"))

    assert all(r.is_spooled and r.acceptance is None for r in (*spooled, *behind))
    assert spool.waiting == 4
    assert await receiver.replay() == 4
    assert await texts(repository) == ["0", "1", "2", "3", "4"]
    assert [r.is_spooled for r in await receive(receiver, message("b", "5", "5"))] == [False]


async def test_an_event_that_comes_again_after_the_outage_is_known(receiver, repository, outage):
    outage.is_on = True
    await receive(receiver, message("a", "1", "1"), message("a", "1", "1"))
    outage.is_on = False
    await receiver.replay()

    (again,) = await receive(receiver, message("a", "1", "1"))

    assert not again.acceptance.is_new
    assert await states(repository) == ["waiting"]


async def test_a_replay_that_breaks_off_goes_on_where_events_are_missing(receiver, repository, outage, monkeypatch):
    monkeypatch.setattr("bot.delivery.spool.BATCH", 2)
    outage.is_on = True
    await receive(receiver, *(message("a", f"{n}", f"{n}") for n in range(7)))
    outage.is_on = False
    accept = receiver._accept_now
    batches = []

    async def fail_at_the_third(events, *room):
        batches.append(events)
        outage.is_on = len(batches) == 3
        return await accept(events, *room)

    monkeypatch.setattr(receiver, "_accept_now", fail_at_the_third)
    assert await receiver.replay() == 0
    outage.is_on = False
    await receiver.replay()

    assert await texts(repository) == [f"{n}" for n in range(7)]


async def test_who_comes_while_the_database_comes_back_does_not_overtake(receiver, repository, outage):
    outage.is_on, outage.last = True, 1  # One batch is refused, the next one would be taken.

    first = asyncio.create_task(receive(receiver, message("a", "1", "1")))
    await asyncio.sleep(0)
    second = asyncio.create_task(receive(receiver, message("a", "2", "2")))
    received = [*await first, *await second]
    await receiver.replay()

    assert [r.is_spooled for r in received] == [True, True]
    assert await texts(repository) == ["1", "2"]


async def test_panic_that_was_spooled_is_the_first_to_be_claimed(receiver, repository, outage):
    outage.is_on = True
    await receive(receiver, message("a", "1", "1"), message("b", "khan cap", "2"))
    outage.is_on = False
    await receiver.replay()

    async with repository.transaction() as store:
        claimed = await store.inbox.claim("B", receivers.clock.now(), receivers.LEASE, 1)

    assert [event.document["text"] for event in claimed] == ["khan cap"]


async def test_an_event_that_the_database_refuses_holds_up_nobody(receiver, repository, spool, tmp_path, monkeypatch, logged):
    accept = Inbox.accept

    async def refuse_bad(self, events, *arguments, **options):
        if any(event.event_id == "bad" for event in events):
            raise DataError("INSERT", {}, ValueError("does not fit"))
        return await accept(self, events, *arguments, **options)

    monkeypatch.setattr(Inbox, "accept", refuse_bad)

    await asyncio.gather(*(receive(receiver, message("a", name, name)) for name in ("1", "bad", "2", "3")))
    await receiver.replay()

    assert sorted(await texts(repository)) == ["1", "2", "3"]
    assert spool.waiting == 0
    (path,) = (tmp_path / "spool").glob("*.aside")
    assert KEYS.unseal_json(path.read_text().strip())["event_id"] == "bad"
    assert "spool.set_aside" in [entry["event"] for entry in logged]


async def test_a_database_that_refuses_everything_is_not_the_events_fault(receiver, spool, tmp_path, monkeypatch):
    async def refuse(*_arguments, **_options):
        raise DataError("INSERT", {}, ValueError("no table"))

    with monkeypatch.context() as patch:
        patch.setattr(Inbox, "accept", refuse)
        await receive(receiver, message("a", "1", "1"), message("b", "2", "2"))
        assert await receiver.replay() == 0

    assert spool.waiting == 2
    assert list((tmp_path / "spool").glob("*.aside")) == []
    assert await receiver.replay() == 2


async def test_a_database_that_hangs_is_as_good_as_away(receiver, repository, spool, monkeypatch):
    monkeypatch.setattr(receivers, "ACCEPT_SECONDS", 0.05)

    async def hang(*_arguments, **_options):
        await asyncio.sleep(60)

    with monkeypatch.context() as patch:
        patch.setattr("actions.learners.inbox.Inbox.accept", hang)
        (received,) = await receive(receiver, message("a", "1", "1"))

    assert received.is_spooled
    assert await receiver.replay() == 1
    assert await texts(repository) == ["1"]


async def test_without_a_spool_nothing_can_be_kept(repository, outage):
    receiver = Receiver(repository, "A", is_urgent=is_urgent, room=lambda: 1)
    outage.is_on = True

    with pytest.raises(DatabaseAwayError):
        await receive(receiver, message("a", "chuyện riêng", "1"))

    assert await receiver.replay() == 0


@pytest.mark.parametrize("waiting", [0, 1])
async def test_where_the_disk_is_full_too_nothing_can_be_kept(receiver, outage, spool, monkeypatch, waiting):
    outage.is_on = True
    await receive(receiver, *(message("a", f"{n}", f"{n}") for n in range(waiting)))

    def full(_data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(spool, "_write", full)
    with pytest.raises(DatabaseAwayError):
        await receive(receiver, message("a", "chuyện riêng", "x"))

    assert spool.waiting == waiting


async def test_what_was_said_is_neither_in_the_table_nor_on_the_disk_nor_in_the_log(receiver, repository, outage, tmp_path, logged):
    said = (message("dia-chi-0901", "chuyện riêng 482 913 mã otp 482913", "1"), message("dia-chi-0901", "mật khẩu: hoa1990@"))
    await receive(receiver, *said)
    outage.is_on = True
    await receive(receiver, *said, message("dia-chi-0901", "chuyện riêng nữa", "3"))

    outage.is_on = False
    kept = str(await table(repository, InboundEvent)) + str(logged)
    kept += "".join(path.read_text() for path in (tmp_path / "spool").iterdir())
    for clear in ("riêng", "482913", "hoa1990", "dia-chi"):
        assert clear not in kept
