"""Spaced review: what was answered wrong comes back first, what was known later and later."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from actions.learners.tables import Attempt, ReviewCard
from tests.stored import rows

LESSON = "ma-otp"
MORNING = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
TODAY = date(2026, 11, 24)


@pytest.fixture
def clock(time_machine):
    time_machine.move_to(MORNING, tick=False)
    return time_machine


async def take_quiz(talk, *answers, lesson=LESSON):
    await talk.tap(f"quiz:{lesson}")
    for is_right in answers:
        await talk.answer(is_right=is_right)


async def cards(service):
    return {row["question"]: row for row in await rows(service, ReviewCard)}


def asked(talk):
    return next((c["value"] for c in talk.choices if c["value"].startswith("pick:")), "::").split(":")[2]


async def test_a_guest_is_asked_for_consent_first(talk):
    await talk.say("/onlai")

    assert "tôi cần nhớ" in talk.text
    assert "Nhớ giúp tôi" in talk.labels


async def test_before_any_quiz_there_is_nothing_to_review(talk):
    await talk.agree("bac")

    await talk.say("/onlai")

    assert "Chưa có câu nào để ôn" in talk.text
    assert talk.last["outcome"] == "review"


async def test_a_wrong_answer_comes_back_sooner_than_right_ones(talk, service, clock):
    await talk.agree("bac")

    await take_quiz(talk, True, False, True)

    wrong = [row["question"] for row in await rows(service, Attempt) if not row["is_right"]]
    due = {question: row["due_on"] for question, row in (await cards(service)).items()}
    assert len(due) == 3
    assert due[wrong[0]] == TODAY + timedelta(days=1)
    assert all(day > due[wrong[0]] for question, day in due.items() if question not in wrong)


async def test_nothing_comes_back_on_the_same_day_and_the_next_day_is_told(talk, clock):
    await talk.agree("bac")
    await take_quiz(talk, True, False, True)

    await talk.say("/onlai")

    assert "Câu tiếp theo quay lại ngày mai" in talk.text


@pytest.mark.parametrize("typed", ["/onlai", "/on", "ôn lại", "on bai", "Ôn lại 1 câu"])
async def test_the_next_day_only_the_wrong_one_is_asked(talk, service, clock, typed):
    await talk.agree("bac")
    await take_quiz(talk, True, False, True)
    wrong = next(row["question"] for row in await rows(service, Attempt) if not row["is_right"])

    clock.shift(timedelta(days=1))
    await talk.say("/hoc")
    await talk.say(typed)

    assert "Mình ôn lại 1 câu" in talk.text
    assert asked(talk) == wrong
    await talk.answer(is_right=True)
    assert "đúng 1/1 câu" in talk.text
    assert talk.last["outcome"] == "review"


async def test_a_known_question_comes_back_later_each_time(talk, service, clock):
    await talk.agree("bac")
    await talk.tap(f"quiz:{LESSON}")
    await talk.answer(is_right=True)
    ((question, card),) = (await cards(service)).items()
    waits = [card["due_on"] - TODAY]

    for _ in range(4):
        clock.shift(waits[-1])
        await talk.say("/onlai")
        await talk.answer(is_right=True)
        due = (await cards(service))[question]["due_on"]
        day = datetime.now(UTC).date()
        waits.append(due - day)

    assert all(later > earlier for earlier, later in pairwise(waits))
    assert waits[-1] <= timedelta(days=365)


async def test_a_question_forgotten_in_the_review_comes_back_the_next_day(talk, service, clock):
    await talk.agree("bac")
    await talk.tap(f"quiz:{LESSON}")
    await talk.answer(is_right=True)
    ((question, card),) = (await cards(service)).items()

    clock.shift(card["due_on"] - TODAY)
    await talk.say("/onlai")
    await talk.answer(is_right=False)

    assert (await cards(service))[question]["due_on"] == card["due_on"] + timedelta(days=1)
    assert "Lần ôn tới: ngày mai" in talk.text


async def test_what_was_never_reviewed_stays_due(talk, clock):
    await talk.agree("bac")
    await take_quiz(talk, False, False, False)

    clock.shift(timedelta(days=90))
    await talk.say("/onlai")

    assert "Mình ôn lại 3 câu" in talk.text


async def test_five_are_asked_at_a_time_and_the_rest_is_offered(talk, clock):
    await talk.agree("bac")
    await take_quiz(talk, False, False, False)
    await take_quiz(talk, False, False, False)

    clock.shift(timedelta(days=1))
    await talk.say("/onlai")
    started = talk.text
    for _ in range(5):
        await talk.answer(is_right=True)

    assert "Mình ôn lại 5 câu" in started
    assert "Ôn tiếp" in talk.labels
    await talk.press("Ôn tiếp")
    assert "Mình ôn lại 1 câu" in talk.text


async def test_answers_of_a_review_are_kept_apart_from_quizzes(talk, service, clock):
    await talk.agree("bac")
    await take_quiz(talk, False, False, False)
    clock.shift(timedelta(days=1))
    await talk.say("/onlai")

    first = next(iter(talk.picks().values()))
    await talk.answer(is_right=True)
    await talk.tap(first)

    attempts = await rows(service, Attempt)
    assert [row["kind"] for row in attempts] == ["quiz"] * 3 + ["review"]
    assert "chỉ tính một lần" in talk.text


async def test_questions_of_two_lessons_are_reviewed_together(talk, service, clock):
    await talk.agree("bac")
    await take_quiz(talk, False, False, False)
    await take_quiz(talk, False, False, False, lesson="cong-an-gia")

    clock.shift(timedelta(days=1))
    await talk.say("/onlai")
    for _ in range(5):
        await talk.answer(is_right=True)
    await talk.press("Ôn tiếp")
    await talk.answer(is_right=True)

    reviewed = [(row["lesson"], row["question"]) for row in await rows(service, Attempt) if row["kind"] == "review"]
    assert len(set(reviewed)) == 6
    assert {lesson for lesson, _ in reviewed} == {LESSON, "cong-an-gia"}


async def test_a_withdrawn_question_is_not_asked(talk, service, clock):
    await talk.agree("bac")
    await talk.tap(f"quiz:{LESSON}")
    gone = asked(talk)
    for _ in range(3):
        await talk.answer(is_right=False)
    curriculum = service.turns.curriculum
    lesson = curriculum.lessons[LESSON]
    changed = lesson.model_copy(update={"questions": {s: q for s, q in lesson.questions.items() if s != gone}})
    service.turns.curriculum = curriculum.model_copy(update={"lessons": curriculum.lessons | {LESSON: changed}})

    clock.shift(timedelta(days=1))
    await talk.say("/onlai")

    assert "Mình ôn lại 2 câu" in talk.text


async def test_a_question_in_the_middle_of_a_review_is_answered_and_it_goes_on(talk, clock):
    await talk.agree("bac")
    await take_quiz(talk, False, False, False)
    clock.shift(timedelta(days=1))
    await talk.say("/onlai")
    question = asked(talk)

    await talk.say("công an gọi điện bảo tôi liên quan vụ án")

    assert talk.last["answer"] == "cong-an-goi-dien"
    assert asked(talk) == question


async def test_a_review_may_be_stopped_by_a_word(talk, clock):
    await talk.agree("bac")
    await take_quiz(talk, False, False, False)
    clock.shift(timedelta(days=1))
    await talk.say("/onlai")

    await talk.say("dừng")
    stopped = talk.text
    await talk.say("/onlai")

    assert "dừng câu đố" in stopped
    assert "Mình ôn lại 3 câu" in talk.text
