"""The service around a turn: nothing done twice, panic answered whatever fails, its menu kept, its jobs done."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
import structlog
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from actions.learners.database import migrate, open_database
from actions.learners.repository import Repository
from actions.learners.tables import Attempt, Conversation, InboundEvent, LearnerRow
from bot.delivery.receiver import DatabaseAwayError
from bot.metrics import Metrics
from bot.service import Retention, Service
from bot.turn import Message, TurnHandler
from bot.understanding import NluClient
from tests.conftest import KEYS
from tests.stored import all_rows, rows
from tests.talk import Talk

QUESTION = "công an gọi điện bảo tôi liên quan vụ án"


@pytest.fixture(autouse=True)
def logged():
    """What was logged; nothing is written."""
    with structlog.testing.capture_logs() as entries:
        yield entries


async def break_database(service):
    """Take away the tables that every turn needs."""
    async with service.repository._writing.begin() as connection:
        await connection.execute(text("DROP TABLE conversations"))
        await connection.execute(text("DROP TABLE inbound_events"))


@pytest.mark.parametrize("message_id", ["m1", None])
@pytest.mark.parametrize(
    ("typed", "outcome"), [("tôi vừa bị lừa", "emergency"), ("/khancap", "emergency"), ("tôi muốn chết cho xong", "crisis")]
)
async def test_panic_is_answered_although_the_database_fails(service, talk, logged, typed, outcome, message_id):
    await break_database(service)

    await talk.say(typed, message_id)

    assert talk.last["outcome"] == outcome
    assert talk.last["replies"]
    assert "turn.not_stored" in [entry["event"] for entry in logged]


async def test_the_emergency_button_is_answered_although_the_database_fails(service, talk):
    await break_database(service)

    await talk.tap("emergency")

    assert talk.last["outcome"] == "emergency"


async def test_panic_is_answered_although_the_database_and_the_model_fail(service, talk, nlu):
    nlu.broken = True
    await break_database(service)

    await talk.say("mất hết tiền rồi")

    assert talk.last["outcome"] == "emergency"


async def test_anything_else_fails_where_nothing_can_be_stored(service, talk):
    await break_database(service)

    with pytest.raises(DatabaseAwayError):
        await talk.say(QUESTION)


async def test_what_a_failing_database_was_told_is_not_in_the_error(service, talk, nlu):
    nlu.decision = "unknown"
    async with service.repository._writing.begin() as connection:
        await connection.execute(text("DROP TABLE unanswered_questions"))

    with pytest.raises(SQLAlchemyError) as raised:
        await talk.say("dấu vết riêng tư là sao nhỉ")

    assert "dấu vết" not in str(raised.value)


async def test_a_repeated_message_gets_the_same_response_and_does_nothing_twice(service, talk, nlu):
    await talk.agree("bac")
    await talk.tap("quiz:ma-otp", "m1")
    value = next(iter(talk.picks().values()))
    first = await talk.tap(value, "m2")
    before = await all_rows(service)

    again = await talk.tap(value, "m2")
    earlier = await talk.tap("quiz:ma-otp", "m1")

    assert again == first
    assert earlier != first
    assert await all_rows(service) == before
    assert len(await rows(service, Attempt)) == 1


async def test_a_repeated_question_is_understood_once(talk, nlu):
    responses = [await talk.say(QUESTION, "m1") for _ in range(3)]

    assert responses[0] == responses[1] == responses[2]
    assert len(nlu.texts) == 1


async def test_a_repeated_consent_makes_one_learner(service, talk):
    await talk.tap("learn")
    agree = talk.choices[0]["value"]

    first, second = [await talk.tap(agree, "m1") for _ in range(2)]

    assert first == second
    assert len(await rows(service, LearnerRow)) == 1


async def test_the_same_message_at_once_is_done_once(service, talk):
    await talk.agree("bac")
    await talk.tap("quiz:ma-otp")
    value = next(iter(talk.picks().values()))

    responses = await asyncio.gather(*(service.handle("web", talk.sender, Message(choice=value), "m1") for _ in range(6)))

    assert all(response == responses[0] for response in responses)
    assert len(await rows(service, Attempt)) == 1


async def test_message_ids_of_two_people_or_channels_have_nothing_to_do_with_each_other(service, talk):
    await talk.say("menu", "m1")
    other = Talk(service, "nguoi-khac")
    elsewhere = Talk(service, talk.sender, "telegram")

    await other.say("tôi vừa bị lừa", "m1")
    await elsewhere.say("tôi vừa bị lừa", "m1")

    assert other.last["outcome"] == elsewhere.last["outcome"] == "emergency"
    assert len(await rows(service, InboundEvent)) == 3


async def test_an_answer_that_could_not_be_given_is_tried_again(service, talk, nlu):
    nlu.broken = True
    await talk.say(QUESTION, "m1")
    nlu.broken = False

    await talk.say(QUESTION, "m1")

    assert talk.last["outcome"] == "answered"


async def test_a_turn_that_fails_changes_nothing(service, talk, monkeypatch):
    await talk.agree("bac")
    await talk.tap("quiz:ma-otp")
    before = await all_rows(service)

    async def fail(*_args, **_fields):
        raise RuntimeError

    monkeypatch.setattr("actions.learners.repository.Store.keep_conversation", fail)
    with pytest.raises(RuntimeError):
        await talk.tap(next(iter(talk.picks().values())), "m1")

    assert await all_rows(service) == before


async def test_menus_outlive_a_restart(service, talk, normaliser, curriculum, nlu):
    await talk.agree("bac")
    await talk.tap("step:ma-otp:3")
    client = NluClient(nlu.url, 1.0)
    url = str(service.repository._engine.url).replace("+aiosqlite", "")
    restarted = Service(
        TurnHandler(curriculum, client, normaliser), client, Repository(open_database(url), KEYS), Metrics(),
        content_version="test", public_url="http://127.0.0.1", retention=Retention(timedelta(90), timedelta(730)),
    )  # fmt: skip

    talk.service = restarted
    await talk.say("1")
    await restarted.close()

    assert "(4/7)" in talk.text


@pytest.mark.parametrize("stored", [{"kind": "lesson"}, {"kind": "old", "slug": "x", "at": "2026-01-01T00:00:00Z"}, {"at": 1}, {}])
async def test_a_position_that_cannot_be_read_any_more_is_none(service, talk, stored):
    await talk.say("menu")
    async with service.repository.transaction() as store:
        await store._connection.execute(Conversation.__table__.update().values(position=stored))

    await talk.say(QUESTION)

    assert talk.last["outcome"] == "answered"


async def test_a_position_of_a_newer_service_is_read(service, talk):
    await talk.tap("step:ma-otp:3")
    async with service.repository.transaction() as store:
        ((position,),) = await store._connection.execute(Conversation.__table__.select().with_only_columns(Conversation.position))
        await store._connection.execute(Conversation.__table__.update().values(position=position | {"mood": "good"}))

    await talk.say(QUESTION)

    assert "bước 3/7" in talk.text


async def test_the_response_tells_the_channel_what_it_needs(talk):
    await talk.say("menu")
    guest = talk.last
    await talk.agree("bac")

    assert (guest["remembered"], guest["erased"], guest["large_text"]) == (False, False, False)
    assert talk.last["remembered"] is True


async def test_explaining_stores_nothing(service):
    for typed in (QUESTION, "/hoc", "tôi vừa bị lừa", "/ma ABCDEFGH", "đồng ý"):
        assert (await service.explain(typed))["replies"]

    assert await all_rows(service) == {}


async def test_what_is_old_is_forgotten_once_a_day(service, talk, time_machine):
    time_machine.move_to(datetime(2026, 11, 24, 2, 0, tzinfo=UTC), tick=False)
    await talk.say("menu", "m1")
    await service._work()
    time_machine.shift(timedelta(days=40))

    await service._work()
    runs = len((await all_rows(service))["retention_runs"])
    await service._work()

    found = await all_rows(service)
    assert set(found) == {"retention_runs", "leases", "daily_people", "daily_turns", "statistics_marks", "visitors"}
    assert (runs, len(found["retention_runs"])) == (2, 2)


async def test_a_job_that_fails_does_not_end_the_watch(service, logged):
    async with service.repository._writing.begin() as connection:
        await connection.execute(text("DROP TABLE follow_ups"))

    await service._work()

    assert "jobs.failed" in [entry["event"] for entry in logged]


@pytest.mark.parametrize(
    "url", [pytest.param("postgresql://u@127.0.0.1:1/gone", id="PostgreSQL"), pytest.param("sqlite:////nowhere/gone.sqlite3", id="SQLite")]
)
async def test_a_database_that_is_away_does_not_end_the_watch(nlu, curriculum, normaliser, logged, url):
    client = NluClient(nlu.url, 2.0)
    turns, repository = TurnHandler(curriculum, client, normaliser), Repository(open_database(url), KEYS)
    retention = Retention(timedelta(days=90), timedelta(days=730))
    service = Service(turns, client, repository, Metrics(), content_version="test", public_url="http://x", retention=retention)

    health = await service.health()
    await service._work()
    await service.close()

    assert (health.database, health.nlu) == (False, True)
    assert "jobs.failed" in [entry["event"] for entry in logged]


async def test_health_names_the_part_that_is_away(service, nlu):
    well = await service.health()
    nlu.broken = True

    assert well.is_ready
    assert (await service.health()).database
    assert not (await service.health()).nlu


@pytest.mark.parametrize("value", ["join:\x00", "class:\x00", "join:' OR 1=1", "answer:\x00"])
async def test_strange_values_reach_no_database_as_they_are(database_url, curriculum, normaliser, nlu, value):
    migrate(database_url)
    client = NluClient(nlu.url, 1.0)
    made = Service(
        TurnHandler(curriculum, client, normaliser), client, Repository(open_database(database_url), KEYS), Metrics(),
        content_version="test", public_url="http://127.0.0.1", retention=Retention(timedelta(90), timedelta(730)),
    )  # fmt: skip

    try:
        response = await made.handle("web", "nguoi-hoc-1", Message(choice=value))
    finally:
        await made.close()

    assert response["outcome"] == "menu"
