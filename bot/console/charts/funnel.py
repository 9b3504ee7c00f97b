"""Where learners of one lesson stop, step by step."""

from actions.learners.statistics.access import Statistics
from actions.learners.statistics.funnel import LessonFunnel
from bot.statistics.figures import Asked, Column, Figure, Table

TITLE = "Từng bước của một bài"
ORDER = 40
_COLUMNS = (Column("Bước"), Column("Đã tới", "number"), Column("Dừng ở đó", "number"))


async def read(statistics: Statistics, asked: Asked) -> Figure:
    """Return the steps of the lesson that is asked for, or of the one that most people started."""
    found = await statistics.funnels(asked.wanted)
    if found.state != "shown" or not found.lessons:
        return Figure("funnel", TITLE, found.state)
    chosen = next((one for one in found.lessons if one.lesson == asked.lesson), None)
    if asked.lesson and chosen is None:
        chosen = LessonFunnel(asked.lesson, (), 0, 0, 0)
    shown = chosen or found.lessons[0]
    title = f"{TITLE}: {asked.words.lesson(shown.lesson)}"
    if shown.is_hidden:
        return Figure("funnel", title, "few", lesson=shown.lesson)
    steps = [
        (asked.words.step(shown.lesson, number), reached, stopped)
        for number, (reached, stopped) in enumerate(zip(shown.steps, shown.stopped_at, strict=True), start=1)
    ]
    ends = [("Học hết bài", shown.finished, ""), ("Thử câu đố", shown.tried, ""), ("Qua câu đố", shown.passed, "")]
    rows = (*steps, *ends) if steps else ()
    table = Table("funnel", _COLUMNS, rows, "stages", meanings=("stopped_at",))
    return Figure("funnel", title, "shown", (), (table,), shown.lesson)
