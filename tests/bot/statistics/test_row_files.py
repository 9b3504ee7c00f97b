"""Files with a row each: part by part, as CSV and XLSX."""

import csv
import io
from datetime import UTC, date, datetime

import openpyxl
import pytest

from bot.statistics import row_files
from bot.statistics.figures import Column
from bot.statistics.row_files import CsvWriter, TooManyRowsError, XlsxWriter

COLUMNS = (Column("Người học"), Column("Ngày", "day"), Column("Lần", "number"))
ROWS = [("NH-a", date(2026, 11, 1), 3), ("=1+1", date(2026, 11, 2), 0)]


def midnight(day):
    """The first of November and so on, as spreadsheets have dates."""
    return datetime(2026, 11, day, tzinfo=UTC).replace(tzinfo=None)


def written(writer, rows):
    parts = [part for row in rows for part in writer.add(row)]
    return [*parts, *writer.end()]


def test_csv_is_utf8_with_a_mark_and_guards_formulas():
    (content,) = written(CsvWriter(COLUMNS), ROWS)

    assert content.startswith(b"\xef\xbb\xbf")
    assert list(csv.reader(io.StringIO(content.decode("utf-8-sig")))) == [
        ["Người học", "Ngày", "Lần"],
        ["NH-a", "2026-11-01", "3"],
        ["'=1+1", "2026-11-02", "0"],
    ]


def test_a_long_csv_comes_in_parts_that_make_one_file(monkeypatch):
    monkeypatch.setattr(row_files, "PART_BYTES", 100)

    parts = written(CsvWriter(COLUMNS), ROWS * 20)

    assert len(parts) > 5
    assert list(csv.reader(io.StringIO(b"".join(parts).decode("utf-8-sig"))))[1:] == list(
        csv.reader(io.StringIO(20 * "NH-a,2026-11-01,3\n'=1+1,2026-11-02,0\n"))
    )


def test_xlsx_holds_numbers_dates_and_texts_and_goes_on_in_another_sheet(monkeypatch, tmp_path):
    monkeypatch.setattr(row_files, "SHEET_ROWS_MAX", 3)

    content = b"".join(written(XlsxWriter(COLUMNS, tmp_path), ROWS * 2))

    book = openpyxl.load_workbook(io.BytesIO(content))
    assert book.sheetnames == ["Trang 1", "Trang 2"]
    assert [[cell.value for cell in row] for row in book["Trang 1"].iter_rows()] == [
        ["Người học", "Ngày", "Lần"],
        ["NH-a", midnight(1), 3],
        ["=1+1", midnight(2), 0],
        ["NH-a", midnight(1), 3],
    ]
    assert book["Trang 1"]["A3"].data_type == "s"
    assert book["Trang 2"].max_row == 2
    assert list(tmp_path.iterdir()) == []


def test_an_empty_xlsx_has_its_headers(tmp_path):
    book = openpyxl.load_workbook(io.BytesIO(b"".join(written(XlsxWriter(COLUMNS, tmp_path), []))))

    assert [cell.value for cell in book["Trang 1"][1]] == ["Người học", "Ngày", "Lần"]


def test_more_rows_than_a_workbook_holds_are_refused_with_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setattr(row_files, "XLSX_ROWS_MAX", 3)
    writer = XlsxWriter(COLUMNS, tmp_path)

    with pytest.raises(TooManyRowsError, match="hãy chọn CSV"):
        written(writer, ROWS * 2)
