"""Read the content folder into a Curriculum, noting every problem a trainer can mend.

Called by `banso content lint`, `banso content publish` and the tests.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import get_args

from actions.curriculum.lesson_files import read_lessons, read_modules, read_paths, read_pictures
from actions.curriculum.messages import MESSAGES
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
from actions.curriculum.reading import Fields, check_slug, read_front_matter, read_sources, read_yaml
from actions.curriculum.script_files import read_scripts

MORE_HEADING = "## Xem thêm"
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
    facts = read_facts(content / "facts.yml", problems)
    answers: dict[str, Answer] = {}
    for path in sorted((content / "answers").glob("*/*.md")):
        answer = read_answer(path, topics, problems)
        if answer is None:
            continue
        if answer.slug in answers:
            problems.add(path, "tên tệp", f'mã "{answer.slug}" đã có ở chủ đề {answers[answer.slug].topic}; mỗi mã chỉ dùng một lần')
        answers[answer.slug] = answer
    modules = read_modules(content / "modules.yml", problems)
    lessons = read_lessons(content / "lessons", modules, problems)
    return Curriculum(
        topics=topics, facts=facts, answers=answers, messages=_read_messages(content / "messages.yml", problems),
        modules=modules, lessons=lessons, paths=read_paths(content / "paths.yml", problems),
        guides=read_scripts(content / "guides", "guide", problems), drills=read_scripts(content / "drills", "drill", problems),
        pictures=read_pictures(content, problems),
    )  # fmt: skip


def _read_topics(path: Path, problems: Problems) -> dict[str, Topic]:
    topics = {}
    for slug, fields in read_yaml(path, problems).items():
        reader = Fields(path, str(slug), fields, problems)
        check_slug(path, str(slug), problems)
        pillar = reader.choice("pillar", get_args(Pillar))
        title, covers = reader.text("title"), reader.text("covers", default="")
        if not reader.has_problem:
            topics[slug] = Topic(slug=slug, pillar=pillar, title=title, covers=covers)
    return topics


def read_facts(path: Path, problems: Problems) -> dict[str, Fact]:
    """Read the facts."""
    facts = {}
    for slug, fields in read_yaml(path, problems).items():
        reader = Fields(path, str(slug), fields, problems)
        status = reader.choice("status", ("verified", "unverified"))
        title, value = reader.text("title"), reader.text("value")
        checked_on = reader.day("checked_on")
        source_fields = Fields(path, f"{slug} → source", reader.value("source", {}), problems)
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
    reader = Fields(path, "câu", fields, problems)
    for name in sorted(set(map(str, fields)) - set(MESSAGES)):
        problems.add(path, name, f"không có câu này; các câu được dùng: {', '.join(MESSAGES)}")
    return {name: reader.text(name) for name in MESSAGES}


def read_answer(path: Path, topics: Mapping[str, Topic], problems: Problems) -> Answer | None:
    """Read one answer; None where it has problems of form."""
    front = read_front_matter(path, problems)
    if front is None:
        return None
    fields, body = front
    reader = Fields(path, "phần đầu", fields, problems)
    reader.allow(_ANSWER_FIELDS)
    slug = path.stem
    check_slug(path, slug, problems)
    title, topic = reader.text("title"), reader.choice("topic", tuple(topics))
    if topic and topic != path.parent.name:
        reader.problem("topic", topic, f"trùng tên thư mục: {path.parent.name}")
    outcome = reader.choice("outcome", BEHAVIOUR_OUTCOMES, is_optional=True) or None
    reviewed_on, review_by = reader.day("reviewed_on"), reader.day("review_by")
    first, _, more = body.partition(MORE_HEADING)
    if not first.strip():
        problems.add(path, "nội dung", "câu trả lời trống; hãy viết ít nhất một câu")
    devices = _read_devices(reader)
    sources = read_sources(path, reader, problems)
    status = reader.choice("status", ("active", "retired"), is_optional=True)
    if reader.has_problem or not reviewed_on or not review_by or not first.strip():
        return None
    return Answer(
        slug=slug, topic=topic, title=title, text=first.strip(), more=more.strip(), devices=devices,
        sources=sources, is_general_advice=fields.get("general_advice") is True, outcome=outcome,
        reviewed_on=reviewed_on, review_by=review_by, related=tuple(map(str, reader.sequence("related"))),
        is_retired=status == "retired",
    )  # fmt: skip


def _read_devices(reader: Fields) -> dict[Device, str]:
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
