"""Where the forms lie that a spreadsheet changes; each sheet lays its changes there, and files are written at the end."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict

from actions.curriculum.forms import Form, with_question_ids, write_form
from actions.curriculum.sheets.columns import SheetKey
from actions.curriculum.sheets.problems import SheetProblems
from actions.curriculum.sheets.records import Content
from actions.curriculum.sheets.values import NO, YES, Known
from actions.curriculum.tree import Item, item_of

ChangeKind = Literal["new", "changed", "deleted"]
REVIEW_AFTER = timedelta(days=180)
_ABOUT: Form = {"title": "", "status": "", "topics": "", "general_advice": False, "reviewed_on": "", "review_by": "", "sources": []}
_BLANKS: dict[str, Form] = {
    "answer": {
        **_ABOUT, "status": "active", "topic": "", "text": "", "more": "", "android": "", "iphone": "", "outcome": "", "related": "",
        "examples": "",
    },
    "lesson": {**_ABOUT, "status": "draft", "module": "", "goal": "", "steps": [], "questions": []},
}  # fmt: skip


class Tally(BaseModel):
    """How many rows of a sheet are what."""

    model_config = ConfigDict(frozen=True)

    new: int = 0
    changed: int = 0
    deleted: int = 0
    unchanged: int = 0


class Change(BaseModel):
    """What becomes of one item: the new texts of the files that change, None for one that is to go, and in words what changes."""

    model_config = ConfigDict(frozen=True)

    item: str
    title: str
    kind: ChangeKind
    details: tuple[str, ...]
    files: dict[str, str | None]


@dataclass
class Desk:
    """The forms on the desk, over the content as it is.

    `rows` tells the row in which something stands, for the lint's problems: ("answers", slug),
    ("examples", slug, text), ("lessons", slug, heading), ("quizzes", slug, id).
    """

    content: Content
    known: Known
    problems: SheetProblems
    today: date
    deletes_missing: bool = False
    forms: dict[Item, Form] = field(default_factory=dict)
    deleted: set[Item] = field(default_factory=set)
    details: dict[Item, list[str]] = field(default_factory=dict)
    rows: dict[tuple[str, ...], int] = field(default_factory=dict)
    columns: dict[tuple[SheetKey, str], tuple[str, str]] = field(default_factory=dict)
    seen: set[Item] = field(default_factory=set)

    def has(self, item: Item) -> bool:
        """Tell whether there is an item, or will be."""
        return item not in self.deleted and (item in self.forms or item in self.content.forms)

    def is_new(self, item: Item) -> bool:
        """Tell whether an item was begun here."""
        return item not in self.content.files

    def is_unreadable(self, item: Item) -> bool:
        """Tell whether an item's files are so broken that they must be mended first."""
        return item in self.content.files and item not in self.content.forms

    def form(self, item: Item) -> Form:
        """Return an item's form, to be changed in place."""
        if item not in self.forms:
            self.forms[item] = copy.deepcopy(self.content.forms[item])
        return self.forms[item]

    def begin(self, item: Item) -> Form:
        """Put an empty form on the desk."""
        form = copy.deepcopy(_BLANKS[item.kind])
        form |= {"reviewed_on": self.today.isoformat(), "review_by": (self.today + REVIEW_AFTER).isoformat()}
        self.forms[item] = form
        return form

    def tell(self, item: Item, detail: str) -> None:
        """Say in words what changes about an item."""
        self.details.setdefault(item, []).append(detail)

    def changes(self, tree: Mapping[str, str]) -> list[Change]:
        """Return what becomes of each item, in the order of the sheets; items that come out the same are left out."""
        items = [*self.forms, *sorted(self.deleted - set(self.forms), key=str)]
        made = (self._change(item, self._files(item, tree)) for item in items)
        return [change for change in made if change.files]

    def _change(self, item: Item, files: dict[str, str | None]) -> Change:
        kind: ChangeKind = "deleted" if item in self.deleted else "new" if self.is_new(item) else "changed"
        form = self.forms.get(item) or self.content.forms.get(item, {})
        details = tuple(self.details.get(item, ()))
        return Change(item=str(item), title=str(form.get("title") or item.slug), kind=kind, details=details, files=files)

    def _files(self, item: Item, tree: Mapping[str, str]) -> dict[str, str | None]:
        before = dict(self.content.files.get(item, {}))
        if item in self.deleted:
            return dict.fromkeys(before)
        form = self.forms[item]
        if form == self.content.forms.get(item):
            return {}  # Written anew, a text that is not as forms write it would come out differently.
        if item.kind == "lesson":
            form = with_question_ids(form, *(text for path, text in before.items() if path.endswith("quiz.yml")))
        written: dict[str, str | None] = dict(write_form(item, form, before))
        written |= dict.fromkeys(path for path in before if path not in written)
        assert all(item_of(path) == item for path in written)
        return {path: text for path, text in written.items() if text != tree.get(path)}


def put(form: Form, values: Mapping[str, str]) -> None:
    """Put the fields that answers and lessons have in common into a form, and those of their own that are texts."""
    for key, value in values.items():
        if key == "general_advice":
            form[key] = value == YES
        elif key == "sources":
            parts = (line.rsplit(" | ", 2) for line in value.split("\n") if line)
            form[key] = [{"title": title, "address": address, "read_on": read_on} for title, address, read_on in parts]
        elif value or key not in ("status", "reviewed_on", "review_by"):
            form[key] = value


def kept(form: Form, key: str) -> str:
    """Return what a form holds of such a field, as `put` would be given it."""
    if key == "general_advice":
        return YES if form[key] else NO
    if key == "sources":
        return "\n".join(f"{one['title']} | {one['address']} | {one['read_on']}" for one in form[key])
    return str(form[key])
