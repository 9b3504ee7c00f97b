"""What is asked and what could not be answered, worked out by hand."""

from dataclasses import replace

import pytest

from actions.learners.statistics.questions import AnswerPart
from tests.actions.learners.statistics.conftest import MONDAY, WEEKS, crowd


def values(cells):
    return {cell.name: cell.value for cell in cells}


def days(points):
    return {(point.day - MONDAY).days: point.value for point in points if point.value != 0}


@pytest.fixture
async def chat(scene):
    """Ten people ask on the web, eight on Telegram.

    Answered: topic otp 10 (answer a) + 8 (answer b), topic vneid 8 × 2 on day 9 (answer c).
    Not answered: 7 unknown with no guess, 6 unknown guessed as c, 10 suggested (guess a),
    6 of these declined, 8 thumbs down on c.
    """
    web, telegram = crowd("an", 10), crowd("tele", 8)
    await scene.come(web, 0, outcome="answered", topic="otp", answer="a")
    await scene.come(telegram, 1, outcome="answered", topic="otp", answer="b", channel="telegram")
    await scene.come(telegram, 9, outcome="answered", topic="vneid", answer="c", channel="telegram", times=2)
    await scene.come(web[:7], 0, outcome="unknown")
    await scene.come(web[:6], 2, outcome="unknown", topic="vneid", answer="c")
    await scene.come(web, 2, outcome="suggested", topic="otp", answer="a")
    await scene.come(web[:6], 2, outcome="menu", verdict="declined", topic="otp", answer="a")
    await scene.come(telegram, 9, outcome="menu", verdict="thumbs_down", topic="vneid", answer="c", channel="telegram")
    await scene.count()
    return scene


async def test_what_is_asked(chat):
    found = await chat.ask("questions", WEEKS)

    assert found.total == 10 + 8 + 16
    assert values(found.topics) == {"otp": 18, "vneid": 16}
    assert [part.name for part in found.topics] == ["otp", "vneid"]  # the most frequent first
    assert found.answers == (AnswerPart("c", "vneid", 16), AnswerPart("a", "otp", 10), AnswerPart("b", "otp", 8))
    assert days(found.by_day) == {0: 10, 1: 8, 9: 16}
    assert [point.value for point in found.by_week] == [18, 16, 0]
    assert len(found.by_day) == 21


async def test_what_could_not_be_answered(chat):
    found = await chat.ask("unanswered", WEEKS)

    # 7 + 6 unknown, 6 declined, 8 thumbs down; the ten suggestions are told beside, not added.
    assert found.total == 27
    assert {kind.kind: kind.total for kind in found.kinds} == {"unknown": 13, "suggested": 10, "declined": 6, "thumbs_down": 8}
    assert {kind.kind: days(kind.by_day) for kind in found.kinds} == {
        "unknown": {0: 7, 2: 6},
        "suggested": {2: 10},
        "declined": {2: 6},
        "thumbs_down": {9: 8},
    }
    assert values(found.topics) == {"vneid": 14, "": 7, "otp": 6}
    assert found.answers == (AnswerPart("c", "vneid", 14), AnswerPart("a", "otp", 6))


@pytest.mark.parametrize(
    ("changes", "asked", "failed"),
    [
        pytest.param({"channel": "telegram"}, 24, 8, id="a channel"),
        pytest.param({"topic": "otp"}, 18, 6, id="a topic"),
        pytest.param({"path": "nguoi-cao-tuoi"}, 0, 0, id="a path that nobody is on"),
        pytest.param({"until": MONDAY}, 10, 7, id="one day"),
    ],
)
async def test_each_filter_by_itself(chat, changes, asked, failed):
    wanted = replace(WEEKS, **changes)

    assert ((await chat.ask("questions", wanted)).total, (await chat.ask("unanswered", wanted)).total) == (asked, failed)


async def test_questions_of_learners_are_found_by_their_path(scene):
    await scene.enrol(crowd("an", 6), path="nguoi-cao-tuoi")
    await scene.come(crowd("an", 6), 0, outcome="answered", topic="otp", answer="a")
    await scene.come(crowd("khach", 9), 0, outcome="answered", topic="otp", answer="a")
    await scene.count()

    assert (await scene.ask("questions", replace(WEEKS, path="nguoi-cao-tuoi"))).total == 6


async def test_by_class_nothing_is_kept_of_what_was_asked(scene):
    people = crowd("an", 6)
    await scene.enrol(people)
    code = await scene.open_class(people)
    await scene.come(people, 0, outcome="answered", topic="otp", answer="a")
    await scene.count()

    wanted = replace(WEEKS, class_code=code)
    assert [(await scene.ask(name, wanted)).state for name in ("questions", "unanswered", "outcomes")] == ["not_kept"] * 3


async def test_rare_topics_are_hidden_and_cannot_be_subtracted(scene):
    await scene.come(crowd("an", 20), 0, outcome="answered", topic="otp", answer="a")
    await scene.come(crowd("an", 3), 0, outcome="answered", topic="otp", answer="b")
    await scene.come(crowd("an", 6), 0, outcome="answered", topic="vneid", answer="c")
    await scene.come(crowd("an", 2), 0, outcome="answered", topic="khac", answer="d")
    await scene.count()

    found = await scene.ask("questions", WEEKS)

    # 31 - 23 - 6 = 2, so vneid's 6 go with them; within otp, 23 - 20 = 3, so a's 20 go with b's 3.
    assert values(found.topics) == {"otp": 23, "khac": None, "vneid": None}
    assert {part.answer: part.value for part in found.answers} == {"a": None, "b": None, "c": None, "d": None}


async def test_the_longest_list_is_cut_off_after_the_most_frequent(scene):
    for number in range(4):
        await scene.come(crowd("an", 5 + number), 0, outcome="answered", topic=f"t{number}", answer=f"a{number}")
    await scene.count()

    found = await scene.ask("questions", WEEKS, limit=2)

    assert values(found.topics) == {"t3": 8, "t2": 7}
    assert [part.answer for part in found.answers] == ["a3", "a2"]
