"""What the bot says of its own accord: follow-ups, reminders, messages that wait."""

from datetime import timedelta

import pytest

from actions.learners.outbound import DueFollowUp, Remindable
from tests.actions.learners.given import DAY, NOW, TODAY, a_learner, another_channel
from tests.conftest import KEYS

KEY = KEYS.sender_key("web", "0901")
MINUTE = timedelta(minutes=1)
MIDNIGHT = NOW - timedelta(hours=15)  # in Vietnam, where it is 15:00 now


@pytest.fixture
async def learner(repository):
    """A learner who wants to be reminded at 19, with two questions due and one to come."""
    async with repository.transaction() as store:
        made = await a_learner(store, "0901", name="Lan", now=NOW - 2 * DAY)
        await store.people.change(made.id, reminder_hour=19)
        for days, question in ((-1, "q1"), (0, "q2"), (1, "q3")):
            await store.learning.schedule(made.id, "ma-otp", question, TODAY + days * DAY, {})
        return made


async def remindable(store, *, hours=(19,), limit=10):
    return await store.outbound.remindable(hours, TODAY, MIDNIGHT, limit)


async def test_a_follow_up_is_taken_once_when_its_time_has_come(repository, learner):
    async with repository.transaction() as store:
        await store.people.change(learner.id, address="bác")
        await store.outbound.follow_up(learner.identity_id, "vua-bi-lua", NOW)

        early = await store.outbound.take_due_follow_ups(NOW - MINUTE, 10)
        waits = await store.outbound.has_follow_up(KEY)
        in_time = await store.outbound.take_due_follow_ups(NOW, 10)
        again = await store.outbound.take_due_follow_ups(NOW + DAY, 10)

        assert (early, waits) == ([], True)
        assert in_time == [DueFollowUp(learner.identity_id, "vua-bi-lua", "bác", "web", NOW - 2 * DAY)]
        assert again == []
        assert not await store.outbound.has_follow_up(KEY)


async def test_a_guest_may_be_asked_again_too(repository):
    async with repository.transaction() as store:
        identity = await store.people.identity_id(KEY, "web", "0901", NOW)
        await store.outbound.follow_up(identity, "vua-bi-lua", NOW)

        assert await store.outbound.take_due_follow_ups(NOW, 10) == [DueFollowUp(identity, "vua-bi-lua", None, "web", NOW)]


async def test_the_longest_due_follow_ups_go_first_the_rest_stay(repository):
    async with repository.transaction() as store:
        for number in range(3):
            identity = await store.people.identity_id(f"s{number}", "web", str(number), NOW)
            await store.outbound.follow_up(identity, f"guide-{number}", NOW - number * MINUTE)

        first = await store.outbound.take_due_follow_ups(NOW, 2)
        rest = await store.outbound.take_due_follow_ups(NOW, 2)

    assert [x.guide for x in first] == ["guide-2", "guide-1"]
    assert [x.guide for x in rest] == ["guide-0"]


async def test_asking_again_for_a_follow_up_moves_it(repository, learner):
    async with repository.transaction() as store:
        await store.outbound.follow_up(learner.identity_id, "vua-bi-lua", NOW)
        await store.outbound.follow_up(learner.identity_id, "guide-2", NOW + DAY)

        assert await store.outbound.take_due_follow_ups(NOW, 10) == []
        assert await store.outbound.take_due_follow_ups(NOW + DAY, 10) == [
            DueFollowUp(learner.identity_id, "guide-2", None, "web", NOW - 2 * DAY)
        ]


async def test_a_cancelled_follow_up_is_not_sent_the_others_are(repository, learner):
    async with repository.transaction() as store:
        other = await a_learner(store, "0902")
        for one in (learner, other):
            await store.outbound.follow_up(one.identity_id, "vua-bi-lua", NOW)

        await store.outbound.cancel_follow_up(KEY)

        assert not await store.outbound.has_follow_up(KEY)
        assert await store.outbound.take_due_follow_ups(NOW, 10) == [DueFollowUp(other.identity_id, "vua-bi-lua", None, "web", NOW)]


async def test_a_learner_is_reminded_of_what_is_due_today(repository, learner):
    async with repository.transaction() as store:
        assert await remindable(store) == [Remindable(learner.id, learner.identity_id, "web", NOW - 2 * DAY, None, due=2, ignored=0)]


@pytest.mark.parametrize(
    ("changes", "hours", "is_reminded"),
    [
        pytest.param({}, (19,), True, id="in the hour"),
        pytest.param({}, (17, 18, 19), True, id="in one of the hours"),
        pytest.param({}, (20,), False, id="another hour"),
        pytest.param({}, (), False, id="no hour"),
        pytest.param({"reminder_hour": None}, (19,), False, id="not asked for"),
        pytest.param({"reminded_at": MIDNIGHT - MINUTE}, (19,), True, id="reminded yesterday"),
        pytest.param({"reminded_at": MIDNIGHT}, (19,), False, id="reminded when the day began"),
        pytest.param({"reminded_at": NOW - MINUTE}, (19,), False, id="reminded today"),
    ],
)
async def test_reminders_keep_to_the_hour_and_come_once_a_day(repository, learner, changes, hours, is_reminded):
    async with repository.transaction() as store:
        await store.people.change(learner.id, **changes) if changes else None

        assert [x.learner_id for x in await remindable(store, hours=hours)] == ([learner.id] if is_reminded else [])


async def test_nobody_is_reminded_of_nothing(repository):
    async with repository.transaction() as store:
        for number, days in enumerate((None, 1)):
            made = await a_learner(store, f"090{number}")
            await store.people.change(made.id, reminder_hour=19)
            if days is not None:
                await store.learning.schedule(made.id, "ma-otp", "q1", TODAY + days * DAY, {})

        assert await remindable(store) == []


async def test_having_been_reminded_ends_it_for_today(repository, learner):
    async with repository.transaction() as store:
        await store.outbound.reminded(learner.id, 0, NOW)

        assert await remindable(store) == []


@pytest.mark.parametrize(
    ("active", "ignored"),
    [pytest.param(-2 * DAY, 3, id="not here since the reminder"), pytest.param(-DAY / 2, 2, id="here since the reminder")],
)
async def test_a_reminder_was_ignored_when_nobody_came_after_it(repository, learner, active, ignored):
    async with repository.transaction() as store:
        await store.outbound.reminded(learner.id, 2, NOW - DAY)
        await store.people.change(learner.id, last_active_at=NOW + active)

        assert [x.ignored for x in await remindable(store)] == [ignored]


@pytest.mark.parametrize(
    ("seen", "channel"), [pytest.param(-DAY, "zalo", id="the second seen last"), pytest.param(-3 * DAY, "web", id="the first seen last")]
)
async def test_somebody_with_two_channels_is_reminded_on_the_one_seen_last(repository, learner, seen, channel):
    async with repository.transaction() as store:
        await another_channel(store, learner, "z-1", now=NOW + seen)

        found = await remindable(store)

    assert [(x.learner_id, x.channel, x.due) for x in found] == [(learner.id, channel, 2)]


async def test_who_does_not_learn_at_the_phone_now_is_not_reminded_there(repository, learner):
    async with repository.transaction() as store:
        await store.people.add(learner.identity_id, NOW, "Hùng")

        assert await remindable(store) == []


async def test_waiting_messages_are_taken_once_in_their_order(repository, learner):
    async with repository.transaction() as store:
        other = await a_learner(store, "0902")
        await store.outbound.send(learner.identity_id, "reminder", {"text": "một"}, NOW, DAY)
        await store.outbound.send(learner.identity_id, "follow-up", {"text": "hai"}, NOW, DAY)
        await store.outbound.send(other.identity_id, "reminder", {"text": "ba"}, NOW, DAY)

        assert await store.outbox.has_waiting(KEY)
        assert await store.outbox.take(KEY, NOW) == [{"text": "một"}, {"text": "hai"}]
        assert not await store.outbox.has_waiting(KEY)
        assert await store.outbox.take(KEY, NOW) == []
        assert await store.outbox.take(KEYS.sender_key("web", "0902"), NOW) == [{"text": "ba"}]


@pytest.mark.parametrize(
    ("after", "is_given"),
    [pytest.param(DAY - MINUTE, True, id="in time"), pytest.param(DAY, False, id="at the end"), pytest.param(2 * DAY, False, id="late")],
)
async def test_an_expired_message_is_not_given(repository, learner, after, is_given):
    async with repository.transaction() as store:
        await store.outbound.send(learner.identity_id, "reminder", {"text": "một"}, NOW, DAY)

        assert await store.outbox.take(KEY, NOW + after) == ([{"text": "một"}] if is_given else [])
        assert not await store.outbox.has_waiting(KEY)


async def test_a_newer_message_of_the_same_kind_takes_the_place_of_the_older(repository, learner):
    async with repository.transaction() as store:
        await store.outbound.send(learner.identity_id, "reminder", {"text": "hôm qua"}, NOW - DAY, 2 * DAY)
        await store.outbound.send(learner.identity_id, "follow-up", {"text": "hỏi thăm"}, NOW - DAY, 2 * DAY)
        await store.outbound.send(learner.identity_id, "reminder", {"text": "hôm nay"}, NOW, DAY)

        assert await store.outbox.take(KEY, NOW) == [{"text": "hỏi thăm"}, {"text": "hôm nay"}]
