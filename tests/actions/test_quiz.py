"""A quiz: feedback for every choice, a pass mark, other questions the second time, no answer counted twice."""

import asyncio

import pytest

from actions.context import Context, Sender
from actions.learners.tables import Attempt, LessonProgress, ReviewCard
from actions.quiz import draw, feedback
from bot import clock
from bot.turn import Message
from tests.stored import rows

LESSON = "ma-otp"


def opened(talk):
    """Return the slug of the open question."""
    return next(c["value"] for c in talk.choices if c["value"].startswith("pick:")).split(":")[2]


def pick_labels(talk):
    return [c["label"] for c in talk.choices if c["value"].startswith("pick:")]


async def questions_of_a_sitting(talk, *answers):
    """Take a quiz, answer as told, and return the questions that were asked."""
    await talk.tap(f"quiz:{LESSON}")
    asked = []
    for is_right in answers:
        asked.append(opened(talk))
        await talk.answer(is_right=is_right)
    return asked


async def test_a_quiz_says_how_many_questions_and_what_is_enough(talk):
    await talk.tap(f"quiz:{LESSON}")

    assert talk.last["outcome"] == "quiz"
    assert "3 chuyện nhỏ" in talk.text
    assert "Đúng từ 2 câu là qua" in talk.text
    assert "Câu 1/3." in talk.text


def test_every_choice_of_every_question_gets_feedback(curriculum):
    context = Context(curriculum, "test", None, Sender("web", "", ""), clock.now(), "")

    for lesson in curriculum.lessons.values():
        for question in lesson.questions.values():
            right = next(c for c in question.choices if c.is_right)
            for n, choice in enumerate(question.choices):
                said = feedback(context, question, n)
                assert context.render(choice.feedback) in said, (lesson.slug, question.slug, n)
                assert said.startswith("Đúng" if choice.is_right else "Chưa đúng. ")
                assert choice.is_right or context.render(right.text) in said


async def test_feedback_comes_at_once_and_the_next_question_follows(talk, curriculum):
    await talk.tap(f"quiz:{LESSON}")
    right = next(c for c in curriculum.lessons[LESSON].questions[opened(talk)].choices if c.is_right)

    await talk.answer(is_right=False)

    assert talk.last["replies"][0]["text"].startswith("Chưa đúng. ")
    assert f"Nên chọn: {right.text}" in talk.text
    assert "Câu 2/3." in talk.text


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param((True, True, True), id="three right"),
        pytest.param((False, True, True), id="the first wrong"),
        pytest.param((True, False, True), id="the second wrong"),
        pytest.param((True, False, False), id="one right"),
        pytest.param((False, False, False), id="none right"),
    ],
)
async def test_two_right_of_three_pass(talk, service, answers):
    await talk.agree("bac")

    await questions_of_a_sitting(talk, *answers)

    is_passed = sum(answers) >= 2
    (progress,) = await rows(service, LessonProgress) or [{"passed_at": None}]
    assert (progress["passed_at"] is not None) is is_passed
    assert ("đã qua bài" in talk.text) is is_passed
    assert f"đúng {sum(answers)}/3 câu" in talk.text
    assert ("Làm lại với câu khác" in talk.labels) is not is_passed


@pytest.mark.parametrize("is_learner", [True, False], ids=["a learner", "a guest"])
async def test_the_second_try_has_other_questions(talk, is_learner):
    if is_learner:
        await talk.agree("bac")

    first = await questions_of_a_sitting(talk, False, False, False)
    second = await questions_of_a_sitting(talk, True, True, True)

    assert len(set(first)) == len(set(second)) == 3
    assert not set(first) & set(second)
    assert "qua bài" in talk.text


async def test_another_day_the_questions_asked_least_come_first(talk, service, curriculum):
    await talk.agree("bac")
    for _ in range(2):
        await questions_of_a_sitting(talk, True, True, True)

    await questions_of_a_sitting(talk, True)
    await talk.tap(f"quiz:{LESSON}")

    asked = [row["question"] for row in await rows(service, Attempt)]
    assert opened(talk) != asked[-1]


def test_questions_are_drawn_by_how_often_they_were_asked(curriculum):
    lesson = curriculum.lessons[LESSON]
    slugs = list(lesson.questions)

    assert draw(lesson, dict.fromkeys(slugs, 0)) == slugs[:3]
    assert draw(lesson, dict.fromkeys(slugs, 0) | {slugs[0]: 1, slugs[2]: 1}) == [slugs[1], slugs[3], slugs[4]]


@pytest.mark.parametrize(
    ("place", "way"),
    [
        (0, "number"),
        (2, "number"),
        (0, "letter"),
        (1, "letter"),
        (2, "capital"),
        (1, "answer"),
        (2, "words"),
        (1, "words without diacritics"),
    ],
)
async def test_an_answer_may_be_a_number_a_letter_or_words(talk, service, place, way):
    from bot.nlu.syllable import fold

    await talk.agree("bac")
    await talk.tap(f"quiz:{LESSON}")
    shown = [c for c in talk.choices if c["value"].startswith("pick:")][place]
    typed = {
        "number": str(place + 1),
        "letter": "abc"[place],
        "capital": "ABC"[place],
        "answer": f"đáp án {'abc'[place]}",
        "words": shown["label"],
        "words without diacritics": fold(shown["label"].lower()),
    }[way]

    await talk.say(typed)

    (attempt,) = await rows(service, Attempt)
    assert str(attempt["choice"]) == shown["value"].rsplit(":", 1)[1]


@pytest.mark.parametrize("typed", ["ab", "bc", "abc"])
async def test_several_letters_are_no_answer(talk, service, typed):
    await talk.agree("bac")
    await talk.tap(f"quiz:{LESSON}")

    await talk.say(typed)

    assert await rows(service, Attempt) == []


async def test_a_number_beyond_the_choices_asks_the_same_question_again(talk, service):
    await talk.agree("bac")
    await talk.tap(f"quiz:{LESSON}")
    before = pick_labels(talk)

    await talk.say("9")

    assert pick_labels(talk) == before
    assert await rows(service, Attempt) == []


async def test_the_choices_stand_in_an_order_of_the_sitting_that_stays(talk):
    await talk.tap(f"quiz:{LESSON}")
    before = pick_labels(talk)

    await talk.say("công an gọi điện bảo tôi liên quan vụ án")

    assert pick_labels(talk) == before


async def test_a_tap_that_comes_twice_counts_once(talk, service):
    await talk.agree("bac")
    await talk.tap(f"quiz:{LESSON}")
    values = [c["value"] for c in talk.choices if c["value"].startswith("pick:")]
    await talk.tap(values[0])
    attempts, cards = await rows(service, Attempt), await rows(service, ReviewCard)

    for value in values:
        await talk.tap(value)
        assert "chỉ tính một lần" in talk.text
        assert "Câu 2/3." in talk.text

    assert await rows(service, Attempt) == attempts
    assert await rows(service, ReviewCard) == cards
    assert len(attempts) == 1


async def test_two_taps_at_once_count_once(talk, service):
    await talk.agree("bac")
    await talk.tap(f"quiz:{LESSON}")
    values = [c["value"] for c in talk.choices if c["value"].startswith("pick:")]

    await asyncio.gather(*(service.handle("web", talk.sender, Message(choice=value)) for value in values * 2))

    assert len(await rows(service, Attempt)) == 1


async def test_the_last_answer_tapped_again_does_not_pass_twice_nor_change_the_result(talk, service):
    await talk.agree("bac")
    await talk.tap(f"quiz:{LESSON}")
    for is_right in (True, True):
        await talk.answer(is_right=is_right)
    last = talk.picks()
    await talk.answer(is_right=False)

    for value in last.values():
        await talk.tap(value)

    assert "đúng 2/3" in talk.text
    assert len(await rows(service, Attempt)) == 3


async def test_a_tap_from_an_earlier_sitting_is_said_so_and_changes_nothing(talk, service):
    await talk.agree("bac")
    await talk.tap(f"quiz:{LESSON}")
    old = next(iter(talk.picks().values()))
    await talk.tap(f"quiz:{LESSON}")
    before = pick_labels(talk)

    await talk.tap(old)

    assert "lần làm trước" in talk.text
    assert pick_labels(talk) == before
    assert await rows(service, Attempt) == []


async def test_a_tap_after_the_quiz_was_left_offers_it_again(talk, service):
    await talk.agree("bac")
    await talk.tap(f"quiz:{LESSON}")
    old = next(iter(talk.picks().values()))
    await talk.tap("menu")
    await talk.tap("lesson:cong-an-gia")

    await talk.tap(old)

    assert "lần làm trước" in talk.text
    assert "Làm lại câu đố" in talk.labels
    assert await rows(service, Attempt) == []


@pytest.mark.parametrize("tail", ["x", "99", "-1", "0:0", ""])
async def test_a_made_up_choice_of_an_open_question_changes_nothing(talk, service, tail):
    await talk.agree("bac")
    await talk.tap(f"quiz:{LESSON}")
    value = next(iter(talk.picks().values())).rsplit(":", 1)[0]

    await talk.tap(f"{value}:{tail}")

    assert talk.last["replies"]
    assert await rows(service, Attempt) == []


async def test_a_guests_answers_are_not_kept(talk, service):
    await questions_of_a_sitting(talk, True, True, True)

    assert "chưa ghi lại kết quả" in talk.text
    assert await rows(service, Attempt) == await rows(service, ReviewCard) == await rows(service, LessonProgress) == []


async def test_a_question_in_the_middle_is_answered_and_the_quiz_goes_on(talk, service):
    await talk.agree("bac")
    await talk.tap(f"quiz:{LESSON}")
    await talk.answer(is_right=True)
    question = opened(talk)

    await talk.say("công an gọi điện bảo tôi liên quan vụ án")

    assert talk.last["answer"] == "cong-an-goi-dien"
    assert "Mình quay lại câu đố" in talk.text
    assert opened(talk) == question
    assert "Dừng câu đố" in talk.labels
    await talk.answer(is_right=True)
    assert len(await rows(service, Attempt)) == 2


@pytest.mark.parametrize("letter", ["a", "c"])
async def test_after_a_question_in_the_middle_letters_still_mean_the_quiz(talk, service, letter):
    await talk.agree("bac")
    await talk.tap(f"quiz:{LESSON}")
    await talk.say("công an gọi điện bảo tôi liên quan vụ án")
    shown = [c for c in talk.choices if c["value"].startswith("pick:")]["abc".index(letter)]

    await talk.say(letter)

    (attempt,) = await rows(service, Attempt)
    assert str(attempt["choice"]) == shown["value"].rsplit(":", 1)[1]


@pytest.mark.parametrize("typed", ["dừng", "DỪNG", "dung", "Dung."])
async def test_a_word_stops_the_quiz_and_what_was_answered_stays(talk, service, typed):
    await talk.agree("bac")
    await questions_of_a_sitting(talk, True)

    await talk.say(typed)

    assert "mình dừng câu đố ở đây" in talk.text
    assert "Làm lại câu đố" in talk.labels
    assert len(await rows(service, Attempt)) == 1


async def test_a_passed_lesson_leads_to_the_next_one(talk):
    await talk.agree("bac")

    await talk.pass_quiz(LESSON)

    assert any(label.startswith("Bài tiếp: ") for label in talk.labels)
    assert "Nghỉ, mai học tiếp" in talk.labels


async def test_an_attempt_records_which_content_it_answered(talk, service):
    await talk.agree("bac")

    await questions_of_a_sitting(talk, False)

    (attempt,) = await rows(service, Attempt)
    assert (attempt["lesson"], attempt["kind"], attempt["is_right"], attempt["content_version"]) == (LESSON, "quiz", False, "test")


@pytest.mark.parametrize("message", ["công an gọi điện bảo tôi liên quan vụ án", "9", "pick", "dừng"])
async def test_a_question_withdrawn_while_it_is_open_harms_nobody(talk, service, message):
    await talk.agree("bac")
    await talk.tap(f"quiz:{LESSON}")
    value, question = next(iter(talk.picks().values())), opened(talk)
    curriculum = service.turns.curriculum
    lesson = curriculum.lessons[LESSON]
    rest = {slug: q for slug, q in lesson.questions.items() if slug != question}
    changed = lesson.model_copy(update={"questions": rest})
    service.turns.curriculum = curriculum.model_copy(update={"lessons": curriculum.lessons | {LESSON: changed}})

    await (talk.tap(value) if message == "pick" else talk.say(message))

    assert talk.last["replies"]
