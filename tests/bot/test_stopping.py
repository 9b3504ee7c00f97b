"""While operators stop the bot, everybody gets the notice, whoever needs help at once gets it, and nothing is lost."""

import pytest

from actions import emergency
from actions.learners.staff import Staff
from bot import clock
from bot.stopping import read_stop, resume_answering, stop_answering
from tests.conftest import make_service
from tests.talk import Talk

NOTICE = "Bạn Số nghỉ đến 9 giờ sáng mai."
ADMIN = Staff("a1", "hoa", "Chị Hoa", "admin")


async def stop(service):
    async with service.repository.transaction() as store:
        await stop_answering(store, ADMIN, NOTICE, "sửa nội dung sai")
    await service.stop.follow()


async def resume(service):
    async with service.repository.transaction() as store:
        await resume_answering(store, ADMIN, "đã sửa")
    await service.stop.follow()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("công an gọi điện bảo tôi liên quan vụ án", id="a question"),
        pytest.param("menu", id="a command"),
        pytest.param("/xoadulieu", id="a slash command"),
        pytest.param("xin chào", id="small talk"),
        pytest.param("mã OTP của tôi là 123456", id="a secret"),
        pytest.param("", id="nothing"),
    ],
)
async def test_every_message_gets_the_notice(service, talk, nlu, text):
    await stop(service)

    await talk.say(text)

    assert talk.text == NOTICE
    assert talk.last["outcome"] == "stopped"
    assert talk.labels == ["Tôi vừa bị lừa, mất tiền"]
    assert nlu.texts == []


@pytest.mark.parametrize("value", ["menu", "learn", "lesson:ma-otp", "answer:otp-la-gi", "erase-now", "made up"])
async def test_every_button_gets_the_notice(service, talk, value):
    await stop(service)

    await talk.tap(value)

    assert talk.text == NOTICE


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        pytest.param("tôi vừa bị lừa mất tiền", "emergency", id="panic"),
        pytest.param("/khancap", "emergency", id="the command"),
        pytest.param("SOS", "emergency", id="a cry"),
        pytest.param("tôi không muốn sống nữa", "crisis", id="despair"),
    ],
)
async def test_who_needs_help_at_once_gets_it_as_ever(service, talk, text, outcome):
    await talk.say(text)
    before = talk.last

    await stop(service)
    await talk.say(text)

    assert talk.last["outcome"] == outcome
    assert talk.last["replies"] == before["replies"]


async def test_the_notice_leads_to_the_first_steps_and_these_lead_on_to_the_end(service, talk):
    await stop(service)
    await talk.say("menu")

    await talk.press("Tôi vừa bị lừa")
    first = list(talk.choices)
    said = {}
    for choice in first:
        if choice["value"] != "menu":
            await talk.tap(choice["value"])
            said[choice["label"]] = talk.last["outcome"]
    await talk.tap(f"guide:{emergency.GUIDE}")
    for _ in range(20):
        if not [c for c in talk.choices if c["value"].startswith("guide:")]:
            break
        await talk.tap(talk.choices[0]["value"])

    assert "stopped" not in said.values()
    assert len(said) >= 5
    assert talk.last["outcome"] == "guide"


async def test_the_first_steps_are_found_by_their_number_too(service, talk):
    await stop(service)
    await talk.say("menu")

    await talk.say("1")

    assert talk.last["outcome"] == "emergency"


async def test_a_lesson_goes_on_where_it_was_when_the_bot_answers_again(service, talk):
    await talk.agree()
    await talk.tap("lesson:ma-otp")
    await talk.press("Tiếp")
    before = talk.text

    await stop(service)
    await talk.tap("menu")
    stopped = talk.text
    await resume(service)
    await talk.tap("lesson:ma-otp")

    assert stopped == NOTICE
    assert before.splitlines()[-1] in talk.text


async def test_another_replica_stops_too_and_answers_again(service, tmp_path, nlu, curriculum, normaliser):
    other = make_service(tmp_path / "service.sqlite3", nlu.url, curriculum, normaliser)
    person = Talk(other)

    await stop(service)
    await other.stop.follow()
    await person.say("menu")
    stopped = person.text
    await resume(service)
    await other.stop.follow()
    await person.say("menu")
    await other.close()

    assert stopped == NOTICE
    assert person.last["outcome"] == "menu"


async def test_reminders_wait_until_the_bot_answers_again(service, monkeypatch):
    written = []
    monkeypatch.setattr(service, "write_due_messages", lambda: _note(written))

    await stop(service)
    await service._work()
    while_stopped = list(written)
    await resume(service)
    await service._work()

    assert while_stopped == []
    assert written == ["written"]


async def _note(written):
    written.append("written")


async def test_who_stopped_it_and_why_is_kept(service):
    await stop(service)
    async with service.repository.reading() as store:
        found = await read_stop(store)
    await resume(service)

    async with service.repository.reading() as store:
        entries = [(e.staff_name, e.action, e.details["reason"]) for e in await store.staff.audit_log()]
        assert await read_stop(store) is None
    assert (found.notice, found.reason, found.by) == (NOTICE, "sửa nội dung sai", "Chị Hoa")
    assert found.at <= clock.now()
    assert entries == [("Chị Hoa", "service.resume", "đã sửa"), ("Chị Hoa", "service.stop", "sửa nội dung sai")]
