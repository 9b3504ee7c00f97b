"""What stands in a cell: as plain text for comparing, and as a value of a field, or why it cannot be one."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from actions.curriculum.files import MORE_HEADING
from actions.curriculum.lesson_files import SIMPLE_HEADING
from actions.curriculum.reading import SLUG, SLUG_MAX_BYTES
from actions.curriculum.sheets.columns import LETTERS, Column
from actions.curriculum.sheets.table import Cell

YES, NO = "x", ""
_YES = {"x", "có", "co", "đúng", "dung", "true", "1", "yes", "y"}
_NO = {"", "không", "khong", "sai", "false", "0", "no", "n"}
_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufffe\uffff\ufffd]")
_BLANK = re.compile("[\u00a0\u2007\u202f]")
_GUARDED = re.compile(r"'+[=+\-@\t\r]")
_RISKY = re.compile(r"'*[=+\-@\t\r]")
_DATE = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})|(\d{4})-(\d{1,2})-(\d{1,2})")
_HEADING = re.compile(r"^[ \t]*#", re.MULTILINE)
_PICTURE_LINE = re.compile(r"^Hình: *\S+ *$", re.MULTILINE)
_SCIENTIFIC = re.compile(r"\d(?:[.,]\d+)?E[+-]?\d+", re.IGNORECASE)
_LOST = "phần mềm bảng tính đã tự đổi chữ thành {what}, có thể mất số 0 ở đầu; hãy định dạng ô là Văn bản (Text) rồi gõ lại"


class CellError(Exception):
    """A cell cannot be taken; the message says what is allowed and what to do."""


@dataclass
class Known:
    """What cells may name: code → title, and the codes of answers and lessons."""

    topics: Mapping[str, str] = field(default_factory=dict)
    modules: Mapping[str, str] = field(default_factory=dict)
    pictures: Mapping[str, str] = field(default_factory=dict)


def guarded(text: str, *, is_csv: bool) -> str:
    """Return a text as it is written into a cell: no program takes it for a formula, and `unguarded` gives it back.

    In XLSX a cell says by itself that it is text, so only what looks guarded already is guarded once more.
    """
    return f"'{text}" if (_RISKY if is_csv else _GUARDED).match(text) else text


def unguarded(text: str) -> str:
    """Return a text without what `guarded` put before it."""
    return text[1:] if _GUARDED.match(text) else text


def plain(text: str) -> str:
    """Return a text as it is compared: composed letters, plain line ends and blanks, none of them around."""
    text = _INVISIBLE.sub("", _BLANK.sub(" ", unicodedata.normalize("NFC", text)))
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "\n".join(line.rstrip() for line in text.split("\n")).strip()


def plain_cell(column: Column, cell: Cell | None) -> str:
    """Return a cell as plain text; dates as 2026-11-23."""
    if cell is None:
        return ""
    if isinstance(cell.value, bool):
        return YES if cell.value else NO
    if isinstance(cell.value, datetime):
        return cell.value.date().isoformat()
    if isinstance(cell.value, date):
        return cell.value.isoformat()
    if isinstance(cell.value, float) and cell.value.is_integer() and abs(cell.value) < 1e15:
        return str(int(cell.value))
    text = plain(unguarded(cell.value)) if isinstance(cell.value, str) else str(cell.value)
    return (_iso(text) or text) if column.kind == "date" else text


def remarks(cell: Cell) -> str:
    """Return what was mended in a cell by itself, in Vietnamese; empty where nothing was."""
    if not isinstance(cell.value, str):
        return ""
    if not unicodedata.is_normalized("NFC", cell.value):
        return "chữ có dấu ở dạng tách rời đã được đổi sang dạng dựng sẵn"
    return "đã bỏ ký tự không nhìn thấy" if _INVISIBLE.search(cell.value) else ""


def read_cell(column: Column, cell: Cell | None, known: Known) -> str:
    """Return the value of a field.

    Args:
        column: Which column.
        cell: The cell, None for an empty one.
        known: The codes that may be named.

    Raises:
        CellError: The cell cannot be taken.
    """
    if cell is not None:
        _check_type(column, cell)
    text = plain_cell(column, cell)
    if not text:
        if column.is_required:
            raise CellError("ô này đang trống; hãy điền")
        return ""
    return _READERS[column.kind](text, column, known)


def _check_type(column: Column, cell: Cell) -> None:
    if cell.kind == "formula":
        raise CellError("ô này là công thức; hãy chép rồi Dán giá trị (Paste Values), hoặc gõ thẳng chữ")
    if cell.kind == "error":
        raise CellError("ô này báo lỗi của bảng tính; hãy gõ lại nội dung")
    if cell.kind == "number" and column.kind not in ("number", "flag"):
        cure = "hãy định dạng ô là Ngày rồi gõ dạng 23/11/2026" if column.kind == "date" else _LOST.format(what="số")
        raise CellError(f"ô này là số; {cure}")
    if cell.kind == "date" and column.kind != "date":
        raise CellError(f"ô này là ngày; {_LOST.format(what='ngày')}")
    if cell.kind == "bool" and column.kind != "flag":
        raise CellError(f"ô này là đúng/sai; {_LOST.format(what='TRUE hay FALSE')}")
    if isinstance(cell.value, str) and (found := _CONTROL.search(cell.value.replace("\r\n", "\n"))):
        raise CellError(f"có ký tự hỏng hoặc ký tự điều khiển (U+{ord(found[0]):04X}); hãy xoá rồi gõ lại đoạn ấy")


def _text(text: str, _column: Column, _known: Known) -> str:
    for mark in (MORE_HEADING, SIMPLE_HEADING):
        if mark in text:
            raise CellError(f"có dấu chia phần “{mark}”; phần ấy có cột riêng, hãy chuyển sang cột ấy")
    if _HEADING.search(text):
        raise CellError("có dòng mở bằng #; hãy bỏ dấu ấy, chỉ viết chữ thường")
    if _PICTURE_LINE.search(text):
        raise CellError("có dòng “Hình: …”; hãy ghi mã hình ở cột Hình")
    return text


def _line(text: str, column: Column, known: Known) -> str:
    if "\n" in text:
        raise CellError("ô này chỉ được một dòng; hãy bỏ chỗ xuống dòng")
    if _SCIENTIFIC.fullmatch(text):
        raise CellError(f"đây là số viết tắt; {_LOST.format(what='số')}")
    return _text(" ".join(text.split()), column, known)


def _code(text: str, _column: Column, _known: Known) -> str:
    code = text.lower()
    if not SLUG.fullmatch(code) or len(code.encode()) > SLUG_MAX_BYTES:
        raise CellError(f"mã chỉ gồm a–z, 0–9 và dấu gạch nối, dài tối đa {SLUG_MAX_BYTES} ký tự, ví dụ mat-khau-manh; hãy sửa mã")
    return code


def _day(text: str, _column: Column, _known: Known) -> str:
    day = _iso(text)
    if day is None:
        raise CellError("phải là một ngày có thật, gõ dạng 23/11/2026")
    return day


def _iso(text: str) -> str | None:
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    day, month, year = (match[1], match[2], match[3]) if match[1] else (match[6], match[5], match[4])
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return None


def _flag(text: str, _column: Column, _known: Known) -> str:
    if text.lower() in _YES:
        return YES
    if text.lower() in _NO:
        return NO
    raise CellError("chỉ ghi x, hoặc để trống")


def _number(text: str, _column: Column, _known: Known) -> str:
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text[:4]) <= 999 or len(text) > 3:
        raise CellError("phải là số thứ tự 1, 2, 3…")
    return str(int(text))


def _choice(text: str, column: Column, _known: Known) -> str:
    for code, word in column.values:
        if plain(text).lower() in (code, word):
            return code
    raise CellError(f"phải là một trong: {', '.join(word for _, word in column.values)}")


def _letters(text: str, _column: Column, _known: Known) -> str:
    letters = [part for part in re.split(r"[\s,;]+", text.upper()) if part]
    if not all(len(one) == 1 and one in LETTERS for one in letters):
        raise CellError("phải là chữ của lựa chọn đúng, ví dụ B")
    return ", ".join(dict.fromkeys(letters))


def _topic(text: str, _column: Column, known: Known) -> str:
    return _named(text, known.topics, "chủ đề")


def _module(text: str, _column: Column, known: Known) -> str:
    return _named(text, known.modules, "học phần")


def _picture(text: str, _column: Column, known: Known) -> str:
    return _named(text, known.pictures, "hình")


def _topics(text: str, _column: Column, known: Known) -> str:
    return ", ".join(dict.fromkeys(_named(part.strip(), known.topics, "chủ đề") for part in re.split(r"[,;\n]", text) if part.strip()))


def _named(text: str, titles: Mapping[str, str], what: str) -> str:
    if text.lower() in titles:
        return text.lower()
    found = [code for code, title in titles.items() if plain(title).lower() == text.lower()]
    if len(found) == 1:
        return found[0]
    raise CellError(f"không có {what} này; hãy chép một mã ở trang Danh mục")


def _sources(text: str, _column: Column, _known: Known) -> str:
    return "\n".join(_source(line.strip()) for line in text.split("\n") if line.strip())


def _source(line: str) -> str:
    parts = [part.strip() for part in line.rsplit("|", 2)]
    form = "mỗi dòng ghi: Tên nguồn | https://địa-chỉ | 23/11/2026"
    if len(parts) != 3 or not parts[0]:
        raise CellError(f"dòng “{line[:40]}” chưa đủ ba phần; {form}")
    if not parts[1].startswith("https://") or " " in parts[1]:
        raise CellError(f"địa chỉ “{parts[1][:40]}” phải mở bằng https:// và không có dấu cách; {form}")
    day = _iso(parts[2])
    if day is None:
        raise CellError(f"“{parts[2][:20]}” không phải một ngày có thật; {form}")
    return f"{parts[0]} | {parts[1]} | {day}"


_READERS = {
    "text": _text, "line": _line, "code": _code, "date": _day, "flag": _flag, "number": _number, "choice": _choice, "letters": _letters,
    "topic": _topic, "topics": _topics, "module": _module, "picture": _picture, "sources": _sources,
}  # fmt: skip
