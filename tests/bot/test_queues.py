"""What operators see of the queues, and how they let what was set aside go on."""

from datetime import timedelta

import pytest

from actions.learners.database import migrate
from actions.learners.inbox import NewEvent
from actions.learners.outbox import NewMessage
from bot.clock import now
from bot.queues import describe_queues, retry_set_aside
from bot.secret_key import open_repository
from bot.settings import SettingsError

HOUR = timedelta(hours=1)
SECRET = "dấu vết riêng tư"


@pytest.fixture
async def repository(settings):
    """The database of the settings, with an event and a message that were set aside."""
    migrate(settings.effective_database_url)
    opened = await open_repository(settings)
    key = opened.keys.sender_key("telegram", "7")
    async with opened.transaction() as store:
        event = NewEvent("telegram", "1", "u1", key, {"address": "7", "text": SECRET})
        (accepted,) = await store.inbox.accept([event], "c", now(), HOUR, room=1)
        await store.inbox.set_aside(accepted.event, "ValueError")
        await store.outbox.add([NewMessage("zalo_oa", key, "7", {"text": SECRET}, HOUR)], now())
        (message,) = await store.outbox.claim(["zalo_oa"], "c", now(), HOUR, 1)
        await store.outbox.set_aside(message.id, "-201")
    yield opened
    await opened.close()


async def test_what_was_set_aside_is_shown_without_what_it_said(repository, settings):
    said = await describe_queues(settings)

    assert "nhan:1  telegram" in said
    assert "lỗi ValueError" in said
    assert "gui:1  zalo_oa" in said
    assert "lỗi -201" in said
    assert SECRET not in said


@pytest.mark.parametrize(
    ("which", "waiting"),
    [
        pytest.param("nhan:1", (1, 0), id="an event"),
        pytest.param("gui:1", (0, 1), id="a message"),
        pytest.param("all", (1, 1), id="all"),
    ],
)
async def test_what_was_set_aside_may_go_on(repository, settings, which, waiting):
    number = await retry_set_aside(settings, which)

    async with repository.reading() as store:
        assert (await store.inbox.counts())[0] == waiting[0]
        assert (await store.outbox.counts(["zalo_oa"]))[0] == waiting[1]
    assert number == sum(waiting)


@pytest.mark.parametrize("which", ["nhan:9", "gui:x", "xoa:1", "1", ""])
async def test_a_name_that_nothing_has_is_refused(repository, settings, which):
    with pytest.raises(SettingsError, match="queue show"):
        await retry_set_aside(settings, which)
