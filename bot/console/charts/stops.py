"""Where learners stop, by lesson: how many started, finished, tried the quiz, passed, and at which step most went away."""

from actions.learners.statistics.access import Statistics
from bot.statistics.figures import Asked, Column, Figure, Table

TITLE = "Dừng ở đâu"
ORDER = 30
_COLUMNS = (
    Column("Bài học"), Column("Bắt đầu", "number"), Column("Học hết", "number"), Column("Thử câu đố", "number"),
    Column("Qua câu đố", "number"), Column("Hay dừng nhất"), Column("Dừng ở đó", "number"),
)  # fmt: skip


async def read(statistics: Statistics, asked: Asked) -> Figure:
    """Return the lessons that were started in a period; each leads to its steps."""
    found = await statistics.funnels(asked.wanted)
    if found.state != "shown":
        return Figure("stops", TITLE, found.state)
    words, rows = asked.words, []
    for one in found.lessons:
        worst = one.worst_step
        place = words.step(one.lesson, worst) if worst else ""
        rows.append(
            (words.lesson(one.lesson), one.started, one.finished, one.tried, one.passed, place, one.stopped_at[worst - 1] if worst else "")
        )
    lessons = tuple(one.lesson for one in found.lessons)
    return Figure("stops", TITLE, found.state, (), (Table("funnel", _COLUMNS, tuple(rows), meanings=("stopped_at",), lessons=lessons),))
