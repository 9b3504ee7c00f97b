"""The local date of a moment, computed by the database."""

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


@compiles(local_day, "postgresql")
def _on_postgresql(element: local_day, compiler: Any, **options: Any) -> str:
    return f"CAST({_column(element, compiler, options)} AT TIME ZONE 'Asia/Ho_Chi_Minh' AS DATE)"


@compiles(local_day, "sqlite")
def _on_sqlite(element: local_day, compiler: Any, **options: Any) -> str:
    return f"date({_column(element, compiler, options)}, '+{UTC_OFFSET_HOURS} hours')"


def _column(element: local_day, compiler: Any, options: Any) -> str:
    (column,) = element.clauses
    assert isinstance(column, ColumnElement)
    return str(compiler.process(column, **options))
