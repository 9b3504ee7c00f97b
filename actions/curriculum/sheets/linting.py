"""Say where in a spreadsheet a problem stands that the lint found in the files made of it."""

import re

from actions.curriculum.problems import Problem
from actions.curriculum.sheets.columns import LETTERS, SheetKey, sheet_of
from actions.curriculum.sheets.desk import Desk
from actions.curriculum.sheets.problems import SheetProblem
from actions.curriculum.sheets.records import examples_of
from actions.curriculum.tree import Item, item_of

_FIELDS = {
    "nội dung": "text", "Xem thêm": "more", "devices → android": "android", "devices → iphone": "iphone", "title": "title",
    "goal": "goal", "topics": "topics", "module": "module", "sources": "sources", "reviewed_on": "reviewed_on",
    "review_by": "review_by", "outcome": "outcome",
}  # fmt: skip
_EXAMPLE = re.compile(r"ví dụ (\d+)")
_QUESTION = re.compile(r"câu (?P<id>[a-z0-9-]+)(?:, lựa chọn (?P<choice>\d+)(?P<feedback> → feedback)?)?")


def placed(problem: Problem, desk: Desk) -> SheetProblem:
    """Return a problem of the content with its sheet, row and column, as far as they are known."""
    item = item_of(problem.path)
    sheet, key, row = _place(problem, item, desk)
    letter, header = desk.columns.get((sheet, key), ("", "")) if sheet else ("", "")
    title = sheet_of(sheet).title if sheet else ""
    message = problem.message if letter else f"{problem.place}: {problem.message}"
    if not row:
        message = f"{item}: {message}"
        title = letter = header = ""
    return SheetProblem("content", title, row, letter, header, "", message, problem.path, problem.place)


def _place(problem: Problem, item: Item, desk: Desk) -> tuple[SheetKey | None, str, int]:
    """Return the sheet, the column's key and the row; row 0 where it is not in the file."""
    if item.kind == "answer" and problem.path.startswith("training_data/"):
        return _example(problem, item, desk)
    if item.kind == "answer":
        return "answers", _field(problem.place), desk.rows.get(("answers", item.slug), 0)
    if item.kind == "lesson" and problem.path.endswith("quiz.yml"):
        return _question(problem, item, desk)
    if item.kind == "lesson":
        heading, _, rest = problem.place.partition(" → ")
        step = desk.rows.get(("lessons", item.slug, heading))
        if step:
            return "lessons", "simple" if rest else "text", step
        return "lessons", _field(problem.place), desk.rows.get(("lessons", item.slug), 0)
    return None, "", 0


def _example(problem: Problem, item: Item, desk: Desk) -> tuple[SheetKey | None, str, int]:
    match = _EXAMPLE.fullmatch(problem.place)
    texts = examples_of(desk.forms[item]) if item in desk.forms else []
    if match and int(match[1]) <= len(texts):
        row = desk.rows.get(("examples", item.slug, texts[int(match[1]) - 1]), 0)
        if row:
            return "examples", "example", row
    return "answers", "slug", desk.rows.get(("answers", item.slug), 0)


def _question(problem: Problem, item: Item, desk: Desk) -> tuple[SheetKey | None, str, int]:
    match = _QUESTION.match(problem.place)
    if match is None:
        return "quizzes", "slug", next((row for place, row in desk.rows.items() if place[:2] == ("quizzes", item.slug)), 0)
    key = "question"
    if match["choice"]:
        key = f"{'feedback' if match['feedback'] else 'choice'}_{LETTERS[int(match['choice']) - 1].lower()}"
    return "quizzes", key, desk.rows.get(("quizzes", item.slug, match["id"]), 0)


def _field(place: str) -> str:
    first = place.removeprefix("phần đầu → ")
    return _FIELDS.get(first) or _FIELDS.get(first.partition(" ")[0], "slug")
