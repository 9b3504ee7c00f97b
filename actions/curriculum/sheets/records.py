"""The content as rows: each record of an item's form as the cells that a sheet shows, with the mark of what it was."""

import base64
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from actions.curriculum.forms import Form, read_form
from actions.curriculum.sheets.columns import (
    LESSON_FIELDS,
    LETTERS,
    OUTCOMES,
    STATUSES,
    Sheet,
    SheetKey,
)
from actions.curriculum.sheets.values import NO, YES, plain
from actions.curriculum.tree import Item, item_of
from actions.curriculum.yaml_text import UnreadableError

MARK_CHARACTERS = 10
Shown = dict[str, str]
_SOURCE_PARTS = ("title", "address", "read_on")


@dataclass(frozen=True)
class Record:
    """One row of a sheet: whose it is, the place in its item counted from 0, and its cells as they are shown."""

    item: Item
    place: int
    shown: Shown

    def mark(self, sheet: Sheet) -> str:
        """Return the mark by which it is known whether the record, or the row, was changed."""
        return mark_of(sheet, self.shown)


@dataclass(frozen=True)
class Content:
    """The items of a tree that sheets can show; `unreadable` are files that must be mended as text first."""

    forms: Mapping[Item, Form]
    files: Mapping[Item, Mapping[str, str]]
    unreadable: tuple[str, ...]

    def records(self, key: SheetKey) -> Iterator[Record]:
        """Yield the records of a sheet, in its order."""
        kind = "answer" if key in ("answers", "examples") else "lesson"
        for item, form in self.forms.items():
            if item.kind == kind:
                yield from records_of(key, item, form)


def read_content(tree: Mapping[str, str]) -> Content:
    """Return the answers and lessons of a tree as forms, in the order of their topics or names."""
    files: dict[Item, dict[str, str]] = {}
    for path in sorted(tree):
        item = item_of(path)
        if item.kind in ("answer", "lesson"):
            files.setdefault(item, {})[path] = tree[path]
    forms: dict[Item, Form] = {}
    unreadable = []
    for item, texts in files.items():
        try:
            forms[item] = read_form(item, texts)
        except UnreadableError as error:
            unreadable.append(error.path)
    return Content(forms, files, tuple(unreadable))


def records_of(key: SheetKey, item: Item, form: Form) -> list[Record]:
    """Return the records of one item."""
    match key:
        case "answers":
            shown = [_answer(item, form)]
        case "examples":
            shown = [{"slug": item.slug, "example": plain(text)} for text in examples_of(form)]
        case "lessons":
            steps = form["steps"] or [None]
            shown = [_step(item, form, number, step) for number, step in enumerate(steps, 1)]
        case "quizzes":
            shown = [question(item.slug, one) for one in form["questions"]]
    return [Record(item, place, one) for place, one in enumerate(shown)]


def examples_of(form: Form) -> list[str]:
    """Return the examples of an answer's form."""
    return [line for line in str(form["examples"]).split("\n") if line.strip()]


def mark_of(sheet: Sheet, shown: Mapping[str, str]) -> str:
    """Return the mark of some cells; the number of a step is no part of it, so that steps can be moved."""
    kept = {key: text for key, text in shown.items() if text and key != "number"}
    digest = hashlib.sha256("\x1f".join(f"{key}\x1e{kept[key]}" for key in sorted(kept)).encode() + sheet.key.encode()).digest()
    return base64.b32encode(digest).decode().lower()[:MARK_CHARACTERS]


def choice_count(records: Iterable[Record]) -> int:
    """Return how many choices the question with the most has."""
    return max((sum(key.startswith("choice_") for key in record.shown) for record in records), default=0)


def shown_sources(form: Form) -> str:
    """Return the sources of a form as one cell."""
    lines = []
    for source in form["sources"]:
        title, address, read_on = (plain(source[name]).replace("\n", " ") for name in _SOURCE_PARTS)
        lines.append(f"{title} | {address} | {_local(read_on)}")
    return plain("\n".join(lines))


def _about(form: Form) -> Shown:
    return {
        "sources": shown_sources(form),
        "general_advice": YES if form["general_advice"] else NO,
        "reviewed_on": plain(form["reviewed_on"]),
        "review_by": plain(form["review_by"]),
        "status": STATUSES.get(str(form["status"]), str(form["status"])),
    }


def _answer(item: Item, form: Form) -> Shown:
    texts = {name: plain(form[name]) for name in ("topic", "title", "text", "more", "android", "iphone")}
    return {"slug": item.slug, **texts, **_about(form), "outcome": OUTCOMES.get(str(form["outcome"]), str(form["outcome"]))}


def _step(item: Item, form: Form, number: int, step: Form | None) -> Shown:
    shown = {"slug": item.slug, "number": str(number) if step else ""}
    shown |= {name: plain(step[name]) if step else "" for name in ("heading", "text", "simple", "picture")}
    of_lesson = {name: plain(form[name]) for name in ("title", "module", "topics", "goal")} | _about(form)
    return shown | {name: of_lesson[name] if number == 1 else "" for name in LESSON_FIELDS}


def question(slug: str, form: Form) -> Shown:
    """Return one question of a quiz as cells."""
    shown = {"slug": slug, "id": plain(form["id"]), "question": plain(form["question"])}
    lettered = list(zip(LETTERS, form["choices"], strict=False))
    for letter, choice in lettered:
        shown[f"choice_{letter.lower()}"] = plain(choice["text"])
        shown[f"feedback_{letter.lower()}"] = plain(choice["feedback"])
    return shown | {"right": ", ".join(letter for letter, choice in lettered if choice["right"])}


def _local(day: str) -> str:
    """Return a date as it is written in Vietnam; what is none stays as it is."""
    try:
        return f"{date.fromisoformat(day):%d/%m/%Y}"
    except ValueError:
        return day
