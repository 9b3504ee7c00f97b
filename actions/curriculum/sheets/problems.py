"""What is wrong with a spreadsheet, where, and what to do about it."""

from dataclasses import dataclass, field
from typing import Literal

Level = Literal["structure", "cell", "content", "note"]
SHOWN_CHARACTERS = 60


@dataclass(frozen=True)
class SheetProblem:
    """One problem.

    `row` and `column` are as the spreadsheet program shows them, 0 and "" for the whole sheet.
    `level`: the structure must be mended before cells are read; content problems are the lint's;
    a note needs nothing to be done. `path` and `place` are set for content problems.
    """

    level: Level
    sheet: str
    row: int
    column: str
    header: str
    value: str
    message: str
    path: str = ""
    place: str = ""

    @property
    def where(self) -> str:
        """Where it is, in Vietnamese."""
        parts = [f"trang {self.sheet}" if self.sheet else "", f"hàng {self.row}" if self.row else ""]
        parts.append((f"cột {self.column} ({self.header})" if self.header else f"cột {self.column}") if self.column else "")
        return ", ".join(part for part in parts if part) or "tệp"

    def __str__(self) -> str:
        value = f"đang là “{self.value}”; " if self.value else ""
        return f"{self.where}: {value}{self.message}"


class SheetFileError(Exception):
    """A file that nothing can be read from; `problems` says why and what to do."""

    def __init__(self, *messages: str) -> None:
        super().__init__("\n".join(messages))
        self.problems = tuple(SheetProblem("structure", "", 0, "", "", "", message) for message in messages)


@dataclass
class SheetProblems:
    """A list of problems that grows while a file is read."""

    found: list[SheetProblem] = field(default_factory=list)

    def structure(self, sheet: str, message: str, *, row: int = 0, column: str = "", header: str = "", value: str = "") -> None:
        """Note that a sheet is not built as it must be."""
        self.found.append(SheetProblem("structure", sheet, row, column, header, shortened(value), message))

    def cell(self, sheet: str, message: str, *, row: int, column: str = "", header: str = "", value: str = "") -> None:
        """Note a cell that cannot be taken as it is."""
        self.found.append(SheetProblem("cell", sheet, row, column, header, shortened(value), message))

    def note(self, sheet: str, message: str, *, row: int = 0, column: str = "", header: str = "") -> None:
        """Note something that the trainer should know."""
        self.found.append(SheetProblem("note", sheet, row, column, header, "", message))

    def of(self, level: Level) -> list[SheetProblem]:
        """Return the problems of a level."""
        return [one for one in self.found if one.level == level]


def shortened(value: str) -> str:
    """Return a value as short as a message can show it, with nothing in it that cannot be seen."""
    plain = "".join(c if c.isprintable() else "�" for c in value.replace("\n", " ⏎ "))
    return plain if len(plain) <= SHOWN_CHARACTERS else plain[: SHOWN_CHARACTERS - 1] + "…"
