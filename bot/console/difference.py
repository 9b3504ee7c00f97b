"""What differs between two texts, line by line, for reading on a page."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

CONTEXT_LINES = 3


@dataclass(frozen=True)
class Line:
    """One line of a difference; `kind` says whether it is new, gone, or there in both. `gap` stands for lines left out."""

    kind: Literal["new", "gone", "same", "gap"]
    text: str = ""


@dataclass(frozen=True)
class FileDifference:
    """What differs in one file."""

    path: str
    lines: tuple[Line, ...]
    is_new: bool
    is_deleted: bool

    @property
    def count_new(self) -> int:
        """How many lines are new."""
        return sum(line.kind == "new" for line in self.lines)

    @property
    def count_gone(self) -> int:
        """How many lines are gone."""
        return sum(line.kind == "gone" for line in self.lines)


def differences(old: Mapping[str, str | None], new: Mapping[str, str | None]) -> list[FileDifference]:
    """Return what differs, file by file, in the order of their paths; files that are alike are left out."""
    found = []
    for path in sorted({*old, *new}):
        before, after = old.get(path), new.get(path)
        if before != after:
            found.append(FileDifference(path, tuple(_lines(before or "", after or "")), before is None, after is None))
    return found


def _lines(before: str, after: str) -> list[Line]:
    old, new = before.splitlines(), after.splitlines()
    lines: list[Line] = []
    for group in difflib.SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(CONTEXT_LINES):
        if lines or group[0][1] > 0:
            lines.append(Line("gap"))
        for tag, old_start, old_end, new_start, new_end in group:
            if tag == "equal":
                lines += [Line("same", text) for text in old[old_start:old_end]]
                continue
            lines += [Line("gone", text) for text in old[old_start:old_end]]
            lines += [Line("new", text) for text in new[new_start:new_end]]
    return lines
