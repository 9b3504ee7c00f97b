"""How many people came: altogether, new ones, those who came again; over time, by channel and path."""

from actions.learners.statistics.access import Statistics
from bot.statistics.figures import Asked, Column, Figure, Number, Table, series

TITLE = "Bao nhiêu người đến"
ORDER = 10


async def read(statistics: Statistics, asked: Asked) -> Figure:
    """Return the people of a period."""
    found = await statistics.people(asked.wanted)
    if found.state != "shown":
        return Figure("people", TITLE, found.state)
    words = asked.words
    tables = [series(asked, f"people_by_{asked.by}", ["Số người"], [found.by_day], [found.by_week])]
    people = Column("Số người", "number")
    if found.by_channel:
        rows = tuple((words.channel(part.name), part.value) for part in found.by_channel)
        tables.append(Table("people_by_channel", (Column("Kênh"), people), rows, "bars"))
    if found.by_path:
        rows = tuple((words.path(part.name), part.value) for part in found.by_path)
        tables.append(Table("people_by_path", (Column("Lộ trình"), people), rows, "bars"))
    numbers = (Number("people", found.people), Number("new", found.new), Number("returning", found.returning))
    return Figure("people", TITLE, found.state, numbers, tuple(tables))
