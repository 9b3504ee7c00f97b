"""Groups of fewer than five people are never shown, neither directly nor as what is missing from a total.

A hidden number is None. Where exactly the hidden cells of a breakdown are missing from a
total that is shown, they can be found by subtraction: so further cells are hidden until at
least two are, with five people between them; days are parts of their weeks, weeks of the
period. What this does not prevent is comparing by hand two filters that differ little, such as
two periods; the counts hold no person, so no more than a number can be learned from that.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from actions.learners.statistics.filters import Filter

SMALLEST_GROUP = 5  # people

# shown; few: the filter itself leaves fewer than five people; not_kept: by this filter, nothing is counted.
State = Literal["shown", "few", "not_kept"]


@dataclass(frozen=True)
class Point:
    """A number of one day, or of the week that begins (within the period) on `day`; None where hidden."""

    day: date
    value: int | None


@dataclass(frozen=True)
class Part:
    """A number of one channel, path, lesson, topic, answer or outcome; None where hidden."""

    name: str
    value: int | None


def is_small(people: int) -> bool:
    """Tell whether a group is too small to be shown; nobody at all is no group."""
    return 0 < people < SMALLEST_GROUP


def shown(value: int, people: int | None = None) -> int | None:
    """Return a number, or None where the people behind it are too few; the number itself is that of people unless given."""
    return None if is_small(value if people is None else people) else value


def parted(values: Sequence[int], people: Sequence[int] | None = None, known: Collection[int] = ()) -> list[int | None]:
    """Return the parts of a total that is shown too, without those by which a small group would be known.

    Args:
        values: The parts; together they are the total.
        people: How many people are behind each, at least; the parts themselves unless given.
        known: The places of parts that are shown elsewhere too, so that hiding them here would hide nothing.
    """
    groups = values if people is None else people
    hidden = {n for n, group in enumerate(groups) if is_small(group)}
    candidates = sorted(
        (n for n, value in enumerate(values) if value > 0 and n not in hidden and n not in known), key=lambda n: (groups[n], values[n], n)
    )
    for following in candidates:
        if not hidden or is_enough([groups[n] for n in hidden]):
            break
        hidden.add(following)
    return [None if n in hidden else value for n, value in enumerate(values)]


def is_enough(groups: Sequence[int]) -> bool:
    """Tell whether hidden parts cannot be found from their total: there are two at least, with five people between them."""
    return len(groups) > 1 and sum(groups) >= SMALLEST_GROUP


def is_hidden(name: str, counts: Mapping[str, int]) -> bool:
    """Tell whether one part of a total is hidden."""
    return name in counts and dict(zip(counts, parted(list(counts.values())), strict=True))[name] is None


def in_series(
    days: Mapping[date, int], wanted: Filter, people: Mapping[date, int] | None = None, people_of_weeks: Mapping[date, int] | None = None
) -> tuple[tuple[Point, ...], tuple[Point, ...]]:
    """Return a period's days and weeks, the empty ones as zero, without those by which a small group would be known.

    Args:
        days: The number of each day that is not zero; the weeks are their sums.
        wanted: The period.
        people: How many people are behind each day, at least; the numbers themselves unless given.
        people_of_weeks: The same of each week, by its first day.
    """
    weeks = {w.start: [day for day in wanted.days if w.start <= day <= w.end] for w in wanted.weeks}
    sums = {start: sum(days.get(day, 0) for day in of_week) for start, of_week in weeks.items()}
    groups = days if people is None else people
    groups_of_weeks = sums if people_of_weeks is None else people_of_weeks
    by_week = [
        Point(start, n) for start, n in zip(sums, parted(list(sums.values()), [groups_of_weeks.get(s, 0) for s in sums]), strict=True)
    ]
    by_day: list[Point] = []
    for point, of_week in zip(by_week, weeks.values(), strict=True):
        values = [days.get(day, 0) for day in of_week]
        cells = parted(values, [groups.get(day, 0) for day in of_week])
        by_day += [Point(day, None if point.value is None and v else n) for day, v, n in zip(of_week, values, cells, strict=True)]
    return tuple(by_day), tuple(by_week)


def staged(values: Sequence[int]) -> list[int | None]:
    """Return the stages of a funnel without those that differ from the last shown one by a small group."""
    found: list[int | None] = []
    last: int | None = None
    for value in values:
        is_hidden = is_small(value) or (last is not None and is_small(abs(last - value)))
        found.append(None if is_hidden else value)
        last = last if is_hidden else value
    return found
