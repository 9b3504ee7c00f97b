"""Where learners stop, by lesson, as the dashboard shows it."""

from tests.actions.learners.statistics.conftest import crowd


async def test_each_lesson_with_the_step_at_which_most_stop(scene, draw, curriculum):
    people = crowd("an", 30)
    await scene.enrol(people)
    await scene.study(people[:12], "ma-otp", steps=1, day=0)
    await scene.study(people[12:], "ma-otp", steps=3, day=0, finishes=True)
    await scene.study(people[:7], "cong-an-gia", steps=2, day=1)

    (table,) = (await draw("stops")).tables

    heading = curriculum.lessons["ma-otp"].steps[0].heading
    title = curriculum.lessons["ma-otp"].title
    assert table.rows[0] == (title, 30, 18, 0, 0, f"Bước 1: {heading}", 12)  # 30 began, 18 saw the end, 12 stayed at step 1
    assert table.rows[1][1:5] == (7, 0, 0, 0)
    assert table.rows[1][5].startswith("Bước 2")
    assert table.lessons == ("ma-otp", "cong-an-gia")
