"""Read CSV files as spreadsheet programs write them: any usual separator, and UTF-8 or UTF-16 with Vietnamese letters."""

import codecs
import csv
import io
from collections.abc import Iterable, Sequence

from actions.curriculum.sheets.problems import SheetFileError
from actions.curriculum.sheets.table import COLUMNS_MAX, ROWS_MAX, Cell, Row, Table

CELL_MAX_CHARACTERS = 100_000
_SEPARATORS = (",", ";", "\t", "|")
_ENCODING = (
    "chữ tiếng Việt trong tệp không phải UTF-8 (có thể là Windows-1258, TCVN3 hay VNI); "
    "trong Excel hãy chọn Lưu thành → CSV UTF-8 (phân cách bằng dấu phẩy)"
)
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def read_csv(content: bytes, title: str, headers: Iterable[str]) -> Table:
    """Return a CSV file as a table.

    Args:
        content: The file.
        title: What the table is called in messages.
        headers: The headers that may stand in its first row, as far as they are known; they tell the separator.

    Raises:
        SheetFileError: It is no such file.
    """
    text = _decoded(content)
    separator = _separator(text, set(headers))
    if text.lower().startswith("sep="):
        text = text.partition("\n")[2]  # Excel's own way of naming the separator; it shows no row for it.
    csv.field_size_limit(CELL_MAX_CHARACTERS)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    except csv.Error as error:
        raise SheetFileError(_why(error, text, separator)) from None
    if len(rows) > ROWS_MAX + 1:
        raise SheetFileError(f"tệp có {len(rows)} hàng, nhiều nhất là {ROWS_MAX}; hãy chia thành nhiều tệp")
    return Table(title, tuple(_row(number, row) for number, row in enumerate(rows, 1) if any(cell.strip() for cell in row)))


def _decoded(content: bytes) -> str:
    encoding = next((name for mark, name in _MARKS if content.startswith(mark)), None)
    start = content[:200]
    if encoding is None and start.count(0) > len(start) // 4:  # Every second byte of plain letters is none in UTF-16.
        encoding = "utf-16-le" if content[1:2] == b"\x00" else "utf-16-be"
    try:
        text = content.decode(encoding or "utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError:
        raise SheetFileError(_ENCODING) from None
    if "\x00" in text:
        raise SheetFileError("tệp này không phải bảng tính; hãy chọn tệp .xlsx hoặc .csv")
    return text


def _separator(text: str, headers: set[str]) -> str:
    first = text.lstrip("\r\n").partition("\n")[0]
    if first.lower().startswith("sep="):
        named = first[4:].strip("\r\n\"'") or "\t"
        if named not in _SEPARATORS:
            raise SheetFileError("dòng sep= chỉ ra dấu phân cách lạ; hãy dùng dấu phẩy, chấm phẩy hoặc Tab")
        return named

    def known(separator: str) -> tuple[int, int]:
        cells = next(csv.reader([first], delimiter=separator), [])
        return sum(cell.strip().lower() in headers for cell in cells), len(cells)

    return max(_SEPARATORS, key=known)


def _row(number: int, cells: Sequence[str]) -> Row:
    if len(cells) > COLUMNS_MAX:
        raise SheetFileError(f"hàng {number} có {len(cells)} ô, nhiều nhất là {COLUMNS_MAX}; hãy xem lại dấu phân cách và nháy kép")
    return Row(number, {index: Cell("text", cell) for index, cell in enumerate(cells) if cell}, len(cells))


def _why(error: csv.Error, text: str, separator: str) -> str:
    """Return what is wrong with the quotes of a file, and after which row."""
    good = 0
    try:
        for good, _ in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True), 1):  # noqa: B007 - counted
            pass
    except csv.Error:
        pass
    if "field larger" in str(error):
        return f"hàng {good + 1}: ô dài quá {CELL_MAX_CHARACTERS} ký tự, có thể thiếu dấu nháy kép đóng; hãy xem lại ô ấy"
    return f'hàng {good + 1}: dấu nháy kép không khớp; hãy viết nháy kép trong chữ hai lần ("") và đặt cả ô trong nháy kép'
