"""Read files with typed fields, noting every problem a trainer can mend; used by all content readers."""

import re
import unicodedata
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from actions.curriculum.model import Source
from actions.curriculum.problems import Problems

SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
SLUG_MAX_BYTES = 32  # Telegram's callback data has 64 bytes, a prefix goes before the slug.
_FRONT_MATTER = re.compile(r"---\n(.*?)\n---\n(.*)", re.DOTALL)


def read_text(path: Path, problems: Problems) -> str | None:
    """Return a file's text, or None with a problem noted: not UTF-8, not NFC, unreadable."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        problems.add(path, f"byte {error.start}", "không phải chữ UTF-8; hãy lưu lại tệp với mã hoá UTF-8")
        return None
    except OSError as error:
        problems.add(path, "tệp", f"không đọc được ({error.strerror}); hãy kiểm tra tệp và quyền đọc")
        return None
    if "\x00" in text:
        problems.add(path, f"ký tự {text.index(chr(0)) + 1}", "có ký tự NUL; hãy xoá ký tự này")
        return None
    if not unicodedata.is_normalized("NFC", text):
        problems.add(path, "tệp", "chữ có dấu ở dạng tách rời (NFD); hãy lưu lại ở dạng dựng sẵn (NFC)")
    return text


def read_yaml(path: Path, problems: Problems, text: str | None = None, first_line: int = 1) -> dict[str, Any]:
    """Return a YAML mapping; an empty one with a problem noted where it is broken."""
    text = read_text(path, problems) if text is None else text
    parsed = _parse(path, problems, text, first_line)
    if parsed is not None and not isinstance(parsed, dict):
        problems.add(path, "tệp", 'phải gồm các dòng "tên: giá trị"')
    return parsed if isinstance(parsed, dict) else {}


def read_yaml_list(path: Path, problems: Problems) -> list[Any]:
    """Return a YAML list; an empty one with a problem noted where it is broken."""
    parsed = _parse(path, problems, read_text(path, problems), 1)
    if parsed is not None and not isinstance(parsed, list):
        problems.add(path, "tệp", "phải là một danh sách, mỗi mục mở bằng dấu -")
    return parsed if isinstance(parsed, list) else []


def read_front_matter(path: Path, problems: Problems) -> tuple[dict[str, Any], str] | None:
    """Return the front matter of a Markdown file and its body, or None with a problem noted."""
    text = read_text(path, problems)
    if text is None:
        return None
    match = _FRONT_MATTER.fullmatch(text)
    if match is None:
        problems.add(path, "dòng 1", "thiếu phần đầu: tệp phải mở bằng dòng ---, các mục, rồi dòng --- nữa")
        return None
    return read_yaml(path, problems, match[1], first_line=2), match[2]


def _parse(path: Path, problems: Problems, text: str | None, first_line: int) -> Any:
    """Return what a YAML text holds, "" where it holds nothing, or None with a problem noted."""
    if text is None:
        return None
    try:
        parsed = yaml.load(text, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        line = (error.problem_mark.line if error.problem_mark else 0) + first_line
        problems.add(path, f"dòng {line}", "YAML viết sai; hãy xem thụt lề, dấu hai chấm và dấu nháy ở dòng này")
    except yaml.YAMLError:
        problems.add(path, "tệp", "YAML có ký tự không được phép; hãy xoá ký tự lạ")
    except ValueError as error:
        problems.add(path, "tệp", f"có giá trị không đọc được ({error}); ngày viết dạng 2026-11-23")
    else:
        return "" if parsed is None else parsed
    return None


class Fields:
    """Typed reading of one YAML mapping; what does not fit becomes a problem."""

    def __init__(self, path: Path, place: str, fields: Any, problems: Problems) -> None:
        self._path, self._place, self._problems = path, place, problems
        self.has_problem = False
        self._fields: dict[str, Any] = fields if isinstance(fields, dict) else {}
        if not isinstance(fields, dict):
            self.problem(place, fields, 'các dòng "tên: giá trị"')

    def problem(self, name: str, value: object, allowed: str) -> None:
        """Note that a field's value is not one that is allowed."""
        self.has_problem = True
        shown = "đang trống" if value in (None, "") else f'đang là "{value}"'
        self._problems.add(self._path, f"{self._place} → {name}", f"{shown}; phải là {allowed}")

    def allow(self, names: set[str]) -> None:
        """Note every field that is not one of these."""
        for name in sorted(set(map(str, self._fields)) - names):
            self._problems.add(self._path, f"{self._place} → {name}", f"không có mục này; các mục được dùng: {', '.join(sorted(names))}")

    def value(self, name: str, default: Any = None) -> Any:
        """Return a field as it stands."""
        return self._fields.get(name, default)

    def text(self, name: str, default: str | None = None) -> str:
        """Return a field that must hold text, stripped; it may be missing where there is a default."""
        value = self._fields.get(name, default)
        if isinstance(value, str) and (value.strip() or default is not None):
            return value.strip()
        self.problem(name, value, "một dòng chữ (số thì viết trong dấu nháy)")
        return ""

    def choice(self, name: str, allowed: tuple[str, ...], *, is_optional: bool = False) -> Any:
        """Return a field that must be one of a few values; an optional one may be missing, then it is empty."""
        value = self._fields.get(name)
        if value is None and is_optional:
            return ""
        if value not in allowed:
            shown = ", ".join(allowed) if len(allowed) <= 12 else "một mã có trong content/topics.yml"
            self.problem(name, value, shown)
            return ""
        return value

    def day(self, name: str) -> date | None:
        """Return a field that must be a date."""
        value = self._fields.get(name)
        if isinstance(value, date):
            return value
        self.problem(name, value, "một ngày, viết dạng 2026-11-23")
        return None

    def sequence(self, name: str) -> list[Any]:
        """Return a field that must be a list; a missing one is empty."""
        value = self._fields.get(name, [])
        if isinstance(value, list):
            return value
        self.problem(name, value, "một danh sách, mỗi dòng mở bằng dấu -")
        return []


def read_sources(path: Path, reader: Fields, problems: Problems) -> tuple[Source, ...]:
    """Return the sources of a record, noting what is wrong with each."""
    sources = []
    for number, fields in enumerate(reader.sequence("sources"), 1):
        item = Fields(path, f"sources {number}", fields, problems)
        title, address, read_on = item.text("title"), item.text("address"), item.day("read_on")
        if address and not address.startswith("https://"):
            item.problem("address", address, "địa chỉ bắt đầu bằng https://")
        if item.has_problem:
            reader.has_problem = True
        elif read_on:
            sources.append(Source(title=title, address=address, read_on=read_on))
    return tuple(sources)


def check_slug(path: Path, slug: str, problems: Problems) -> None:
    """Note a slug that a choice's value could not carry."""
    if not SLUG.fullmatch(slug) or len(slug.encode()) > SLUG_MAX_BYTES:
        problems.add(path, slug, f"mã chỉ gồm a–z, 0–9 và dấu gạch nối, dài tối đa {SLUG_MAX_BYTES} ký tự")
