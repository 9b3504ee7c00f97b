"""Inbound events are claimed in the order of their sender, retaken, given up in the end, never lost."""

import asyncio

import pytest

from actions.learners.database import open_database
from actions.learners.keys import Keys
from actions.learners.repository import Repository
from tests.actions.learners.given import NOW
from tests.actions.learners.inbox_given import LEASE, SECOND, accept, an_event, claim, claimed, finish, ids, tell
from tests.conftest import KEYS
from tests.prepared_databases import BOTH, prepared


@pytest.fixture(params=BOTH)
def database_url(request, tmp_path):
    return prepared(request, tmp_path)


@pytest.fixture
async def other(database_url):
    """Another replica's hand on the same database."""
    opened = Repository(open_database(database_url), KEYS)
    yield opened
    await opened.close()


async def test_a_sender_is_served_in_the_order_of_acceptance(repository, other):
    first, second, third = await accept(repository, an_event("1"), an_event("2"), an_event("3"))

    assert [bool(a.event) for a in (first, second, third)] == [True, False, False]
    assert await claim(other, "B") == []
    event = first.event
    for expected in ("2", "3"):
        assert await finish(repository, event)
        (event,) = await claim(other, "B")
        assert (event.event_id, event.claim, event.tries) == (expected, "B", 1)
        assert await claim(repository) == []


async def test_an_event_behind_one_in_hand_waits_although_it_came_later(repository):
    (first,) = await accept(repository, an_event("1"))

    (second,) = await accept(repository, an_event("2"))

    assert second.is_new
    assert second.event is None
    assert await claim(repository) == []
    await finish(repository, first.event)
    assert ids(await claim(repository)) == ["2"]


async def test_different_senders_are_served_side_by_side_the_oldest_first(repository):
    await accept(repository, *(an_event(f"{n}", f"nguoi-{n % 3}") for n in range(9)), room=0)

    assert ids(await claim(repository, limit=2)) == ["0", "1"]
    assert ids(await claim(repository, limit=2)) == ["2"]
    assert await claim(repository) == []


async def test_only_as_many_are_claimed_as_there_is_room_for(repository):
    accepted = await accept(repository, *(an_event(f"{n}", f"nguoi-{n}") for n in range(4)), room=2)

    assert claimed(accepted) == ["0", "1"]
    assert ids(await claim(repository, "B")) == ["2", "3"]


async def test_without_a_claim_everything_waits_urgent_or_not(repository):
    accepted = await accept(repository, an_event("1"), an_event("khancap", urgent=True), an_event("2", "lan"), room=None)

    assert all(a.is_new for a in accepted)
    assert claimed(accepted) == []
    assert [(e.event_id, e.tries) for e in await claim(repository)] == [("khancap", 1), ("2", 1)]


async def test_an_urgent_event_goes_first_past_its_busy_sender_and_without_room(repository):
    await accept(repository, an_event("1"), an_event("2"))

    (urgent,) = await accept(repository, an_event("khancap", urgent=True), room=0)

    assert urgent.event.event_id == "khancap"


async def test_urgent_events_are_claimed_before_older_ones_and_hold_back_those_of_their_sender(repository):
    await accept(repository, an_event("1", "hoa"), an_event("2", "lan"), room=0)
    accepted = await accept(repository, an_event("khancap", "lan", urgent=True), an_event("3", "lan"))
    await tell(repository, "release", "A", NOW)

    assert claimed(accepted) == ["khancap"]
    assert ids(await claim(repository, limit=1)) == ["khancap"]
    assert ids(await claim(repository)) == ["1"]


async def test_an_event_whose_claim_lapsed_is_taken_by_another_and_done_once(repository, other):
    (acceptance,) = await accept(repository, an_event("1"))

    assert await claim(other, "B", NOW + LEASE - SECOND) == []
    (event,) = await claim(other, "B", NOW + LEASE)

    assert (event.tries, event.document) == (2, {"said": "1"})
    assert not await finish(repository, acceptance.event)
    assert await finish(other, event)
    assert not await finish(other, event)


async def test_who_lost_the_claim_can_neither_put_back_nor_set_aside(repository, other):
    (acceptance,) = await accept(repository, an_event("1"))
    (event,) = await claim(other, "B", NOW + LEASE)

    await tell(repository, "put_back", acceptance.event, NOW, "fault")
    given_up = await tell(repository, "set_aside", acceptance.event, "fault")

    assert not given_up
    assert await tell(repository, "set_aside_events") == []
    assert await finish(other, event)


async def test_what_was_put_back_waits_its_time_and_holds_back_what_follows(repository):
    (first, _) = await accept(repository, an_event("1"), an_event("2"))
    await tell(repository, "put_back", first.event, NOW + 5 * SECOND, "ValueError")

    assert await claim(repository, now=NOW + 4 * SECOND) == []
    (event,) = await claim(repository, now=NOW + 5 * SECOND)
    assert (event.event_id, event.tries) == ("1", 2)


async def test_what_was_set_aside_is_shown_and_the_next_is_served(repository):
    (first, _) = await accept(repository, an_event("1"), an_event("2"))

    assert await tell(repository, "set_aside", first.event, "x" * 100)

    assert ids(await claim(repository)) == ["2"]
    (shown,) = await tell(repository, "set_aside_events")
    assert (shown.id, shown.channel, shown.tries, shown.error, shown.received_at) == (first.id, "line", 1, "x" * 64, NOW)
    assert await tell(repository, "counts") == (1, NOW, 1)


async def test_what_was_set_aside_can_be_tried_again(repository):
    (first, second) = await accept(repository, an_event("1"), an_event("2"))
    await tell(repository, "set_aside", first.event, "fault")

    assert await tell(repository, "retry", first.id, NOW)

    (event,) = await claim(repository)
    assert (event.event_id, event.tries, event.document) == ("1", 1, {"said": "1"})
    assert await finish(repository, event)
    assert [await tell(repository, "retry", row, NOW) for row in (first.id, second.id, 10**9)] == [False] * 3


async def test_an_event_whose_sender_was_erased_is_not_tried_again(repository):
    (acceptance,) = await accept(repository, an_event("1"))
    await tell(repository, "set_aside", acceptance.event, "fault")
    async with repository.transaction() as store:
        await store.privacy.erase(KEYS.sender_key("line", "hoa"), [], NOW)

    assert not await tell(repository, "retry", acceptance.id, NOW)
    assert await claim(repository) == []


async def test_an_event_that_cannot_be_read_holds_up_nobody(repository, database_url):
    stranger = Repository(open_database(database_url), Keys(b"x" * 32))
    await accept(stranger, an_event("1"), room=0)
    await accept(repository, an_event("2"), an_event("3", "lan"), room=0)
    await stranger.close()

    assert ids(await claim(repository)) == ["3"]
    assert ids(await claim(repository)) == ["2"]
    assert [e.error for e in await tell(repository, "set_aside_events")] == ["unreadable"]


async def test_what_is_given_back_is_claimed_at_once_and_was_no_try(repository, other):
    await accept(repository, an_event("1"), an_event("2", "lan"))
    await accept(other, an_event("3", "mai"), claim="B")

    assert await tell(repository, "release", "A", NOW) == 2

    found = await claim(other, "B")
    assert [(e.event_id, e.tries) for e in found] == [("1", 1), ("2", 1)]


async def test_two_replicas_that_claim_at_once_claim_each_event_once(repository, other):
    await accept(repository, *(an_event(f"{n}", f"nguoi-{n % 8}") for n in range(24)), room=0)
    done = []

    async def work(on, name):
        for _ in range(12):
            for event in await claim(on, name, limit=3):
                is_mine = await finish(on, event)
                done.append((int(event.event_id), is_mine))

    await asyncio.gather(work(repository, "A"), work(other, "B"), work(repository, "C"))

    assert sorted(done) == [(n, True) for n in range(24)]
    for sender in range(8):
        assert [n for n, _ in done if n % 8 == sender] == [sender, sender + 8, sender + 16]


async def test_one_certain_event_is_claimed_when_its_turn_has_come(repository):
    first, second = await accept(repository, an_event("1"), an_event("2"), room=0)

    async def only(row):
        async with repository.transaction() as store:
            return ids(await store.inbox.claim("A", NOW, LEASE, 1, only=row))

    assert (await only(second.id), await only(first.id)) == ([], ["1"])
