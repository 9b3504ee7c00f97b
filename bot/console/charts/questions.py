"""What people ask: how often answers were given, by topic and answer."""

from actions.learners.statistics.access import Statistics
from bot.statistics.figures import Asked, Column, Figure, Number, Table, series

TITLE = "Người dân hỏi gì"
ORDER = 50


async def read(statistics: Statistics, asked: Asked) -> Figure:
    """Return the questions of a period that were answered."""
    found = await statistics.questions(asked.wanted)
    if found.state != "shown":
        return Figure("questions", TITLE, found.state)
    words, count = asked.words, Column("Lượt", "number")
    topics = tuple((words.topic(part.name), part.value) for part in found.topics)
    answers = tuple((words.answer(part.answer), words.topic(part.topic), part.value) for part in found.answers)
    tables = (
        series(asked, "questions_by_time", ["Lượt"], [found.by_day], [found.by_week]),
        Table("topics", (Column("Chủ đề"), count), topics, "bars"),
        Table("answers", (Column("Câu trả lời"), Column("Chủ đề"), count), answers),
    )
    return Figure("questions", TITLE, found.state, (Number("questions", found.total),), tables)
