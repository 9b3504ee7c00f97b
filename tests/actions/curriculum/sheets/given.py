"""Spreadsheets for the tests: made by the export, or by hand, and changed as a spreadsheet program would."""

import io
import zipfile
from datetime import date, datetime
from functools import cache

import openpyxl

from actions.curriculum.sheets.columns import SHEETS, sheet_of
from actions.curriculum.sheets.planning import make_plan
from actions.curriculum.sheets.writing import write_xlsx
from actions.curriculum.tree import read_tree
from bot.settings import ROOT

TODAY = date(2026, 11, 29)
KEYS = tuple(sheet.key for sheet in SHEETS)
PICTURES = ROOT / "content" / "pictures"
ANSWERS, EXAMPLES, LESSONS, QUIZZES = (sheet.title for sheet in SHEETS)
KEPT_ANSWERS = ("cong-an-goi-dien", "may-tu-doc", "bi-doa-bat", "cam-on")
KEPT_LESSONS = ("ma-otp", "cong-an-gia")


@cache
def whole_tree():
    return read_tree(ROOT)


@cache
def small_tree():
    """A few answers and two lessons: enough for all that a sheet can hold, and quick to check."""
    kept = {}
    for path, text in whole_tree().items():
        parts = path.split("/")
        is_answer = path.split("/")[1] in ("answers", "behaviours") and parts[-1].split(".")[0] not in KEPT_ANSWERS
        is_lesson = parts[1] == "lessons" and parts[2] not in KEPT_LESSONS
        if not (is_answer or is_lesson or parts[1] == "drills" or parts[-1] == "paths.yml"):
            kept[path] = text
    return kept


def plan_of(content, name="bang.xlsx", tree=None, **options):
    return make_plan(small_tree() if tree is None else tree, content, name, today=TODAY, pictures=PICTURES, **options)


@cache
def written(*keys):
    """The export of some sheets, of all unless named."""
    return write_xlsx(small_tree(), keys or KEYS, datetime.fromisoformat("2026-11-29T08:00:00+00:00"))


def exported(*keys):
    """The export of some sheets, opened."""
    return openpyxl.load_workbook(io.BytesIO(written(*keys)))


def saved(book):
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def column_of(page, header):
    """The number of a column, from 1."""
    return next(cell.column for cell in page[1] if cell.value == header)


def row_of(page, *values):
    """The number of the first row that begins with some values."""
    return next(n for n, row in enumerate(page.iter_rows(values_only=True), 1) if row[: len(values)] == values)


def put(page, row, **cells):
    """Write cells of a row by their fields' names."""
    sheet = next(one for one in SHEETS if one.title == page.title)
    for key, value in cells.items():
        page.cell(row, column_of(page, sheet.column(key).header)).value = value


def changed(key, row, **cells):
    """The export of one sheet with some cells of a row changed."""
    book = exported(key)
    put(book[sheet_of(key).title], row, **cells)
    return saved(book)


def made(pages):
    """A workbook made by hand: title → rows."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in pages.items():
        page = book.create_sheet(title)
        for row in rows:
            page.append(row)
    return saved(book)


def repacked(content, *, changes=None, added=None, without=()):
    """A ZIP file with parts replaced through a function, added, or left out."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in without:
                part = old.read(name)
                new.writestr(name, (changes or {}).get(name, lambda part: part)(part))
        for name, part in (added or {}).items():
            new.writestr(name, part)
    return buffer.getvalue()


def zipped(parts, method=zipfile.ZIP_DEFLATED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return buffer.getvalue()
