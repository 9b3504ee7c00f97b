"""Dates and times as people in Vietnam see them."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

LOCAL_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


def local_date(moment: datetime) -> date:
    """Return the date in Vietnam at a moment."""
    return moment.astimezone(LOCAL_ZONE).date()


def local_time(moment: datetime) -> datetime:
    """Return a moment as the clocks in Vietnam show it."""
    return moment.astimezone(LOCAL_ZONE)


def local_midnight(day: date) -> datetime:
    """Return the moment at which a day begins in Vietnam."""
    return datetime.combine(day, time(), LOCAL_ZONE)


def days_ago(moment: datetime, now: datetime) -> str:
    """Return in words how long ago a moment was: Hôm nay, Hôm qua, 5 ngày trước."""
    days = (local_date(now) - local_date(moment)) // timedelta(days=1)
    return {0: "Hôm nay", 1: "Hôm qua", 2: "Hôm kia"}.get(days, f"{days} ngày trước")


def in_words(day: date, today: date) -> str:
    """Return a coming day in words: hôm nay, ngày mai, or its date."""
    days = (day - today).days
    return {0: "hôm nay", 1: "ngày mai", 2: "ngày kia"}.get(days, f"ngày {day:%d/%m/%Y}")
