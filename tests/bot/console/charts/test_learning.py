"""How much was learned, as the dashboard shows it."""

from datetime import timedelta

import pytest

from tests.actions.learners.statistics.conftest import MONDAY, crowd
from tests.bot.console.charts.conftest import numbers, table


@pytest.fixture
async def learned(scene):
    """Twenty on a path start one lesson, eight of them finish, five pass; ten on none start another in the second week."""
    await scene.enrol(crowd("an", 20), path="moi-dung-dien-thoai")
    await scene.enrol(crowd("binh", 10), channel="telegram")
    await scene.study(crowd("an", 20), "ma-otp", steps=2, day=0)
    await scene.study(crowd("an", 8), "ma-otp", steps=4, day=1, finishes=True)
    await scene.study(crowd("an", 5), "ma-otp", steps=0, day=2, passes=True)
    await scene.study(crowd("binh", 10), "mat-khau-manh", steps=1, day=7, channel="telegram")


async def test_what_was_started_finished_and_passed(learned, draw):
    figure = await draw("learning")

    people = {"started_people": 30, "finished_people": 8, "passed_people": 5}
    assert numbers(figure) == people | {"started": 30, "finished": 8, "passed": 5}
    weeks = table(figure, "learning_by_time").rows
    assert weeks == ((MONDAY, 20, 8, 5), (MONDAY + timedelta(7), 10, 0, 0), (MONDAY + timedelta(14), 0, 0, 0))


async def test_by_path_channel_and_lesson_with_their_titles(learned, draw):
    figure = await draw("learning")

    assert table(figure, "by_path").rows == (("Mới dùng điện thoại thông minh", 20, 8, 5), ("Chưa chọn lộ trình", 10, 0, 0))
    assert table(figure, "by_channel").rows == (("Trang chat", 20, 8, 5), ("Telegram", 10, 0, 0))
    assert [row[1:] for row in table(figure, "by_lesson").rows] == [(20, 8, 5), (10, 0, 0)]


async def test_nothing_learned_is_said_as_zeroes(scene, draw):
    await scene.come(crowd("an", 12), 0)

    figure = await draw("learning")

    assert set(numbers(figure).values()) == {0}
    assert {cell for row in table(figure, "learning_by_time").rows for cell in row[1:]} == {0}
