"""How turns ended, as the dashboard shows it."""

from actions.outcome import OUTCOME_LABELS
from tests.actions.learners.statistics.conftest import crowd
from tests.bot.console.charts.conftest import numbers


async def test_all_outcomes_of_the_list_with_their_share(scene, draw):
    await scene.come(crowd("an", 15), 0, outcome="menu")
    await scene.come(crowd("an", 5), 0, outcome="unknown")

    figure = await draw("outcomes")

    rows = {row[0]: row[1:] for row in figure.tables[0].rows}
    assert numbers(figure) == {"turns": 20}
    assert list(rows) == list(OUTCOME_LABELS.values())
    assert rows["Danh mục"] == (15, 75.0)
    assert rows["Chưa hiểu"] == (5, 25.0)
    assert rows["Khẩn cấp"] == (0, 0.0)


async def test_without_turns_there_are_no_shares(draw):
    figure = await draw("outcomes")

    assert {row[1:] for row in figure.tables[0].rows} == {(0, "")}
