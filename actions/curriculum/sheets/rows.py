"""Read the rows of a sheet beside what the content has now: what is the same, what is changed, what is stale."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from actions.curriculum.sheets.columns import DELETE, DELETE_ALL, LESSON_FIELDS, MARK, Column, letter_of
from actions.curriculum.sheets.desk import Desk
from actions.curriculum.sheets.headers import Filled
from actions.curriculum.sheets.records import Record, mark_of
from actions.curriculum.sheets.table import Cell, Row
from actions.curriculum.sheets.values import YES, CellError, plain_cell, read_cell, remarks

Verdict = Literal["same", "untouched", "changed", "new"]
Lookup = Callable[[Mapping[str, str], str], Record | None]
STALE = (
    "hàng này đã được sửa ở bảng điều khiển sau khi bảng được tải về, và trong bảng cũng sửa; "
    "hãy tải bảng mới rồi chép phần sửa sang, hoặc xoá chữ ở ô Dấu của hàng này để ghi đè bản mới hơn"
)
GONE = "mục này đã bị xoá ở bảng điều khiển sau khi bảng được tải về; hàng này được bỏ qua; muốn thêm lại thì xoá chữ ở ô Dấu"


@dataclass(frozen=True)
class ReadRow:
    """One row.

    `cells` holds what the row shows as plain text, `values` the fields that it changes, as they
    are kept; `record` is what the content has. `untouched` rows are as they were exported, while
    the content went on.
    """

    number: int
    verdict: Verdict
    values: Mapping[str, str]
    cells: Mapping[str, str]
    record: Record | None
    is_deleted: bool = False
    deletes_all: bool = False


class RowReader:
    """Reads the rows of one sheet."""

    def __init__(self, filled: Filled, desk: Desk, lookup: Lookup) -> None:
        self._filled, self._known, self._lookup, self._problems = filled, desk.known, lookup, desk.problems
        self._sheet = filled.sheet
        self._now = {record.mark(self._sheet) for record in desk.content.records(self._sheet.key)}
        self._places = {column.key: index for index, column in filled.columns.items()}
        self.marks = marks_in(filled)

    def column_of(self, key: str) -> tuple[str, str]:
        """Return the letter and header of a column; empty where the sheet has none such."""
        index = self._places.get(key)
        return ("", "") if index is None else (letter_of(index), self._filled.columns[index].header)

    def problem(self, row: int, key: str, message: str, value: str = "") -> None:
        """Note a problem of a cell."""
        letter, header = self.column_of(key)
        self._problems.cell(self._sheet.title, message, row=row, column=letter, header=header, value=value)

    def note(self, row: int, key: str, message: str) -> None:
        """Note something about a cell that the trainer should know."""
        letter, header = self.column_of(key)
        self._problems.note(self._sheet.title, message, row=row, column=letter, header=header)

    def lacks(self, row: ReadRow, *but: str) -> bool:
        """Tell whether a new row lacks a field that it needs, and note which; columns that are not there are named, too."""
        needed = [one for one in self._sheet.columns if one.is_required and one.key not in (*but, *self._sheet.identity)]
        missing = [one for one in needed if not row.values.get(one.key)]
        for column in missing:
            cure = "hãy điền" if column.key in self._places else f"hãy thêm cột “{column.header}” và điền"
            self.problem(row.number, column.key, f"hàng mới thì phải có “{column.header}”; {cure}")
        return bool(missing)

    def rows(self) -> Iterator[ReadRow]:
        """Yield the rows that can be taken; problems of the others are noted."""
        for row in self._filled.rows:
            read = self._read(row)
            if read is not None:
                yield read

    def _read(self, row: Row) -> ReadRow | None:
        cells = {key: self._plain(row, key) for key, index in self._places.items() if index < row.width}
        mark = cells.pop(MARK, "")
        mark = mark if self.marks[mark] == 1 else ""
        fields = {key: text for key, text in cells.items() if key not in (DELETE, DELETE_ALL)}
        identity = self._identity(row) if any(fields.values()) else None
        if identity is None:
            return None
        fields |= identity
        record = self._lookup(fields, mark)
        deletes = self._flag(row, DELETE), self._flag(row, DELETE_ALL)
        verdict, values = self._judged(row, fields, record, mark, is_deleted=any(deletes))
        return None if values is None else ReadRow(row.number, verdict, values, fields, record, *deletes)

    def _plain(self, row: Row, key: str) -> str:
        index = self._places[key]
        return plain_cell(self._filled.columns[index], row.cells.get(index))

    def _judged(
        self, row: Row, fields: Mapping[str, str], record: Record | None, mark: str, *, is_deleted: bool
    ) -> tuple[Verdict, dict[str, str] | None]:
        """Return what a row comes to, with the fields that it changes; None where it cannot be taken."""
        shown = record.shown if record else {}
        if record is not None and all(text == shown.get(key, "") for key, text in fields.items()):
            return "same", {}
        is_as_exported = bool(mark) and mark_of(self._sheet, {**shown, **fields}) == mark
        # A mark that another record has now tells that the row's code was changed, not the content.
        is_stale = bool(mark) and mark not in self._now and record is not None
        if is_stale and (is_deleted or not is_as_exported):
            self.problem(row.number, MARK, STALE)
            return "changed", None
        if is_as_exported:
            return "untouched", {}
        if is_deleted:
            return "changed", {}
        values = self._values(row, fields, record)
        if record is None:
            return "new", values
        return ("changed", values) if values or values is None else ("same", values)

    def _identity(self, row: Row) -> dict[str, str] | None:
        """Return the codes and numbers that name the row; None where they cannot be read."""
        found: dict[str, str] = {}
        is_good = True
        for key in self._sheet.identity:
            column = self._filled.columns[self._places[key]]
            if column.kind in ("code", "number"):
                value = self._cell(row, column)
                is_good = is_good and value is not None
                found[key] = value or ""
        return found if is_good else None

    def _values(self, row: Row, fields: Mapping[str, str], record: Record | None) -> dict[str, str] | None:
        values: dict[str, str] = {}
        is_good = True
        for key, text in fields.items():
            column = self._filled.columns[self._places[key]]
            was = record.shown.get(key, "") if record else None
            if text == was:
                continue
            value = self._cell(row, column)
            if value is None:
                is_good = False
            elif was is None or value != self._kept(column, was):
                values[key] = value
        return values if is_good else None

    def _cell(self, row: Row, column: Column) -> str | None:
        cell = row.cells.get(self._places[column.key])
        if cell is None and (column.key == "number" or (self._sheet.key == "lessons" and column.key in LESSON_FIELDS)):
            return ""  # Whoever knows the whole lesson knows whether these may be empty.
        try:
            value = read_cell(column, cell, self._known)
        except CellError as error:
            self.problem(row.number, column.key, str(error), plain_cell(column, cell))
            return None
        if cell is not None and (remark := remarks(cell)):
            self.note(row.number, column.key, remark)
        return value

    def _kept(self, column: Column, shown: str) -> str | None:
        """Return a field's value as it is kept, from how it is shown; None where it is not as it should be."""
        try:
            return read_cell(column, Cell("text", shown) if shown else None, self._known)
        except CellError:
            return None

    def _flag(self, row: Row, key: str) -> bool:
        index = self._places.get(key)
        return index is not None and self._cell(row, self._filled.columns[index]) == YES


def marks_in(filled: Filled) -> Counter[str]:
    """Return the marks of a sheet; one that stands in several rows was copied with the row, and says nothing."""
    index = next((index for index, column in filled.columns.items() if column.key == MARK), None)
    cells = (row.cells.get(index) for row in filled.rows) if index is not None else ()
    return Counter(str(cell.value).strip() for cell in cells if cell is not None)
