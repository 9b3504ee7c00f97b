"""Read an XLSX file from outside into tables of cells; formulas are never evaluated, nothing it links to is opened."""

import io
import re
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from openpyxl import load_workbook

from actions.curriculum.sheets.archives import read_part
from actions.curriculum.sheets.problems import SheetFileError
from actions.curriculum.sheets.table import COLUMNS_MAX, ROWS_MAX, Cell, CellKind, Row, Table

CELLS_MAX = 1_500_000
TYPES = "[Content_Types].xml"
_KINDS: dict[str, CellKind] = {"s": "text", "inlineStr": "text", "n": "number", "d": "date", "b": "bool", "f": "formula", "e": "error"}
_DOCTYPES = tuple("<!DOCTYPE".encode(encoding) for encoding in ("utf-8", "utf-16-le", "utf-16-be"))
_UNSAFE = "tệp có khai báo XML không an toàn (DOCTYPE, ENTITY); hãy chép nội dung sang bảng mới tải từ trang này"
_STRICT = b"purl.oclc.org/ooxml"
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]*?ref=\"([A-Z0-9:]+)\"")
_CELL = re.compile(rb"<(?:\w+:)?c[\s/>]")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_FORBIDDEN = (
    ("vbaproject", "tệp có macro; hãy lưu lại dạng Excel Workbook (.xlsx), không macro"),
    ("xl/macrosheets", "tệp có macro; hãy lưu lại dạng Excel Workbook (.xlsx), không macro"),
    ("xl/externallinks", "tệp có liên kết sang tệp khác; hãy bỏ liên kết (Dữ liệu → Sửa liên kết → Ngắt), hoặc chép rồi Dán giá trị"),
    ("xl/connections", "tệp lấy dữ liệu từ nơi khác; hãy chép rồi Dán giá trị sang bảng mới tải từ trang này"),
    ("xl/embeddings", "tệp có tài liệu nhúng bên trong; hãy xoá chúng rồi lưu lại"),
    ("xl/activex", "tệp có nút điều khiển ActiveX; hãy xoá chúng rồi lưu lại"),
)
_BROKEN = "tệp hỏng hoặc không đúng dạng .xlsx; hãy mở bằng phần mềm bảng tính, lưu lại dạng Excel Workbook (.xlsx) rồi nhập lại"


def read_xlsx(archive: zipfile.ZipFile) -> tuple[list[Table], list[str]]:
    """Return the sheets of a workbook, and remarks about what is in it but not read.

    Args:
        archive: The file, opened by `open_archive`.

    Raises:
        SheetFileError: Nothing can be read, or the file holds what we do not take.
    """
    names = [name.lower() for name in archive.namelist()]
    _check_kind(archive, names)
    for start, message in _FORBIDDEN:
        if any(name.startswith(start) or f"/{start}" in name for name in names):
            raise SheetFileError(message)
    checked = _checked(archive)
    has_pictures = any(name.startswith("xl/media/") for name in names)
    return _tables(checked), ["hình trong tệp không được nhập; hình của bài học ghi bằng mã ở cột Hình"] if has_pictures else []


def _check_kind(archive: zipfile.ZipFile, names: list[str]) -> None:
    types = read_part(archive, TYPES).lower()
    if b"macroenabled" in types:
        raise SheetFileError(_FORBIDDEN[0][1])
    if any(name.endswith("workbook.bin") for name in names):
        raise SheetFileError("đây là bảng nhị phân .xlsb; hãy lưu lại dạng Excel Workbook (.xlsx)")
    if "xl/workbook.xml" not in names:
        raise SheetFileError("tệp này không phải bảng tính Excel; hãy chọn tệp .xlsx hoặc .csv")
    if _STRICT in read_part(archive, archive.namelist()[names.index("xl/workbook.xml")]):
        raise SheetFileError("đây là dạng Strict Open XML; hãy lưu lại dạng Excel Workbook (.xlsx) thường")


@dataclass(frozen=True)
class _Checked:
    """A workbook's bytes, and the joined cells of its sheets by their part."""

    content: bytes
    merged: dict[str, tuple[str, ...]]


def _checked(archive: zipfile.ZipFile) -> _Checked:
    """Read every part once, so that no part is broken and no sheet too large for the library."""
    merged: dict[str, tuple[str, ...]] = {}
    cells = 0
    parts: dict[str, bytes] = {}
    for name in archive.namelist():
        part = read_part(archive, name)
        if any(mark in part for mark in _DOCTYPES) and not name.lower().startswith("xl/media/"):
            raise SheetFileError(_UNSAFE)
        if name.lower().startswith("xl/worksheets/") and name.lower().endswith(".xml"):
            cells += len(_CELL.findall(part))
            merged[name] = tuple(ref.decode() for ref in _MERGED.findall(part))
        if not name.lower().startswith("xl/media/"):
            # The library takes every "x005F_" out of texts; ours takes out only what stands for an underscore.
            parts[name] = part.replace(b"_x005F_", b"_x005f_") if name.endswith("haredStrings.xml") else part
    if cells > CELLS_MAX:
        raise SheetFileError(f"bảng có {cells} ô, nhiều nhất là {CELLS_MAX}; hãy xoá các hàng và cột trống đã định dạng")
    return _Checked(_packed(parts), merged)


def _packed(parts: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return buffer.getvalue()


def _tables(checked: _Checked) -> list[Table]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # The library warns of what it leaves out; we read only values.
            workbook = load_workbook(io.BytesIO(checked.content), read_only=True, data_only=False, keep_links=False, rich_text=False)
            try:
                return [_table(sheet, checked) for sheet in workbook.worksheets]
            finally:
                workbook.close()
    except SheetFileError:
        raise
    except Exception as error:  # The library fails in many ways on a broken file, none of them its own.
        raise SheetFileError(_BROKEN) from error


def _table(sheet: Any, checked: _Checked) -> Table:
    merged = checked.merged.get(sheet._worksheet_path.lstrip("/"), ())  # noqa: SLF001 - nothing public tells the part of a sheet.
    return Table(str(sheet.title), tuple(_rows(sheet)), sheet.sheet_state != "visible", merged)


def _rows(sheet: Any) -> Iterator[Row]:
    sheet.reset_dimensions()  # What a file says of its own size may be wrong.
    for number, cells in enumerate(sheet.iter_rows(max_row=ROWS_MAX + 2, max_col=COLUMNS_MAX + 1), 1):
        found = {index: _cell(cell) for index, cell in enumerate(cells) if cell.value is not None and cell.value != ""}
        if not found:
            continue
        if number > ROWS_MAX:
            raise SheetFileError(f"trang “{sheet.title}” có hơn {ROWS_MAX} hàng; hãy chia thành nhiều tệp")
        if COLUMNS_MAX in found:
            raise SheetFileError(f"trang “{sheet.title}” có hơn {COLUMNS_MAX} cột; hãy xoá các cột thừa")
        yield Row(number, found)


def _cell(cell: Any) -> Cell:
    kind = _KINDS.get(cell.data_type, "text")
    if kind == "formula":
        return Cell("formula", str(cell.value) if isinstance(cell.value, str) else "=…")
    if isinstance(cell.value, str):
        text = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), cell.value)
        return Cell("error" if kind == "error" else "text", text)
    return Cell(kind, cell.value)
