"""Which questions of the quizzes are answered wrongly most, and which wrong choice is taken."""

from actions.learners.statistics.access import Statistics
from bot.statistics.figures import Asked, Cell, Column, Figure, Table

TITLE = "Câu đố nào hay sai"
ORDER = 80
_COLUMNS = (
    Column("Câu đố"), Column("Bài học"), Column("Số người trả lời", "number"), Column("Tỷ lệ sai", "percent"),
    Column("Lựa chọn sai nhiều nhất"), Column("Số người chọn", "number"),
)  # fmt: skip
_MEANINGS = ("quiz_people", "wrong_percent", "most_chosen_wrong")


async def read(statistics: Statistics, asked: Asked) -> Figure:
    """Return the questions that enough people answered, the one most often wrong first."""
    words = asked.words
    found = await statistics.quiz_items(asked.wanted, same_in=words.same)
    if found.state != "shown":
        return Figure("quiz_items", TITLE, found.state)
    rows = []
    for item in found.items:
        worst = item.most_chosen_wrong
        choice: tuple[Cell, Cell] = ("", "")
        if worst is not None:
            choice = (words.choice(worst.content_version, item.lesson, item.question, worst.choice), worst.people)
        question = words.question(item.lesson, item.question)
        rows.append((question, words.lesson(item.lesson), item.people, item.wrong_percent, *choice))
    table = Table("quiz_items", _COLUMNS, tuple(rows), meanings=_MEANINGS)
    return Figure("quiz_items", TITLE, found.state, (), (table,))
