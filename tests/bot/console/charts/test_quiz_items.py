"""Which questions are answered wrongly, as the dashboard shows it."""

import json

import pytest

from actions.learners.contents import FILES
from tests.actions.learners.statistics.conftest import NOW, crowd

LESSON = "bay-tinh-cam"


@pytest.fixture
async def answered(scene):
    people = crowd("an", 40)
    await scene.enrol(people)
    await scene.answer(people[:25], LESSON, "q1", 0, right=True, day=0)
    await scene.answer(people[25:34], LESSON, "q1", 1, right=False, day=0)
    await scene.answer(people[34:], LESSON, "q1", 2, right=False, day=0)
    return scene


async def test_the_share_of_wrong_answers_and_the_most_chosen_wrong_choice_in_words(answered, draw, curriculum):
    (table,) = (await draw("quiz_items")).tables

    question = curriculum.lessons[LESSON].questions["q1"]
    title = curriculum.lessons[LESSON].title
    # 9 + 6 of 40 were wrong: 37.5 %.
    assert table.rows == ((question.text, title, 40, 37.5, question.choices[1].text, 9),)


async def test_choices_of_an_older_version_are_those_with_the_same_words(answered, draw, curriculum):
    texts = [choice.text for choice in curriculum.lessons[LESSON].questions["q1"].choices]
    older = {"lessons": {LESSON: {"questions": {"q1": {"choices": [{"text": text} for text in (texts[2], texts[0], texts[1])]}}}}}
    async with answered.repository.transaction() as store:
        about = {"origin": FILES, "author": "", "note": "", "parent": None}
        await store.contents.publish("v0", json.dumps(older), {}, NOW, **about)
    people = crowd("binh", 12)
    await answered.enrol(people)
    await answered.answer(people, LESSON, "q1", 0, right=False, day=1, version="v0")  # what is the third choice now

    (table,) = (await draw("quiz_items")).tables

    assert table.rows[0][2] == 52
    assert table.rows[0][4:] == (texts[2], 18)  # 6 + 12


async def test_choices_of_a_version_that_is_gone_are_named_by_number(scene, draw):
    await scene.enrol(crowd("an", 20))
    await scene.answer(crowd("an", 20), LESSON, "q1", 1, right=False, day=0, version="gone")

    (table,) = (await draw("quiz_items")).tables

    assert table.rows[0][3:] == (100.0, "lựa chọn 2 (bản gone)", 20)
