"""How far the classes are: how many of their members started, finished and passed a lesson."""

from actions.learners.statistics.access import Statistics
from bot.statistics.figures import Asked, Column, Figure, Table

TITLE = "Các lớp học đến đâu"
ORDER = 45
_COLUMNS = (
    Column("Lớp"), Column("Mã lớp"), Column("Số người", "number"), Column("Bắt đầu", "number"), Column("Học hết", "number"),
    Column("Qua câu đố", "number"),
)  # fmt: skip


async def read(statistics: Statistics, asked: Asked) -> Figure:
    """Return the classes of five or more, the newest first."""
    found = await statistics.class_progress(asked.wanted)
    if found.state != "shown":
        return Figure("class_progress", TITLE, found.state)
    rows = tuple((one.name, one.code, one.members, one.started, one.finished, one.passed) for one in found.classes)
    return Figure("class_progress", TITLE, found.state, (), (Table("by_class", _COLUMNS, rows),))
