"""One event is carried out once in effect: what it changes, its replies and that it is done are one transaction."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import SQLAlchemyError

from actions.learners.outbox import RECEIPT, REPLY
from actions.learners.tables import (
    Attempt,
    Conversation,
    Identity,
    InboundEvent,
    LearnerRow,
    LessonProgress,
    OutboundMessage,
    Poll,
    Tombstone,
    UnansweredQuestion,
)
from bot import clock
from bot.delivery.handler import ClaimLostError, UnknownPollError
from tests.bot.delivery.given import QUESTION, claimed, handled, message, outgoing, sender_key, states, table, waiting, write


async def agree(service, sender="hoa"):
    """Let somebody become a learner who is called bác."""
    await handled(service, message(sender, choice="learn"))
    async with service.repository.reading() as store:
        (agreed, *_) = (await service.repository.peek(sender_key(sender))).choices
        assert await store.people.identity_of(sender_key(sender)) is None
    await handled(service, message(sender, choice=agreed.value))
    await handled(service, message(sender, choice="address:bac:paths"))


async def picks(service, sender="hoa"):
    """Open a quiz; return the values of its first question."""
    await handled(service, message(sender, choice="quiz:ma-otp"))
    return [c.value for c in (await service.repository.peek(sender_key(sender))).choices if c.value.startswith("pick:")]


async def forget_replies(service):
    async with service.repository.transaction() as store:
        await store._connection.execute(OutboundMessage.__table__.delete())


async def test_replies_wait_in_the_outbox_when_the_event_is_done(service):
    response = await handled(service, message("hoa", QUESTION, "1"))

    assert response["outcome"] == "answered"
    assert await states(service.repository) == ["done"]
    kept = await waiting(service.repository, "hoa")
    assert [kind for kind, _ in kept] == [REPLY] * len(response["replies"])
    assert [words for _, words in kept] == [reply["text"] for reply in response["replies"]]


async def test_a_number_means_the_choice_that_was_open(service):
    await handled(service, message("hoa", "menu"))
    (first, *_) = (await service.repository.peek(sender_key("hoa"))).choices

    response = await handled(service, message("hoa", "1"))

    assert first.value == "emergency"
    assert response["outcome"] == "emergency"


async def test_who_lost_the_claim_changes_nothing(service, replicas):
    await agree(service)
    pick = (await picks(service))[0]
    await forget_replies(service)
    event = await claimed(service, message("hoa", choice=pick))
    async with service.repository.transaction() as store:
        await store._connection.execute(update(InboundEvent).where(InboundEvent.id == event.id).values(claim="another"))

    with pytest.raises(ClaimLostError):
        await service.handler.handle(event)

    assert await table(service.repository, Attempt) == []
    assert await waiting(service.repository, "hoa") == []
    assert (await states(service.repository))[-1] == "waiting"


async def test_one_event_in_the_hands_of_two_replicas_counts_once(service, replicas):
    other = replicas()
    await agree(service)
    pick = (await picks(service))[0]
    await forget_replies(service)
    event = await claimed(service, message("hoa", choice=pick))

    results = await asyncio.gather(service.handler.handle(event), other.handler.handle(event), return_exceptions=True)

    assert sorted(type(result) for result in results if isinstance(result, Exception)) == [ClaimLostError]
    assert len(await table(service.repository, Attempt)) == 1
    assert len({words for _, words in await waiting(service.repository, "hoa")}) == len(await waiting(service.repository, "hoa"))


@pytest.mark.parametrize(
    "step",
    [
        pytest.param("actions.learners.repository.Store.keep_conversation", id="keeping the menu"),
        pytest.param("actions.learners.outbox.Outbox.add", id="writing the replies"),
        pytest.param("tests.fakes.line_channel.LineChannel.compose", id="composing the replies"),
    ],
)
async def test_a_turn_that_fails_at_any_step_changes_nothing(service, monkeypatch, step):
    await agree(service)
    pick = (await picks(service))[0]
    event = await claimed(service, message("hoa", choice=pick))
    tables = (Attempt, Conversation, InboundEvent, OutboundMessage, LessonProgress)
    before = [await table(service.repository, one) for one in tables]

    def fail(*_arguments, **_options):
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(step, fail)
        with pytest.raises(RuntimeError):
            await service.handler.handle(event)

    assert [await table(service.repository, one) for one in tables] == before
    await service.handler.handle(event)
    assert len(await table(service.repository, Attempt)) == 1


async def test_withdrawn_consent_erases_the_person_without_a_word(service):
    await agree(service)
    await write(service.repository, [outgoing("hoa", "nhắc", kind="reminder")], clock.now())

    await handled(service, message("hoa", kind="withdrawn"))

    for gone in (LearnerRow, Identity, Conversation, OutboundMessage, LessonProgress):
        assert await table(service.repository, gone) == [], gone
    assert [row["sender_key"] for row in await table(service.repository, Tombstone)] == [sender_key("hoa")]
    assert {row["sender_key"] for row in await table(service.repository, InboundEvent)} == {None}


async def test_withdrawn_consent_of_a_stranger_is_no_fault(service):
    await handled(service, message("chưa gặp", kind="withdrawn"))

    assert await states(service.repository) == ["done"]


async def test_who_stopped_the_bot_is_told_nothing_more_until_they_are_back(service):
    await agree(service)
    await write(service.repository, [outgoing("hoa", "nhắc", kind="reminder")], clock.now())

    await handled(service, message("hoa", kind="blocked"))
    (blocked,) = await table(service.repository, Identity)
    left = await waiting(service.repository, "hoa")
    await handled(service, message("hoa", kind="unblocked"))
    (back,) = await table(service.repository, Identity)

    assert (blocked["blocked_at"] is None, left, back["blocked_at"]) == (False, [], None)


@pytest.mark.parametrize("is_learner", [True, False])
async def test_who_writes_is_back(service, is_learner):
    if is_learner:
        await agree(service)
    else:
        async with service.repository.transaction() as store:
            await store.people.identity_id(sender_key("hoa"), "line", "hoa", clock.now())
    await handled(service, message("hoa", kind="blocked"))

    await handled(service, message("hoa", "menu"))

    assert [row["blocked_at"] for row in await table(service.repository, Identity)] == [None]


async def test_of_an_erased_person_only_the_receipt_waits_for_an_hour(service):
    await agree(service)
    await handled(service, message("hoa", "/xoadulieu"))
    (sure, *_) = (await service.repository.peek(sender_key("hoa"))).choices

    response = await handled(service, message("hoa", choice=sure.value))

    assert response["erased"]
    (row,) = await table(service.repository, OutboundMessage)
    assert (row["kind"], row["expires_at"] - row["created_at"]) == (RECEIPT, timedelta(hours=1))
    for gone in (LearnerRow, Identity, Conversation):
        assert await table(service.repository, gone) == [], gone


async def test_the_answer_to_a_poll_means_the_value_of_its_option(service):
    await agree(service)
    values = await picks(service)
    async with service.repository.transaction() as store:
        await store.outbox.keep_poll("p1", sender_key("hoa"), values, clock.now())

    await handled(service, message("hoa", choice="poll:p1:1"))

    (attempt,) = await table(service.repository, Attempt)
    assert attempt["choice"] == int(values[1].rsplit(":", 1)[1])


@pytest.mark.parametrize("choice", ["poll:p2:0", "poll:p1:7", "poll:p1:x", "poll:p1:", "poll:", "poll:::"])
async def test_the_answer_to_an_unknown_poll_fails_and_may_be_tried_again(service, choice):
    async with service.repository.transaction() as store:
        await store.outbox.keep_poll("p1", sender_key("hoa"), ["menu"], clock.now())

    with pytest.raises(UnknownPollError):
        await handled(service, message("hoa", choice=choice))

    assert await states(service.repository) == ["waiting"]


async def test_the_answer_to_another_s_poll_is_not_theirs(service):
    async with service.repository.transaction() as store:
        await store.outbox.keep_poll("p1", sender_key("lan"), ["menu"], clock.now())

    with pytest.raises(UnknownPollError):
        await handled(service, message("hoa", choice="poll:p1:0"))

    assert len(await table(service.repository, Poll)) == 1


async def test_a_secret_that_was_masked_at_the_door_is_warned_of(service):
    await handled(service, message("hoa", "mã otp của tôi là 482913"))

    words = " ".join(words for _, words in await waiting(service.repository, "hoa"))
    assert "OTP" in words
    assert "482913" not in words


async def test_the_web_fetches_its_response_and_nothing_waits_in_the_outbox(service):
    response = await handled(service, message("hoa", QUESTION, "m1"), channel="web")

    (row,) = await table(service.repository, InboundEvent)
    async with service.repository.reading() as store:
        kept = await store.inbox.state_of(row["id"])
    assert (kept.state, kept.response) == ("done", response)
    assert await waiting(service.repository, "hoa", "web") == []


async def test_a_web_message_that_could_not_be_answered_may_be_sent_again(service, nlu):
    nlu.broken = True

    response = await handled(service, message("hoa", QUESTION, "m1"), channel="web")

    assert response["outcome"] == "error"
    assert await table(service.repository, InboundEvent) == []


async def test_panic_on_the_web_is_answered_although_nothing_can_be_stored(service, logged):
    event = await claimed(service, message("hoa", "tôi vừa bị lừa", "m1"), channel="web")
    async with service.repository._writing.begin() as connection:
        await connection.execute(text("ALTER TABLE conversations RENAME TO gone"))

    try:
        response = await service.handler.handle(event)
    finally:
        async with service.repository._writing.begin() as connection:
            await connection.execute(text("ALTER TABLE gone RENAME TO conversations"))

    assert response["outcome"] == "emergency"
    assert "turn.not_stored" in [entry["event"] for entry in logged]


async def test_panic_on_a_channel_is_tried_again_as_its_reply_could_not_be_written(service):
    event = await claimed(service, message("hoa", "tôi vừa bị lừa", "1"))
    async with service.repository._writing.begin() as connection:
        await connection.execute(text("ALTER TABLE conversations RENAME TO gone"))

    try:
        with pytest.raises(SQLAlchemyError):
            await service.handler.handle(event)
    finally:
        async with service.repository._writing.begin() as connection:
            await connection.execute(text("ALTER TABLE gone RENAME TO conversations"))

    await service.handler.handle(event)
    assert await waiting(service.repository, "hoa")


async def test_what_was_said_is_in_no_table_and_no_log(service, nlu, logged):
    nlu.decision = "unknown"
    await handled(service, message("dia-chi-0901", "dấu vết riêng tư 0912345678 là sao nhỉ", "1"))
    await handled(service, message("dia-chi-0901", "mật khẩu: hoa1990@", "2"))

    found = {one.__tablename__: str(await table(service.repository, one)) for one in (InboundEvent, OutboundMessage, Conversation)}
    questions = str(await table(service.repository, UnansweredQuestion))

    assert "dấu vết" not in str(found) + str(logged)
    assert "dấu vết" in questions  # for a trainer, without what points to a person
    for clear in ("0912345678", "hoa1990", "dia-chi"):
        assert clear not in str(found) + questions + str(logged)


async def test_each_turn_is_counted_and_logged_without_its_words(service, logged):
    await handled(service, message("hoa", QUESTION))

    (entry,) = [entry for entry in logged if entry["event"] == "turn.done"]
    assert (entry["channel"], entry["outcome"], entry["answer"]) == ("line", "answered", "cong-an-goi-dien")
    assert service.metrics.turns.labels("line", "answered")._value.get() == 1
