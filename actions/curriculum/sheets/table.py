"""Rows and cells as they came out of a file, before anybody knows what they mean."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Literal

CellKind = Literal["text", "number", "date", "bool", "formula", "error"]
Value = str | int | float | bool | date | datetime | time
ROWS_MAX = 50_000
COLUMNS_MAX = 60


@dataclass(frozen=True)
class Cell:
    """One cell that is not empty."""

    kind: CellKind
    value: Value


@dataclass(frozen=True)
class Row:
    """One row that has something in it; `number` is as the spreadsheet program counts, `cells` by column from 0.

    `width` is how many cells the file gives: what is beyond was not written at all, which is not the same as empty.
    """

    number: int
    cells: dict[int, Cell]
    width: int = COLUMNS_MAX


@dataclass(frozen=True)
class Table:
    """One sheet of a file; `merged` are ranges of cells that were joined."""

    title: str
    rows: tuple[Row, ...]
    is_hidden: bool = False
    merged: tuple[str, ...] = ()
