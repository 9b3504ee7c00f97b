"""Read modules, lessons with their quizzes, learning paths and pictures, noting problems."""

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from actions.curriculum.model import LearningPath, Lesson, Module, Picture, Question, QuizChoice, Status, Step
from actions.curriculum.problems import Problems
from actions.curriculum.reading import Fields, check_slug, read_front_matter, read_sources, read_yaml, read_yaml_list

SIMPLE_HEADING = "### Dễ hiểu hơn"
DIGEST_CHARACTERS = 8
_STEP = re.compile(r"^## +(?P<heading>.+)$", re.MULTILINE)
_PICTURE = re.compile(r"^Hình: *(?P<slug>\S+) *$", re.MULTILINE)
_LESSON_FIELDS = {"title", "module", "topics", "goal", "sources", "general_advice", "reviewed_on", "review_by", "status"}


def read_modules(path: Path, problems: Problems) -> dict[str, Module]:
    """Read the modules: slug → title."""
    modules = {}
    for slug, title in read_yaml(path, problems).items():
        check_slug(path, str(slug), problems)
        if isinstance(title, str) and title.strip():
            modules[str(slug)] = Module(slug=str(slug), title=title.strip())
        else:
            problems.add(path, str(slug), 'phải là tên học phần, ví dụ: dien-thoai: "Dùng điện thoại"')
    return modules


def read_paths(path: Path, problems: Problems) -> dict[str, LearningPath]:
    """Read the learning paths."""
    paths = {}
    for slug, fields in read_yaml(path, problems).items():
        check_slug(path, str(slug), problems)
        reader = Fields(path, str(slug), fields, problems)
        reader.allow({"title", "audience", "about", "lessons"})
        title, audience, about = reader.text("title"), reader.text("audience"), reader.text("about")
        lessons = tuple(map(str, reader.sequence("lessons")))
        if not reader.has_problem:
            paths[str(slug)] = LearningPath(slug=str(slug), title=title, audience=audience, about=about, lessons=lessons)
    return paths


def read_pictures(content: Path, problems: Problems) -> dict[str, Picture]:
    """Read the pictures' texts and the digests of their files."""
    pictures = {}
    path = content / "pictures.yml"
    for slug, fields in read_yaml(path, problems).items():
        check_slug(path, str(slug), problems)
        reader = Fields(path, str(slug), fields, problems)
        reader.allow({"title", "alt"})
        title, alt = reader.text("title"), reader.text("alt")
        image = content / "pictures" / f"{slug}.png"
        if not image.is_file():
            problems.add(path, str(slug), f"chưa có tệp ảnh {image.name}; hãy chạy: ./banso content pictures")
        elif not reader.has_problem:
            digest = hashlib.sha256(image.read_bytes()).hexdigest()[:DIGEST_CHARACTERS]
            pictures[str(slug)] = Picture(slug=str(slug), title=title, alt=alt, digest=digest)
    return pictures


def read_lessons(folder: Path, modules: Mapping[str, Module], problems: Problems) -> dict[str, Lesson]:
    """Read all lessons, one a folder."""
    lessons = {}
    for path in sorted(p for p in folder.glob("*") if p.is_dir()):
        lesson = read_lesson(path, modules, problems)
        if lesson is not None:
            lessons[lesson.slug] = lesson
    return lessons


def read_lesson(folder: Path, modules: Mapping[str, Module], problems: Problems) -> Lesson | None:
    """Read one lesson with its quiz; None where it has problems of form."""
    path = folder / "lesson.md"
    front = read_front_matter(path, problems)
    questions = _read_quiz(folder / "quiz.yml", problems)
    if front is None:
        return None
    fields, body = front
    reader = Fields(path, "phần đầu", fields, problems)
    reader.allow(_LESSON_FIELDS)
    check_slug(path, folder.name, problems)
    title, goal = reader.text("title"), reader.text("goal")
    module = reader.choice("module", tuple(modules))
    reviewed_on, review_by = reader.day("reviewed_on"), reader.day("review_by")
    status = reader.choice("status", get_args(Status), is_optional=True) or "active"
    sources = read_sources(path, reader, problems)
    steps = _read_steps(path, body, problems)
    if reader.has_problem or not reviewed_on or not review_by:
        return None
    return Lesson(
        slug=folder.name, title=title, module=module, topics=tuple(map(str, reader.sequence("topics"))), goal=goal,
        steps=steps, questions=questions, sources=sources, is_general_advice=fields.get("general_advice") is True,
        reviewed_on=reviewed_on, review_by=review_by, status=status,
    )  # fmt: skip


def _read_steps(path: Path, body: str, problems: Problems) -> tuple[Step, ...]:
    before, *parts = _STEP.split(body)
    if before.strip():
        problems.add(path, "nội dung", f'"{before.strip()[:40]}" đứng trước bước đầu; mỗi bước mở bằng dòng "## Tên bước"')
    steps = []
    for heading, part in zip(parts[::2], parts[1::2], strict=True):
        text, _, simple = part.partition(SIMPLE_HEADING)
        picture = _PICTURE.search(text)
        text = _PICTURE.sub("", text).strip()
        if not text:
            problems.add(path, heading, "bước trống; hãy viết ít nhất một câu")
        if not simple.strip():
            problems.add(path, heading, f'thiếu phần "{SIMPLE_HEADING}" nói lại cho dễ hiểu')
        steps.append(Step(heading=heading.strip(), text=text, simple=simple.strip(), picture=picture["slug"] if picture else None))
    return tuple(steps)


def _read_quiz(path: Path, problems: Problems) -> dict[str, Question]:
    items = read_yaml_list(path, problems)
    questions: dict[str, Question] = {}
    for number, fields in enumerate(items, 1):
        reader = Fields(path, f"câu {number}", fields, problems)
        reader.allow({"id", "question", "choices"})
        slug, text = reader.text("id"), reader.text("question")
        if slug:
            check_slug(path, slug, problems)
        if slug in questions:
            reader.problem("id", slug, "một mã chưa dùng ở câu khác")
        choices = tuple(_read_choice(path, f"câu {number}, lựa chọn {n}", c, problems) for n, c in enumerate(reader.sequence("choices"), 1))
        if not reader.has_problem:
            questions[slug] = Question(slug=slug, text=text, choices=choices)
    return questions


def _read_choice(path: Path, place: str, fields: Any, problems: Problems) -> QuizChoice:
    reader = Fields(path, place, fields, problems)
    reader.allow({"text", "feedback", "right"})
    right = reader.value("right", default=False)
    if not isinstance(right, bool):
        reader.problem("right", right, "true hoặc false")
    return QuizChoice(text=reader.text("text"), feedback=reader.text("feedback"), is_right=right is True)
