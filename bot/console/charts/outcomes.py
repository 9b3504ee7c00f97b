"""How turns ended: the closed list of outcomes."""

from actions.learners.statistics.access import Statistics
from bot.statistics.figures import Asked, Column, Figure, Number, Table

TITLE = "Các lượt kết thúc ra sao"
ORDER = 70
_COLUMNS = (Column("Kết quả"), Column("Số lượt", "number"), Column("Phần", "percent"))


async def read(statistics: Statistics, asked: Asked) -> Figure:
    """Return the outcomes of a period, also those that did not occur."""
    found = await statistics.outcomes(asked.wanted)
    if found.state != "shown":
        return Figure("outcomes", TITLE, found.state)
    turns = found.turns
    rows = tuple(
        (asked.words.outcome(part.name), part.value, "" if not turns else None if part.value is None else 100 * part.value / turns)
        for part in found.parts
    )
    return Figure("outcomes", TITLE, found.state, (Number("turns", turns),), (Table("outcomes", _COLUMNS, rows, "bars"),))
