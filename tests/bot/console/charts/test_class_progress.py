"""How far the classes are, as the dashboard shows it."""

from tests.actions.learners.statistics.conftest import crowd


async def test_a_row_for_each_class(scene, draw):
    await scene.enrol(crowd("an", 20))
    code = await scene.open_class(crowd("an", 20), "Lớp bác Ba")
    await scene.study(crowd("an", 12), "ma-otp", steps=1, day=0)

    (table,) = (await draw("class_progress")).tables

    assert table.rows == (("Lớp bác Ba", code, 20, 12, 0, 0),)


async def test_without_classes_the_table_is_empty(draw):
    (table,) = (await draw("class_progress")).tables

    assert table.rows == ()
