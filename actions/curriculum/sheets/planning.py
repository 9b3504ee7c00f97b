"""What importing a spreadsheet would do: made without doing it, shown to the trainer, then saved as drafts.

Called by the console in a process of its own, for reading a large file keeps a processor busy.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from actions.curriculum.problems import Problem
from actions.curriculum.sheets.answers import lay_answers, lay_examples
from actions.curriculum.sheets.columns import SHEETS, SheetKey
from actions.curriculum.sheets.desk import Change, Desk, Tally
from actions.curriculum.sheets.headers import Filled, read_headers
from actions.curriculum.sheets.lessons import lay_lessons
from actions.curriculum.sheets.linting import placed
from actions.curriculum.sheets.opening import open_tables
from actions.curriculum.sheets.problems import SheetFileError, SheetProblem, SheetProblems
from actions.curriculum.sheets.quizzes import lay_quizzes
from actions.curriculum.sheets.records import read_content
from actions.curriculum.sheets.values import Known
from actions.curriculum.tree import check_tree
from actions.curriculum.yaml_text import UnreadableError, read_mapping

Tree = Mapping[str, str]
_LAY: dict[SheetKey, Callable[[Filled, Desk], Tally]] = {
    "answers": lay_answers, "examples": lay_examples, "lessons": lay_lessons, "quizzes": lay_quizzes,
}  # fmt: skip


class Plan(BaseModel):
    """What an import would do.

    `tallies` counts rows by the title of their sheet; `changes` are items. With a problem of the
    level `structure` or `cell` nothing may be saved; `content` problems may wait as in any draft.
    """

    model_config = ConfigDict(frozen=True)

    changes: tuple[Change, ...] = ()
    unchanged: int = 0
    tallies: dict[str, Tally] = {}
    problems: tuple[SheetProblem, ...] = ()

    @property
    def is_refused(self) -> bool:
        """Whether the file must be mended first."""
        return any(one.level in ("structure", "cell") for one in self.problems)

    @property
    def new(self) -> int:
        """How many items are new."""
        return self._count("new")

    @property
    def changed(self) -> int:
        """How many items change."""
        return self._count("changed")

    @property
    def deleted(self) -> int:
        """How many items are deleted."""
        return self._count("deleted")

    @property
    def summary(self) -> str:
        """The plan in one line, in Vietnamese."""
        return f"{self.new} mới, {self.changed} sửa, {self.deleted} xoá"

    @property
    def files(self) -> dict[str, str | None]:
        """The texts that change, None for a file that is to go."""
        return {path: text for change in self.changes for path, text in change.files.items()}

    def _count(self, kind: str) -> int:
        return sum(change.kind == kind for change in self.changes)


def make_plan(tree: Tree, content: bytes, name: str, *, today: date, pictures: Path, deletes_missing: bool = False) -> Plan:
    """Return what importing a file would do; nothing is changed.

    Args:
        tree: The texts that trainers work on, by path.
        content: The file: XLSX, CSV, or ZIP of CSV files.
        name: Its name.
        today: The day against which reviews are checked.
        pictures: The folder of the pictures' files.
        deletes_missing: Whether what a sheet does not have is to go.
    """
    problems = SheetProblems()
    try:
        tables, remarks = open_tables(content, name)
    except SheetFileError as error:
        return Plan(problems=error.problems)
    for remark in remarks:
        problems.note("", remark)
    filled = read_headers(tables, problems)
    if problems.of("structure"):  # Cells of a sheet that is built wrongly would only give errors that follow from it.
        return Plan(problems=tuple(problems.of("structure")))
    desk = Desk(read_content(tree), known_in(tree), problems, today, deletes_missing)
    tallies = {one.sheet.title: _LAY[one.sheet.key](one, desk) for one in filled}
    if problems.of("cell"):
        return Plan(tallies=tallies, problems=tuple(_in_order([*problems.of("cell"), *problems.of("note")])))
    changes = tuple(desk.changes(tree))
    unchanged = len(desk.seen - {item for item in desk.seen if str(item) in {change.item for change in changes}})
    found = _new_problems(tree, changes, today, pictures)
    content_problems = [placed(problem, desk) for problem in found]
    return Plan(changes=changes, unchanged=unchanged, tallies=tallies, problems=(*content_problems, *_in_order(problems.of("note"))))


def known_in(tree: Tree) -> Known:
    """Return what the cells of a sheet may name."""

    def titles(path: str) -> dict[str, str]:
        try:
            found = read_mapping(path, tree.get(path, ""))
        except UnreadableError:
            return {}
        return {str(slug): str(one.get("title", slug) if isinstance(one, dict) else one) for slug, one in found.items()}

    return Known(titles("content/topics.yml"), titles("content/modules.yml"), titles("content/pictures.yml"))


def _new_problems(tree: Tree, changes: tuple[Change, ...], today: date, pictures: Path) -> list[Problem]:
    """Return the lint's problems that the content did not have before."""
    if not changes:
        return []
    after = dict(tree)
    for change in changes:
        for path, text in change.files.items():
            if text is None:
                after.pop(path, None)
            else:
                after[path] = text
    _, found = check_tree(after, today, pictures)
    if not found:
        return []
    known = Counter(check_tree(tree, today, pictures)[1])
    new = []
    for problem in found:
        if known[problem]:
            known[problem] -= 1
        else:
            new.append(problem)
    return new


def _in_order(problems: list[SheetProblem]) -> list[SheetProblem]:
    places = {sheet.title: place for place, sheet in enumerate(SHEETS)}
    return sorted(problems, key=lambda one: (one.level == "note", places.get(one.sheet, -1), one.row, len(one.column), one.column))
