"""Figures as XLSX, a sheet for each table, and as CSV, a line for each number; both hold what the page shows."""

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

import xlsxwriter  # type: ignore[import-untyped] # The library brings no types.

from actions.curriculum.sheets.values import guarded
from actions.learners.statistics.definitions import DEFINITIONS
from bot.statistics.figures import HIDDEN, Cell, Figure, Kind, Number, Table

CSV_HEADERS = ("Phần", "Bảng", "Dòng", "Số liệu", "Giá trị", "Nghĩa là")
FIRST_SHEET, NUMBERS_SHEET = "Về tệp này", "Số chính"
BOOK_OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_TITLE_MAX = 31  # characters of a sheet's title: xlsxwriter.readthedocs.io/workbook.html, read 2026-11-29
_FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\", " "))
_LOOK: dict[str, Any] = {"valign": "top"}
_WIDTHS: dict[Kind, int] = {"text": 34, "number": 14, "percent": 14, "day": 14}


def write_csv(figures: Sequence[Figure]) -> bytes:
    """Return all numbers, one a line: UTF-8 with a byte order mark, texts that look like formulas guarded."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(CSV_HEADERS)
    for line in _lines(figures):
        writer.writerow([guarded(text, is_csv=True) for text in line])
    return buffer.getvalue().encode("utf-8-sig")


def write_xlsx(figures: Sequence[Figure], about: Sequence[tuple[str, str]], made_at: datetime) -> bytes:
    """Return a workbook: what it is about, the numbers that stand by themselves, then each table.

    Args:
        figures: What it holds.
        about: The lines of the first sheet: period, filter.
        made_at: The time that the file says it was made at.
    """
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, **BOOK_OPTIONS})
    book.set_properties({"title": "Số liệu Bạn Số", "created": made_at.replace(tzinfo=None)})
    _Book(book).write(figures, about)
    book.close()
    return buffer.getvalue()


def plain(cell: Cell) -> str:
    """Return a cell as CSV holds it: dates as 2026-11-29, decimals with a point."""
    if cell is None:
        return HIDDEN
    if isinstance(cell, date):
        return cell.isoformat()
    return f"{cell:.2f}" if isinstance(cell, float) else str(cell)


def formats_of(book: Any) -> dict[Kind, Any]:
    """Return how a workbook shows cells of each kind."""
    return {
        "text": book.add_format({**_LOOK, "text_wrap": True}),
        "number": book.add_format({**_LOOK, "num_format": "#,##0"}),
        "percent": book.add_format({**_LOOK, "num_format": "0.0"}),
        "day": book.add_format({**_LOOK, "num_format": "dd/mm/yyyy", "align": "left"}),
    }


def write_cell(sheet: Any, row: int, column: int, cell: Cell, look: Any) -> None:
    """Write a cell as what it is: a number as a number, a date as a date."""
    if isinstance(cell, date):
        sheet.write_datetime(row, column, datetime(cell.year, cell.month, cell.day), look)  # noqa: DTZ001 - a date
    elif isinstance(cell, int | float):
        sheet.write_number(row, column, cell, look)
    else:
        sheet.write_string(row, column, guarded(cell or "", is_csv=False), look)


def _lines(figures: Sequence[Figure]) -> Iterator[tuple[str, ...]]:
    for figure in figures:
        if figure.why_empty:
            yield figure.title, "", "", "", "", figure.why_empty
        for number in figure.numbers:
            yield figure.title, "", "", number.definition.title, plain(number.value), number.definition.meaning
        for table in figure.tables:
            title, meaning = DEFINITIONS[table.name]
            for row in table.rows:
                for column, cell in zip(table.columns[1:], row[1:], strict=True):
                    yield figure.title, title, plain(row[0]), column.header, plain(cell), meaning


class _Book:
    """A workbook while it is written."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._formats = formats_of(book)
        self._header = book.add_format({**_LOOK, "bold": True, "text_wrap": True, "bg_color": "#0B4F6C", "font_color": "#FFFFFF"})
        self._title = book.add_format({**_LOOK, "bold": True, "font_size": 14})
        self._hidden = book.add_format({**_LOOK, "align": "right", "font_color": "#43535F"})
        self._titles: set[str] = set()

    def write(self, figures: Sequence[Figure], about: Sequence[tuple[str, str]]) -> None:
        """Write all sheets."""
        sheet = self._add(FIRST_SHEET, (34, 90))
        sheet.write_string(0, 0, "Số liệu Bạn Số", self._title)
        notes = [(figure.title, figure.why_empty) for figure in figures if figure.why_empty]
        fixed = [DEFINITIONS["hidden"], DEFINITIONS["left_out"]]
        for row, (name, text) in enumerate([*about, *fixed, *notes], start=2):
            sheet.write_string(row, 0, name, self._formats["text"])
            sheet.write_string(row, 1, text, self._formats["text"])
        numbers = [(figure, number) for figure in figures for number in figure.numbers]
        if numbers:
            self._numbers(numbers)
        for figure in figures:
            for table in figure.tables:
                self._table(table)

    def _numbers(self, numbers: Sequence[tuple[Figure, Number]]) -> None:
        sheet = self._add(NUMBERS_SHEET, (28, 24, 14, 90))
        self._headers(sheet, 0, ("Phần", "Số liệu", "Giá trị", "Nghĩa là"))
        for row, (figure, number) in enumerate(numbers, start=1):
            for column, text in ((0, figure.title), (1, number.definition.title), (3, number.definition.meaning)):
                sheet.write_string(row, column, text, self._formats["text"])
            self._cell(sheet, row, 2, number.value, "number")

    def _table(self, table: Table) -> None:
        sheet = self._add(DEFINITIONS[table.name].title, [_WIDTHS[column.kind] for column in table.columns])
        for row, (title, meaning) in enumerate(table.definitions):
            sheet.write_string(row, 0, f"{title}: {meaning}")
        top = len(table.definitions) + 1
        self._headers(sheet, top, [column.header for column in table.columns])
        for place, row_of in enumerate(table.rows, start=top + 1):
            for number, (column, cell) in enumerate(zip(table.columns, row_of, strict=True)):
                self._cell(sheet, place, number, cell, column.kind)
        sheet.freeze_panes(top + 1, 0)

    def _cell(self, sheet: Any, row: int, column: int, cell: Cell, kind: Kind) -> None:
        if cell is None:
            sheet.write_string(row, column, HIDDEN, self._hidden)
        else:
            write_cell(sheet, row, column, cell, self._formats["text" if isinstance(cell, str) else kind])

    def _headers(self, sheet: Any, row: int, titles: Sequence[str]) -> None:
        for column, title in enumerate(titles):
            sheet.write_string(row, column, title, self._header)

    def _add(self, title: str, widths: Sequence[int]) -> Any:
        name = short = title.translate(_FORBIDDEN)[:_TITLE_MAX].strip()
        number = 2
        while name.lower() in self._titles:
            name = f"{short[: _TITLE_MAX - 4]} ({number})"
            number += 1
        self._titles.add(name.lower())
        sheet = self._book.add_worksheet(name)
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        return sheet
