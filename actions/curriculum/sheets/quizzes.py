"""Lay the rows of the sheet of quizzes on the desk."""

import copy
from collections.abc import Mapping

from actions.curriculum.forms import Form
from actions.curriculum.sheets.answers import UNREADABLE
from actions.curriculum.sheets.columns import LETTERS, QUIZZES
from actions.curriculum.sheets.desk import Desk, Tally
from actions.curriculum.sheets.headers import Filled
from actions.curriculum.sheets.records import Record
from actions.curriculum.sheets.rows import GONE, ReadRow, RowReader
from actions.curriculum.tree import Item


class QuizSheet:
    """Lays the sheet of quizzes on the desk: one row a question."""

    def __init__(self, filled: Filled, desk: Desk) -> None:
        self._records = {(record.item.slug, record.shown["id"]): record for record in desk.content.records("quizzes")}
        self._desk = desk
        self._reader = RowReader(filled, desk, self._lookup)
        self._counts = {"new": 0, "changed": 0, "deleted": 0, "unchanged": 0}
        self._seen: dict[tuple[str, str], int] = {}
        self._gone: dict[Item, set[int]] = {}

    def lay(self) -> Tally:
        """Lay all rows; return how many are what."""
        for row in self._reader.rows():
            self._counts[self._lay(row)] += 1
        for column in QUIZZES.columns:
            self._desk.columns["quizzes", column.key] = self._reader.column_of(column.key)
        if self._desk.deletes_missing:
            missing = [record for key, record in self._records.items() if key not in self._seen and record.item not in self._desk.deleted]
            for record in missing:
                self._gone.setdefault(record.item, set()).add(record.place)
            self._counts["deleted"] += len(missing)
        for item, places in self._gone.items():
            form = self._desk.form(item)
            form["questions"] = [one for place, one in enumerate(form["questions"]) if place not in places]
            self._desk.tell(item, f"bỏ {len(places)} câu đố")
        return Tally(**self._counts)

    def _lookup(self, cells: Mapping[str, str], _mark: str) -> Record | None:
        return self._records.get((cells["slug"], cells["id"])) if cells["id"] else None

    def _lay(self, row: ReadRow) -> str:
        """Lay one question on the desk; return what it comes to."""
        item, slug = Item("lesson", row.cells["slug"]), row.cells["id"]
        self._desk.seen.add(item)
        if not self._desk.has(item):
            if item not in self._desk.deleted:
                message = "không có bài nào mang mã này; hãy ghi thêm ở trang Bài học, hoặc sửa mã"
                self._reader.problem(row.number, "slug", UNREADABLE if self._desk.is_unreadable(item) else message, item.slug)
            return "unchanged"
        if slug and (item.slug, slug) in self._seen:
            message = f"mã câu này đã có ở hàng {self._seen[item.slug, slug]}; mỗi câu một mã, câu mới thì để trống ô này"
            self._reader.problem(row.number, "id", message, slug)
            return "unchanged"
        self._seen[item.slug, slug] = row.number
        self._desk.rows["quizzes", item.slug, slug] = row.number
        if row.is_deleted:
            return self._delete(item, row)
        if row.record is None and row.verdict == "untouched":
            self._reader.note(row.number, "id", GONE)
        if row.verdict in ("same", "untouched"):
            return "unchanged"
        return self._change(item, row)

    def _delete(self, item: Item, row: ReadRow) -> str:
        if row.record is None:
            self._reader.note(row.number, "id", "không có câu này để xoá")
            return "unchanged"
        self._gone.setdefault(item, set()).add(row.record.place)
        return "deleted"

    def _change(self, item: Item, row: ReadRow) -> str:
        is_new = row.record is None
        if is_new and self._reader.lacks(row):
            return "unchanged"
        form = self._desk.form(item)
        question: Form = {"id": row.cells["id"], "question": "", "choices": []}
        if row.record is not None:
            question = copy.deepcopy(form["questions"][row.record.place])
        question["question"] = row.values.get("question", question["question"])
        choices = self._choices(row, question["choices"])
        if choices is None:
            return "unchanged"
        question["choices"] = choices
        if row.record is None:
            form["questions"].append(question)
            self._desk.tell(item, "thêm một câu đố")
            return "new"
        form["questions"][row.record.place] = question
        self._desk.tell(item, f"sửa câu đố {row.cells['id']}: " + ", ".join(f"“{QUIZZES.column(key).header}”" for key in row.values))
        return "changed"

    def _choices(self, row: ReadRow, before: list[Form]) -> list[Form] | None:
        """Return the choices with what a row changes; None where one is half empty, or the right one is none of them."""
        choices = [dict(one) for one in before]
        for index, letter in enumerate(LETTERS):
            text, feedback = (row.values.get(f"{name}_{letter.lower()}") for name in ("choice", "feedback"))
            if (text or feedback) and index >= len(choices):
                choices += [{"text": "", "feedback": "", "right": False} for _ in range(index + 1 - len(choices))]
            if index < len(choices):
                choices[index] |= {name: value for name, value in (("text", text), ("feedback", feedback)) if value is not None}
        while choices and not choices[-1]["text"] and not choices[-1]["feedback"]:
            choices.pop()
        if "right" in row.values:
            right = row.values["right"].split(", ")
            choices = [{**one, "right": letter in right} for letter, one in zip(LETTERS, choices, strict=False)]
        return choices if self._are_good(row, choices) else None

    def _are_good(self, row: ReadRow, choices: list[Form]) -> bool:
        is_good = True
        for letter, one in zip(LETTERS, choices, strict=False):
            for name, key in (("text", "choice"), ("feedback", "feedback")):
                if not one[name]:
                    message = f"lựa chọn {letter} còn thiếu phần này; hãy điền cả lựa chọn và phản hồi, hoặc xoá cả hai"
                    self._reader.problem(row.number, f"{key}_{letter.lower()}", message)
                    is_good = False
        letters = LETTERS[: len(choices)]
        wrong = [letter for letter in row.values.get("right", "").split(", ") if letter and letter not in letters]
        if wrong:
            message = f"không có lựa chọn {wrong[0]}; phải là một trong {', '.join(letters)}"
            self._reader.problem(row.number, "right", message, row.cells["right"])
        return is_good and not wrong


def lay_quizzes(filled: Filled, desk: Desk) -> Tally:
    """Lay the sheet of quizzes on the desk; return how many rows are what."""
    return QuizSheet(filled, desk).lay()
