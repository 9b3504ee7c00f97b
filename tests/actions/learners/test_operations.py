"""What operators are shown: the last event and trouble of each channel, retention runs, the database."""

from datetime import timedelta

from actions.learners.inbox import NewEvent
from actions.learners.outbox import NewMessage
from tests.actions.learners.given import NOW
from tests.conftest import KEYS

HOUR = timedelta(hours=1)


async def an_event(store, channel, name, at):
    event = NewEvent(channel, "1", name, KEYS.sender_key(channel, name), {"address": name})
    await store.inbox.accept([event], "c", at, HOUR, room=0)


async def test_the_last_event_of_each_channel_is_known(repository):
    async with repository.transaction() as store:
        for channel, hours in (("web", 5), ("telegram", 4), ("web", 2), ("telegram", 3)):
            await an_event(store, channel, f"{channel}{hours}", NOW - hours * HOUR)

        assert await store.operations.last_events() == {"web": NOW - 2 * HOUR, "telegram": NOW - 3 * HOUR}


async def test_the_latest_trouble_of_each_channel_is_known(repository):
    async with repository.transaction() as store:
        for channel, minutes in (("telegram", 30), ("telegram", 20), ("zalo_oa", 10), ("zalo_oa", 9)):
            new = NewMessage(channel, f"{channel}{minutes}", "7", {"text": "x"}, HOUR)
            await store.outbox.add([new], NOW - timedelta(minutes=minutes))
        messages = await store.outbox.claim(["telegram", "zalo_oa"], "c", NOW, HOUR, 9)
        for message, error in zip(messages, ("502", "429", "-201", None), strict=True):
            await store.outbox.put_back([message.id], NOW, error)

        troubles = await store.operations.troubles()

    assert {channel: (t.error, t.at) for channel, t in troubles.items()} == {
        "telegram": ("429", NOW - timedelta(minutes=20)),
        "zalo_oa": ("-201", NOW - timedelta(minutes=10)),
    }


async def test_runs_of_the_retention_job_are_shown_latest_first(repository):
    for hours in (48, 24, 0):
        await repository.retain(NOW - hours * HOUR, timedelta(days=90), timedelta(days=730))

    async with repository.reading() as store:
        runs = await store.operations.retention_runs(2)

    assert [run.ran_at for run in runs] == [NOW, NOW - 24 * HOUR]
    assert set(runs[0].deleted) >= {"learners", "conversations"}


async def test_the_database_tells_its_kind_and_size(repository, database_url):
    async with repository.reading() as store:
        database = await store.operations.database()

    assert database.kind == ("SQLite" if database_url.startswith("sqlite") else "PostgreSQL")
    assert database.size_bytes > 100_000
