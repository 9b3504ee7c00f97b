"""The local date of a moment, and the Monday of a date, computed by the database."""

from typing import Any

from sqlalchemy import ColumnElement, Date
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

# Vietnam has had UTC+7 all year since 1975: data.iana.org/time-zones, Asia/Ho_Chi_Minh, read 2026-11-29.
UTC_OFFSET_HOURS = 7


class local_day(FunctionElement[Any]):  # noqa: N801 - it reads as the function that it is
    """The date in Vietnam of a column of times."""

    type = Date()
    inherit_cache = True


class monday_of(FunctionElement[Any]):  # noqa: N801 - as above
    """The Monday of the week of a column of dates."""

    type = Date()
    inherit_cache = True


@compiles(local_day, "postgresql")
def _on_postgresql(element: local_day, compiler: Any, **options: Any) -> str:
    return f"CAST({_column(element, compiler, options)} AT TIME ZONE 'Asia/Ho_Chi_Minh' AS DATE)"


@compiles(local_day, "sqlite")
def _on_sqlite(element: local_day, compiler: Any, **options: Any) -> str:
    return f"date({_column(element, compiler, options)}, '+{UTC_OFFSET_HOURS} hours')"


@compiles(monday_of, "postgresql")
def _monday_on_postgresql(element: monday_of, compiler: Any, **options: Any) -> str:
    return f"CAST(date_trunc('week', {_column(element, compiler, options)}) AS DATE)"


@compiles(monday_of, "sqlite")
def _monday_on_sqlite(element: monday_of, compiler: Any, **options: Any) -> str:
    return f"date({_column(element, compiler, options)}, 'weekday 0', '-6 days')"  # the next Sunday, or today; six days back


def _column(element: local_day | monday_of, compiler: Any, options: Any) -> str:
    (column,) = element.clauses
    assert isinstance(column, ColumnElement)
    return str(compiler.process(column, **options))
