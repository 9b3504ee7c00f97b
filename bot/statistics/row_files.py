"""Files with a row for each learner or each attempt, written part by part so that a long one needs no memory."""

import csv
import io
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import xlsxwriter  # type: ignore[import-untyped] # The library brings no types.

from actions.curriculum.sheets.values import guarded
from actions.learners.exports import LEARNERS
from actions.learners.statistics.access import Statistics
from actions.learners.statistics.filters import Filter
from actions.learners.statistics.learner_rows import AttemptLine, LearnerLine
from bot.statistics.figures import Cell, Column
from bot.statistics.spreadsheets import BOOK_OPTIONS, formats_of, plain, write_cell
from bot.statistics.words import Words

PART_BYTES = 1 << 20
SHEET_ROWS_MAX = 1_048_575  # below the headers; support.microsoft.com "Excel specifications and limits", read 2026-11-29
XLSX_ROWS_MAX = 2 * SHEET_ROWS_MAX
KINDS = {"quiz": "Câu đố", "review": "Ôn lại", "drill": "Diễn tập"}
LEARNER_COLUMNS = (
    Column("Người học"), Column("Kênh"), Column("Lộ trình"), Column("Đồng ý từ ngày", "day"), Column("Đến lần cuối", "day"),
    Column("Bài bắt đầu", "number"), Column("Bài học hết", "number"), Column("Bài qua câu đố", "number"), Column("Lần trả lời", "number"),
    Column("Trả lời đúng", "number"), Column("Giấy chứng nhận", "number"), Column("Số lớp", "number"),
)  # fmt: skip
ATTEMPT_COLUMNS = (
    Column("Người học"), Column("Ngày", "day"), Column("Loại"), Column("Bài học"), Column("Mã bài"), Column("Mã câu đố"),
    Column("Câu đố"), Column("Lựa chọn thứ", "number"), Column("Đúng", "number"), Column("Bản nội dung"),
)  # fmt: skip


class TooManyRowsError(Exception):
    """A file cannot hold so many rows; the message says what to do."""


class Writer(Protocol):
    """Takes rows, and gives the file part by part."""

    def add(self, row: Sequence[Cell]) -> Iterator[bytes]:
        """Add a row; yield the parts that are ready."""

    def end(self) -> Iterator[bytes]:
        """Yield what is left."""


def columns_of(kind: str) -> tuple[Column, ...]:
    """Return the columns of a kind of file."""
    return LEARNER_COLUMNS if kind == LEARNERS else ATTEMPT_COLUMNS


async def rows_of(statistics: Statistics, kind: str, wanted: Filter, words: Words) -> AsyncIterator[tuple[Cell, ...]]:
    """Yield the rows of a kind of file.

    Raises:
        SmallGroupError: They are of fewer than five learners.
    """
    if kind == LEARNERS:
        async for learner in statistics.learner_rows(wanted):
            yield _learner(learner, words)
    else:
        async for attempt in statistics.attempt_rows(wanted):
            yield _attempt(attempt, words)


def _learner(one: LearnerLine, words: Words) -> tuple[Cell, ...]:
    channels = ", ".join(words.channel(name) for name in one.channels)
    numbers = (one.started, one.finished, one.passed, one.attempts, one.right, one.certificates, one.classes)
    return one.pseudonym, channels, words.path(one.path), one.consented_on, one.last_active_on, *numbers


def _attempt(one: AttemptLine, words: Words) -> tuple[Cell, ...]:
    question = words.question(one.lesson, one.question)
    return (
        one.pseudonym, one.day, KINDS.get(one.kind, one.kind), words.lesson(one.lesson), one.lesson, one.question, question, one.choice,
        int(one.is_right), one.content_version,
    )  # fmt: skip


class CsvWriter:
    """Writes CSV: UTF-8 with a byte order mark, texts that look like formulas guarded."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self._buffer = io.StringIO(newline="")
        self._writer = csv.writer(self._buffer)
        self._buffer.write("\ufeff")
        self._writer.writerow([column.header for column in columns])

    def add(self, row: Sequence[Cell]) -> Iterator[bytes]:
        """Add a row; yield the parts that are ready."""
        self._writer.writerow([guarded(plain(cell), is_csv=True) for cell in row])
        if self._buffer.tell() >= PART_BYTES:
            yield from self.end()

    def end(self) -> Iterator[bytes]:
        """Yield what is left."""
        yield self._buffer.getvalue().encode()
        self._buffer.seek(0)
        self._buffer.truncate()


class XlsxWriter:
    """Writes XLSX by way of a temporary file; a sheet that is full is followed by another."""

    def __init__(self, columns: Sequence[Column], folder: Path) -> None:
        self._columns = columns
        self._file = tempfile.NamedTemporaryFile(dir=folder, suffix=".xlsx")  # noqa: SIM115 - it lives as long as the writer
        options = {"constant_memory": True, "tmpdir": str(folder), **BOOK_OPTIONS}
        self._book: Any = xlsxwriter.Workbook(self._file.name, options)
        self._formats = formats_of(self._book)
        self._header = self._book.add_format({"bold": True, "bg_color": "#0B4F6C", "font_color": "#FFFFFF"})
        self._rows = 0
        self._sheet: Any = None

    def add(self, row: Sequence[Cell]) -> Iterator[bytes]:
        """Add a row; nothing is ready before the end.

        Raises:
            TooManyRowsError: The rows are more than a workbook should hold.
        """
        if self._rows >= XLSX_ROWS_MAX:
            raise TooManyRowsError(f"Hơn {XLSX_ROWS_MAX:,} dòng, XLSX không chứa nổi: hãy chọn CSV, hoặc khoảng ngày ngắn hơn.")
        place = self._rows % SHEET_ROWS_MAX
        if place == 0:
            self._open_sheet()
        for number, (column, cell) in enumerate(zip(self._columns, row, strict=True)):
            write_cell(self._sheet, place + 1, number, cell, self._formats[column.kind])
        self._rows += 1
        yield from ()

    def end(self) -> Iterator[bytes]:
        """Yield the file."""
        if self._sheet is None:
            self._open_sheet()
        self._book.close()
        with Path(self._file.name).open("rb") as written:
            while part := written.read(PART_BYTES):
                yield part
        self._file.close()

    def _open_sheet(self) -> None:
        self._sheet = self._book.add_worksheet(f"Trang {self._rows // SHEET_ROWS_MAX + 1}")
        self._sheet.freeze_panes(1, 1)
        for number, column in enumerate(self._columns):
            self._sheet.set_column(number, number, 16 if column.kind != "text" else 24)
            self._sheet.write_string(0, number, column.header, self._header)
