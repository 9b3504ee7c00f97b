"""Tables as ECharts draws them (echarts.apache.org/en/option.html): an option as plain data, without code."""

from datetime import date
from typing import Any

from bot.statistics.figures import Table

# On white each has a contrast of 3:1 at least, as WCAG 2.2 (1.4.11) wants; symbols differ too, so colour is not all that tells.
COLOURS = ("#0b4f6c", "#b35900", "#1b6e2c", "#8a2be2")
SYMBOLS = ("circle", "triangle", "rect", "diamond")
BARS_MAX = 15
_ROW_PIXELS, _AROUND_PIXELS, _LINES_PIXELS = 34, 70, 300
_INK = "#14212b"
_FONT = 'system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif'


def option_of(table: Table) -> dict[str, Any] | None:
    """Return how a table is drawn; None where it is not, or there is nothing to draw."""
    if not table.drawing or not table.rows:
        return None
    return _lines(table) if table.drawing == "lines" else _bars(table)


def height_of(table: Table) -> int:
    """Return the height of a table's drawing in pixels."""
    if table.drawing == "lines":
        return _LINES_PIXELS
    rows = min(len(table.rows), BARS_MAX)
    return _AROUND_PIXELS + max(rows * _ROW_PIXELS * max(len(_drawn(table)) * 0.6, 1), _ROW_PIXELS).__ceil__()


def _lines(table: Table) -> dict[str, Any]:
    days = [_short(row[0]) for row in table.rows]
    return _common(table) | {
        "grid": {"left": 8, "right": 24, "top": 44 if len(table.drawn) > 1 else 16, "bottom": 8, "containLabel": True},
        "xAxis": {"type": "category", "data": days, "axisLabel": _label(hideOverlap=True)},
        "yAxis": {"type": "value", "min": 0, "minInterval": 1, "axisLabel": _label()},
        "series": [
            {
                "type": "line", "name": table.columns[column].title, "data": [row[column] for row in table.rows],
                "symbol": SYMBOLS[number % len(SYMBOLS)], "symbolSize": 8, "showSymbol": len(days) <= 40, "connectNulls": False,
            }
            for number, column in enumerate(table.drawn)
        ],
    }  # fmt: skip


def _bars(table: Table) -> dict[str, Any]:
    rows = table.rows[:BARS_MAX]
    return _common(table) | {
        "grid": {"left": 8, "right": 64, "top": 44 if len(table.drawn) > 1 else 12, "bottom": 8, "containLabel": True},
        "xAxis": {"type": "value", "min": 0, "minInterval": 1, "axisLabel": _label(hideOverlap=True)},
        "yAxis": {
            "type": "category", "inverse": True, "data": [str(row[0]) for row in rows], "axisTick": {"show": False},
            "axisLabel": _label(width=200, overflow="break", interval=0, lineHeight=16),
        },
        "series": [
            {
                "type": "bar", "name": table.columns[column].title, "data": [row[column] for row in rows],
                "barMaxWidth": 22, "label": _label(show=True, position="right"),
            }
            for column in _drawn(table)
        ],
    }  # fmt: skip


def _drawn(table: Table) -> tuple[int, ...]:
    return (1,) if table.drawing == "stages" else table.drawn


def _common(table: Table) -> dict[str, Any]:
    return {
        "color": list(COLOURS), "animation": False, "textStyle": {"fontFamily": _FONT, "fontSize": 13},
        "legend": {"show": len(table.drawn) > 1 and table.drawing != "stages", "top": 0, "textStyle": _label()},
        # As rich text it is drawn on the canvas: as HTML it would bring styles that the page's policy forbids.
        "tooltip": {"trigger": "axis", "renderMode": "richText", "confine": True},
    }  # fmt: skip


def _label(**more: Any) -> dict[str, Any]:
    return {"color": _INK, "fontSize": 13, **more}


def _short(day: object) -> str:
    return f"{day:%d/%m}" if isinstance(day, date) else str(day)
