"""How many people came, as the dashboard shows it."""

from dataclasses import replace
from datetime import timedelta

from tests.actions.learners.statistics.conftest import MONDAY, WEEKS, crowd
from tests.bot.console.charts.conftest import numbers, table


async def test_people_over_time_by_channel_and_path(scene, draw):
    await scene.come(crowd("an", 12), 0)
    await scene.come(crowd("an", 7), 8)  # seven of the twelve come again in the second week
    await scene.come(crowd("binh", 9), 1, channel="telegram")

    figure = await draw("people")

    assert figure.state == "shown"
    assert numbers(figure) == {"people": 21, "new": 21, "returning": 7}
    assert table(figure, "people_by_week").rows == ((MONDAY, 21), (MONDAY + timedelta(7), 7), (MONDAY + timedelta(14), 0))
    assert table(figure, "people_by_channel").rows == (("Telegram", 9), ("Trang chat", 12))
    assert table(figure, "people_by_path").rows == (("Chưa chọn lộ trình", 21),)


async def test_days_where_they_are_asked_for(scene, draw):
    await scene.come(crowd("an", 12), 2)

    rows = table(await draw("people", by="day"), "people_by_day").rows

    assert len(rows) == 21
    assert rows[2] == (MONDAY + timedelta(2), 12)
    assert {count for _, count in rows[3:]} == {0}


async def test_by_topic_people_are_not_kept(scene, draw):
    await scene.come(crowd("an", 12), 2)

    figure = await draw("people", replace(WEEKS, topic="scam-police", lessons=("cong-an-gia",)))

    assert figure.state == "not_kept"
    assert "không tách theo chủ đề" in figure.why_empty
    assert figure.tables == ()
