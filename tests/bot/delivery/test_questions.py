"""Questions that were not answered well reach the trainers once, whatever is tapped afterwards."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import event

from bot import clock
from tests.bot.delivery.given import sender_key
from tests.talk import Talk

RANKING = [("cong-an-goi-dien", 0.5), ("quen-mat-khau-mxh", 0.3), ("otp-la-gi", 0.1)]
ASKED = "hỏi gì đó 0912345678"
MASKED = "hỏi gì đó •••"


@pytest.fixture
def talk(service, nlu):
    nlu.ranking = RANKING
    return Talk(service)


async def kept(talk):
    """Return outcome, text and best guess of what the trainers get to see."""
    async with talk.service.repository.reading() as store:
        return [(one.outcome, one.masked_text, one.best_intent) for one in await store.unanswered.waiting()]


async def asked(talk):
    return (await talk.service.repository.peek(sender_key(talk.sender, talk.channel))).asked


async def ask(talk, nlu, decision, text=ASKED):
    nlu.decision = decision
    return await talk.say(text)


async def test_a_thumbs_down_is_kept_with_the_question_and_the_answer_that_was_given(talk, nlu):
    await ask(talk, nlu, "answer")
    before = await kept(talk)

    await talk.press("Chưa đúng ý tôi")

    assert before == []
    assert await kept(talk) == [("thumbs_down", MASKED, "cong-an-goi-dien")]
    assert await asked(talk) is None


async def test_a_thumbs_down_tapped_twice_counts_once(talk, nlu):
    await ask(talk, nlu, "answer")
    await talk.tap("wrong:cong-an-goi-dien")

    await talk.tap("wrong:cong-an-goi-dien")

    assert len(await kept(talk)) == 1


async def test_suggestions_that_are_declined_replace_the_suggested_question(talk, nlu):
    await ask(talk, nlu, "suggest")
    before = await kept(talk)

    await talk.press("Không phải các ý trên")

    assert before == [("suggested", MASKED, "cong-an-goi-dien")]
    assert await kept(talk) == [("declined", MASKED, "cong-an-goi-dien")]
    assert await asked(talk) is None


async def test_declining_may_be_typed_by_its_number(talk, nlu):
    await ask(talk, nlu, "suggest")
    number = talk.labels.index("Không phải các ý trên") + 1

    await talk.say(str(number))

    assert [outcome for outcome, *_ in await kept(talk)] == ["declined"]


async def test_a_question_whose_suggestion_is_taken_is_answered(talk, nlu):
    await ask(talk, nlu, "suggest")

    await talk.tap("answer:otp-la-gi")

    assert await kept(talk) == []


async def test_a_suggestion_that_was_taken_and_was_wrong_is_a_thumbs_down(talk, nlu):
    await ask(talk, nlu, "suggest")
    await talk.tap("answer:otp-la-gi")

    await talk.press("Chưa đúng ý tôi")

    assert await kept(talk) == [("thumbs_down", MASKED, "otp-la-gi")]


async def test_declining_after_a_look_at_one_suggestion_counts_once(talk, nlu):
    await ask(talk, nlu, "suggest")
    await talk.tap("answer:otp-la-gi")

    await talk.tap("none")
    await talk.tap("none")

    assert await kept(talk) == [("declined", MASKED, "cong-an-goi-dien")]


async def test_an_answer_found_in_the_menu_is_no_suggestion_that_was_taken(talk, nlu):
    await ask(talk, nlu, "suggest")

    await talk.tap("answer:mat-khau-manh")

    assert [outcome for outcome, *_ in await kept(talk)] == ["suggested"]


@pytest.mark.parametrize(
    "taps",
    [
        pytest.param(["more:cong-an-goi-dien", "wrong:cong-an-goi-dien"], id="read on first"),
        pytest.param(["menu", "topic:scam-police", "wrong:cong-an-goi-dien"], id="looked around first"),
    ],
)
async def test_a_tap_between_does_not_lose_the_question(talk, nlu, taps):
    await ask(talk, nlu, "answer")

    for value in taps:
        await talk.tap(value)

    assert [outcome for outcome, *_ in await kept(talk)] == ["thumbs_down"]


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("wrong:otp-la-gi", id="thumbs-down on another answer"),
        pytest.param("none", id="declined where nothing was suggested"),
        pytest.param("wrong", id="no answer named"),
        pytest.param("wrong:khong-co", id="an answer that is not there"),
    ],
)
async def test_a_tap_that_means_something_else_keeps_nothing(talk, nlu, value):
    await ask(talk, nlu, "answer")

    await talk.tap(value)

    assert await kept(talk) == []


async def test_the_next_question_takes_the_place_of_the_one_before(talk, nlu):
    await ask(talk, nlu, "answer", "câu trước")
    await ask(talk, nlu, "answer", "câu sau")

    await talk.tap("wrong:cong-an-goi-dien")

    assert [text for _, text, _ in await kept(talk)] == ["câu sau"]


@pytest.mark.parametrize(
    "said",
    [
        pytest.param("tôi muốn chết", id="despair"),
        pytest.param("tôi vừa bị lừa mất tiền", id="panic"),
        pytest.param("/khancap", id="the command"),
    ],
)
async def test_nothing_is_remembered_of_somebody_in_need(talk, nlu, said):
    await ask(talk, nlu, "answer")

    await talk.say(said)

    assert await asked(talk) is None
    await talk.tap("wrong:cong-an-goi-dien")
    assert await kept(talk) == []


@pytest.mark.parametrize(
    ("decision", "intent"),
    [
        pytest.param("unknown", "cong-an-goi-dien", id="not understood: kept already"),
        pytest.param("answer", "chao-hoi", id="small talk"),
        pytest.param("answer", "tuyet-vong", id="despair that only the model saw"),
    ],
)
async def test_a_question_that_no_tap_can_judge_is_not_remembered(talk, nlu, decision, intent):
    nlu.ranking = [(intent, 0.9)]

    await ask(talk, nlu, decision)

    assert await asked(talk) is None


async def test_what_is_remembered_is_masked_and_sealed(talk, nlu):
    await ask(talk, nlu, "answer")

    assert (await asked(talk)).text == MASKED
    async with talk.service.repository.reading() as store:
        row = (await store._connection.exec_driver_sql("SELECT sealed_question FROM conversations")).scalar_one()
    assert "hỏi" not in row


async def test_a_tap_the_day_after_means_nothing(talk, nlu):
    begin = clock.now()
    with time_machine.travel(begin, tick=False):
        await ask(talk, nlu, "answer")
    with time_machine.travel(begin + timedelta(days=1, minutes=1), tick=False):
        await talk.tap("wrong:cong-an-goi-dien")

    assert await kept(talk) == []
    assert await asked(talk) is None


async def test_an_erasure_takes_the_remembered_question_along(talk, nlu):
    await talk.agree()
    await ask(talk, nlu, "answer")
    assert await asked(talk) is not None

    await talk.say("/xoadulieu")
    await talk.press("Xoá")

    assert await asked(talk) is None


async def test_the_citizen_sees_the_question_among_the_own_data(talk, nlu):
    await talk.agree()
    await ask(talk, nlu, "answer")

    async with talk.service.repository.reading() as store:
        learner = await store.people.learner(sender_key(talk.sender, talk.channel))
        found = await store.privacy.export(learner.id)

    assert [row["text"] for row in found["last_questions"]] == [MASKED]


@pytest.mark.parametrize(
    ("decision", "tap", "more"),
    [
        pytest.param("answer", None, 0, id="an answered question"),
        pytest.param("suggest", None, 1, id="a suggested question"),
        pytest.param("answer", "wrong:cong-an-goi-dien", 1, id="a thumbs-down"),
        pytest.param("suggest", "none", 1, id="declined suggestions"),
        pytest.param("suggest", "answer:otp-la-gi", 1, id="a suggestion taken"),
    ],
)
async def test_a_turn_gains_one_statement_at_the_most(talk, nlu, decision, tap, more):
    statements = []

    def note(_connection, _cursor, statement, *_rest):
        statements.append(statement)

    event.listen(talk.service.repository._engine.sync_engine, "before_cursor_execute", note)
    await ask(talk, nlu, decision)
    if tap is not None:
        statements.clear()
        await talk.tap(tap)

    assert len([one for one in statements if "unanswered_questions" in one]) == more
