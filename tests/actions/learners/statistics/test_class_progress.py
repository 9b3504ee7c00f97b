"""How far the classes are, worked out by hand."""

from dataclasses import replace

import pytest

from actions.learners.statistics.class_progress import ClassProgress
from tests.actions.learners.statistics.conftest import WEEKS, crowd


@pytest.fixture
async def school(scene):
    """A class of 30: twenty of them start a lesson, ten end it in the second week; one of 8, of whom six start; one of 4."""
    await scene.enrol(crowd("an", 30), path="moi-dung-dien-thoai")
    await scene.enrol(crowd("binh", 8), channel="telegram")
    scene.codes = [await scene.open_class(crowd("an", 30), "Lớp An"), await scene.open_class(crowd("binh", 8), "Lớp Bình")]
    await scene.open_class(crowd("an", 4), "Lớp nhỏ")
    await scene.study(crowd("an", 20), "ma-otp", steps=1, day=0)
    await scene.study(crowd("an", 20), "mat-khau-manh", steps=1, day=1)  # the same people: once each
    await scene.study(crowd("an", 10), "ma-otp", steps=4, day=8, finishes=True)
    await scene.study(crowd("binh", 6), "ma-otp", steps=1, day=2, channel="telegram")
    await scene.count()
    return scene


async def of(scene, **changes):
    found = await scene.ask("class_progress", replace(WEEKS, **changes))
    return {one.name: (one.members, one.started, one.finished, one.passed) for one in found.classes}


async def test_each_class_of_five_or_more_with_its_people_once(school):
    # Of the second class six of eight began: the two who did not would be known, so the number is hidden.
    assert await of(school) == {"Lớp An": (30, 20, 10, 0), "Lớp Bình": (8, None, 0, 0)}


@pytest.mark.parametrize(
    ("changes", "numbers"),
    [
        pytest.param({"since": WEEKS.days[7]}, (30, 0, 10, 0), id="the second week"),
        pytest.param({"path": "moi-dung-dien-thoai"}, (30, 20, 10, 0), id="a path"),
        pytest.param({"channel": "telegram"}, (30, 0, 0, 0), id="another channel"),
        pytest.param({"topic": "x", "lessons": ("mat-khau-manh",)}, (30, 20, 0, 0), id="a topic"),
    ],
)
async def test_each_filter_by_itself(school, changes, numbers):
    assert (await of(school, **changes))["Lớp An"] == numbers


async def test_one_class_that_is_asked_for(school):
    found = await school.ask("class_progress", replace(WEEKS, class_code=school.codes[0]))

    assert found.classes == (ClassProgress(school.codes[0], "Lớp An", 30, 20, 10, 0),)


async def test_the_staff_is_left_out(school):
    await school.mark_staff("an-0")

    assert (await of(school))["Lớp An"] == (29, 19, 9, 0)
