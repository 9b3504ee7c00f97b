"""How many different people there were in any period, from counts that tell of nobody.

Every day on which somebody did something is noted with the day on which they did it before
(rank 1) and the day before that (rank 2). Somebody's first time in a period is the one whose
day before lies outside of it: so the people of a period are the sum of rank 1 with
`previous_day < since`. Their first and second times together are the sum of rank 2 likewise;
the difference is how many came at least twice. Rank 0 notes the first time in a week.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from actions.learners.statistics.filters import Filter, monday_of
from actions.learners.statistics_tables import NEVER

FIRST_OF_WEEK, LAST_TIME, TIME_BEFORE_LAST = 0, 1, 2


@dataclass(frozen=True)
class Link:
    """What one person's one day adds to the counts."""

    day: date
    rank: int
    previous_day: date


@dataclass(frozen=True)
class PeopleOfDay:
    """Of one day: how many people, for how many it was their first day in the period, their first or second, their first of all.

    `first_of_week` is for how many it was the first day of their week, from Monday on.
    """

    day: date
    people: int = 0
    first: int = 0
    first_two: int = 0
    new: int = 0
    first_of_week: int = 0


def links_of(day: date, last_day: date, previous_day: date) -> tuple[Link, ...]:
    """Return what a day adds, for somebody who was there last on `last_day`, and on `previous_day` before."""
    links = (Link(day, LAST_TIME, last_day), Link(day, TIME_BEFORE_LAST, previous_day))
    return links if last_day >= monday_of(day) else (*links, Link(day, FIRST_OF_WEEK, NEVER))


def chain_of(days: Iterable[date]) -> Counter[Link]:
    """Return what all days of one person add to the counts."""
    found: Counter[Link] = Counter()
    last, previous = NEVER, NEVER
    for day in sorted(set(days)):
        found.update(links_of(day, last, previous))
        last, previous = day, last
    return found


def days_in(chains: Iterable[Counter[Link]], wanted: Filter) -> list[PeopleOfDay]:
    """Return the people of each day of a period in which anybody was there, from the chains of a few people."""
    sums: dict[date, Counter[str]] = {}
    for chain in chains:
        for link, count in chain.items():
            if wanted.since <= link.day <= wanted.until:
                _add(sums.setdefault(link.day, Counter()), link, count, wanted.since)
    return [PeopleOfDay(day, **sums[day]) for day in sorted(sums)]


def _add(sums: Counter[str], link: Link, count: int, since: date) -> None:
    if link.rank == FIRST_OF_WEEK:
        sums["first_of_week"] += count
    elif link.rank == TIME_BEFORE_LAST:
        sums["first_two"] += count * (link.previous_day < since)
    else:
        sums["people"] += count
        sums["first"] += count * (link.previous_day < since)
        sums["new"] += count * (link.previous_day == NEVER)


def people_of_weeks(days: Collection[PeopleOfDay], wanted: Filter) -> dict[date, int]:
    """Return how many different people there were in each week of a period, by its first day."""
    found = {}
    for week in wanted.weeks:
        is_cut = week.start != monday_of(week.start)  # Who came only before the cut counts as new in the rest.
        of_week = [day for day in days if week.start <= day.day <= week.end]
        found[week.start] = sum(day.first if is_cut else day.first_of_week for day in of_week)
    return found
