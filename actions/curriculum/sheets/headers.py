"""Find which column of a table is which, and everything that is wrong with how a file is built."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from actions.curriculum.examples import folded_key
from actions.curriculum.sheets.columns import (
    GUIDE_TITLE,
    LETTERS,
    LISTS_TITLE,
    SHEETS,
    Column,
    Sheet,
    choice_columns,
    letter_of,
)
from actions.curriculum.sheets.opening import sheet_named
from actions.curriculum.sheets.problems import SheetProblems
from actions.curriculum.sheets.table import Row, Table

HEADER_ROWS = 10  # People put a title above the headers.
ALIKE = 0.8
_OURS = (folded_key(GUIDE_TITLE), folded_key(LISTS_TITLE))
_CURE = "hãy tải bảng mới từ trang này rồi chép phần sửa sang"


@dataclass(frozen=True)
class Filled:
    """One of our sheets as it came in: its columns by their place, and its rows below the headers."""

    sheet: Sheet
    columns: dict[int, Column]
    rows: tuple[Row, ...]


def read_headers(tables: Sequence[Table], problems: SheetProblems) -> list[Filled]:
    """Return the sheets that can be read, in our order; what is wrong with their build is noted."""
    chosen: dict[str, Table] = {}
    for table in tables:
        sheet = sheet_named(table.title)
        if folded_key(table.title) in _OURS:
            continue
        if sheet is None:
            problems.note(table.title, f"trang này không được đọc; các trang được dùng: {_titles()}")
        elif sheet.title in chosen:
            problems.structure(sheet.title, "có hai trang cùng loại này; hãy giữ một trang")
        else:
            chosen[sheet.title] = table
    if not chosen and not problems.of("structure"):
        problems.structure("", f"không thấy trang nào để nhập; trang phải có tên {_titles()}; {_CURE}")
    filled = [_read(sheet, chosen[sheet.title], problems) for sheet in SHEETS if sheet.title in chosen]
    if not problems.of("structure") and not any(one.rows for one in filled if one is not None):
        problems.structure("", "bảng không có hàng nào dưới hàng tiêu đề; hãy điền ít nhất một hàng")
    return [one for one in filled if one is not None]


def _read(sheet: Sheet, table: Table, problems: SheetProblems) -> Filled | None:
    before = len(problems.of("structure"))
    if table.is_hidden:
        problems.structure(sheet.title, "trang này đang ẩn; hãy bỏ ẩn (bấm chuột phải vào tên trang) rồi xem lại trước khi nhập")
    if table.merged:
        problems.structure(sheet.title, f"có ô bị gộp ({', '.join(table.merged[:5])}); hãy bỏ gộp ô rồi điền đủ từng ô")
    header = _header_row(sheet, table.rows)
    if header is None:
        needed = ", ".join(f"“{sheet.column(key).header}”" for key in sheet.identity)
        problems.structure(sheet.title, f"không thấy hàng tiêu đề; phải có các cột {needed}; {_CURE}")
        return None
    columns = _columns(sheet, header, problems)
    rows = tuple(row for row in table.rows if row.number > header.number)
    _check_unnamed(sheet, columns, header, rows, problems)
    return Filled(sheet, columns, rows) if len(problems.of("structure")) == before else None


def _header_row(sheet: Sheet, rows: Sequence[Row]) -> Row | None:
    first = [row for row in rows if row.number <= HEADER_ROWS]
    best = max(first, key=lambda row: (_fitting(sheet, row), -row.number), default=None)
    return best if best is not None and _fitting(sheet, best) else None


def _fitting(sheet: Sheet, row: Row) -> int:
    known = _known(sheet)
    return len({folded_key(str(cell.value)) for cell in row.cells.values()} & set(known))


def _known(sheet: Sheet) -> dict[str, Column]:
    known = {folded_key(column.header): column for column in sheet.columns}
    if sheet.key == "quizzes":
        known |= {folded_key(column.header): column for letter in LETTERS for column in choice_columns(letter)}
    return known


def _columns(sheet: Sheet, header: Row, problems: SheetProblems) -> dict[int, Column]:
    known = _known(sheet)
    columns: dict[int, Column] = {}
    for index, cell in sorted(header.cells.items()):
        said = str(cell.value)
        column = known.get(folded_key(said))
        at = {"row": header.number, "column": letter_of(index), "value": said}
        if column is None:
            _note_unknown(sheet, said, known, problems, index, header.number)
        elif column in columns.values():
            problems.structure(sheet.title, f"có hai cột “{column.header}”; hãy xoá bớt một cột", **at)  # type: ignore[arg-type]
        else:
            columns[index] = column
    present = {column.key for column in columns.values()}
    for key in sheet.identity:
        if key not in present:
            problems.structure(sheet.title, f"thiếu cột “{sheet.column(key).header}”; hãy thêm cột này vào hàng tiêu đề; {_CURE}")
    if present and not present - {*sheet.identity, "mark"} and sheet.key != "examples":
        problems.structure(
            sheet.title, f"không có cột nào để nhập ngoài {', '.join(sheet.column(k).header for k in sheet.identity)}; {_CURE}"
        )
    return columns


def _note_unknown(sheet: Sheet, said: str, known: dict[str, Column], problems: SheetProblems, index: int, row: int) -> None:
    alike = difflib.get_close_matches(folded_key(said), known, 1, ALIKE)
    if alike:
        message = f"không có cột này; có phải là “{known[alike[0]].header}”? Hãy sửa tên cột, hoặc đặt tên khác hẳn"
        problems.structure(sheet.title, message, row=row, column=letter_of(index), value=said)
    else:
        problems.note(sheet.title, f"cột “{said[:40]}” không được dùng", row=row, column=letter_of(index))


def _check_unnamed(sheet: Sheet, columns: dict[int, Column], header: Row, rows: Sequence[Row], problems: SheetProblems) -> None:
    """Note words that stand below no header: they would be lost unseen."""
    named = {*columns, *header.cells}
    seen: set[int] = set()
    for row in rows:
        for index in sorted(set(row.cells) - named - seen):
            seen.add(index)
            message = "cột này có chữ mà không có tên ở hàng tiêu đề; hãy ghi tên cột hoặc xoá chữ"
            if len(header.cells) <= index and row.width != header.width:
                message = "hàng này thừa ô so với hàng tiêu đề; hãy đặt ô có dấu phân cách trong dấu nháy kép"
            problems.structure(sheet.title, message, row=row.number, column=letter_of(index), value=str(row.cells[index].value))


def _titles() -> str:
    return ", ".join(f"“{sheet.title}”" for sheet in SHEETS)
