"""Inbound events: each is accepted once, and what it said is kept no longer than needed."""

import asyncio
from datetime import timedelta

import pytest

from actions.learners.database import open_database
from actions.learners.inbox import NewEvent
from actions.learners.repository import Repository
from tests.actions.learners.given import NOW, rows_of
from tests.actions.learners.inbox_given import SECOND, accept, an_event, claim, claimed, finish, tell, typed
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


@pytest.mark.parametrize(
    ("second", "is_new"),
    [
        pytest.param({}, False, id="the same"),
        pytest.param({"event_id": "2"}, True, id="another event"),
        pytest.param({"account": "2"}, True, id="another account"),
        pytest.param({"channel": "line2"}, True, id="another channel"),
        pytest.param({"sender": "lan"}, False, id="the same from another sender"),
        pytest.param({"urgent": True}, False, id="the same but urgent"),
    ],
)
async def test_an_event_is_accepted_once(repository, second, is_new):
    (first,) = await accept(repository, an_event("1"))

    (again,) = await accept(repository, an_event(**{"event_id": "1"} | second))

    assert (first.is_new, first.event.document) == (True, {"said": "1"})
    assert again.is_new is is_new
    assert (again.id == first.id) is not is_new
    assert (await tell(repository, "counts"))[0] == 1 + is_new


async def test_an_event_that_comes_twice_within_a_batch_is_accepted_once(repository):
    first, again, other = await accept(repository, an_event("1"), an_event("1"), an_event("2", "lan"))

    assert [first.is_new, again.is_new, other.is_new] == [True, False, True]
    assert (again.id, again.event) == (first.id, None)


async def test_an_event_that_is_done_or_given_up_is_not_accepted_again(repository):
    done, dead = await accept(repository, an_event("1"), an_event("2", "lan"))
    await finish(repository, done.event)
    await tell(repository, "set_aside", dead.event, "fault")

    again = await accept(repository, an_event("1"), an_event("2", "lan"), now=NOW + timedelta(days=1))

    assert [(a.is_new, a.event, a.state) for a in again] == [(False, None, "done"), (False, None, "dead")]
    assert await claim(repository, now=NOW + timedelta(days=1)) == []


async def test_two_replicas_accept_the_same_events_once(repository, other):
    events = [an_event(f"{n}", f"nguoi-{n % 7}") for n in range(30)]
    rounds = [accept(repository if n % 2 else other, *events[n % 5 :], claim=f"replica-{n % 2}") for n in range(6)]

    accepted = [a for acceptances in await asyncio.gather(*rounds) for a in acceptances]

    assert sorted(a.id for a in accepted if a.is_new) == sorted({a.id for a in accepted})
    assert len({a.id for a in accepted}) == 30
    assert sorted(int(n) % 7 for n in claimed(accepted)) == list(range(7))


async def test_two_replicas_that_accept_of_one_sender_at_once_claim_one(repository, other):
    rounds = [accept(repository if n % 2 else other, an_event(f"{n}"), claim=f"replica-{n % 2}") for n in range(12)]

    accepted = [a for acceptances in await asyncio.gather(*rounds) for a in acceptances]

    assert all(a.is_new for a in accepted)
    assert [a.id for a in accepted if a.event] == [min(a.id for a in accepted)]


@pytest.mark.parametrize(
    ("after", "is_new"),
    [
        pytest.param(timedelta(), False, id="at once"),
        pytest.param(4 * SECOND, False, id="within four seconds"),
        pytest.param(4.001 * SECOND, True, id="later"),
    ],
)
async def test_the_same_text_without_an_id_is_one_message_for_four_seconds(repository, after, is_new):
    await accept(repository, typed("1"))

    (again,) = await accept(repository, typed("1"), now=NOW + after)

    assert again.is_new is is_new
    assert again.event is None  # The first one waits.


async def test_the_four_seconds_begin_anew_with_each_message(repository):
    await accept(repository, typed("1"))
    (second,) = await accept(repository, typed("1"), now=NOW + 5 * SECOND)

    (third,) = await accept(repository, typed("1"), now=NOW + 6 * SECOND)

    assert (third.is_new, third.id) == (False, second.id)


async def test_the_same_text_late_and_twice_in_a_batch_is_one_more_message(repository):
    await accept(repository, typed("1"))

    again = await accept(repository, typed("1"), typed("1"), now=NOW + 5 * SECOND)

    assert [a.is_new for a in again] == [True, False]
    assert (await tell(repository, "counts"))[0] == 2


async def test_who_was_answered_may_say_the_same_again_at_once(repository):
    for _ in range(3):
        (acceptance,) = await accept(repository, typed("1"))
        assert acceptance.is_new
        assert await finish(repository, acceptance.event)


async def test_the_same_text_of_two_senders_is_two_messages(repository):
    assert [a.is_new for a in await accept(repository, typed("1|hoa"), typed("1|lan", "lan"))] == [True, True]


async def test_a_kept_response_is_given_to_who_sends_the_same_again(repository):
    (acceptance,) = await accept(repository, an_event("1"))
    async with repository.transaction() as store:
        await store.inbox.finish(acceptance.event)
        await store.inbox.keep_response(acceptance.event, {"replies": ["chào"]})

    (again,) = await accept(repository, an_event("1"))
    await tell(repository, "forget", acceptance.event)
    (anew,) = await accept(repository, an_event("1"))

    assert (again.response, again.state) == ({"replies": ["chào"]}, "done")
    assert anew.is_new


async def test_what_was_said_is_in_no_column_and_gone_when_it_is_done(repository):
    (acceptance,) = await accept(repository, NewEvent("line", "1", "1", "0" * 64, {"text": "chuyện riêng", "address": "0901"}))
    waiting = str(await rows_of(repository, "inbound_events"))
    await finish(repository, acceptance.event)
    (done,) = (await rows_of(repository, "inbound_events"))["inbound_events"]

    assert "riêng" not in waiting
    assert "0901" not in waiting
    assert (done["state"], done["sealed_event"], done["claim"]) == ("done", None, None)
