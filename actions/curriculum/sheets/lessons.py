"""Lay the rows of the sheets of lessons and of quizzes on the desk."""

import copy
from collections.abc import Mapping, Sequence

from actions.curriculum.forms import Form
from actions.curriculum.sheets.answers import UNREADABLE
from actions.curriculum.sheets.columns import LESSON_FIELDS, LESSONS, Column
from actions.curriculum.sheets.desk import Desk, Tally, kept, put
from actions.curriculum.sheets.headers import Filled
from actions.curriculum.sheets.records import Record
from actions.curriculum.sheets.rows import GONE, ReadRow, RowReader, marks_in
from actions.curriculum.tree import Item

STEP_FIELDS = ("heading", "text", "simple", "picture")
_NEEDED = ("title", "module", "topics", "goal")


class LessonSheet:
    """Lays the sheet of lessons on the desk: one row a step, what is said of the whole lesson in any of them."""

    def __init__(self, filled: Filled, desk: Desk) -> None:
        self._records: dict[str, list[Record]] = {}
        for record in desk.content.records("lessons"):
            self._records.setdefault(record.item.slug, []).append(record)
        self._desk, self._marks = desk, marks_in(filled)
        self._reader = RowReader(filled, desk, self._lookup)
        self._counts = {"new": 0, "changed": 0, "deleted": 0, "unchanged": 0}

    def lay(self) -> Tally:
        """Lay all rows; return how many are what."""
        by_slug: dict[str, list[ReadRow]] = {}
        for row in self._reader.rows():
            by_slug.setdefault(row.cells["slug"], []).append(row)
        for slug, rows in by_slug.items():
            self._lay_lesson(Item("lesson", slug), rows)
        self._desk.columns |= {("lessons", column.key): self._reader.column_of(column.key) for column in LESSONS.columns}
        if self._desk.deletes_missing:
            for slug in set(self._records) - set(by_slug):
                self._delete(Item("lesson", slug))
        return Tally(**self._counts)

    def _lookup(self, cells: Mapping[str, str], mark: str) -> Record | None:
        """Return the step that a row shows: by its mark, for it may have been moved, else by its number."""
        records = self._records.get(cells["slug"], [])
        marked = [record for record in records if mark and record.mark(LESSONS) == mark]
        if len(marked) == 1:
            return marked[0]
        numbered = next((record for record in records if record.shown["number"] == cells["number"]), None)
        is_elsewhere = numbered is not None and not mark and self._marks[numbered.mark(LESSONS)] == 1
        return None if is_elsewhere else numbered

    def _lay_lesson(self, item: Item, rows: Sequence[ReadRow]) -> None:
        self._desk.seen.add(item)
        first = rows[0].number
        self._desk.rows["lessons", item.slug] = first
        if self._desk.is_unreadable(item):
            self._reader.problem(first, "slug", UNREADABLE, item.slug)
            return
        exists = item in self._desk.content.forms
        if any(row.deletes_all for row in rows):
            if exists:
                self._delete(item)
            else:
                self._reader.note(first, "slug", "không có bài này để xoá")
            return
        rows = self._without_gone(rows)
        if rows and self._numbers_are_good(rows):
            form = copy.deepcopy(self._desk.content.forms[item]) if exists else self._desk.begin(item)
            about = self._about(rows, form, exists=exists)
            steps = self._steps(item, rows, form["steps"])
            if about is not None and steps is not None:
                put(form, about)
                form["steps"] = steps
                self._desk.forms[item] = form
                if about and exists:
                    self._desk.tell(item, "sửa " + ", ".join(f"“{LESSONS.column(key).header}”" for key in about))

    def _delete(self, item: Item) -> None:
        self._desk.deleted.add(item)
        self._counts["deleted"] += len(self._records[item.slug])

    def _without_gone(self, rows: Sequence[ReadRow]) -> list[ReadRow]:
        kept = []
        for row in rows:
            if row.record is None and row.verdict == "untouched":
                self._reader.note(row.number, "slug", GONE)
            elif row.is_deleted and row.record is None:
                self._reader.note(row.number, "number", "không có bước này để xoá")
            else:
                kept.append(row)
        return kept

    def _numbers_are_good(self, rows: Sequence[ReadRow]) -> bool:
        seen: dict[str, int] = {}
        is_good = True
        for row in rows:
            number = row.cells["number"]
            has_step = any(row.cells.get(key) for key in STEP_FIELDS)
            if row.is_deleted or (not number and not has_step):
                continue
            if not number:
                self._reader.problem(row.number, "number", "ô này đang trống; hãy ghi bước thứ mấy: 1, 2, 3…")
            elif number in seen:
                message = f"bước này đã có ở hàng {seen[number]}; mỗi bước một số, hãy đánh số lại các bước sau"
                self._reader.problem(row.number, "number", message, number)
            is_good = is_good and bool(number) and number not in seen
            seen[number] = row.number
        return is_good

    def _about(self, rows: Sequence[ReadRow], form: Form, *, exists: bool) -> dict[str, str] | None:
        """Return what changes about the whole lesson; None where rows say different things, or too little."""
        told = [row for row in rows if not row.is_deleted and any(row.cells.get(key) for key in LESSON_FIELDS)]
        if not told:
            if not exists:
                message = "bài mới thì phải có tên bài, học phần, chủ đề, mục tiêu; hãy ghi ở hàng bước 1"
                self._reader.problem(rows[0].number, "title", message)
            return {} if exists else None
        about: dict[str, str] = {}
        is_good = True
        for column in (LESSONS.column(key) for key in LESSON_FIELDS):
            now = kept(form, column.key)
            said = {row.values.get(column.key, now): row for row in told if row.cells.get(column.key)}
            if len(said) > 1:
                row = next(row for value, row in reversed(said.items()) if value != now)
                message = "ghi khác với hàng khác của cùng bài; hãy chỉ ghi ở hàng bước 1"
                self._reader.problem(row.number, column.key, message, row.cells[column.key])
                is_good = False
            elif said or any(column.key in row.values for row in told):
                about[column.key] = next(iter(said), "")
            is_good = self._is_told(column, about, told[0], form, exists=exists) and is_good
        about = {key: value for key, value in about.items() if value != kept(form, key)}
        return about if is_good else None

    def _is_told(self, column: Column, about: Mapping[str, str], row: ReadRow, form: Form, *, exists: bool) -> bool:
        is_missing = column.key in _NEEDED and not about.get(column.key, form[column.key] if exists else "")
        if is_missing and (column.key in about or not exists):
            self._reader.problem(row.number, column.key, f"“{column.header}” đang trống; hãy điền ở hàng bước 1 của bài")
            return False
        return True

    def _steps(self, item: Item, rows: Sequence[ReadRow], before: Sequence[Form]) -> list[Form] | None:
        """Return the steps in their new order; steps that no row speaks of stay where they are."""
        placed: list[tuple[int, int, Form]] = []
        taken = {row.record.place for row in rows if row.record is not None}
        is_good = True
        for row in rows:
            if row.is_deleted:
                self._counts["deleted"] += 1
                self._desk.tell(item, f"bỏ bước {row.cells['number']}")
            elif row.cells["number"]:
                step = self._step(item, row, before)
                is_good = is_good and step is not None
                placed.append((int(row.cells["number"]), 0, step or {}))
        for place, step in enumerate(before):
            if place not in taken and not self._desk.deletes_missing:
                placed.append((place + 1, 1, step))
            elif place not in taken:
                self._counts["deleted"] += 1
        placed.sort(key=lambda one: one[:2])
        return [step for _, _, step in placed] if is_good and self._has_no_gap(rows, len(placed)) else None

    def _step(self, item: Item, row: ReadRow, before: Sequence[Form]) -> Form | None:
        number = row.cells["number"]
        is_known = row.record is not None and row.record.place < len(before)
        if not is_known and self._reader.lacks(row, *_NEEDED):
            return None
        step = dict(before[row.record.place]) if is_known and row.record else dict.fromkeys(STEP_FIELDS, "")
        changed = {key: row.values[key] for key in STEP_FIELDS if key in row.values}
        step |= changed
        self._desk.rows["lessons", item.slug, step["heading"]] = row.number
        is_moved = is_known and row.record is not None and row.record.shown["number"] != number
        if not is_known:
            self._desk.tell(item, f"thêm bước {number}")
        elif changed:
            self._desk.tell(item, f"sửa bước {number}: " + ", ".join(f"“{LESSONS.column(key).header}”" for key in changed))
        elif is_moved and row.record:
            self._desk.tell(item, f"bước {row.record.shown['number']} thành bước {number}")
        is_same = not changed and not is_moved and not any(key in row.values for key in LESSON_FIELDS)
        self._counts["new" if not is_known else "unchanged" if is_same else "changed"] += 1
        return step

    def _has_no_gap(self, rows: Sequence[ReadRow], count: int) -> bool:
        far = [row for row in rows if not row.is_deleted and row.cells["number"] and int(row.cells["number"]) > count]
        for row in far:
            message = f"bài chỉ có {count} bước nên không có bước này; hãy đánh số liền nhau từ 1"
            self._reader.problem(row.number, "number", message, row.cells["number"])
        return not far


def lay_lessons(filled: Filled, desk: Desk) -> Tally:
    """Lay the sheet of lessons on the desk; return how many rows are what."""
    return LessonSheet(filled, desk).lay()
