"""Periods: their days, their weeks, and what is no period."""

from datetime import date, timedelta

import pytest

from actions.learners.statistics.filters import PERIOD_MAX_DAYS, Filter, Week, default_filter

WEDNESDAY = date(2026, 11, 4)


def test_both_ends_of_a_period_belong_to_it():
    assert Filter(WEDNESDAY, WEDNESDAY).days == (WEDNESDAY,)
    assert Filter(WEDNESDAY, date(2026, 11, 6)).days == (WEDNESDAY, date(2026, 11, 5), date(2026, 11, 6))


def test_weeks_go_from_monday_to_sunday_and_are_cut_off_by_the_period():
    assert Filter(WEDNESDAY, date(2026, 11, 16)).weeks == (
        Week(WEDNESDAY, date(2026, 11, 8)),
        Week(date(2026, 11, 9), date(2026, 11, 15)),
        Week(date(2026, 11, 16), date(2026, 11, 16)),
    )


def test_the_default_is_twelve_weeks_with_today():
    chosen = default_filter(date(2026, 11, 29))

    assert (chosen.since, chosen.until, len(chosen.days)) == (date(2026, 9, 7), date(2026, 11, 29), 84)


@pytest.mark.parametrize(
    ("until", "words"),
    [
        pytest.param(date(2026, 11, 3), "04/11/2026 sau ngày kết thúc 03/11/2026", id="ends before it begins"),
        pytest.param(WEDNESDAY + timedelta(days=PERIOD_MAX_DAYS), "dài quá", id="too long"),
    ],
)
def test_what_is_no_period_is_refused_in_plain_words(until, words):
    with pytest.raises(ValueError, match=words):
        Filter(WEDNESDAY, until)
