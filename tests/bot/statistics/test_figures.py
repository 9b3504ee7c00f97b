"""Cells as people read them, and figures cut short."""

from datetime import date

import pytest

from bot.statistics.figures import Column, Figure, Table, said, shortened


@pytest.mark.parametrize(
    ("cell", "kind", "text"),
    [
        pytest.param(None, "number", "ẩn", id="hidden"),
        pytest.param(0, "number", "0", id="nobody"),
        pytest.param(1234567, "number", "1.234.567", id="dots"),
        pytest.param(37.5, "percent", "37,5 %", id="share"),
        pytest.param(100, "percent", "100,0 %", id="whole share"),
        pytest.param(1234.56, "number", "1.234,6", id="decimals"),
        pytest.param(date(2026, 1, 2), "day", "02/01/2026", id="date"),
        pytest.param("", "percent", "", id="nothing"),
        pytest.param("Telegram", "text", "Telegram", id="text"),
    ],
)
def test_cells_as_people_in_vietnam_read_them(cell, kind, text):
    assert said(cell, kind) == text


def test_long_tables_are_cut_but_not_those_over_time():
    columns = (Column("a"), Column("b", "number"))
    rows = tuple((str(n), n) for n in range(30))
    tables = (
        Table("topics", columns, rows, "bars", lessons=("x",) * 30),
        Table("people_by_day", columns, rows, "lines"),
        Table("answers", columns, rows),
    )
    figure = Figure("f", "F", "shown", (), tables)

    found = shortened(figure, 10, without="answers")

    assert [len(table.rows) for table in found.tables] == [10, 30]
    assert found.tables[0].lessons == ()
