"""Identities and the learners behind them."""

from datetime import timedelta

import pytest

from actions.learners.keys import Keys, SealError
from actions.learners.repository import Repository
from tests.actions.learners.given import NOW, a_learner, another_channel, rows_of
from tests.conftest import KEYS

KEY = KEYS.sender_key("web", "0901")
LATER = NOW + timedelta(hours=2)


async def test_a_guest_is_nobody(repository):
    async with repository.transaction() as store:
        assert await store.people.learner(KEY) is None
        assert await store.people.identity_of(KEY) is None


async def test_an_identity_alone_makes_no_learner(repository):
    async with repository.transaction() as store:
        identity = await store.people.identity_id(KEY, "web", "0901", NOW)

        assert await store.people.identity_of(KEY) == identity
        assert await store.people.learner(KEY) is None


async def test_an_identity_is_made_once(repository):
    async with repository.transaction() as store:
        first = await store.people.identity_id(KEY, "web", "0901", NOW)
        again = await store.people.identity_id(KEY, "web", "0901", LATER)

    rows = (await rows_of(repository, "identities"))["identities"]
    assert first == again == rows[0]["id"]
    assert len(rows) == 1


async def test_who_agreed_is_known_again(repository):
    async with repository.transaction() as store:
        added = await a_learner(store, "0901", name="Nguyễn Thị Lan")

    async with repository.transaction() as store:
        found = await store.people.learner(KEY)

    assert found == added
    assert (found.name, found.address, found.is_large_text, found.reminder_hour) == ("Nguyễn Thị Lan", None, False, None)
    assert (found.consented_at, found.last_active_at) == (NOW, NOW)


async def test_neither_name_nor_address_lies_in_the_clear(repository):
    async with repository.transaction() as store:
        learner = await a_learner(store, "0901234567", name="Nguyễn Thị Lan")
        await store.people.change(learner.id, name="Lan Hương")

    text = str(await rows_of(repository))
    assert "Lan" not in text
    assert "0901234567" not in text


async def test_a_name_does_not_open_with_another_key(repository):
    async with repository.transaction() as store:
        await a_learner(store, "0901", name="Lan")
    other = Repository(repository._engine, Keys(b"z" * 32))

    async with other.transaction() as store:
        with pytest.raises(SealError):
            await store.people.learner(KEY)


@pytest.mark.parametrize(
    ("changed", "seen"),
    [
        pytest.param({"name": "Hùng"}, ("Hùng", None, False, None, None), id="name"),
        pytest.param({"name": None}, (None, None, False, None, None), id="no name"),
        pytest.param({"address": "bác"}, ("Lan", "bác", False, None, None), id="form of address"),
        pytest.param({"is_large_text": True, "path": "buon-ban-nho"}, ("Lan", None, True, "buon-ban-nho", None), id="large text and path"),
        pytest.param({"reminder_hour": 19}, ("Lan", None, False, None, 19), id="reminder"),
    ],
)
async def test_what_a_learner_changes_is_kept(repository, changed, seen):
    async with repository.transaction() as store:
        learner = await a_learner(store, "0901", name="Lan")
        other = await a_learner(store, "0902", name="Lan")
        await store.people.change(learner.id, **changed)

    async with repository.transaction() as store:
        found = await store.people.learner(KEY)
        untouched = await store.people.learner(KEYS.sender_key("web", "0902"))
    assert (found.name, found.address, found.is_large_text, found.path, found.reminder_hour) == seen
    assert untouched == other


async def test_several_people_take_turns_at_one_phone(repository):
    async with repository.transaction() as store:
        first = await a_learner(store, "0901", name="Lan")
        second = await store.people.add(first.identity_id, LATER, "Hùng")

        after_adding = await store.people.learner(KEY)
        await store.people.switch(first.identity_id, first.id)
        after_switching = await store.people.learner(KEY)

        assert after_adding == second
        assert after_switching == first
        assert [x.name for x in await store.people.of_identity(first.identity_id)] == ["Lan", "Hùng"]
        assert await store.people.count(first.identity_id) == 2


async def test_one_person_may_be_reached_on_two_channels(repository):
    async with repository.transaction() as store:
        learner = await a_learner(store, "0901", name="Lan")
        identity = await another_channel(store, learner, "z-1")

        found = await store.people.learner(KEYS.sender_key("zalo", "z-1"))

    assert (found.id, found.identity_id) == (learner.id, identity)


@pytest.mark.parametrize(
    ("after", "reminded", "is_noted"),
    [
        pytest.param(timedelta(minutes=4), None, False, id="a moment ago"),
        pytest.param(timedelta(minutes=5), None, True, id="five minutes"),
        pytest.param(timedelta(days=3), None, True, id="days later"),
        pytest.param(timedelta(minutes=4), timedelta(minutes=1), True, id="at once after a reminder"),
        pytest.param(timedelta(minutes=4), -timedelta(minutes=1), False, id="reminded before the last time"),
    ],
)
async def test_being_here_is_noted_every_few_minutes_and_after_a_reminder(repository, after, reminded, is_noted):
    async with repository.transaction() as store:
        learner = await a_learner(store, "0901")
        await store.people.change(learner.id, reminders_ignored=2, reminded_at=NOW + reminded if reminded else None)
        learner = await store.people.learner(KEY)

        await store.people.touch(learner, NOW + after)

    rows = await rows_of(repository, "learners", "identities")
    seen = NOW + after if is_noted else NOW
    assert rows["learners"][0]["last_active_at"] == seen
    assert rows["learners"][0]["reminders_ignored"] == (0 if is_noted else 2)
    assert rows["identities"][0]["seen_at"] == seen


async def test_a_removed_learner_leaves_the_phone_to_the_others(repository):
    async with repository.transaction() as store:
        first = await a_learner(store, "0901", name="Lan")
        second = await store.people.add(first.identity_id, LATER, "Hùng")

        await store.people.remove(second.id)

        assert await store.people.learner(KEY) is None
        assert [x.name for x in await store.people.of_identity(first.identity_id)] == ["Lan"]
