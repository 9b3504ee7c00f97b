"""The date in Vietnam; the only place that asks for it."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

LOCAL_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


def today() -> date:
    """Return the date in Vietnam."""
    return datetime.now(UTC).astimezone(LOCAL_ZONE).date()
