"""How many people came, worked out by hand."""

from dataclasses import replace

from actions.learners.statistics.filters import Filter
from tests.actions.learners.statistics.conftest import DAY, MONDAY, WEEKS, crowd

FIRST_WEEK = Filter(MONDAY, MONDAY + 6 * DAY)
SECOND_WEEK = Filter(MONDAY + 7 * DAY, MONDAY + 13 * DAY)


def values(cells):
    return {cell.name: cell.value for cell in cells}


async def test_people_new_ones_and_those_who_came_again(scene):
    await scene.come(crowd("an", 12), 0)
    await scene.come(crowd("an", 6), 1, times=3)  # six of the twelve come again
    await scene.come(crowd("an", 12), 8)  # all come in the second week
    await scene.come(crowd("binh", 7), 9)  # seven for the first time
    await scene.count()

    first, second, both = [await scene.ask("people", wanted) for wanted in (FIRST_WEEK, SECOND_WEEK, WEEKS)]

    assert (first.people, first.new, first.returning) == (12, 12, 6)  # returning: the six; six others did not
    assert (second.people, second.new, second.returning) == (19, 7, 0)  # the twelve are not new
    assert (both.people, both.new, both.returning) == (19, 19, 12)


async def test_who_comes_again_on_a_day_counts_once_however_often_it_is_counted(scene):
    for day, hour in ((0, 8), (0, 9), (1, 8), (0, 23)):  # the last was late: another replica took it up
        await scene.come(crowd("an", 6), day, hour=hour)
        await scene.count()

    found = await scene.ask("people", WEEKS)

    assert (found.people, found.returning) == (6, 6)
    assert [point.value for point in found.by_day[:3]] == [6, 6, 0]


async def test_days_without_anybody_are_zero_and_weeks_count_each_once(scene):
    await scene.come(crowd("an", 5), 0)
    await scene.come(crowd("an", 8), 2)
    await scene.come(crowd("an", 6), 14)
    await scene.count()

    found = await scene.ask("people", WEEKS)

    by_day = {point.day: point.value for point in found.by_day}
    assert len(by_day) == 21
    assert {(day - MONDAY).days: value for day, value in by_day.items() if value} == {0: 5, 2: 8, 14: 6}
    # First week: five came on Monday, eight on Wednesday, five of them both days: eight people.
    assert [(point.day, point.value) for point in found.by_week] == [(MONDAY, 8), (MONDAY + 7 * DAY, 0), (MONDAY + 14 * DAY, 6)]


async def test_a_week_that_is_cut_off_counts_only_its_days_in_the_period(scene):
    await scene.come(crowd("an", 9), 0)
    await scene.come(crowd("an", 6), 4)
    await scene.count()

    found = await scene.ask("people", Filter(MONDAY + 2 * DAY, MONDAY + 9 * DAY))

    assert [(point.day, point.value) for point in found.by_week] == [(MONDAY + 2 * DAY, 6), (MONDAY + 7 * DAY, 0)]
    assert (found.people, found.new) == (6, 0)


async def test_channels_make_up_the_total_and_paths_are_where_people_were(scene):
    await scene.enrol(crowd("an", 6), path="nguoi-cao-tuoi")
    await scene.come(crowd("an", 6), 0)
    await scene.come(crowd("tele", 8), 1, channel="telegram")
    await scene.count()

    found = await scene.ask("people", WEEKS)
    on_path = await scene.ask("people", replace(WEEKS, path="nguoi-cao-tuoi"))
    on_telegram = await scene.ask("people", replace(WEEKS, channel="telegram"))

    assert values(found.by_channel) == {"telegram": 8, "web": 6}
    assert values(found.by_path) == {"": 8, "nguoi-cao-tuoi": 6}
    assert (on_path.people, on_telegram.people) == (6, 8)
    assert values(on_path.by_channel) == {"web": 6}


async def test_who_takes_a_path_counts_there_from_then_on(scene):
    await scene.come(crowd("an", 6), 0)
    await scene.count()
    await scene.enrol(crowd("an", 6), path="nguoi-cao-tuoi")
    await scene.come(crowd("an", 6), 1)
    await scene.count()

    found = await scene.ask("people", replace(WEEKS, path="nguoi-cao-tuoi"))

    assert (found.people, found.returning) == (6, 0)
    assert (await scene.ask("people", WEEKS)).people == 6


async def test_a_channel_with_few_people_is_hidden_and_cannot_be_subtracted(scene):
    await scene.come(crowd("an", 30), 0)
    await scene.come(crowd("tele", 9), 0, channel="telegram")
    await scene.come(crowd("zalo", 3), 0, channel="zalo_oa")
    await scene.count()

    found = await scene.ask("people", WEEKS)
    by_itself = {name: (await scene.ask("people", replace(WEEKS, channel=name))) for name in ("web", "telegram", "zalo_oa")}

    # 42 - 30 - 9 would be the 3 of Zalo, so the 9 of Telegram are hidden too, here and when Telegram is asked for.
    assert found.people == 42
    assert values(found.by_channel) == {"telegram": None, "web": 30, "zalo_oa": None}
    assert {name: (one.state, one.people) for name, one in by_itself.items()} == {
        "web": ("shown", 30),
        "telegram": ("few", None),
        "zalo_oa": ("few", None),
    }


async def test_new_people_are_hidden_where_the_others_are_few(scene):
    await scene.come(crowd("an", 2), 0)
    await scene.count()
    await scene.come(crowd("an", 20), 7)
    await scene.count()

    found = await scene.ask("people", SECOND_WEEK)

    # 18 of 20 are new: the other two would be known.
    assert (found.people, found.new, found.returning) == (20, None, 0)


async def test_fewer_than_five_people_in_all_are_hidden_and_nobody_is_zero(scene):
    await scene.come(crowd("an", 4), 0)
    await scene.count()

    found = await scene.ask("people", FIRST_WEEK)
    later = await scene.ask("people", SECOND_WEEK)

    assert (found.people, found.new, found.by_day[0].value, found.by_week[0].value) == (None, None, None, None)
    assert values(found.by_channel) == {"web": None}
    assert (later.state, later.people, later.new, later.returning) == ("shown", 0, 0, 0)


async def test_a_class_counts_who_learned(scene):
    people = crowd("an", 9)
    await scene.enrol(people)
    code = await scene.open_class(people[:7])
    await scene.study(people, "ma-otp", steps=1, day=1)
    await scene.study(people[:6], "ma-otp", steps=2, day=2)
    await scene.count()

    found = await scene.ask("people", replace(WEEKS, class_code=code))

    # Seven of the nine are in the class; six of them learned on two days, so one did not: hidden.
    assert (found.people, found.new, found.returning) == (7, 7, None)
    assert [point.value for point in found.by_day[:4]] == [0, 7, 6, 0]


async def test_a_small_class_is_hidden_and_so_is_all_but_a_few_of_a_class(scene):
    people = crowd("an", 12)
    await scene.enrol(people[:4])
    await scene.enrol(people[4:], path="nguoi-cao-tuoi")
    small, large = await scene.open_class(people[:4]), await scene.open_class(people)
    await scene.study(people, "ma-otp", steps=1, day=1)
    await scene.count()

    states = [
        (await scene.ask("people", wanted)).state
        for wanted in (
            replace(WEEKS, class_code=small),
            replace(WEEKS, class_code=large),
            replace(WEEKS, class_code=large, path="nguoi-cao-tuoi"),  # eight; the four others would be known
        )
    ]

    assert states == ["few", "shown", "few"]


async def test_by_topic_people_are_not_kept(scene):
    await scene.come(crowd("an", 9), 0, outcome="answered", topic="otp", answer="ma-otp-la-gi")
    await scene.count()

    assert (await scene.ask("people", replace(WEEKS, topic="otp"))).state == "not_kept"
