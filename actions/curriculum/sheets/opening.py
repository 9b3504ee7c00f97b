"""Tell what kind of file was uploaded, and open it as tables."""

import zipfile
from collections.abc import Sequence
from pathlib import PurePosixPath

from actions.curriculum.examples import folded_key
from actions.curriculum.sheets.archives import FILE_MAX_BYTES, open_archive, read_part
from actions.curriculum.sheets.columns import LETTERS, SHEETS, Sheet, choice_columns
from actions.curriculum.sheets.csv_reading import read_csv
from actions.curriculum.sheets.problems import SheetFileError
from actions.curriculum.sheets.table import Table
from actions.curriculum.sheets.xlsx_reading import TYPES, read_xlsx

_OLE = bytes.fromhex("d0cf11e0a1b11ae1")  # the container of .xls, and of an .xlsx with a password
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_CHOOSE = "hãy chọn tệp .xlsx, .csv, hoặc .zip gồm các tệp .csv"
_OTHERS = (
    (b"%PDF", f"đây là tệp PDF; {_CHOOSE}"),
    (b"\x89PNG", f"đây là tệp ảnh; {_CHOOSE}"),
    (b"\xff\xd8\xff", f"đây là tệp ảnh; {_CHOOSE}"),
    (b"{\\rtf", f"đây là tệp văn bản; {_CHOOSE}"),
    (b"Rar!", f"đây là tệp nén RAR; {_CHOOSE}"),
    (b"7z\xbc\xaf", f"đây là tệp nén 7z; {_CHOOSE}"),
    (b"\x1f\x8b", f"đây là tệp nén gzip; {_CHOOSE}"),
    (b"<html", "đây là trang web lưu thành bảng tính; hãy mở bằng Excel rồi lưu dạng Excel Workbook (.xlsx)"),
    (b"<!doctype", "đây là trang web lưu thành bảng tính; hãy mở bằng Excel rồi lưu dạng Excel Workbook (.xlsx)"),
    (b"<?xml", "đây là bảng tính dạng XML cũ; hãy lưu lại dạng Excel Workbook (.xlsx)"),
)


def open_tables(content: bytes, name: str) -> tuple[list[Table], list[str]]:
    """Return the tables of an uploaded file, and remarks.

    Args:
        content: The file.
        name: Its name; only used for telling which sheet a CSV file is.

    Raises:
        SheetFileError: Nothing can be read from it.
    """
    if len(content) > FILE_MAX_BYTES:
        raise SheetFileError(f"tệp lớn quá {FILE_MAX_BYTES // 1024 // 1024} MB; hãy chia thành nhiều tệp")
    if not content.strip(b"\x00\r\n\t \xef\xbb\xbf"):
        raise SheetFileError(f"tệp trống; {_CHOOSE}")
    if content.startswith(_OLE):
        is_encrypted = _ENCRYPTED in content
        cure = "hãy bỏ mật khẩu (Tệp → Thông tin → Bảo vệ)" if is_encrypted else "hãy mở bằng Excel rồi lưu dạng Excel Workbook (.xlsx)"
        raise SheetFileError(f"{'tệp có mật khẩu' if is_encrypted else 'đây là tệp Excel đời cũ .xls'}; {cure}")
    start = content.lstrip()[:20].lower()
    for mark, message in _OTHERS:
        if start.startswith(mark.lower()):
            raise SheetFileError(message)
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _open_zip(content)
    return [_csv(content, name)], []


def header_names() -> set[str]:
    """Return every header that a sheet may have, in lower case."""
    extra = [column for letter in LETTERS for column in choice_columns(letter)]
    return {column.header.lower() for sheet in SHEETS for column in (*sheet.columns, *extra)}


def sheet_named(title: str) -> Sheet | None:
    """Return the sheet that a title or file name means."""
    said = folded_key(title)
    return next((one for one in SHEETS if said in (folded_key(one.title), folded_key(one.file))), None)


def _open_zip(content: bytes) -> tuple[list[Table], list[str]]:
    archive = open_archive(content)
    names = archive.namelist()
    if TYPES in names:
        return read_xlsx(archive)
    if "mimetype" in names:
        raise SheetFileError("đây là bảng OpenDocument (.ods); hãy lưu lại dạng Excel Workbook (.xlsx)")
    if any(name.endswith((".iwa", ".numbers")) for name in names):
        raise SheetFileError("đây là bảng Numbers của Apple; hãy xuất ra dạng Excel (.xlsx)")
    return _csv_tables(archive)


def _csv_tables(archive: zipfile.ZipFile) -> tuple[list[Table], list[str]]:
    names = [name for name in archive.namelist() if not name.endswith("/") and not _is_litter(name)]
    sheets = [name for name in names if name.lower().endswith((".csv", ".tsv", ".txt")) and "doc-truoc" not in name.lower()]
    if not sheets:
        raise SheetFileError(f"trong tệp nén không có tệp .csv nào; {_CHOOSE}")
    others = sorted(set(names) - set(sheets))
    remarks = [f"tệp “{PurePosixPath(name).name}” trong tệp nén không được đọc" for name in others if "doc-truoc" not in name.lower()]
    return [_csv(read_part(archive, name), name) for name in sheets], remarks


def _csv(content: bytes, name: str) -> Table:
    stem = PurePosixPath(name.replace("\\", "/")).stem
    try:
        table = read_csv(content, stem, header_names())
    except SheetFileError as error:
        raise SheetFileError(*(f"tệp “{stem}”: {problem.message}" for problem in error.problems)) from None
    sheet = sheet_named(stem) or _by_headers(table)
    return Table(sheet.title if sheet else stem, table.rows)


def _by_headers(table: Table) -> Sheet | None:
    """Return the sheet whose headers a table has, where one fits better than all others."""
    if not table.rows:
        return None
    said = {folded_key(str(cell.value)) for cell in table.rows[0].cells.values()}

    def fitting(sheet: Sheet) -> int:
        return sum(folded_key(column.header) in said for column in sheet.columns)

    best, second = sorted(SHEETS, key=fitting, reverse=True)[:2]
    return best if fitting(best) > max(fitting(second), 1) else None


def _is_litter(name: str) -> bool:
    parts: Sequence[str] = PurePosixPath(name).parts
    return "__MACOSX" in parts or parts[-1] in (".DS_Store", "Thumbs.db")
