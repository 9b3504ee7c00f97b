"""Write the content into spreadsheets: one XLSX with a sheet for each kind, or CSV files."""

import csv
import io
import zipfile
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import xlsxwriter  # type: ignore[import-untyped] # The library brings no types.

from actions.curriculum.sheets.columns import (
    CHOICES_SHOWN,
    GUIDE_TITLE,
    LETTERS,
    LISTS_TITLE,
    MARK,
    SHEETS,
    Column,
    Sheet,
    SheetKey,
    choice_columns,
)
from actions.curriculum.sheets.guide import HEADERS, INTRODUCTION, as_text, column_lines
from actions.curriculum.sheets.planning import known_in
from actions.curriculum.sheets.records import Content, Record, choice_count, read_content
from actions.curriculum.sheets.values import Known, guarded

CELL_MAX_CHARACTERS = 32_767  # support.microsoft.com "Excel specifications and limits", read 2026-11-29
VALIDATED_ROWS = 5000  # How far below the last row lists to choose from are offered.
_PROMPT_TITLE_MAX, _PROMPT_MAX = 32, 255  # xlsxwriter.readthedocs.io/working_with_data_validation.html, read 2026-11-29
_NAMED = {"topic": 0, "module": 2, "picture": 4}  # the columns of the sheet of lists


class TooLongError(Exception):
    """A text does not fit into a cell; the message names it, in Vietnamese."""


def write_xlsx(tree: Mapping[str, str], keys: Collection[SheetKey], made_at: datetime) -> bytes:
    """Return a workbook of some sheets.

    Args:
        tree: The texts that trainers work on, by path.
        keys: Which sheets.
        made_at: The time that the file says it was made at.

    Raises:
        TooLongError: A text does not fit into a cell.
    """
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(buffer, options)
    book.set_properties({"title": "Nội dung Bạn Số", "created": made_at.replace(tzinfo=None)})
    content, known = read_content(tree), known_in(tree)
    _Book(book, known).write(content, keys)
    book.close()
    return buffer.getvalue()


def write_csv(tree: Mapping[str, str], key: SheetKey) -> bytes:
    """Return one sheet as CSV: UTF-8 with a byte order mark, texts that look like formulas guarded."""
    sheet = next(one for one in SHEETS if one.key == key)
    records = list(read_content(tree).records(key))
    columns = columns_of(sheet, records)
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow([column.header for column in columns])
    for record in records:
        writer.writerow([guarded(_shown(record, sheet, column), is_csv=True) for column in columns])
    return buffer.getvalue().encode("utf-8-sig")


def write_csv_zip(tree: Mapping[str, str], keys: Collection[SheetKey]) -> bytes:
    """Return a ZIP with a CSV file for each sheet, and the guide."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for sheet in SHEETS:
            if sheet.key in keys:
                archive.writestr(f"{sheet.file}.csv", write_csv(tree, sheet.key))
        archive.writestr("doc-truoc.txt", as_text().encode("utf-8-sig"))
    return buffer.getvalue()


def columns_of(sheet: Sheet, records: Sequence[Record]) -> list[Column]:
    """Return the columns that a sheet needs: quizzes may have more choices than usual."""
    columns = list(sheet.columns)
    if sheet.key == "quizzes":
        more = LETTERS[CHOICES_SHOWN : max(choice_count(records), CHOICES_SHOWN)]
        place = next(place for place, column in enumerate(columns) if column.key == "right")
        columns[place:place] = [column for letter in more for column in choice_columns(letter)]
    return columns


def _shown(record: Record, sheet: Sheet, column: Column) -> str:
    return record.mark(sheet) if column.key == MARK else record.shown.get(column.key, "")


class _Book:
    """A workbook while it is written."""

    def __init__(self, book: Any, known: Known) -> None:
        self._book, self._known = book, known
        look: dict[str, Any] = {"valign": "top", "text_wrap": True, "num_format": "@"}
        self._text = book.add_format(look)
        self._quoted = book.add_format({**look, "quote_prefix": True})
        self._date = book.add_format({**look, "num_format": "dd/mm/yyyy"})
        self._number = book.add_format({**look, "num_format": "0"})
        self._faint = book.add_format({**look, "font_color": "#7A8791"})
        self._needed = book.add_format({**look, "bold": True, "bg_color": "#0B4F6C", "font_color": "#FFFFFF"})
        self._header = book.add_format({**look, "bold": True, "bg_color": "#DDE8EE"})

    def write(self, content: Content, keys: Collection[SheetKey]) -> None:
        """Write the sheets, then the guide and the lists of codes."""
        for sheet in SHEETS:
            if sheet.key in keys:
                self._sheet(sheet, list(content.records(sheet.key)))
        self._guide(content)
        self._lists()

    def _sheet(self, sheet: Sheet, records: Sequence[Record]) -> None:
        page = self._book.add_worksheet(sheet.title)
        columns = columns_of(sheet, records)
        page.freeze_panes(1, len(sheet.identity))
        page.autofilter(0, 0, max(len(records), 1), len(columns) - 1)
        for place, column in enumerate(columns):
            page.set_column(place, place, column.width, self._format(column))
            page.write_string(0, place, column.header, self._needed if column.is_required else self._header)
            self._offer(page, place, column, len(records) + VALIDATED_ROWS)
        for number, record in enumerate(records, 1):
            for place, column in enumerate(columns):
                self._cell(page, number, place, column, _shown(record, sheet, column), f"{sheet.title}, {record.item.slug}")

    def _format(self, column: Column) -> Any:
        if column.key == MARK:
            return self._faint
        return self._date if column.kind == "date" else self._number if column.kind == "number" else self._text

    def _cell(self, page: Any, row: int, place: int, column: Column, text: str, where: str) -> None:
        if not text:
            return
        if len(text) > CELL_MAX_CHARACTERS:
            message = f"{where}, cột {column.header}: dài {len(text)} ký tự, một ô Excel chứa nhiều nhất {CELL_MAX_CHARACTERS}"
            raise TooLongError(f"{message}; hãy rút ngắn ở trang Soạn bài, hoặc tải dạng CSV")
        day = _day(text) if column.kind == "date" else None
        if day is not None:
            page.write_datetime(row, place, datetime(day.year, day.month, day.day), self._date)  # noqa: DTZ001 - a day has no zone
        elif column.kind == "number" and text.isdecimal():
            page.write_number(row, place, int(text), self._number)
        else:
            safe = guarded(text, is_csv=False)
            is_risky = guarded(text, is_csv=True) != text
            page.write_string(row, place, safe, self._quoted if is_risky else self._format(column))

    def _offer(self, page: Any, place: int, column: Column, last: int) -> None:
        """Let a column say how it is filled in, and offer what may be chosen."""
        about: dict[str, Any] = {"input_title": column.header[:_PROMPT_TITLE_MAX], "input_message": _cut(column.help)}
        about |= {"validate": "any"}
        words = [word for _, word in column.values] if column.kind == "choice" else ["x"] if column.kind == "flag" else []
        if words:
            about |= {"validate": "list", "source": words, "error_type": "warning"}
        elif column.kind in _NAMED:
            letter = LETTERS[_NAMED[column.kind]]
            count = max(len(self._codes(column.kind)), 1)
            about |= {"validate": "list", "source": f"='{LISTS_TITLE}'!${letter}$2:${letter}${count + 1}", "error_type": "warning"}
        page.data_validation(1, place, last, place, about)

    def _codes(self, kind: str) -> Mapping[str, str]:
        return {"topic": self._known.topics, "module": self._known.modules, "picture": self._known.pictures}[kind]

    def _guide(self, content: Content) -> None:
        page = self._book.add_worksheet(GUIDE_TITLE)
        page.set_column(0, 2, 18, self._text)
        page.set_column(3, 3, 110, self._text)
        row = 0
        for line in (
            *INTRODUCTION,
            *(f"Tệp {path} viết sai nên không có trong bảng; hãy sửa ở trang Soạn bài." for path in content.unreadable),
        ):
            page.merge_range(row, 0, row, 3, line, self._text)
            row += 1
        for place, text in enumerate(HEADERS):
            page.write_string(row + 1, place, text, self._header)
        for number, texts in enumerate(column_lines(), row + 2):
            for place, text in enumerate(texts):
                page.write_string(number, place, text, self._text)

    def _lists(self) -> None:
        page = self._book.add_worksheet(LISTS_TITLE)
        headers = {"topic": ("Mã chủ đề", "Chủ đề"), "module": ("Mã học phần", "Học phần"), "picture": ("Mã hình", "Hình")}
        for kind, place in _NAMED.items():
            page.set_column(place, place + 1, 30, self._text)
            for offset, header in enumerate(headers[kind]):
                page.write_string(0, place + offset, header, self._header)
            for number, (code, title) in enumerate(self._codes(kind).items(), 1):
                page.write_string(number, place, code, self._text)
                page.write_string(number, place + 1, title, self._text)


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.year >= 1900 else None  # Excel knows no day before.


def _cut(text: str) -> str:
    return text if len(text) <= _PROMPT_MAX else text[: _PROMPT_MAX - 1] + "…"
