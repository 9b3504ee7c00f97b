"""Which field of a form a problem is about: from the places that the lint names to the fields' ids."""

import re

from actions.curriculum.forms import Form
from actions.curriculum.problems import Problem
from actions.curriculum.tree import EXAMPLES, ItemKind

_SIMPLE = "Dễ hiểu hơn"
_NAMES = {"nội dung": "text", "Xem thêm": "more", "general_advice": "sources", "devices": "android", "tệp": "title"}
_SOURCE = re.compile(r"sources (?P<number>\d+) → (?P<field>\w+)")
_QUESTION = re.compile(r"câu (?P<question>[^,→]+?)(?:, lựa chọn (?P<choice>\d+))?(?: → (?P<field>\w+))?")
_SCRIPT_CHOICE = re.compile(r"(?P<step>[^,→]+), lựa chọn (?P<choice>\d+) → (?P<field>\w+)")


def field_of(problem: Problem, kind: ItemKind, form: Form) -> str:
    """Return the id of the field that a problem is about; that of the nearest one where its place is not exact.

    Args:
        problem: What the lint found in a file of the item.
        kind: The kind of the item.
        form: The item as it is in the form.
    """
    if problem.path.startswith(EXAMPLES):
        return "examples"
    if problem.path.endswith("quiz.yml"):
        return _of_quiz(problem.place, form)
    source = _SOURCE.fullmatch(problem.place)
    if source is not None:
        return f"sources.{int(source['number']) - 1}.{source['field']}"
    found = None
    if kind == "lesson":
        found = _of_lesson(problem, form)
    elif kind in ("guide", "drill"):
        found = _of_script(problem, form)
    return found or _of_front(problem.place, kind)


def _of_front(place: str, kind: ItemKind) -> str:
    first, _, last = (part.strip() for part in place.partition("→"))
    name = last if first in ("phần đầu", "devices") else first
    if kind != "answer" and name in ("nội dung", "steps"):
        return "steps"
    name = _NAMES.get(name, name)
    return name if name.isidentifier() and name.isascii() else "title"


def _of_lesson(problem: Problem, form: Form) -> str | None:
    heading, _, part = problem.place.partition(f" → {_SIMPLE}")
    simple = part or problem.place.endswith(_SIMPLE) or _SIMPLE in problem.message
    for number, step in enumerate(form["steps"]):
        if step["heading"].strip() == heading:
            if problem.message.startswith("tên bước"):
                return f"steps.{number}.heading"
            if problem.message.startswith("không có hình"):
                return f"steps.{number}.picture"
            return f"steps.{number}.{'simple' if simple else 'text'}"
    return None


def _of_quiz(place: str, form: Form) -> str:
    found = _QUESTION.fullmatch(place)
    if found is None:
        return "questions"
    ids = [question["id"] for question in form["questions"]]
    name = found["question"]
    number = ids.index(name) if name in ids else int(name) - 1 if name.isdecimal() else len(ids) - 1
    at = f"questions.{number}"
    if found["choice"] is None:
        return f"{at}.question"
    return f"{at}.choices.{int(found['choice']) - 1}.{found['field'] if found['field'] in ('feedback', 'right') else 'text'}"


def _of_script(problem: Problem, form: Form) -> str | None:
    slugs = [step["slug"].strip() for step in form["steps"]]
    exact = _SCRIPT_CHOICE.fullmatch(problem.place)
    if exact is not None and exact["step"] in slugs:
        return f"steps.{slugs.index(exact['step'])}.choices.{int(exact['choice']) - 1}.{exact['field']}"
    slug, _, part = problem.place.partition(" → ")
    if slug not in slugs:
        return None
    number = slugs.index(slug)
    at = f"steps.{number}"
    for place, choice in enumerate(form["steps"][number]["choices"]):
        if choice["text"].strip() == part:
            return f"{at}.choices.{place}.{'next' if problem.message.startswith('next') else 'text'}"
    if problem.message.startswith("thiếu sign") or part == "sign":
        return f"{at}.sign"
    return f"{at}.{part if part in ('text', 'picture', 'ending') else 'text'}"
