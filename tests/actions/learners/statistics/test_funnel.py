"""Where learners of a lesson stop, worked out by hand."""

from dataclasses import replace

import pytest

from actions.learners.statistics.filters import Filter
from actions.learners.statistics.funnel import LessonFunnel
from tests.actions.learners.statistics.conftest import DAY, MONDAY, WEEKS, crowd


@pytest.fixture
async def lesson(scene):
    """Thirty start "ma-otp" of four steps on day 0: ten stop at step 1, six at step 3; 14 finish, some on day 16.

    Twelve try the quiz, six pass. Seven more start "cong-an-gia" and stop at once.
    """
    people = crowd("an", 30)
    await scene.enrol(people)
    await scene.study(people[:10], "ma-otp", steps=1, day=0)
    await scene.study(people[10:16], "ma-otp", steps=3, day=0)
    await scene.study(people[16:], "ma-otp", steps=2, day=0)
    await scene.study(people[16:], "ma-otp", steps=4, day=16, finishes=True)
    await scene.answer(people[16:28], "ma-otp", "q1", 0, right=True, day=16)
    await scene.study(people[16:22], "ma-otp", steps=0, day=16, passes=True)
    await scene.study(people[:7], "cong-an-gia", steps=1, day=1)
    await scene.count()
    return scene


async def test_the_stages_of_a_lesson(lesson):
    found = await lesson.ask("funnel", WEEKS, "ma-otp")

    assert found == LessonFunnel("ma-otp", (30, 20, 20, 14), finished=14, tried=None, passed=6)  # 14 - 12 tried: two would be known
    assert found.started == 30
    assert found.stopped_at == (10, 0, 6, 0)
    assert found.worst_step == 1


async def test_lessons_come_by_how_many_started_them(lesson):
    found = await lesson.ask("funnels", WEEKS)

    assert [(one.lesson, one.started, one.finished) for one in found.lessons] == [("ma-otp", 30, 14), ("cong-an-gia", 7, 0)]


async def test_people_belong_to_the_day_on_which_they_started(lesson):
    first_days, later = Filter(MONDAY, MONDAY + 2 * DAY), Filter(MONDAY + 14 * DAY, MONDAY + 20 * DAY)

    # All started in the first days and those who finished did so later: still they count to the first days.
    assert (await lesson.ask("funnel", first_days, "ma-otp")).finished == 14
    assert (await lesson.ask("funnel", later, "ma-otp")) == LessonFunnel("ma-otp", (), 0, 0, 0)


async def test_each_filter_by_itself(lesson):
    code = await lesson.open_class(crowd("an", 16))
    chosen = {
        "channel": replace(WEEKS, channel="web"),
        "path": replace(WEEKS, path="nguoi-cao-tuoi"),
        "topic": replace(WEEKS, topic="lua-dao", lessons=("cong-an-gia",)),
        "class": replace(WEEKS, class_code=code),
    }

    found = {name: [(one.lesson, one.steps) for one in (await lesson.ask("funnels", wanted)).lessons] for name, wanted in chosen.items()}

    assert found == {
        "channel": [("ma-otp", (30, 20, 20, 14)), ("cong-an-gia", (7,))],
        "path": [],
        "topic": [("cong-an-gia", (7,))],
        "class": [("ma-otp", (16, 6, 6)), ("cong-an-gia", (7,))],  # ten who stopped at step 1, six at step 3
    }


async def test_a_lesson_that_a_few_started_is_hidden_and_comes_last(scene):
    people = crowd("an", 9)
    await scene.enrol(people)
    await scene.study(people, "ma-otp", steps=1, day=0)
    await scene.study(people[:4], "cong-an-gia", steps=3, day=0, finishes=True)
    await scene.count()

    found = await scene.ask("funnels", WEEKS)

    assert found.lessons == (
        LessonFunnel("ma-otp", (9,), 0, 0, 0),
        LessonFunnel("cong-an-gia", (None, None, None), None, None, None, is_hidden=True),
    )
    assert found.lessons[1].worst_step is None
