"""Filters as they stand in an address: `?tu=2026-09-07&den=2026-11-29&kenh=telegram&theo=tuan`."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal
from urllib.parse import urlencode

from actions.learners.statistics.filters import DAY, Filter, default_filter, monday_of
from bot.statistics.figures import Asked
from bot.statistics.words import CHANNEL_TITLES, Words

By = Literal["day", "week"]
_BY: Mapping[str, By] = {"ngay": "day", "tuan": "week"}
DAYS_BY_DAY = 31  # up to so many days are shown by day, unless asked for otherwise


class AddressError(ValueError):
    """An address holds a filter that cannot be; the message says what to do, in Vietnamese."""


@dataclass(frozen=True)
class Address:
    """What an address asks for: the filter, a lesson, and days or weeks; empty where it leaves the choice to us."""

    wanted: Filter
    lesson: str = ""
    by: By | Literal[""] = ""

    @property
    def query(self) -> str:
        """The address's query."""
        return urlencode(self.fields)

    @property
    def fields(self) -> dict[str, str]:
        """The query's fields that are not empty, by name."""
        one = self.wanted
        given = {"tu": one.since.isoformat(), "den": one.until.isoformat(), "kenh": one.channel, "lo_trinh": one.path}
        given |= {"lop": one.class_code, "chu_de": one.topic, "bai": self.lesson}
        given["theo"] = {"day": "ngay", "week": "tuan", "": ""}[self.by]
        return {name: value for name, value in given.items() if value}

    def asked(self, words: Words) -> Asked:
        """Return what figures are made for."""
        by = self.by or ("day" if len(self.wanted.days) <= DAYS_BY_DAY else "week")
        return Asked(self.wanted, words, self.lesson, by)

    def of_lesson(self, lesson: str) -> "Address":
        """Return the same with another lesson."""
        return replace(self, lesson=lesson)

    def of_period(self, since: date, until: date) -> "Address":
        """Return the same of another period."""
        return replace(self, wanted=replace(self.wanted, since=since, until=until), by="")


def read_address(given: Mapping[str, str], words: Words, today: date) -> Address:
    """Read the filter of an address.

    Args:
        given: The query, by name; what is not there is not asked for.
        words: Of the content that is active.
        today: The date in Vietnam.

    Raises:
        AddressError: With what is wrong, and how to mend it.
    """
    usual, curriculum = default_filter(today), words.curriculum
    since = _day(given, "tu", "Từ ngày", usual.since)
    until = _day(given, "den", "Đến ngày", usual.until)
    channel = _one_of(given, "kenh", "kênh", CHANNEL_TITLES)
    path = _one_of(given, "lo_trinh", "lộ trình", curriculum.paths)
    topic = _one_of(given, "chu_de", "chủ đề", curriculum.topics)
    lesson = _one_of(given, "bai", "bài học", curriculum.lessons)
    if given.get("theo") and given["theo"] not in _BY:
        raise AddressError("Chỉ xem được theo ngày hoặc theo tuần: hãy chọn lại.")
    class_code = given.get("lop", "").strip()
    if class_code and not (class_code.isascii() and class_code.isalnum() and len(class_code) <= 16):
        raise AddressError("Mã lớp chỉ gồm chữ và số: hãy chọn lại lớp.")
    try:
        wanted = Filter(since, until, channel, path, class_code.upper(), topic, words.lessons_of(topic) if topic else ())
    except ValueError as error:
        raise AddressError(str(error)) from None
    return Address(wanted, lesson, _BY.get(given.get("theo", ""), ""))


def periods(today: date) -> Mapping[str, tuple[date, date]]:
    """Return the periods that are asked for most, by their titles."""
    monday, first = monday_of(today), today.replace(day=1)
    usual = default_filter(today)
    return {
        "Tuần này": (monday, today),
        "Tuần trước": (monday - 7 * DAY, monday - DAY),
        "Tháng này": (first, today),
        "Tháng trước": ((first - DAY).replace(day=1), first - DAY),
        "12 tuần": (usual.since, usual.until),
        "Năm nay": (today.replace(month=1, day=1), today),
    }


def _day(given: Mapping[str, str], name: str, title: str, usual: date) -> date:
    text = given.get(name, "").strip()
    if not text:
        return usual
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise AddressError(f"{title} “{text[:20]}” không phải một ngày có thật: hãy chọn lại.") from None
    if not 2020 <= day.year <= 2100:
        raise AddressError(f"{title} {day:%d/%m/%Y} ở ngoài những năm có số liệu: hãy chọn lại.")
    return day


def _one_of(given: Mapping[str, str], name: str, title: str, known: Mapping[str, object]) -> str:
    value = given.get(name, "").strip()
    if value and value not in known:
        raise AddressError(f"Không có {title} “{value[:32]}”: hãy chọn lại.")
    return value
