"""Lay the rows of the sheets of answers and of examples on the desk."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from actions.curriculum.forms import Form
from actions.curriculum.sheets.columns import ANSWERS, EXAMPLES
from actions.curriculum.sheets.desk import Desk, Tally, put
from actions.curriculum.sheets.headers import Filled
from actions.curriculum.sheets.records import Record, examples_of
from actions.curriculum.sheets.rows import GONE, ReadRow, RowReader
from actions.curriculum.tree import Item

UNREADABLE = "tệp của mục này viết sai nên bảng tính không sửa được; hãy mở ở trang Soạn bài để sửa trước"


def lay_answers(filled: Filled, desk: Desk) -> Tally:
    """Lay the sheet of answers on the desk; return how many rows are what."""
    records = {record.item.slug: record for record in desk.content.records("answers")}
    reader = RowReader(filled, desk, lambda cells, _mark: records.get(cells["slug"]))
    seen: dict[str, int] = {}
    counts = {"new": 0, "changed": 0, "deleted": 0, "unchanged": 0}
    for row in reader.rows():
        slug = row.cells["slug"]
        if slug in seen:
            reader.problem(row.number, "slug", f"mã này đã có ở hàng {seen[slug]}; mỗi câu trả lời một hàng, hãy đổi mã hoặc xoá bớt", slug)
            continue
        seen[slug] = row.number
        counts[_lay_answer(Item("answer", slug), row, reader, desk)] += 1
    desk.columns |= {("answers", column.key): reader.column_of(column.key) for column in ANSWERS.columns}
    if desk.deletes_missing:
        missing = [record.item for slug, record in records.items() if slug not in seen]
        desk.deleted.update(missing)
        counts["deleted"] += len(missing)
    return Tally(**counts)


def _lay_answer(item: Item, row: ReadRow, reader: RowReader, desk: Desk) -> str:
    """Lay one answer on the desk; return what it comes to."""
    desk.seen.add(item)
    desk.rows["answers", item.slug] = row.number
    if desk.is_unreadable(item):
        reader.problem(row.number, "slug", UNREADABLE, item.slug)
    elif row.is_deleted and row.record is not None:
        desk.deleted.add(item)
        return "deleted"
    elif row.is_deleted:
        reader.note(row.number, "slug", "không có câu trả lời này để xoá")
    elif row.verdict == "untouched" and row.record is None:
        reader.note(row.number, "slug", GONE)
    elif row.verdict == "new":
        if not reader.lacks(row):
            put(desk.begin(item), {key: value for key, value in row.values.items() if key != "slug"})
            return "new"
    elif row.verdict == "changed":
        put(desk.form(item), row.values)
        desk.tell(item, "sửa " + ", ".join(f"“{ANSWERS.column(key).header}”" for key in row.values))
        return "changed"
    return "unchanged"


@dataclass
class _Lines:
    """The examples of one answer while they are changed; those that are to go become None."""

    texts: list[str | None]
    added: list[str] = field(default_factory=list)
    matched: set[int] = field(default_factory=set)
    counts: dict[str, int] = field(default_factory=lambda: {"new": 0, "changed": 0, "deleted": 0})


class ExampleSheet:
    """Lays the sheet of examples on the desk."""

    def __init__(self, filled: Filled, desk: Desk) -> None:
        records = list(desk.content.records("examples"))
        self._by_text: dict[tuple[str, str], list[Record]] = {}
        for record in records:  # A draft may have one twice.
            self._by_text.setdefault((record.item.slug, record.shown["example"]), []).append(record)
        self._by_mark = {record.mark(EXAMPLES): record for record in records}
        self._desk = desk
        self._reader = RowReader(filled, desk, self._lookup)
        self._lines: dict[Item, _Lines] = {}
        self._new: dict[tuple[str, str], int] = {}

    def lay(self) -> Tally:
        """Lay all rows; return how many are what."""
        unchanged = sum(self._lay(row) for row in self._reader.rows())
        for key in ("slug", "example"):
            self._desk.columns["examples", key] = self._reader.column_of(key)
        if self._desk.deletes_missing:
            self._delete_missing()
        for item, lines in self._lines.items():
            self._write(item, lines)
        totals = {name: sum(lines.counts[name] for lines in self._lines.values()) for name in ("new", "changed", "deleted")}
        return Tally(unchanged=unchanged, **totals)

    def _lookup(self, cells: Mapping[str, str], mark: str) -> Record | None:
        same = self._by_text.get((cells["slug"], cells["example"]))
        return same[0] if same else self._by_mark.get(mark)

    def _lay(self, row: ReadRow) -> bool:
        """Lay one row; return whether it changes nothing."""
        item, number = Item("answer", row.cells["slug"]), row.number
        self._desk.seen.add(item)
        text = row.values.get("example") or row.cells["example"]
        self._desk.rows["examples", item.slug, text] = number
        if row.record is not None:
            same = self._by_text[row.record.item.slug, row.record.shown["example"]]
            self._of(row.record.item).matched.update(record.place for record in same)
        if not self._has(item, row):
            return False
        if row.is_deleted:
            return self._delete(row)
        if row.verdict in ("same", "untouched"):
            if row.record is None:
                self._reader.note(number, "example", GONE)
            return True
        if (item.slug, text) in self._new:
            self._reader.problem(number, "example", f"câu này đã có ở hàng {self._new[item.slug, text]}; mỗi câu chỉ ghi một hàng", text)
            return False
        self._new[item.slug, text] = number
        self._change(item, row, text)
        return False

    def _has(self, item: Item, row: ReadRow) -> bool:
        if self._desk.has(item) or (item in self._desk.deleted and not self._desk.is_unreadable(item)):
            return self._desk.has(item)
        cure = "hãy ghi thêm ở trang Câu trả lời, hoặc sửa mã"
        message = UNREADABLE if self._desk.is_unreadable(item) else f"không có câu trả lời nào mang mã này; {cure}"
        self._reader.problem(row.number, "slug", message, item.slug)
        return False

    def _change(self, item: Item, row: ReadRow, text: str) -> None:
        record = row.record
        if record is not None and record.item == item:
            lines = self._of(item)
            lines.texts[record.place] = text
            lines.counts["changed"] += 1
            return
        if record is not None:  # It was moved to another answer.
            self._of(record.item).texts[record.place] = None
            self._of(record.item).counts["deleted"] += 1
        self._of(item).added.append(text)
        self._of(item).counts["new"] += 1

    def _delete(self, row: ReadRow) -> bool:
        if row.record is None:
            self._reader.note(row.number, "example", "không có ví dụ này để xoá")
            return True
        lines = self._of(row.record.item)
        if lines.texts[row.record.place] is not None:
            lines.texts[row.record.place] = None
            lines.counts["deleted"] += 1
        return False

    def _delete_missing(self) -> None:
        for item, form in self._desk.content.forms.items():
            if item.kind == "answer" and item not in self._desk.deleted:
                lines = self._of(item, form)
                for place in set(range(len(lines.texts))) - lines.matched:
                    lines.counts["deleted"] += lines.texts[place] is not None
                    lines.texts[place] = None

    def _of(self, item: Item, form: Form | None = None) -> _Lines:
        if item not in self._lines:
            form = form or (self._desk.forms.get(item) if self._desk.is_new(item) else self._desk.content.forms[item])
            self._lines[item] = _Lines(list(examples_of(form or {"examples": ""})))
        return self._lines[item]

    def _write(self, item: Item, lines: _Lines) -> None:
        if item in self._desk.deleted or not any(lines.counts.values()):
            return
        form = self._desk.form(item) if item in self._desk.content.forms else self._desk.forms[item]
        form["examples"] = "\n".join([*(text for text in lines.texts if text is not None), *lines.added])
        words = {"new": "thêm", "changed": "sửa", "deleted": "bỏ"}
        self._desk.tell(item, ", ".join(f"{words[name]} {count} ví dụ" for name, count in lines.counts.items() if count))


def lay_examples(filled: Filled, desk: Desk) -> Tally:
    """Lay the sheet of examples on the desk; return how many rows are what."""
    return ExampleSheet(filled, desk).lay()
