"""Different people of any period from counts that tell of nobody, against counting them one by one."""

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from actions.learners.statistics.chains import chain_of, days_in, people_of_weeks
from actions.learners.statistics.filters import Filter

START = date(2026, 10, 28)  # a Wednesday
DAYS = st.integers(0, 40).map(lambda n: START + timedelta(days=n))
PEOPLE = st.lists(st.sets(DAYS, max_size=8), max_size=6)


@settings(max_examples=200, deadline=None)
@given(PEOPLE, DAYS, st.integers(0, 25))
def test_every_period_has_as_many_people_as_there_are(everyone, since, length):
    wanted = Filter(since, since + timedelta(days=length))
    in_period = [{day for day in days if wanted.since <= day <= wanted.until} for days in everyone]

    days = days_in([chain_of(days) for days in everyone], wanted)

    assert sum(day.first for day in days) == sum(bool(seen) for seen in in_period)
    assert sum(day.first_two - day.first for day in days) == sum(len(seen) > 1 for seen in in_period)
    assert sum(day.new for day in days) == sum(bool(seen) and min(all_days) in seen for seen, all_days in zip(in_period, everyone))
    assert {day.day: day.people for day in days} == {d: n for d in wanted.days if (n := sum(d in seen for seen in in_period))}
    assert people_of_weeks(days, wanted) == {
        week.start: sum(any(week.start <= day <= week.end for day in seen) for seen in in_period) for week in wanted.weeks
    }
