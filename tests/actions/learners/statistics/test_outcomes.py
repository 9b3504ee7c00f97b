"""How turns ended: every outcome of the closed list, worked out by hand."""

from dataclasses import replace

import pytest

from actions.outcome import Outcome
from tests.actions.learners.statistics.conftest import WEEKS, crowd


@pytest.fixture
async def chat(scene):
    await scene.come(crowd("an", 9), 0, outcome="answered", topic="otp", answer="a")
    await scene.come(crowd("an", 9), 3, outcome="menu", times=2)
    await scene.come(crowd("tele", 6), 3, outcome="unknown", channel="telegram")
    await scene.count()
    return scene


async def test_every_outcome_has_its_count_and_those_that_did_not_occur_are_zero(chat):
    found = await chat.ask("outcomes", WEEKS)

    assert found.turns == 9 + 18 + 6
    assert {part.name: part.value for part in found.parts if part.value} == {"answered": 9, "menu": 18, "unknown": 6}
    assert [part.name for part in found.parts] == [outcome.value for outcome in Outcome]
    assert sum(part.value for part in found.parts) == found.turns


@pytest.mark.parametrize(
    ("changes", "turns"),
    [
        pytest.param({"channel": "web"}, 27, id="a channel"),
        pytest.param({"topic": "otp"}, 9, id="a topic"),
        pytest.param({"since": WEEKS.days[1]}, 24, id="later days"),
    ],
)
async def test_each_filter_by_itself(chat, changes, turns):
    assert (await chat.ask("outcomes", replace(WEEKS, **changes))).turns == turns


async def test_a_cry_for_help_of_one_person_is_hidden_and_cannot_be_subtracted(scene):
    await scene.come(crowd("an", 30), 0)
    await scene.come(crowd("an", 8), 0, outcome="lesson")
    await scene.come(crowd("an", 1), 0, outcome="crisis")
    await scene.count()

    found = {part.name: part.value for part in (await scene.ask("outcomes", WEEKS)).parts}

    assert (found["crisis"], found["lesson"], found["menu"]) == (None, None, 30)


async def test_what_is_shown_elsewhere_is_not_what_hides_another(scene):
    await scene.come(crowd("an", 8), 0, outcome="unknown")  # fewest, but told among what could not be answered
    await scene.come(crowd("an", 20), 0, outcome="lesson")
    await scene.come(crowd("an", 1), 0, outcome="crisis")
    await scene.count()

    found = await scene.ask("outcomes", WEEKS)

    assert {part.name: part.value for part in found.parts if part.value != 0} == {"crisis": None, "lesson": None, "unknown": 8}
    assert found.turns == 29


async def test_where_all_others_are_shown_the_total_is_hidden(scene):
    await scene.come(crowd("an", 8), 0, outcome="answered", topic="otp", answer="a")
    await scene.come(crowd("an", 1), 0, outcome="crisis")
    await scene.count()

    found = await scene.ask("outcomes", WEEKS)

    assert {part.name: part.value for part in found.parts if part.value != 0} == {"crisis": None, "answered": 8}
    assert found.turns is None
