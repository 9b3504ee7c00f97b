"""What people ask, as the dashboard shows it."""

from datetime import timedelta

from tests.actions.learners.statistics.conftest import MONDAY, crowd
from tests.bot.console.charts.conftest import numbers, table

CALL = {"outcome": "answered", "topic": "scam-police", "answer": "cong-an-goi-dien"}
VIDEO = {"outcome": "answered", "topic": "scam-police", "answer": "cong-an-goi-video"}


async def test_answers_by_topic_and_by_answer_with_their_titles(scene, draw):
    await scene.come(crowd("an", 12), 0, times=2, **CALL)
    await scene.come(crowd("an", 6), 8, **VIDEO)
    await scene.come(crowd("an", 9), 0, outcome="menu")

    figure = await draw("questions")

    assert numbers(figure) == {"questions": 30}  # 12 x 2 + 6
    assert table(figure, "questions_by_time").rows == ((MONDAY, 24), (MONDAY + timedelta(7), 6), (MONDAY + timedelta(14), 0))
    assert table(figure, "topics").rows == (("Giả danh công an, viện kiểm sát, toà án", 30),)
    assert [(row[0], row[2]) for row in table(figure, "answers").rows] == [
        ("Người xưng công an, viện kiểm sát gọi điện", 24),
        ("Công an gọi video, mặc cảnh phục", 6),
    ]
