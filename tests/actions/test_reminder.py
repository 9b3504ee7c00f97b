"""Reminders: by opt-in, one a day at most, in the chosen hour, never at night, ended by a word or by being ignored."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from actions.learners.outbound import Remindable
from actions.learners.tables import LearnerRow, OutboundMessage
from actions.reminder import HOURS, WINDOWS, is_window_open
from tests.stored import rows

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
DAY = datetime(2026, 11, 24, 12, 0, tzinfo=HANOI)


@pytest.fixture(autouse=True)
def clock(time_machine):
    time_machine.move_to(DAY, tick=False)
    return time_machine


@pytest.fixture
async def learner(talk):
    """Somebody with three questions due tomorrow, to be reminded in the evening."""
    return await become_reminded(talk, 19)


async def become_reminded(talk, hour):
    await talk.agree("bac")
    await talk.tap("quiz:ma-otp")
    for _ in range(3):
        await talk.answer(is_right=False)
    if hour is not None:
        await talk.tap(f"remind-at:{hour}")
    return talk


def at(days, hour, minute=0):
    return datetime(2026, 11, 24, hour, minute, tzinfo=HANOI) + timedelta(days=days)


async def hours_of_writing(service, clock, days):
    """Run the job every hour and return the local days and hours at which it wrote something."""
    written = []
    for day in days:
        for hour in range(24):
            clock.move_to(at(day, hour), tick=False)
            if await service.write_due_messages():
                written.append((day, hour))
    return written


async def test_nobody_is_reminded_who_did_not_ask(talk, service, clock):
    await become_reminded(talk, None)

    assert await hours_of_writing(service, clock, [1, 2]) == []


@pytest.mark.parametrize("hour", list(HOURS))
async def test_it_comes_once_a_day_in_the_chosen_hour(talk, service, clock, hour):
    await become_reminded(talk, hour)

    assert await hours_of_writing(service, clock, [1, 2]) == [(1, hour), (2, hour)]


def test_no_hour_can_be_chosen_at_night():
    assert all(7 <= hour <= 19 for hour in HOURS)


@pytest.mark.parametrize("hour", ["0", "3", "22", "23", "24", "x", "-7", ""])
async def test_no_other_hour_is_taken(talk, service, hour):
    await talk.agree("bac")

    await talk.tap(f"remind-at:{hour}")

    assert [row["reminder_hour"] for row in await rows(service, LearnerRow)] == [None]


async def test_a_service_that_was_away_reminds_late_but_never_at_night(learner, service, clock):
    clock.move_to(at(1, 20, 50), tick=False)
    late = await service.write_due_messages()
    clock.move_to(at(2, 21, 1), tick=False)
    too_late = await service.write_due_messages()

    assert (late, too_late) == (1, 0)


async def test_nothing_due_means_no_reminder(talk, service, clock):
    await talk.agree("bac")
    await talk.tap("remind-at:19")

    assert await hours_of_writing(service, clock, [1]) == []


async def test_the_words_name_the_number_and_the_way_out(learner, service, clock):
    clock.move_to(at(1, 19), tick=False)
    await service.write_due_messages()

    (waiting,) = await service.take_waiting("web", learner.sender)

    assert "Hôm nay bác có 3 câu nên ôn lại" in waiting["text"]
    assert "gõ TẮT" in waiting["text"]
    assert [c["label"] for c in waiting["choices"]] == ["Ôn ngay", "Để mai", "Thôi nhắc"]


async def test_it_is_given_once_and_its_choices_are_the_open_menu(learner, service, clock):
    clock.move_to(at(1, 19), tick=False)
    await service.write_due_messages()
    first = await service.take_waiting("web", learner.sender)
    second = await service.take_waiting("web", learner.sender)

    await learner.say("1")

    assert (len(first), second) == (1, [])
    assert "Mình ôn lại 3 câu" in learner.text


async def test_it_ends_with_its_day(learner, service, clock):
    clock.move_to(at(1, 19), tick=False)
    await service.write_due_messages()

    clock.move_to(at(2, 0, 1), tick=False)

    assert await service.take_waiting("web", learner.sender) == []


async def test_it_does_not_disturb_an_open_quiz(learner, service, clock):
    clock.move_to(at(1, 18, 59), tick=False)
    await learner.tap("quiz:cong-an-gia")
    clock.move_to(at(1, 19), tick=False)
    await service.write_due_messages()
    await service.take_waiting("web", learner.sender)

    await learner.say("công an gọi điện bảo tôi liên quan vụ án")

    assert "Mình quay lại câu đố" in learner.text


@pytest.mark.parametrize("how", ["tắt", "TẮT", "tat", "thôi nhắc", "/tatnhac", "Tắt."])
@pytest.mark.parametrize("is_waiting", [True, False], ids=["below a reminder", "anywhere"])
async def test_one_word_ends_it(learner, service, clock, how, is_waiting):
    if is_waiting:
        clock.move_to(at(1, 19), tick=False)
        await service.write_due_messages()
        await service.take_waiting("web", learner.sender)

    await learner.say(how)

    assert "tôi thôi nhắc từ bây giờ" in learner.text
    assert await hours_of_writing(service, clock, [2]) == []


async def test_the_word_works_in_the_middle_of_a_lesson(learner, service):
    await learner.tap("lesson:ma-otp")

    await learner.say("TẮT")

    assert [row["reminder_hour"] for row in await rows(service, LearnerRow)] == [None]


async def test_one_that_was_written_before_the_word_is_not_given_after_it(learner, service, clock):
    clock.move_to(at(1, 19), tick=False)
    await service.write_due_messages()

    await learner.say("tắt")

    assert await service.take_waiting("web", learner.sender) == []


async def test_three_ignored_ones_end_it(learner, service, clock):
    written = await hours_of_writing(service, clock, range(1, 8))

    assert [day for day, _ in written] == [1, 2, 3]
    assert [row["reminder_hour"] for row in await rows(service, LearnerRow)] == [None]


@pytest.mark.parametrize("sign", ["Để mai", "menu", "công an gọi điện bảo tôi liên quan vụ án"])
async def test_any_sign_of_life_begins_the_count_anew(learner, service, clock, sign):
    await hours_of_writing(service, clock, [1, 2])
    clock.move_to(at(2, 20), tick=False)
    await service.take_waiting("web", learner.sender)
    await learner.say(sign)

    written = await hours_of_writing(service, clock, range(3, 9))

    assert [day for day, _ in written] == [3, 4, 5]


async def test_only_looking_whether_something_waits_is_no_sign_of_life(learner, service, clock):
    for day in range(1, 6):
        await hours_of_writing(service, clock, [day])
        clock.move_to(at(day, 20), tick=False)
        await service.take_waiting("web", learner.sender)

    assert [row["reminder_hour"] for row in await rows(service, LearnerRow)] == [None]


async def test_asking_again_after_it_ended_begins_anew(learner, service, clock):
    await hours_of_writing(service, clock, range(1, 6))
    clock.move_to(at(6, 12), tick=False)
    await learner.tap("remind-at:7")

    assert [day for day, _ in await hours_of_writing(service, clock, range(7, 12))] == [7, 8, 9]


async def test_a_reviewed_day_needs_no_reminder(learner, service, clock):
    clock.move_to(at(1, 9), tick=False)
    await learner.say("/onlai")
    for _ in range(3):
        await learner.answer(is_right=True)

    assert await hours_of_writing(service, clock, [1]) == []


@pytest.mark.parametrize(
    ("channel", "silent", "is_open"),
    [
        pytest.param("zalo_oa", timedelta(hours=47, minutes=59), True, id="Zalo, within 48 hours"),
        pytest.param("zalo_oa", timedelta(hours=48), False, id="Zalo, at 48 hours"),
        pytest.param("zalo_oa", timedelta(days=9), False, id="Zalo, days later"),
        pytest.param("telegram", timedelta(days=90), True, id="Telegram, always"),
        pytest.param("web", timedelta(days=90), True, id="web, always"),
        pytest.param("sms", timedelta(0), False, id="a channel nobody knows"),
    ],
)
def test_each_channel_has_its_window(channel, silent, is_open):
    now = datetime(2026, 11, 24, tzinfo=UTC)
    one = Remindable("x", 1, channel, now - silent, None, 1, 0)

    assert is_window_open(one, now) is is_open


def test_the_windows_name_the_designs_channels():
    assert set(WINDOWS) == {"web", "telegram", "zalo_oa", "zalo_bot"}


async def test_zalo_hears_nothing_after_48_hours(talk, service, clock):
    talk.channel = "zalo_oa"
    await become_reminded(talk, 19)

    written = await hours_of_writing(service, clock, range(1, 6))

    assert [day for day, _ in written] == [1]  # at noon of the day after the next, 48 hours are over
    assert all(row["kind"] == "reminder" for row in await rows(service, OutboundMessage))


async def test_a_guest_is_asked_for_consent_first(talk):
    await talk.say("/nhac")

    assert "có đồng ý không" in talk.text


async def test_the_hours_are_offered_with_a_way_out(learner):
    await learner.say("/nhac")

    assert learner.labels == [*HOURS.values(), "Thôi nhắc", "Danh mục"]
    assert "nhiều nhất một lần" in learner.text


@pytest.mark.parametrize(
    ("left", "is_open"),
    [
        pytest.param(None, True, id="not known"),
        pytest.param(8, True, id="many"),
        pytest.param(2, True, id="one to spare"),
        pytest.param(1, False, id="the last is left for an answer"),
        pytest.param(0, False, id="none"),
    ],
)
def test_a_reminder_leaves_the_last_free_message_for_an_answer(left, is_open):
    now = datetime(2026, 11, 24, tzinfo=UTC)
    one = Remindable("x", 1, "zalo_oa", now - timedelta(hours=1), None, 1, 0, left)

    assert is_window_open(one, now) is is_open


@pytest.mark.parametrize("typed", ["nhắc tôi", "nhac toi", "nhắc tôi ôn bài", "/nhac"])
async def test_words_lead_to_the_hours(talk, typed):
    await talk.agree("bac")

    await talk.say(typed)

    assert talk.labels == [*HOURS.values(), "Danh mục"]


@pytest.mark.parametrize("typed", ["19 giờ", "19h", "tối", "buổi tối", "7 giờ tối", "4", "bốn"])
async def test_the_hour_may_be_said_in_many_ways(talk, service, typed):
    await talk.agree("bac")
    await talk.say("nhắc tôi")

    await talk.say(typed)

    assert [row["reminder_hour"] for row in await rows(service, LearnerRow)] == [19]
