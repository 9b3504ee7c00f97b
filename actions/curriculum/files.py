"""Read the content folder into a Curriculum, noting every problem a trainer can mend.

Called by `banso content lint`, `banso content publish` and the tests.
"""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, get_args

import yaml

from actions.curriculum.model import (
    BEHAVIOUR_OUTCOMES,
    Answer,
    Curriculum,
    Device,
    Fact,
    Pillar,
    Source,
    Topic,
)
from actions.curriculum.problems import Problems

SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
SLUG_MAX_BYTES = 32  # Telegram's callback data has 64 bytes, a prefix goes before the slug.
MORE_HEADING = "## Xem thêm"
_FRONT_MATTER = re.compile(r"---\n(.*?)\n---\n(.*)", re.DOTALL)
MESSAGES = (
    "welcome", "menu", "pillar", "topic", "suggest", "unknown", "none_of_these", "wrong_answer",
    "unknown_command", "empty", "no_words", "menu_gone", "busy", "emergency", "emergency_next",
    "secret_otp", "secret_card", "secret_id", "secret_password", "secret_account", "secret_next",
    "overdue", "general_advice",
)  # fmt: skip
_ANSWER_FIELDS = {
    "title", "topic", "sources", "general_advice", "outcome", "reviewed_on", "review_by",
    "devices", "related", "status",
}  # fmt: skip


def read_curriculum(content: Path, problems: Problems) -> Curriculum:
    """Read all content files.

    Args:
        content: The content folder.
        problems: Where problems of form are noted; records with problems are left out.

    Returns:
        Everything that could be read.
    """
    topics = _read_topics(content / "topics.yml", problems)
    facts = _read_facts(content / "facts.yml", problems)
    answers: dict[str, Answer] = {}
    for path in sorted((content / "answers").glob("*/*.md")):
        answer = _read_answer(path, topics, problems)
        if answer is None:
            continue
        if answer.slug in answers:
            problems.add(path, "tên tệp", f'mã "{answer.slug}" đã có ở chủ đề {answers[answer.slug].topic}; mỗi mã chỉ dùng một lần')
        answers[answer.slug] = answer
    messages = _read_messages(content / "messages.yml", problems)
    return Curriculum(topics=topics, facts=facts, answers=answers, messages=messages)


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
    if text is None:
        return {}
    try:
        parsed = yaml.load(text, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        line = (error.problem_mark.line if error.problem_mark else 0) + first_line
        problems.add(path, f"dòng {line}", "YAML viết sai; hãy xem thụt lề, dấu hai chấm và dấu nháy ở dòng này")
        return {}
    except yaml.YAMLError:
        problems.add(path, "tệp", "YAML có ký tự không được phép; hãy xoá ký tự lạ")
        return {}
    except ValueError as error:
        problems.add(path, "tệp", f"có giá trị không đọc được ({error}); ngày viết dạng 2026-11-23")
        return {}
    if not isinstance(parsed, dict):
        problems.add(path, "tệp", 'phải gồm các dòng "tên: giá trị"')
        return {}
    return parsed


def _read_topics(path: Path, problems: Problems) -> dict[str, Topic]:
    topics = {}
    for slug, fields in read_yaml(path, problems).items():
        reader = _Fields(path, str(slug), fields, problems)
        _check_slug(path, str(slug), problems)
        pillar = reader.choice("pillar", get_args(Pillar))
        title, covers = reader.text("title"), reader.text("covers", default="")
        if not reader.has_problem:
            topics[slug] = Topic(slug=slug, pillar=pillar, title=title, covers=covers)
    return topics


def _read_facts(path: Path, problems: Problems) -> dict[str, Fact]:
    facts = {}
    for slug, fields in read_yaml(path, problems).items():
        reader = _Fields(path, str(slug), fields, problems)
        status = reader.choice("status", ("verified", "unverified"))
        title, value = reader.text("title"), reader.text("value")
        checked_on = reader.day("checked_on")
        source_fields = _Fields(path, f"{slug} → source", reader.value("source", {}), problems)
        source_title = source_fields.text("title")
        address = source_fields.text("address", default="")
        if status == "verified" and not address.startswith("https://"):
            reader.problem("source → address", address, "địa chỉ bắt đầu bằng https://")
        if not (reader.has_problem or source_fields.has_problem) and checked_on:
            source = Source(title=source_title, address=address, read_on=checked_on)
            facts[slug] = Fact(slug=slug, title=title, value=value, source=source, is_verified=status == "verified")
    return facts


def _read_messages(path: Path, problems: Problems) -> dict[str, str]:
    fields = read_yaml(path, problems)
    reader = _Fields(path, "câu", fields, problems)
    for name in sorted(set(map(str, fields)) - set(MESSAGES)):
        problems.add(path, name, f"không có câu này; các câu được dùng: {', '.join(MESSAGES)}")
    return {name: reader.text(name) for name in MESSAGES}


def _read_answer(path: Path, topics: Mapping[str, Topic], problems: Problems) -> Answer | None:
    text = read_text(path, problems)
    if text is None:
        return None
    match = _FRONT_MATTER.fullmatch(text)
    if match is None:
        problems.add(path, "dòng 1", "thiếu phần đầu: tệp phải mở bằng dòng ---, các mục, rồi dòng --- nữa")
        return None
    fields = read_yaml(path, problems, match[1], first_line=2)
    reader = _Fields(path, "phần đầu", fields, problems)
    for name in sorted(set(map(str, fields)) - _ANSWER_FIELDS):
        problems.add(path, name, f"không có mục này; các mục được dùng: {', '.join(sorted(_ANSWER_FIELDS))}")
    slug = path.stem
    _check_slug(path, slug, problems)
    title, topic = reader.text("title"), reader.choice("topic", tuple(topics))
    if topic and topic != path.parent.name:
        reader.problem("topic", topic, f"trùng tên thư mục: {path.parent.name}")
    outcome = reader.choice("outcome", BEHAVIOUR_OUTCOMES, is_optional=True) or None
    reviewed_on, review_by = reader.day("reviewed_on"), reader.day("review_by")
    first, _, more = match[2].partition(MORE_HEADING)
    if not first.strip():
        problems.add(path, "nội dung", "câu trả lời trống; hãy viết ít nhất một câu")
    devices = _read_devices(reader)
    sources = _read_sources(path, reader, problems)
    status = reader.choice("status", ("active", "retired"), is_optional=True)
    if reader.has_problem or not reviewed_on or not review_by or not first.strip():
        return None
    return Answer(
        slug=slug, topic=topic, title=title, text=first.strip(), more=more.strip(), devices=devices,
        sources=sources, is_general_advice=fields.get("general_advice") is True, outcome=outcome,
        reviewed_on=reviewed_on, review_by=review_by, related=tuple(map(str, reader.sequence("related"))),
        is_retired=status == "retired",
    )  # fmt: skip


def _read_devices(reader: "_Fields") -> dict[Device, str]:
    raw = reader.value("devices", {}) or {}
    devices: dict[Device, str] = {}
    if not isinstance(raw, dict):
        reader.problem("devices", raw, "hai mục android và iphone")
        return devices
    for device, text in raw.items():
        if device not in get_args(Device) or not isinstance(text, str):
            reader.problem("devices", device, "android hoặc iphone, mỗi mục một đoạn chữ")
        else:
            devices[device] = text.strip()
    return devices


def _read_sources(path: Path, reader: "_Fields", problems: Problems) -> tuple[Source, ...]:
    sources = []
    for number, fields in enumerate(reader.sequence("sources"), 1):
        item = _Fields(path, f"sources {number}", fields, problems)
        title, address, read_on = item.text("title"), item.text("address"), item.day("read_on")
        if address and not address.startswith("https://"):
            item.problem("address", address, "địa chỉ bắt đầu bằng https://")
        if item.has_problem:
            reader.has_problem = True
        elif read_on:
            sources.append(Source(title=title, address=address, read_on=read_on))
    return tuple(sources)


def _check_slug(path: Path, slug: str, problems: Problems) -> None:
    if not SLUG.fullmatch(slug) or len(slug.encode()) > SLUG_MAX_BYTES:
        problems.add(path, slug, f"mã chỉ gồm a–z, 0–9 và dấu gạch nối, dài tối đa {SLUG_MAX_BYTES} ký tự")


class _Fields:
    """Typed reading of one YAML mapping; what does not fit becomes a problem."""

    def __init__(self, path: Path, place: str, fields: Any, problems: Problems) -> None:
        self._path, self._place, self._problems = path, place, problems
        self.has_problem = False
        self._fields: dict[str, Any] = fields if isinstance(fields, dict) else {}
        if not isinstance(fields, dict):
            self.problem(place, fields, 'các dòng "tên: giá trị"')

    def problem(self, name: str, value: object, allowed: str) -> None:
        self.has_problem = True
        shown = "đang trống" if value in (None, "") else f'đang là "{value}"'
        self._problems.add(self._path, f"{self._place} → {name}", f"{shown}; phải là {allowed}")

    def value(self, name: str, default: Any = None) -> Any:
        return self._fields.get(name, default)

    def text(self, name: str, default: str | None = None) -> str:
        value = self._fields.get(name, default)
        if isinstance(value, str) and (value.strip() or default is not None):
            return value.strip()
        self.problem(name, value, "một dòng chữ (số thì viết trong dấu nháy)")
        return ""

    def choice(self, name: str, allowed: tuple[str, ...], *, is_optional: bool = False) -> Any:
        value = self._fields.get(name)
        if value is None and is_optional:
            return ""
        if value not in allowed:
            shown = ", ".join(allowed) if len(allowed) <= 6 else "một mã có trong content/topics.yml"
            self.problem(name, value, shown)
            return ""
        return value

    def day(self, name: str) -> date | None:
        value = self._fields.get(name)
        if isinstance(value, date):
            return value
        self.problem(name, value, "một ngày, viết dạng 2026-11-23")
        return None

    def sequence(self, name: str) -> list[Any]:
        value = self._fields.get(name, [])
        if isinstance(value, list):
            return value
        self.problem(name, value, "một danh sách, mỗi dòng mở bằng dấu -")
        return []
