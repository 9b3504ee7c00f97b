"""What could not be answered: by kind over time, by topic and by the answer that was guessed or refused."""

from actions.learners.statistics.access import Statistics
from bot.statistics.figures import Asked, Column, Figure, Number, Table, series

TITLE = "Chưa trả lời được gì"
ORDER = 60
_TITLES = {"unknown": "Chưa hiểu", "suggested": "Đã gợi ý", "declined": "Từ chối gợi ý", "thumbs_down": "Chưa đúng ý"}


async def read(statistics: Statistics, asked: Asked) -> Figure:
    """Return what failed in a period."""
    found = await statistics.unanswered(asked.wanted)
    if found.state != "shown":
        return Figure("unanswered", TITLE, found.state)
    words, count = asked.words, Column("Lượt", "number")
    titles = [_TITLES[one.kind] for one in found.kinds]
    topics = tuple((words.topic(part.name), part.value) for part in found.topics)
    answers = tuple((words.answer(part.answer), words.topic(part.topic), part.value) for part in found.answers)
    tables = (
        series(asked, "unanswered_by_time", titles, [one.by_day for one in found.kinds], [one.by_week for one in found.kinds]),
        Table("unanswered_topics", (Column("Chủ đề"), count), topics, "bars"),
        Table("unanswered_answers", (Column("Câu trả lời"), Column("Chủ đề"), count), answers),
    )
    numbers = (Number("unanswered", found.total), *(Number(one.kind, one.total) for one in found.kinds))
    return Figure("unanswered", TITLE, found.state, numbers, tables)
