"""Open a ZIP file from outside without being harmed by it: sizes, ratios, names and kinds are checked before anything is unpacked."""

import io
import zipfile
import zlib
from pathlib import PurePosixPath

from actions.curriculum.sheets.problems import SheetFileError

FILE_MAX_BYTES = 10 * 1024 * 1024
UNPACKED_MAX_BYTES = 60 * 1024 * 1024
RATIO_MAX = 120  # Spreadsheets of text shrink to a tenth, formatted empty rows to a fiftieth.
SMALL_BYTES = 1024 * 1024  # What is smaller than this unpacked harms nobody, however well it is packed.
PARTS_MAX = 400
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_TOO_LARGE = f"tệp nén bung ra quá {UNPACKED_MAX_BYTES // 1024 // 1024} MB; hãy tải bảng mới, chỉ giữ các hàng cần sửa rồi nhập lại"


def open_archive(content: bytes) -> zipfile.ZipFile:
    """Open a ZIP file.

    Raises:
        SheetFileError: It is broken, encrypted, or would unpack to too much.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise SheetFileError("tệp hỏng, không mở được; hãy lưu lại từ phần mềm bảng tính rồi nhập lại") from None
    parts = archive.infolist()
    if len(parts) > PARTS_MAX:
        raise SheetFileError(f"tệp nén có {len(parts)} phần, nhiều nhất là {PARTS_MAX}; hãy tải bảng mới rồi chép phần sửa sang")
    names = [part.filename for part in parts]
    if len(set(names)) < len(names):
        raise SheetFileError("tệp nén có hai phần trùng tên; hãy lưu lại từ phần mềm bảng tính rồi nhập lại")
    for part in parts:
        _check_part(part)
    if sum(part.file_size for part in parts) > UNPACKED_MAX_BYTES:
        raise SheetFileError(_TOO_LARGE)
    return archive


def read_part(archive: zipfile.ZipFile, name: str) -> bytes:
    """Return one part of an archive that was checked; never more than it said it holds.

    Raises:
        SheetFileError: It is broken.
    """
    try:
        return archive.read(name)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, KeyError, EOFError, ValueError, OSError, RuntimeError):
        raise SheetFileError("tệp hỏng giữa chừng, có thể chép hoặc tải chưa xong; hãy lưu lại rồi nhập lại") from None


def _check_part(part: zipfile.ZipInfo) -> None:
    path = PurePosixPath(part.filename.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in part.filename or "\x00" in part.orig_filename:
        raise SheetFileError("tệp nén có tên chỉ ra ngoài thư mục; tệp này không an toàn, hãy tải bảng mới từ trang này")
    if part.flag_bits & 0x1:
        raise SheetFileError("tệp nén có mật khẩu; hãy bỏ mật khẩu rồi nhập lại")
    if part.compress_type not in _METHODS:
        raise SheetFileError("tệp nén theo cách lạ; hãy lưu lại từ phần mềm bảng tính rồi nhập lại")
    if part.file_size > UNPACKED_MAX_BYTES:
        raise SheetFileError(_TOO_LARGE)
    if part.file_size > SMALL_BYTES and part.file_size > RATIO_MAX * max(part.compress_size, 1):
        raise SheetFileError("tệp nén bung ra to gấp bội một cách bất thường; hãy tải bảng mới rồi chép phần sửa sang")
