"""What statistics look like before they are shown: numbers and tables, the same on the page, in spreadsheets and in reports."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from actions.learners.statistics.definitions import DEFINITIONS, Definition
from actions.learners.statistics.filters import Filter
from actions.learners.statistics.groups import Point, State
from bot.numbers import grouped
from bot.statistics.words import Words

Cell = str | int | float | date | None  # None is hidden, an empty text is nothing
Kind = Literal["text", "number", "percent", "day"]
Drawing = Literal["", "lines", "bars", "stages"]
HIDDEN = "ẩn"
FEW = "Bộ lọc này chỉ còn nhóm dưới 5 người, hoặc để lộ một nhóm như vậy, nên không hiện số nào. Hãy chọn rộng hơn."
NOT_KEPT = DEFINITIONS["not_kept"].meaning


@dataclass(frozen=True)
class Column:
    """A column's title, and what its cells hold; a percentage is 0 to 100."""

    title: str
    kind: Kind = "text"

    @property
    def header(self) -> str:
        """The title with the unit, where the cells are bare numbers."""
        return f"{self.title} (%)" if self.kind == "percent" else self.title


@dataclass(frozen=True)
class Number:
    """A number that stands by itself, with its meaning; `name` is a key of `DEFINITIONS`."""

    name: str
    value: int | None

    @property
    def definition(self) -> Definition:
        """Its title and meaning."""
        return DEFINITIONS[self.name]


@dataclass(frozen=True)
class Table:
    """Rows of numbers, with the meaning of each column that needs one.

    Attributes:
        name: A key of `DEFINITIONS`, whose title stands above the table.
        columns: The columns; the first names the row.
        rows: The cells, by column.
        drawing: How it is drawn: lines over days, bars by length, or bars one below the other in their order; empty for not at all.
        drawn: Which columns are drawn, by number.
        meanings: Further keys of `DEFINITIONS` that explain its columns.
        lessons: The lesson of each row, where its steps can be looked at.
    """

    name: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    drawing: Drawing = ""
    drawn: tuple[int, ...] = (1,)
    meanings: tuple[str, ...] = ()
    lessons: tuple[str, ...] = ()

    @property
    def definitions(self) -> tuple[Definition, ...]:
        """The meaning of the table, then those of its columns."""
        return tuple(DEFINITIONS[name] for name in (self.name, *self.meanings))


@dataclass(frozen=True)
class Figure:
    """One part of the dashboard; `lesson` is the one that it is about, where it is about one."""

    name: str
    title: str
    state: State
    numbers: tuple[Number, ...] = ()
    tables: tuple[Table, ...] = ()
    lesson: str = ""

    @property
    def why_empty(self) -> str:
        """Why nothing is shown; empty where something is."""
        return {"shown": "", "few": FEW, "not_kept": NOT_KEPT}[self.state]


@dataclass(frozen=True)
class Asked:
    """What a figure is made for: the filter, the lesson whose steps are wanted, days or weeks, and the words of the content."""

    wanted: Filter
    words: Words
    lesson: str = ""
    by: Literal["day", "week"] = "week"


def series(asked: Asked, name: str, titles: Sequence[str], days: Sequence[Sequence[Point]], weeks: Sequence[Sequence[Point]]) -> Table:
    """Return the table of some numbers over time, by day or by week as it is asked for; `days` and `weeks` hold points by number."""
    chosen = days if asked.by == "day" else weeks
    first = Column("Ngày" if asked.by == "day" else "Tuần từ", "day")
    columns = (first, *(Column(title, "number") for title in titles))
    rows = tuple((points[0].day, *(point.value for point in points)) for points in zip(*chosen, strict=True))
    return Table(name, columns, rows, "lines", tuple(range(1, len(columns))))


def said(cell: Cell, kind: Kind) -> str:
    """Return a cell as people read it."""
    if cell is None:
        return HIDDEN
    if isinstance(cell, date):
        return f"{cell:%d/%m/%Y}"
    if kind == "percent" and not isinstance(cell, str):
        return f"{cell:.1f} %".replace(".", ",")
    if isinstance(cell, int | float):
        return grouped(cell)
    return cell


def shortened(figure: Figure, rows: int, *, without: str = "") -> Figure:
    """Return a figure with the first rows of its long tables, but all of those over time and of the outcomes; one table may go."""

    def first(table: Table) -> Table:
        is_whole = table.drawing == "lines" or table.name == "outcomes"
        return replace(table, rows=table.rows if is_whole else table.rows[:rows], lessons=())

    return replace(figure, tables=tuple(first(table) for table in figure.tables if table.name != without))
