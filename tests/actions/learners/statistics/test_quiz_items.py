"""Which questions are answered wrongly most, worked out by hand."""

from dataclasses import replace

import pytest

from actions.learners.statistics.filters import Filter
from actions.learners.statistics.quiz_items import ChoiceCount
from tests.actions.learners.statistics.conftest import DAY, MONDAY, WEEKS, crowd


@pytest.fixture
async def quizzes(scene):
    """Thirty answer q1: 12 rightly (choice 0), 11 take choice 1, 7 choice 2; on the next day all are right.

    Twenty answer q2: 15 rightly, 5 wrongly. Ten answer q3. In a review, q1 is answered wrongly again.
    """
    people = crowd("an", 30)
    await scene.enrol(people, path="nguoi-cao-tuoi")
    await scene.answer(people[:12], "ma-otp", "q1", 0, right=True, day=0)
    await scene.answer(people[12:23], "ma-otp", "q1", 1, right=False, day=0)
    await scene.answer(people[23:], "ma-otp", "q1", 2, right=False, day=0)
    await scene.count()
    await scene.answer(people, "ma-otp", "q1", 0, right=True, day=1)
    await scene.answer(people, "ma-otp", "q1", 2, right=False, day=2, kind="review")
    await scene.answer(people[:15], "ma-otp", "q2", 3, right=True, day=8)
    await scene.answer(people[15:20], "ma-otp", "q2", 0, right=False, day=8)
    await scene.answer(people[:10], "cong-an-gia", "q3", 0, right=False, day=8)
    await scene.count()
    return scene


async def test_the_share_of_wrong_first_answers_and_the_choice_taken_most(quizzes):
    found = await quizzes.ask("quiz_items", WEEKS)

    # q1: 18 of 30 = 60 %; q2: 5 of 20 = 25 %; q3 has only ten people.
    assert [(item.question, item.people, item.wrong, item.wrong_percent) for item in found.items] == [
        ("q1", 30, 18, 60.0),
        ("q2", 20, 5, 25.0),
    ]
    assert found.items[0].most_chosen_wrong == ChoiceCount("v1", 1, False, 11)
    assert {(one.choice, one.people) for one in found.items[0].choices} == {(0, 12), (1, 11), (2, 7)}


async def test_only_the_first_answer_counts_on_its_own_day(quizzes):
    day_after = await quizzes.ask("quiz_items", Filter(MONDAY + DAY, MONDAY + 2 * DAY), minimum=5)

    assert day_after.items == ()


@pytest.mark.parametrize(
    ("changes", "minimum", "questions"),
    [
        pytest.param({}, 5, ["q3", "q1", "q2"], id="a smaller minimum"),
        pytest.param({}, 1, ["q3", "q1", "q2"], id="never fewer than five people"),
        pytest.param({"channel": "telegram"}, 5, [], id="another channel"),
        pytest.param({"path": "nguoi-cao-tuoi"}, 20, ["q1", "q2"], id="a path"),
        pytest.param({"topic": "t", "lessons": ("cong-an-gia",)}, 5, ["q3"], id="a topic"),
        pytest.param({"since": MONDAY + 7 * DAY}, 5, ["q3", "q2"], id="a week"),
    ],
)
async def test_each_filter_by_itself(quizzes, changes, minimum, questions):
    found = await quizzes.ask("quiz_items", replace(WEEKS, **changes), minimum)

    assert [item.question for item in found.items] == questions


async def test_a_class_is_counted_like_everybody(quizzes):
    everybody = await quizzes.open_class(crowd("an", 30))
    some = await quizzes.open_class(crowd("an", 18))

    whole = await quizzes.ask("quiz_items", replace(WEEKS, class_code=everybody))
    found = await quizzes.ask("quiz_items", replace(WEEKS, class_code=some), 5)

    assert whole == await quizzes.ask("quiz_items", WEEKS)
    # Of the 18: q1 was answered wrongly by numbers 12 to 17, q2 by 15 to 17, who are only three.
    assert [(item.question, item.people, item.wrong) for item in found.items] == [("q3", 10, 10), ("q1", 18, 6), ("q2", 18, None)]


async def test_few_wrong_answers_are_hidden_and_so_is_what_would_tell_them(scene):
    people = crowd("an", 40)
    await scene.enrol(people)
    await scene.answer(people[:20], "bai", "q1", 0, right=True, day=0)
    await scene.answer(people[20:37], "bai", "q1", 1, right=False, day=0)
    await scene.answer(people[37:], "bai", "q1", 2, right=False, day=0)
    await scene.answer(people[:38], "bai", "q2", 0, right=True, day=0)
    await scene.answer(people[38:], "bai", "q2", 1, right=False, day=0)
    await scene.count()

    q1, q2 = (await scene.ask("quiz_items", WEEKS)).items

    # q1: 20 of 40 were wrong, 17 + 3: the 3 are hidden, and the 17 with them, as they are parts of the 20.
    assert (q1.wrong, {one.choice: one.people for one in q1.choices}) == (20, {0: 20, 1: None, 2: None})
    assert (q2.wrong, q2.wrong_percent, q2.most_chosen_wrong) == (None, None, None)
    assert {one.people for one in q2.choices} == {None}


async def test_choices_of_two_versions_are_one_where_their_words_are(scene):
    people = crowd("an", 30)
    await scene.enrol(people)
    await scene.answer(people[:10], "bai", "q1", 0, right=False, day=0, version="v1")
    await scene.answer(people[10:19], "bai", "q1", 1, right=False, day=1, version="v2")  # the same words in another place
    await scene.answer(people[19:], "bai", "q1", 2, right=False, day=1, version="v2")
    await scene.count()
    words = {("v1", 0): "Đưa mã", ("v2", 1): "Đưa mã", ("v2", 2): "Gọi lại"}

    def same(version, _lesson, _question, choice):
        return words[version, choice]

    async def same_in(versions):
        assert versions == {"v1", "v2"}
        return same

    (apart,) = (await scene.ask("quiz_items", WEEKS)).items
    (together,) = (await scene.ask("quiz_items", WEEKS, same_in=same_in)).items

    assert apart.most_chosen_wrong == ChoiceCount("v2", 2, False, 11)
    assert together.most_chosen_wrong == ChoiceCount("v2", 1, False, 19)
