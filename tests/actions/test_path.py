"""Paths and modules: proposed after one question, skipped at any time, the next lesson always named."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest

from actions.learners.tables import LearnerRow
from tests.stored import rows

PATH = "nguoi-cao-tuoi"
NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


async def passed(service, lessons):
    """Let the only learner have passed lessons."""
    (learner,) = await rows(service, LearnerRow)
    async with service.repository.transaction() as store:
        for lesson in lessons:
            await store.learning.passed(learner["id"], lesson, "test", NOW)


async def test_a_path_is_proposed_after_two_questions_at_most(talk, curriculum):
    asked = 0
    await talk.tap("learn")
    asked += 1  # whether to be remembered, which is no question about the learner
    await talk.press("Học không cần nhớ")

    assert "Câu nào giống bạn nhất?" in talk.text
    assert asked + 1 <= 2
    await talk.press(curriculum.paths[PATH].audience)
    assert curriculum.paths[PATH].title in talk.text
    assert "Bắt đầu" in talk.labels


async def test_a_new_learner_is_asked_how_to_be_called_and_what_fits_and_no_more(talk, curriculum):
    await talk.agree("bac")

    assert "Câu nào giống bác nhất?" in talk.text
    await talk.press(curriculum.paths[PATH].audience)
    assert "Bắt đầu" in talk.labels


@pytest.mark.parametrize("at", ["consent", "address", "paths", "path"])
async def test_every_question_can_be_skipped(talk, curriculum, at):
    await talk.tap("learn")
    skip = "Học không cần nhớ"
    if at != "consent":
        await talk.press("Đồng ý")
        skip = "Bỏ qua"
    if at in ("paths", "path"):
        await talk.press("bác")
    if at == "path":
        await talk.press(curriculum.paths[PATH].audience)

    await talk.press(skip)

    assert talk.last["outcome"] in ("lesson", "account")
    assert talk.labels


@pytest.mark.parametrize("is_learner", [True, False], ids=["a learner", "a guest"])
async def test_taking_a_path_begins_its_first_lesson(talk, curriculum, is_learner):
    if is_learner:
        await talk.agree("bac")
    await talk.tap(f"path:{PATH}")

    await talk.press("Bắt đầu")
    if not is_learner:
        await talk.press("Học không cần nhớ")

    first = curriculum.lessons[curriculum.paths[PATH].lessons[0]]
    assert f"(1/{len(first.steps)})" in talk.text
    assert first.title in talk.text


async def test_a_path_goes_on_after_what_was_passed_already(talk, service, curriculum):
    await talk.agree("bac")
    await passed(service, curriculum.paths[PATH].lessons[:3])

    await talk.tap(f"take:{PATH}")

    assert curriculum.lessons[curriculum.paths[PATH].lessons[3]].title in talk.text


async def test_after_each_lesson_the_next_of_the_path_is_named(talk, curriculum):
    await talk.agree("bac")
    await talk.tap(f"take:{PATH}")
    lessons = curriculum.paths[PATH].lessons

    for lesson, following in pairwise(lessons[:3]):
        await talk.pass_quiz(lesson)
        assert f"Bài tiếp: {curriculum.lessons[following].title}" in talk.labels


async def test_without_a_path_all_lessons_come_in_order(talk, curriculum):
    await talk.agree("bac")
    first, second = curriculum.lessons_of("dien-thoai")[:2]

    await talk.pass_quiz(first.slug)

    assert f"Bài tiếp: {second.title}" in talk.labels


async def test_the_last_lesson_of_a_path_leads_to_the_certificate(talk, service, curriculum):
    await talk.agree("bac")
    await talk.tap(f"take:{PATH}")
    *others, last = curriculum.paths[PATH].lessons
    await passed(service, others)

    await talk.pass_quiz(last)

    assert f"đủ {len(others) + 1} bài" in talk.text
    assert "Nhận giấy chứng nhận" in talk.labels


async def test_who_passed_everything_is_not_sent_anywhere(talk, service, curriculum):
    await talk.agree("bac")
    await passed(service, curriculum.lessons)

    await talk.say("/hoc")

    assert not any(label.startswith(("Bài tiếp", "Học tiếp", "Câu đố")) for label in talk.labels)


async def test_modules_show_what_was_passed(talk, service, curriculum):
    await talk.agree("bac")
    lesson, other = curriculum.lessons_of("giu-tai-khoan")[:2]
    await passed(service, [lesson.slug])

    await talk.say("/baihoc")
    modules = talk.labels
    await talk.press("Giữ tài khoản")

    assert modules[:-1] == [m.title for m in curriculum.modules.values()]
    assert f"✓ {lesson.title}" in talk.labels
    assert other.title in talk.labels


async def test_a_lesson_whose_quiz_is_left_is_offered_as_a_quiz(talk, curriculum):
    await talk.agree("bac")
    steps = curriculum.lessons["ma-otp"].steps
    await talk.tap(f"step:ma-otp:{len(steps)}")

    await talk.say("/hoc")

    assert f"Câu đố: {curriculum.lessons['ma-otp'].title}" in talk.labels


@pytest.mark.parametrize("value", ["path:gone", "take:gone", "module:gone", "rest:1"])
async def test_a_path_that_is_not_there_leads_to_the_menu(talk, value):
    await talk.tap(value)

    assert talk.last["outcome"] == "menu"


async def test_resting_closes_the_lesson(talk):
    await talk.tap("lesson:ma-otp")

    await talk.tap("rest")
    await talk.say("công an gọi điện bảo tôi liên quan vụ án")

    assert "Mình đang học bài" not in talk.text
