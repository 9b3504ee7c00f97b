"""What was started, finished and passed, worked out by hand."""

from dataclasses import replace

import pytest

from actions.learners.statistics.filters import Filter
from tests.actions.learners.statistics.conftest import DAY, MONDAY, WEEKS, crowd

FIRST_WEEK = Filter(MONDAY, MONDAY + 6 * DAY)


def values(cells):
    return {cell.name: cell.value for cell in cells}


def days(points):
    return {(point.day - MONDAY).days: point.value for point in points if point.value != 0}


@pytest.fixture
async def school(scene):
    """Twelve on the web, on a path, and eight on Telegram, on none.

    Day 0: all 20 start the lesson "ma-otp"; day 2: the 12 finish it, day 8: 9 of them pass it.
    Day 2: 10 of the 12 start "cong-an-gia" and finish it on day 9.
    """
    web, telegram = crowd("an", 12), crowd("tele", 8)
    await scene.enrol(web, path="nguoi-cao-tuoi")
    await scene.enrol(telegram, channel="telegram")
    await scene.study(web, "ma-otp", steps=2, day=0)
    await scene.study(telegram, "ma-otp", steps=1, day=0, channel="telegram")
    await scene.study(web, "ma-otp", steps=3, day=2, finishes=True)
    await scene.study(web[:10], "cong-an-gia", steps=1, day=2)
    await scene.study(web[:9], "ma-otp", steps=3, day=8, passes=True)
    await scene.study(web[:10], "cong-an-gia", steps=4, day=9, finishes=True)
    await scene.count()
    return scene


async def test_people_count_once_and_lessons_each(school):
    found = await school.ask("learning", WEEKS)

    # Started: 20 + 10 lessons of 20 people; finished: 12 + 10 of 12; passed: 9 of 9.
    assert [(one.event, one.people, one.lessons) for one in (found.started, found.finished, found.passed)] == [
        ("started", 20, 30),
        ("finished", 12, 22),
        ("passed", 9, 9),
    ]


async def test_each_counts_on_the_day_on_which_it_happened(school):
    found = await school.ask("learning", WEEKS)
    first_week = await school.ask("learning", FIRST_WEEK)

    assert days(found.started.by_day) == {0: 20, 2: 10}
    assert days(found.finished.by_day) == {2: 12, 9: 10}
    assert days(found.passed.by_day) == {8: 9}
    assert [point.value for point in found.finished.by_week] == [12, 10, 0]
    assert len(found.started.by_day) == 21
    assert (first_week.started.lessons, first_week.finished.lessons, first_week.passed.lessons) == (30, 12, 0)


async def test_by_channel_path_and_lesson(school):
    found = (await school.ask("learning", WEEKS)).started

    assert values(found.by_channel) == {"telegram": 8, "web": 22}
    assert values(found.by_path) == {"": 8, "nguoi-cao-tuoi": 22}
    assert values(found.by_lesson) == {"cong-an-gia": 10, "ma-otp": 20}


@pytest.mark.parametrize(
    ("changes", "started", "finished"),
    [
        pytest.param({"channel": "telegram"}, (8, 8), (0, 0), id="a channel"),
        pytest.param({"path": "nguoi-cao-tuoi"}, (12, 22), (12, 22), id="a path"),
        pytest.param({"channel": "web", "path": "nguoi-cao-tuoi"}, (12, 22), (12, 22), id="both"),
        pytest.param({"topic": "otp", "lessons": ("ma-otp",)}, (20, 20), (12, 12), id="a topic with one lesson"),
        pytest.param({"topic": "lua-dao", "lessons": ("ma-otp", "cong-an-gia")}, (20, 30), (12, 22), id="a topic with two lessons"),
        pytest.param({"topic": "khac"}, (0, 0), (0, 0), id="a topic without lessons"),
    ],
)
async def test_each_filter_by_itself(school, changes, started, finished):
    found = await school.ask("learning", replace(WEEKS, **changes))

    assert (found.started.people, found.started.lessons) == started
    assert (found.finished.people, found.finished.lessons) == finished


async def test_a_class_is_counted_like_everybody(school):
    code = await school.open_class(crowd("an", 7))
    everybody = await school.open_class([*crowd("an", 12), *crowd("tele", 8)])

    of_class = await school.ask("learning", replace(WEEKS, class_code=code))
    whole = await school.ask("learning", replace(WEEKS, class_code=everybody))
    all_people = await school.ask("learning", WEEKS)

    # Seven of the twelve; all seven started, finished and passed "ma-otp" and finished "cong-an-gia".
    assert (of_class.started.people, of_class.started.lessons, of_class.passed.lessons) == (7, 14, 7)
    assert values(of_class.finished.by_lesson) == {"cong-an-gia": 7, "ma-otp": 7}
    assert days(of_class.finished.by_day) == {2: 7, 9: 7}
    assert whole == all_people


async def test_few_people_are_hidden_although_they_did_much(scene):
    people = crowd("an", 10)
    await scene.enrol(people)
    await scene.study(people, "bai-0", steps=1, day=0)
    for lesson in ("bai-1", "bai-2", "bai-3"):
        await scene.study(people[:2], lesson, steps=1, day=3)  # six lessons of two people
    await scene.count()

    found = (await scene.ask("learning", WEEKS)).started

    # 16 lessons in all; the 6 are hidden, and the 10 with them, since 16 - 10 = 6 are those of the two.
    assert (found.people, found.lessons) == (10, 16)
    assert days(found.by_day) == {0: None, 3: None}
    # 2 + 2 + 2 = 6 people are no small group, but the three parts are: each by itself is hidden.
    assert values(found.by_lesson) == {"bai-0": 10, "bai-1": None, "bai-2": None, "bai-3": None}


async def test_what_only_a_few_did_is_hidden_altogether(scene):
    people = crowd("an", 10)
    await scene.enrol(people)
    await scene.study(people, "bai-0", steps=1, day=0)
    await scene.study(people[:3], "bai-0", steps=2, day=0, finishes=True)
    await scene.count()

    found = await scene.ask("learning", WEEKS)

    assert (found.started.people, found.finished.people, found.finished.lessons, found.finished.by_day) == (10, None, None, ())


async def test_what_all_but_a_few_on_a_channel_did_is_hidden_for_the_channel(scene):
    await scene.enrol(crowd("an", 8))
    await scene.enrol(crowd("tele", 8), channel="telegram")
    await scene.study(crowd("an", 8), "bai-0", steps=1, day=0, finishes=True)
    await scene.study(crowd("tele", 3), "bai-0", steps=1, day=0, finishes=True, channel="telegram")
    await scene.come(crowd("tele", 8), 0, channel="telegram")
    await scene.count()

    whole, web = await scene.ask("learning", WEEKS), await scene.ask("learning", replace(WEEKS, channel="web"))

    # Eleven finished; were the web's eight told, so would be the three of Telegram.
    assert (whole.finished.people, web.finished.people, web.state) == (11, None, "shown")
