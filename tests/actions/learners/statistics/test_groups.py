"""Small groups are hidden, also from those who subtract."""

from datetime import date

import pytest

from actions.learners.statistics.filters import Filter
from actions.learners.statistics.groups import in_series, is_small, parted, shown, staged


@pytest.mark.parametrize(
    ("people", "is_hidden"), [(0, False), (1, True), (4, True), (5, False), (900, False)], ids=["nobody", "one", "four", "five", "many"]
)
def test_one_to_four_people_are_a_small_group(people, is_hidden):
    assert is_small(people) is is_hidden
    assert (shown(people) is None) is is_hidden


@pytest.mark.parametrize(
    ("values", "found"),
    [
        pytest.param([], [], id="no parts"),
        pytest.param([5, 0, 80], [5, 0, 80], id="nothing to hide"),
        # 88 - 80 = 5 + 3: who knows the total would know the 3, so the next smallest goes too.
        pytest.param([5, 3, 80], [None, None, 80], id="one small part takes the next smallest along"),
        pytest.param([3, 0, 80], [None, 0, None], id="a zero hides nothing"),
        # 1 + 2 = 3: the two together are still a small group.
        pytest.param([1, 2, 9, 80], [None, None, None, 80], id="two small parts that are few together"),
        pytest.param([3, 4, 80], [None, None, 80], id="two small parts that are enough together"),
        pytest.param([3, 0, 0], [None, 0, 0], id="nothing left to hide, and the total is as small"),
    ],
)
def test_parts_are_hidden_so_that_the_total_gives_nothing_away(values, found):
    assert parted(values) == found


def test_no_hidden_part_can_be_subtracted_from_the_total_whatever_the_parts():
    for first in range(12):
        for second in range(12):
            for third in range(12):
                values = [first, second, third]
                hidden = [value for value, cell in zip(values, parted(values)) if cell is None]
                total = shown(sum(values))
                assert total is None or not hidden or (len(hidden) > 1 and sum(hidden) >= 5), values
                assert all(not is_small(cell or 0) for cell in parted(values)), values


def test_numbers_of_things_are_hidden_by_the_people_behind_them():
    # Six lessons of two people are hidden although six is no small number; the nine of five people go with them.
    assert parted([6, 9, 40], people=[2, 5, 30]) == [None, None, 40]


@pytest.mark.parametrize(
    ("values", "found"),
    [
        pytest.param([], [], id="no stages"),
        pytest.param([100, 90, 90, 60], [100, 90, 90, 60], id="nothing to hide"),
        pytest.param([100, 98, 95, 60], [100, None, 95, 60], id="two who stopped are not told"),
        pytest.param([100, 98, 97, 60], [100, None, None, 60], id="nor those of two steps together"),
        pytest.param([9, 4, 0], [9, None, 0], id="a small stage"),
    ],
)
def test_stages_of_a_funnel_never_differ_by_a_small_group(values, found):
    assert staged(values) == found


def test_days_are_parts_of_their_week_and_weeks_of_the_period():
    # Week 1 has days of 6 and 3: the 3 is hidden, and the 6 with it, since the week's 9 is shown.
    # Week 2 has a single day of 4, so it is hidden; week 1 is the only other, and goes with it, and with it all its days.
    monday, period = date(2026, 11, 2), Filter(date(2026, 11, 2), date(2026, 11, 15))
    days = {date(2026, 11, 2): 6, date(2026, 11, 3): 3}

    by_day, by_week = in_series(days, period)
    both_days, both_weeks = in_series(days | {date(2026, 11, 9): 4}, period)

    assert [(point.day, point.value) for point in by_week] == [(monday, 9), (date(2026, 11, 9), 0)]
    assert [point.value for point in by_day] == [None, None, *[0] * 12]
    assert [point.value for point in both_weeks] == [None, None]
    assert [point.value for point in both_days] == [None, None, 0, 0, 0, 0, 0, None, 0, 0, 0, 0, 0, 0]
