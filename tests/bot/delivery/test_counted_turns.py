"""What waits to be counted of each turn: how it ended, the answer and its topic, and what a tap says of it."""

import pytest
from sqlalchemy import event

from actions.learners.rows import insert
from actions.learners.staff_tables import StaffRow
from actions.learners.statistics.filters import default_filter
from bot import clock
from tests.actions.learners.given import rows_of
from tests.bot.delivery.given import sender_key
from tests.talk import Talk

RANKING = [("cong-an-goi-dien", 0.5), ("quen-mat-khau-mxh", 0.3), ("otp-la-gi", 0.1)]


@pytest.fixture
def talk(service, nlu):
    nlu.ranking = RANKING
    return Talk(service)


async def waiting(talk):
    rows = (await rows_of(talk.service.repository, "turns"))["turns"]
    return [(row["outcome"], row["verdict"], row["topic"], row["answer"]) for row in rows]


async def ask(talk, nlu, decision):
    nlu.decision = decision
    return await talk.say("công an gọi cho tôi 0912345678")


async def test_an_answer_waits_with_its_topic(talk, nlu):
    await ask(talk, nlu, "answer")

    assert await waiting(talk) == [("answered", "", "scam-police", "cong-an-goi-dien")]


@pytest.mark.parametrize(("decision", "outcome"), [("suggest", "suggested"), ("unknown", "unknown")])
async def test_what_was_not_answered_waits_with_the_best_guess(talk, nlu, decision, outcome):
    await ask(talk, nlu, decision)

    assert await waiting(talk) == [(outcome, "", "scam-police", "cong-an-goi-dien")]


@pytest.mark.parametrize(
    ("decision", "label", "verdict"),
    [("answer", "Chưa đúng ý tôi", "thumbs_down"), ("suggest", "Không phải các ý trên", "declined")],
)
async def test_a_tap_says_what_it_thinks_of_the_answer(talk, nlu, decision, label, verdict):
    await ask(talk, nlu, decision)

    await talk.press(label)
    await talk.tap("menu")

    assert (await waiting(talk))[1:] == [("menu", verdict, "scam-police", "cong-an-goi-dien"), ("menu", "", "", "")]


async def test_the_same_tap_again_says_nothing_more(talk, nlu):
    await ask(talk, nlu, "answer")

    for _ in range(2):
        await talk.tap("wrong:cong-an-goi-dien")

    assert [verdict for _, verdict, *_ in await waiting(talk)] == ["", "thumbs_down", ""]


async def test_nothing_of_the_words_waits(talk, nlu):
    await ask(talk, nlu, "unknown")

    (row,) = (await rows_of(talk.service.repository, "turns"))["turns"]
    assert set(row) == {"id", "at", "channel", "sender_key", "outcome", "verdict", "topic", "answer"}
    assert "0912345678" not in str(row)


async def test_every_turn_waits_once_and_an_erasure_not_at_all(talk):
    await talk.agree()
    await talk.tap("lesson:ma-otp")
    before = await waiting(talk)

    await talk.say("/xoadulieu")
    await talk.press("Xoá")

    assert before[-1] == ("lesson", "", "", "")
    assert await waiting(talk) == []


async def test_the_jobs_count_what_waits(talk):
    people = [Talk(talk.service, f"nguoi-{n}") for n in range(6)]
    for person in people:
        await person.tap("menu")

    await talk.service._work()

    async with talk.service.repository.reading() as store:
        found = await store.statistics.outcomes(default_filter(clock.today()))
        came = await store.statistics.people(default_filter(clock.today()))
    assert (found.turns, came.people) == (6, 6)
    assert await waiting(talk) == []


async def test_a_learner_is_counted_from_the_first_step_to_the_quiz(talk):
    people = [Talk(talk.service, f"nguoi-{n}") for n in range(5)]
    for person in people:
        await person.agree()
        await person.tap("lesson:ma-otp")
        await person.press("Tiếp")
        await person.tap("quiz:ma-otp")
        for _ in range(3):
            await person.answer(is_right=True)

    await talk.service._work()

    async with talk.service.repository.reading() as store:
        wanted = default_filter(clock.today())
        learned, funnel = await store.statistics.learning(wanted), await store.statistics.funnel(wanted, "ma-otp")
        items = (await store.statistics.quiz_items(wanted, 5)).items
    assert (learned.started.people, learned.passed.people) == (5, 5)
    assert (funnel.steps, funnel.tried, funnel.passed) == ((5, 5), 5, 5)
    assert [(item.people, item.wrong) for item in items] == [(5, 0)] * 3


async def test_a_turn_costs_one_statement_more(talk):
    statements = []
    engine = talk.service.repository._engine.sync_engine
    await talk.tap("menu")
    event.listen(engine, "before_cursor_execute", lambda *arguments: statements.append(arguments[2]))

    await talk.tap("menu")

    assert len([text for text in statements if "turns" in text]) == 1


async def test_staff_is_not_counted(talk):
    async with talk.service.repository.transaction() as store:
        account = {"id": "an", "login": "an", "name": "An", "role": "trainer", "password_hash": "", "is_enabled": True}
        await insert(store._connection, StaffRow, account | {"created_at": clock.now()})
        await store.staff_senders.mark(sender_key(talk.sender, talk.channel), "an", clock.now())
    await talk.tap("menu")

    await talk.service._work()

    async with talk.service.repository.reading() as store:
        assert (await store.statistics.outcomes(default_filter(clock.today()))).turns == 0
    assert await waiting(talk) == []
