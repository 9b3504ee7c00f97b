"""What a statistic is asked for: a period, and at most one value of each other dimension."""

from dataclasses import dataclass
from datetime import date, timedelta

DAY = timedelta(days=1)
WEEK_DAYS = 7
DEFAULT_WEEKS = 12
PERIOD_MAX_DAYS = 1100  # three years, so that a series stays readable and quick


@dataclass(frozen=True)
class Week:
    """One week of a period, Monday to Sunday; the first and the last may be cut off by the period."""

    start: date
    end: date


@dataclass(frozen=True)
class Filter:
    """What is counted; an empty text stands for all.

    Attributes:
        since: The first local date of Vietnam.
        until: The last one, inclusive.
        channel: The name of a channel: web, telegram, zalo_oa, zalo_bot.
        path: The slug of a learning path.
        class_code: The code of a class.
        topic: The slug of a topic.
        lessons: The lessons of `topic`, from whoever knows the curriculum; unused without a topic.
    """

    since: date
    until: date
    channel: str = ""
    path: str = ""
    class_code: str = ""
    topic: str = ""
    lessons: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a period that ends before it begins, or is too long."""
        if self.since > self.until:
            raise ValueError(f"Ngày bắt đầu {self.since:%d/%m/%Y} sau ngày kết thúc {self.until:%d/%m/%Y}: hãy đổi lại hai ngày.")
        if (self.until - self.since).days >= PERIOD_MAX_DAYS:
            raise ValueError(f"Khoảng ngày dài quá {PERIOD_MAX_DAYS} ngày: hãy chọn khoảng ngắn hơn.")

    @property
    def days(self) -> tuple[date, ...]:
        """All days of the period."""
        return tuple(self.since + n * DAY for n in range((self.until - self.since).days + 1))

    @property
    def weeks(self) -> tuple[Week, ...]:
        """All weeks of the period."""
        weeks = []
        start = self.since
        while start <= self.until:
            end = min(monday_of(start) + (WEEK_DAYS - 1) * DAY, self.until)
            weeks.append(Week(start, end))
            start = end + DAY
        return tuple(weeks)


def default_filter(today: date) -> Filter:
    """Return the filter of the last twelve weeks, today included."""
    return Filter(today - (DEFAULT_WEEKS * WEEK_DAYS - 1) * DAY, today)


def monday_of(day: date) -> date:
    """Return the Monday of a day's week."""
    return day - day.weekday() * DAY
