"""Forms as browsers send them: names like `steps.0.choices.1.text` as nested fields, and buttons that add or take away rows."""

from collections.abc import Iterable
from typing import Any

from actions.curriculum.forms import Form, tidy
from actions.curriculum.tree import ItemKind

FLAGS = ("general_advice", "verified", "right", "falls", "follow_up")
_SOURCE = {"title": "", "address": "", "read_on": ""}
_QUIZ_CHOICE = {"text": "", "feedback": "", "right": False}
_SCRIPT_CHOICE = {"text": "", "next": "", "falls": False}
_COMMON: Form = {
    "title": "", "status": "active", "topics": "", "general_advice": False, "reviewed_on": "", "review_by": "", "sources": [],
}  # fmt: skip
_SCRIPT: Form = {**_COMMON, "role": "", "intro": "", "lesson": "", "start": "", "steps": []}
BLANKS: dict[ItemKind, Form] = {
    "answer": {
        **_COMMON, "topic": "", "text": "", "more": "", "android": "", "iphone": "", "outcome": "", "related": "", "examples": "",
    },
    "lesson": {**_COMMON, "module": "", "goal": "", "steps": [], "questions": []},
    "guide": _SCRIPT,
    "drill": _SCRIPT,
}  # fmt: skip
_ROWS: dict[tuple[ItemKind, str], Form] = {
    ("lesson", "steps"): {"heading": "", "text": "", "simple": "", "picture": ""},
    ("lesson", "questions"): {"id": "", "question": "", "choices": [_QUIZ_CHOICE] * 3},
    ("lesson", "choices"): _QUIZ_CHOICE,
    ("guide", "steps"): {"slug": "", "text": "", "sign": "", "ending": "", "follow_up": False, "picture": "", "choices": []},
    ("guide", "choices"): _SCRIPT_CHOICE,
}
_FIRST_FIELDS = {"sources": "title", "steps": "text", "questions": "question", "choices": "text"}
ROWS_MAX = 60


def read_pairs(kind: ItemKind, pairs: Iterable[tuple[str, str]]) -> Form:
    """Return the form that a browser sent; fields that it left out are empty, rows come in the order of their numbers.

    A name that comes several times, as of ticked boxes, gives one text with commas.
    """
    raw: dict[str, Any] = {}
    for name, value in pairs:
        if not name.startswith("_") and name != "csrf":
            _put(raw, name.split("."), tidy(value))
    return _complete(kind, BLANKS[kind], raw)


def as_pairs(form: Form, prefix: str = "") -> list[tuple[str, str]]:
    """Return a form as a browser would send it."""
    pairs: list[tuple[str, str]] = []
    for name, value in form.items():
        if isinstance(value, list):
            for number, row in enumerate(value):
                pairs += as_pairs(row, f"{prefix}{name}.{number}.")
        elif isinstance(value, bool):
            pairs += [(f"{prefix}{name}", "on")] if value else []
        else:
            pairs.append((f"{prefix}{name}", value))
    return pairs


def change_rows(kind: ItemKind, form: Form, what: str) -> None:
    """Carry out a button of a form's rows: `add:steps`, `remove:steps.1`, `up:questions.2`, `add:steps.0.choices`."""
    verb, _, place = what.partition(":")
    *way, last = place.split(".")
    if verb == "add":
        rows = _rows(form, way, last)
        if rows is not None and len(rows) < ROWS_MAX:
            rows.append(_blank(kind, last))
            if "slug" in rows[-1]:
                taken = {row["slug"] for row in rows}
                rows[-1]["slug"] = next(slug for slug in (f"buoc-{n}" for n in range(len(rows), 2 * ROWS_MAX)) if slug not in taken)
        return
    rows = _rows(form, way[:-1], way[-1]) if way else None
    number = int(last) if last.isdecimal() else -1
    if rows is None or not 0 <= number < len(rows):
        return
    if verb == "remove":
        del rows[number]
    elif verb == "up" and number:
        rows[number - 1 : number + 1] = [rows[number], rows[number - 1]]


def focus_after(what: str, form: Form) -> str:
    """Return the field, or the button, where somebody goes on after a button of the rows: the new row, or the rows' own button."""
    verb, _, place = what.partition(":")
    if verb == "add":
        *way, last = place.split(".")
        rows = _rows(form, way, last)
        return f"{place}.{len(rows) - 1}.{_FIRST_FIELDS[last]}" if rows else ""
    if verb == "remove":
        return f"add:{place.rpartition('.')[0]}"
    rows_name, _, number = place.rpartition(".")
    return f"up:{rows_name}.{max(int(number) - 1, 0)}" if number.isdecimal() else ""


def _put(raw: dict[str, Any], way: list[str], value: str) -> None:
    for part in way[:-1]:
        raw = raw.setdefault(part, {})
        if not isinstance(raw, dict):
            return
    before = raw.get(way[-1])
    raw[way[-1]] = f"{before}, {value}" if isinstance(before, str) and before else value


def _complete(kind: ItemKind, blank: Form, raw: dict[str, Any]) -> Form:
    form: Form = {}
    for name, empty in blank.items():
        given = raw.get(name)
        if isinstance(empty, list):
            rows = given if isinstance(given, dict) else {}
            numbers = sorted(int(n) for n in rows if n.isdecimal())[:ROWS_MAX]
            form[name] = [_complete(kind, _blank(kind, name), rows[str(n)]) for n in numbers if isinstance(rows[str(n)], dict)]
        elif isinstance(empty, bool):
            form[name] = given is not None
        else:
            form[name] = given if isinstance(given, str) else empty
    return form


def _blank(kind: ItemKind, name: str) -> Form:
    row = _SOURCE if name == "sources" else _ROWS["guide" if kind == "drill" else kind, name]
    return {key: [dict(one) for one in value] if isinstance(value, list) else value for key, value in row.items()}


def _rows(form: Form, way: list[str], name: str) -> list[Form] | None:
    found: Any = form
    for part in way:
        if isinstance(found, list):
            found = found[int(part)] if part.isdecimal() and int(part) < len(found) else None
        else:
            found = found.get(part) if isinstance(found, dict) else None
    rows = found.get(name) if isinstance(found, dict) else None
    return rows if isinstance(rows, list) else None
