"""The time; the only place that asks for it."""

from datetime import UTC, date, datetime

from actions.local_time import local_date


def now() -> datetime:
    """Return the time in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """Return the date in Vietnam."""
    return local_date(now())
