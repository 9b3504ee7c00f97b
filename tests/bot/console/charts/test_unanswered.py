"""What could not be answered, as the dashboard shows it."""

from tests.actions.learners.statistics.conftest import MONDAY, crowd
from tests.bot.console.charts.conftest import numbers, table

GUESS = {"topic": "scam-police", "answer": "cong-an-goi-dien"}


async def test_each_kind_and_the_sum_of_those_that_failed(scene, draw):
    await scene.come(crowd("an", 11), 0, outcome="unknown")
    await scene.come(crowd("an", 20), 0, outcome="suggested", **GUESS)
    await scene.come(crowd("an", 7), 1, outcome="suggested", verdict="declined", **GUESS)
    await scene.come(crowd("an", 5), 1, outcome="answered", verdict="thumbs_down", **GUESS)

    figure = await draw("unanswered")

    assert numbers(figure) == {"unanswered": 23, "unknown": 11, "suggested": 20, "declined": 7, "thumbs_down": 5}  # 11 + 7 + 5
    assert table(figure, "unanswered_by_time").rows[0] == (MONDAY, 11, 20, 7, 5)
    assert table(figure, "unanswered_topics").rows == (("Giả danh công an, viện kiểm sát, toà án", 12), ("Không đoán được", 11))
    assert table(figure, "unanswered_answers").rows[0][2] == 12
