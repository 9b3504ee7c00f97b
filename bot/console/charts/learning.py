"""How much was learned: lessons started, finished and passed; over time, by path, channel and lesson."""

from collections.abc import Callable, Sequence

from actions.learners.statistics.access import Statistics
from actions.learners.statistics.groups import Part
from bot.statistics.figures import Asked, Cell, Column, Figure, Number, Table, series

TITLE = "Học được bao nhiêu"
ORDER = 20
_TITLES = ("Bắt đầu", "Học hết", "Qua câu đố")


async def read(statistics: Statistics, asked: Asked) -> Figure:
    """Return the learning of a period."""
    found = await statistics.learning(asked.wanted)
    if found.state != "shown":
        return Figure("learning", TITLE, found.state)
    events = (found.started, found.finished, found.passed)
    numbers = [Number(f"{one.event}_people", one.people) for one in events] + [Number(one.event, one.lessons) for one in events]
    tables = (
        series(asked, "learning_by_time", _TITLES, [one.by_day for one in events], [one.by_week for one in events]),
        _table("by_path", "Lộ trình", [one.by_path for one in events], asked.words.path),
        _table("by_channel", "Kênh", [one.by_channel for one in events], asked.words.channel),
        _table("by_lesson", "Bài học", [one.by_lesson for one in events], asked.words.lesson),
    )
    # A number that is hidden as a whole has no series.
    return Figure("learning", TITLE, found.state, tuple(numbers), tuple(table for table in tables if table.rows))


def _table(name: str, title: str, events: Sequence[Sequence[Part]], words: Callable[[str], str]) -> Table:
    """Return what was started, finished and passed by the parts of one kind, those most often started first."""
    by_event = [{part.name: part.value for part in parts} for parts in events]
    names = sorted({name for parts in by_event for name in parts}, key=lambda name: (-(by_event[0].get(name) or 0), name))
    rows: list[tuple[Cell, ...]] = [(words(name), *(parts.get(name, 0) for parts in by_event)) for name in names]
    columns = (Column(title), *(Column(one, "number") for one in _TITLES))
    return Table(name, columns, tuple(rows), "bars" if len(rows) <= 8 else "", (1, 2, 3))
