"""Figures as CSV and XLSX: numbers are numbers, nothing becomes a formula, hidden stays hidden."""

import csv
import io
from datetime import UTC, date, datetime

import openpyxl

from bot.statistics.figures import Column, Figure, Number, Table
from bot.statistics.spreadsheets import write_csv, write_xlsx

NOW = datetime(2026, 11, 29, 8, tzinfo=UTC)
RISKY = '=HYPERLINK("http://x";"y")'
DAYS = Table(
    "people_by_day", (Column("Ngày", "day"), Column("Số người", "number")), ((date(2026, 11, 1), 1200), (date(2026, 11, 2), None)), "lines"
)
SHARES = Table("outcomes", (Column("Kết quả"), Column("Số lượt", "number"), Column("Phần", "percent")), ((RISKY, 3, 37.5), ("Khác", 0, "")))
FIGURES = [
    Figure("people", "Người", "shown", (Number("people", 1200), Number("new", None)), (DAYS, SHARES)),
    Figure("questions", "Hỏi", "not_kept"),
]


def midnight(day):
    """The first of November and so on, as spreadsheets have dates."""
    return datetime(2026, 11, day, tzinfo=UTC).replace(tzinfo=None)


def lines():
    content = write_csv(FIGURES)
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def book():
    return openpyxl.load_workbook(io.BytesIO(write_xlsx(FIGURES, [("Kỳ", "tháng 11"), ("Lọc", RISKY)], NOW)))


def test_csv_has_a_line_for_each_number_with_its_meaning():
    found = lines()

    assert found[0] == ["Phần", "Bảng", "Dòng", "Số liệu", "Giá trị", "Nghĩa là"]
    assert [line[:5] for line in found[1:]] == [
        ["Người", "", "", "Số người", "1200"],
        ["Người", "", "", "Người mới", "ẩn"],
        ["Người", "Số người theo ngày", "2026-11-01", "Số người", "1200"],
        ["Người", "Số người theo ngày", "2026-11-02", "Số người", "ẩn"],
        ["Người", "Kết quả các lượt", f"'{RISKY}", "Số lượt", "3"],
        ["Người", "Kết quả các lượt", f"'{RISKY}", "Phần (%)", "37.50"],
        ["Người", "Kết quả các lượt", "Khác", "Số lượt", "0"],
        ["Người", "Kết quả các lượt", "Khác", "Phần (%)", ""],
        ["Hỏi", "", "", "", ""],
    ]
    assert all(line[5].endswith(".") for line in found[1:])


def test_xlsx_holds_numbers_as_numbers_and_dates_as_dates():
    found = book()

    days = found["Số người theo ngày"]
    assert [[cell.value for cell in row] for row in days.iter_rows(min_row=4)] == [
        [midnight(1), 1200],
        [midnight(2), "ẩn"],
    ]
    assert days["B4"].data_type == "n"
    assert days["A1"].value.startswith("Số người theo ngày: Số người khác nhau")
    shares = found["Kết quả các lượt"]
    assert [cell.value for cell in shares[4]] == [RISKY, 3, 37.5]
    assert shares["A4"].data_type == "s"
    assert [cell.value for cell in shares[3]] == ["Kết quả", "Số lượt", "Phần (%)"]
    assert [[cell.value for cell in row[:3]] for row in found["Số chính"].iter_rows(min_row=2)] == [
        ["Người", "Số người", 1200],
        ["Người", "Người mới", "ẩn"],
    ]


def test_the_first_sheet_says_what_it_is_and_what_is_missing():
    said = {row[0].value: row[1].value for row in book()["Về tệp này"].iter_rows(min_row=3)}

    assert said["Kỳ"] == "tháng 11"
    assert said["Lọc"] == RISKY
    assert "không tách theo lớp" in said["Hỏi"]
    assert "Số bị ẩn" in said


def test_no_cell_of_a_workbook_is_a_formula():
    kinds = {cell.data_type for sheet in book() for row in sheet.iter_rows() for cell in row}

    assert "f" not in kinds


def test_sheets_with_one_title_get_numbers():
    twice = [Figure("a", "A", "shown", (), (DAYS, DAYS))]

    names = openpyxl.load_workbook(io.BytesIO(write_xlsx(twice, [], NOW))).sheetnames

    assert names == ["Về tệp này", "Số người theo ngày", "Số người theo ngày (2)"]
