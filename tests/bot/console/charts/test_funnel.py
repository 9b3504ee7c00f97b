"""The steps of one lesson, as the dashboard shows them."""

import pytest

from tests.actions.learners.statistics.conftest import crowd


@pytest.fixture
async def stopped(scene):
    """Thirty begin: ten stop at step 1, twenty reach step 2 and the end; ten try the quiz, five pass."""
    people = crowd("an", 30)
    await scene.enrol(people)
    await scene.study(people[:10], "ma-otp", steps=1, day=0)
    await scene.study(people[10:], "ma-otp", steps=2, day=0, finishes=True)
    await scene.answer(people[10:20], "ma-otp", "q1", 0, right=True, day=1)
    await scene.study(people[10:15], "ma-otp", steps=0, day=1, passes=True)
    await scene.study(people[:9], "cong-an-gia", steps=1, day=1)
    return scene


async def test_the_lesson_that_most_began_where_none_is_asked_for(stopped, draw, curriculum):
    figure = await draw("funnel")

    assert figure.title == f"Từng bước của một bài: {curriculum.lessons['ma-otp'].title}"
    (table,) = figure.tables
    assert [row[1:] for row in table.rows] == [(30, 10), (20, 0), (20, ""), (10, ""), (5, "")]
    assert [row[0] for row in table.rows[2:]] == ["Học hết bài", "Thử câu đố", "Qua câu đố"]


async def test_a_lesson_that_is_asked_for(stopped, draw):
    (table,) = (await draw("funnel", lesson="cong-an-gia")).tables

    assert [row[1:] for row in table.rows] == [(9, 9), (0, ""), (0, ""), (0, "")]


async def test_a_lesson_that_nobody_began_is_empty(stopped, draw):
    (table,) = (await draw("funnel", lesson="mat-khau-manh")).tables

    assert table.rows == ()


async def test_a_lesson_that_few_began_is_hidden(stopped, draw):
    await stopped.study(crowd("an", 3), "mat-khau-manh", steps=1, day=2)

    figure = await draw("funnel", lesson="mat-khau-manh")

    assert figure.state == "few"
    assert figure.tables == ()
