"""What the statistics can be filtered by."""

from actions.learners.statistics.choices import ClassChoice
from tests.actions.learners.statistics.conftest import WEEKS, crowd


async def test_what_occurs_can_be_chosen_and_small_classes_cannot(scene):
    people = crowd("an", 6)
    await scene.enrol(people, path="nguoi-cao-tuoi")
    large, _small = await scene.open_class(people, "Lớp tối"), await scene.open_class(people[:4], "Lớp nhỏ")
    await scene.come(people, 0, outcome="answered", topic="otp", answer="a")
    await scene.come(crowd("tele", 6), 0, channel="telegram")
    await scene.count()

    found = await scene.ask("choices", WEEKS)

    assert (found.channels, found.paths, found.topics) == (("telegram", "web"), ("nguoi-cao-tuoi",), ("otp",))
    assert found.classes == (ClassChoice(large, "Lớp tối", 6),)


async def test_a_class_is_small_without_its_staff(scene):
    people = crowd("an", 5)
    await scene.enrol(people)
    await scene.open_class(people)
    await scene.mark_staff("an-0")

    assert (await scene.ask("choices", WEEKS)).classes == ()
