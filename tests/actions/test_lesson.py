"""A lesson in steps: stopped anywhere, gone on with another day, a question in between."""

from datetime import UTC, datetime, timedelta

import pytest

from actions.learners.tables import LessonProgress
from tests.stored import rows

LESSON = "ma-otp"
STEPS = 7
MORNING = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


@pytest.fixture
def clock(time_machine):
    time_machine.move_to(MORNING, tick=False)
    return time_machine


async def go_to(talk, step):
    await talk.tap(f"lesson:{LESSON}")
    for _ in range(step - 1):
        await talk.press("Tiếp")


def change_lesson(service, **fields):
    """Let the service have another version of the lesson."""
    curriculum = service.turns.curriculum
    changed = curriculum.lessons[LESSON].model_copy(update=fields)
    service.turns.curriculum = curriculum.model_copy(update={"lessons": curriculum.lessons | {LESSON: changed}})


async def test_a_lesson_begins_with_its_goal_and_first_step(talk, curriculum):
    await talk.tap(f"lesson:{LESSON}")

    lesson = curriculum.lessons[LESSON]
    assert talk.last["outcome"] == "lesson"
    assert lesson.title in talk.text
    assert lesson.goal in talk.text
    assert f"{lesson.steps[0].heading} (1/{STEPS})" in talk.text
    assert talk.labels == ["Tiếp", "Nhắc lại", "Nói dễ hiểu hơn", "Dừng"]


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        pytest.param("1", "(3/7)", id="on, by number"),
        pytest.param("số 1", "(3/7)", id="on, by number in words"),
        pytest.param("Tiếp", "(3/7)", id="on, by the button's words"),
        pytest.param("tiep tuc", "(3/7)", id="on, without diacritics"),
        pytest.param("ok", "(3/7)", id="on, as people say it"),
        pytest.param("2", "(2/7)", id="again, by number"),
        pytest.param("nhắc lại", "(2/7)", id="again, by the button's words"),
        pytest.param("đọc lại", "(2/7)", id="again, as people say it"),
        pytest.param("3", "(2/7)", id="easier, by number"),
        pytest.param("không hiểu", "(2/7)", id="easier, as people say it"),
    ],
)
async def test_a_step_takes_buttons_numbers_and_words(talk, nlu, typed, shown):
    await go_to(talk, 2)

    await talk.say(typed)

    assert shown in talk.text
    assert nlu.texts == []


async def test_a_step_is_said_in_easier_words_and_back_in_full(talk, curriculum):
    step = curriculum.lessons[LESSON].steps[0]
    await go_to(talk, 1)

    await talk.press("Nói dễ hiểu hơn")
    easier = talk.text
    await talk.press("Nói kỹ hơn")

    assert step.simple in easier
    assert step.text.split("{{")[0] not in easier
    assert step.text.split("{{")[0] in talk.text
    assert "Nói dễ hiểu hơn" in talk.labels


async def test_the_last_step_names_its_sources_and_leads_to_the_quiz(talk):
    await go_to(talk, STEPS)

    assert "Nguồn: " in talk.text
    assert "Rà soát: " in talk.text
    assert talk.labels[0] == "Làm câu đố"


async def test_a_step_shows_its_picture_with_words_for_those_who_cannot_see_it(talk, curriculum):
    await go_to(talk, 3)

    picture = curriculum.pictures["ma-otp"]
    image = talk.last["replies"][-1]["image"]
    assert image == {"path": f"/pictures/ma-otp-{picture.digest}.png", "alt": picture.alt}


@pytest.mark.parametrize(("step", "how"), [(1, "just leaves"), (2, "dừng"), (3, "4"), (3, "just leaves"), (6, "Dừng")])
async def test_it_goes_on_the_next_day_at_the_same_step(talk, clock, step, how):
    await talk.agree("bac")
    await go_to(talk, step)
    if how != "just leaves":
        await talk.say(how)
        assert f"mình nghỉ ở bước {step}/{STEPS}" in talk.text

    clock.shift(timedelta(days=1))
    await talk.tap(f"lesson:{LESSON}")

    assert f"Hôm qua bác đang ở bước {step}/{STEPS}" in talk.text
    assert f"({step}/{STEPS})" in talk.text


@pytest.mark.parametrize(
    ("later", "said"),
    [
        pytest.param(timedelta(hours=1), "Hôm nay bác", id="the same day"),
        pytest.param(timedelta(hours=16), "Hôm qua bác", id="after midnight in Vietnam"),
        pytest.param(timedelta(days=2), "Hôm kia bác", id="two days"),
        pytest.param(timedelta(days=20), "20 ngày trước bác", id="weeks"),
        pytest.param(timedelta(days=400), "400 ngày trước bác", id="a year"),
    ],
)
async def test_it_says_when_that_was(talk, clock, later, said):
    await talk.agree("bac")
    await go_to(talk, 3)

    clock.shift(later)
    await talk.tap(f"lesson:{LESSON}")

    assert said in talk.text


@pytest.mark.parametrize("typed", ["học", "/hoc", "/start"])
async def test_coming_back_shows_the_way_to_the_open_lesson(talk, clock, typed):
    await talk.agree("bac")
    await go_to(talk, 3)

    clock.shift(timedelta(days=1))
    await talk.say(typed)

    assert f"Học tiếp: Mã OTP là chìa khoá (3/{STEPS})" in talk.labels


async def test_a_guest_learns_too_and_is_told_that_nothing_is_remembered(talk, service, clock):
    await go_to(talk, 3)
    await talk.say("dừng")
    stopped = talk.text

    clock.shift(timedelta(days=1))
    await talk.tap(f"lesson:{LESSON}")

    assert "không ghi nhớ" in stopped
    assert f"(1/{STEPS})" in talk.text
    assert await rows(service, LessonProgress) == []


async def test_a_question_in_the_middle_is_answered_and_the_lesson_goes_on(talk):
    await go_to(talk, 3)

    await talk.say("công an gọi điện bảo tôi liên quan vụ án")
    answered = talk.last
    await talk.press("Học tiếp")

    assert answered["outcome"] == "answered"
    assert answered["answer"] == "cong-an-goi-dien"
    assert "bước 3/7" in answered["replies"][-1]["text"]
    assert f"(3/{STEPS})" in talk.text


@pytest.mark.parametrize("decision", ["suggest", "unknown"])
async def test_a_question_that_is_not_understood_leaves_the_lesson_open_too(talk, nlu, decision):
    await go_to(talk, 3)
    nlu.decision = decision

    await talk.say("cái ấy là cái gì nhỉ")

    assert "bước 3/7" in talk.text
    assert "Học tiếp" in talk.labels


async def test_a_lesson_open_for_long_is_not_brought_up_again(talk, clock):
    await go_to(talk, 3)

    clock.shift(timedelta(hours=7))
    await talk.say("công an gọi điện bảo tôi liên quan vụ án")

    assert "bước 3/7" not in talk.text


async def test_a_late_tap_on_an_old_step_is_understood(talk):
    await go_to(talk, 2)
    old = talk.choices[0]["value"]
    await talk.tap("lesson:cong-an-gia")

    await talk.tap(old)

    assert f"(3/{STEPS})" in talk.text
    assert talk.service.turns.curriculum.lessons[LESSON].steps[2].heading in talk.text


@pytest.mark.parametrize(
    "value", ["step:ma-otp:0", "step:ma-otp:8", "step:ma-otp:x", "step:ma-otp:²", "lesson:gone", "simple:ma-otp:99", "stop:x:1"]
)
async def test_a_step_that_is_not_there_leads_to_the_menu_and_moves_nothing(talk, service, value):
    await talk.agree("bac")
    await go_to(talk, 3)

    await talk.tap(value)

    assert talk.last["outcome"] == "menu"
    assert [(row["lesson"], row["step"]) for row in await rows(service, LessonProgress)] == [(LESSON, 3)]


async def test_a_withdrawn_lesson_is_not_shown_any_more(talk, service):
    await go_to(talk, 3)
    change_lesson(service, status="retired")

    for value in (f"step:{LESSON}:4", f"lesson:{LESSON}", f"quiz:{LESSON}", f"stop:{LESSON}:3"):
        await talk.tap(value)
        assert talk.last["outcome"] == "menu", value


async def test_a_lesson_that_became_shorter_goes_on_at_its_last_step(talk, service, curriculum):
    await talk.agree("bac")
    await go_to(talk, 6)
    change_lesson(service, steps=curriculum.lessons[LESSON].steps[:4])

    await talk.tap(f"lesson:{LESSON}")

    assert "(4/4)" in talk.text
    assert talk.last["outcome"] == "lesson"


async def test_a_finished_lesson_begins_anew_and_its_quiz_is_offered(talk):
    await talk.agree("bac")
    await go_to(talk, STEPS)

    await talk.say("/hoc")
    offered = talk.labels
    await talk.tap(f"lesson:{LESSON}")

    assert "Câu đố: Mã OTP là chìa khoá" in offered
    assert f"(1/{STEPS})" in talk.text


async def test_two_lessons_are_each_gone_on_with_at_their_own_step(talk, clock):
    await talk.agree("bac")
    await go_to(talk, 5)
    await talk.tap("lesson:cong-an-gia")
    await talk.press("Tiếp")

    clock.shift(timedelta(days=1))
    await talk.tap(f"lesson:{LESSON}")
    first = talk.text
    await talk.tap("lesson:cong-an-gia")

    assert f"đang ở bước 5/{STEPS}" in first
    assert "đang ở bước 2/7" in talk.text


async def fail_quiz(talk):
    await talk.tap(f"quiz:{LESSON}")
    for _ in range(3):
        await talk.answer(is_right=False)


@pytest.mark.parametrize("outcome", ["failed", "passed"])
async def test_a_lesson_that_is_read_again_goes_on_where_it_was_left(talk, clock, outcome):
    await talk.agree("bac")
    await go_to(talk, STEPS)
    await (fail_quiz(talk) if outcome == "failed" else talk.pass_quiz(LESSON))
    clock.shift(timedelta(minutes=1))
    await talk.tap(f"step:{LESSON}:1")
    for _ in range(2):
        await talk.press("Tiếp")
    await talk.say("dừng")
    assert "Tôi đã ghi lại chỗ này" in talk.text

    clock.shift(timedelta(days=1))
    await talk.say("học")
    offered = talk.labels
    await talk.press("Học tiếp")

    assert f"Học tiếp: Mã OTP là chìa khoá (3/{STEPS})" in offered
    assert ("Câu đố: Mã OTP là chìa khoá" in offered) is (outcome == "failed")
    assert f"Hôm qua bác đang ở bước 3/{STEPS}" in talk.text


async def test_a_passed_lesson_that_nobody_opened_again_is_not_offered(talk):
    await talk.agree("bac")
    await go_to(talk, STEPS)
    await talk.pass_quiz(LESSON)

    await talk.say("học")

    assert not any(label.startswith(("Học tiếp", "Câu đố")) for label in talk.labels)


@pytest.mark.parametrize(("value", "kind"), [("simple", "simple"), ("full", "text"), ("step", "text")])
async def test_saying_it_again_says_the_same_words(talk, curriculum, value, kind):
    await talk.tap(f"{value}:{LESSON}:2")
    before = talk.text

    await talk.press("Nhắc lại")

    assert talk.text == before
    assert getattr(curriculum.lessons[LESSON].steps[1], kind).split("{{")[0] in talk.text


@pytest.mark.parametrize("typed", ["tiếp", "câu đố", "Làm câu đố", "1", "/caudo"])
async def test_at_the_last_step_the_quiz_is_what_comes_next(talk, typed):
    await go_to(talk, STEPS)

    await talk.say(typed)

    assert "Câu 1/3." in talk.text


async def test_right_is_not_stop(talk):
    await go_to(talk, 3)

    await talk.say("đúng")
    right = talk.text
    await talk.say("dung")

    assert "mình nghỉ ở bước" not in right
    assert "mình nghỉ ở bước" in talk.text
