"""The guide for somebody who was just cheated: soon at the bank, every way ends, asked again by consent only."""

from datetime import UTC, datetime, timedelta

import pytest

from actions.learners.tables import FollowUp, Identity, LearnerRow
from tests.stored import rows

GUIDE = "vua-bi-lua"
NIGHT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


@pytest.fixture
def clock(time_machine):
    time_machine.move_to(NIGHT, tick=False)
    return time_machine


async def to_the_end(talk, place=0):
    """Go through the guide by one place of its choices."""
    await talk.say("/bilua")
    for _ in range(40):
        ways = [c["value"] for c in talk.choices if c["value"].startswith(f"guide:{GUIDE}:")]
        if not ways:
            return
        await talk.tap(ways[min(place, len(ways) - 1)])
    raise AssertionError("the guide does not end")


@pytest.mark.parametrize("opening", ["tôi vừa bị lừa", "/khancap", "mất hết tiền rồi"])
async def test_the_call_to_the_bank_is_three_taps_away(talk, opening):
    await talk.say(opening)
    taps = ("Chỉ tôi làm từng bước", "Không", "Rồi, tôi chuyển rồi")
    for label in taps:
        await talk.press(label)

    assert "Gọi ngay ngân hàng, theo số in sau thẻ" in talk.text
    assert len(taps) <= 3


async def test_the_bank_stands_in_the_very_first_reply_too(talk):
    await talk.say("tôi vừa bị lừa")

    assert "Gọi ngân hàng theo số in sau thẻ" in talk.text


def test_every_way_through_every_guide_ends(curriculum):
    for guide in curriculum.guides.values():
        done = set()

        def walk(step, above, guide=guide, done=done):
            assert step not in above, f"{guide.slug}: {step} leads back to itself"
            if step not in done:
                for choice in guide.steps[step].choices:
                    walk(choice.next, {*above, step})
                done.add(step)

        walk(guide.start, set())
        assert done == set(guide.steps), f"{guide.slug}: nobody comes to {set(guide.steps) - done}"


@pytest.mark.parametrize("place", [0, 1, 2])
async def test_a_way_ends_with_sources_and_a_way_out(talk, place):
    await to_the_end(talk, place)

    assert "Nguồn: " in talk.text
    assert "Rà soát: " in talk.text
    assert talk.labels == ["Mai hỏi thăm tôi", "Danh mục"]


@pytest.mark.parametrize("typed", ["2", "số 2", "Không", "khong"])
async def test_a_step_takes_numbers_and_words(talk, nlu, typed):
    await talk.say("/bilua")

    await talk.say(typed)

    assert "chuyển tiền cho họ chưa" in talk.text
    assert nlu.texts == []


async def test_a_question_in_the_middle_is_answered_and_the_guide_goes_on(talk):
    await talk.say("/bilua")
    await talk.press("Không")
    labels = talk.labels

    await talk.say("công an gọi điện bảo tôi liên quan vụ án")

    assert talk.last["answer"] == "cong-an-goi-dien"
    assert "Mình làm tiếp từng bước" in talk.text
    assert talk.labels[: len(labels)] == labels


async def test_a_late_tap_on_an_old_step_is_understood(talk):
    await talk.say("/bilua")
    old = talk.choices[1]["value"]
    await talk.tap("lesson:ma-otp")

    await talk.tap(old)

    assert "chuyển tiền cho họ chưa" in talk.text


@pytest.mark.parametrize("value", ["guide:gone", f"guide:{GUIDE}:gone", "guide", f"ask-me:{GUIDE}:!", "ask-me:gone:1", f"ask-me:{GUIDE}"])
async def test_a_made_up_step_leads_to_the_menu(talk, service, value):
    await talk.tap(value)

    assert talk.last["outcome"] == "menu"
    assert await rows(service, Identity) == []


async def test_a_withdrawn_guide_leads_to_the_menu(talk, service):
    curriculum = service.turns.curriculum
    gone = curriculum.guides[GUIDE].model_copy(update={"status": "retired"})
    service.turns.curriculum = curriculum.model_copy(update={"guides": {GUIDE: gone}})

    await talk.say("/bilua")

    assert talk.last["outcome"] == "menu"


async def test_walking_through_keeps_nothing_of_the_person(talk, service):
    await to_the_end(talk)

    assert await rows(service, Identity) == []
    assert await rows(service, FollowUp) == []


async def test_who_asked_for_it_is_asked_again_a_day_later_and_once(talk, service, clock):
    await to_the_end(talk)
    await talk.press("Mai hỏi thăm tôi")
    kept = talk.text

    clock.shift(timedelta(hours=23))
    early = await service.write_due_messages()
    clock.shift(timedelta(hours=2))
    written = await service.write_due_messages()
    waiting = await service.take_waiting("web", talk.sender)
    clock.shift(timedelta(days=1))
    again = await service.write_due_messages()

    assert "tôi giữ địa chỉ trò chuyện" in kept
    assert (early, written, again) == (0, 1, 0)
    assert "gọi ngân hàng và trình báo công an chưa" in waiting[0]["text"]
    assert await rows(service, FollowUp) == []
    assert await rows(service, LearnerRow) == []


async def test_the_address_is_sealed_where_it_lies(talk, service):
    await to_the_end(talk)
    await talk.press("Mai hỏi thăm tôi")

    (identity,) = await rows(service, Identity)
    assert talk.sender not in str(identity)
    assert service.repository.keys.unseal(identity["sealed_address"]) == talk.sender


async def test_who_did_not_ask_is_not_asked(talk, service, clock):
    await to_the_end(talk)

    clock.shift(timedelta(days=2))

    assert await service.write_due_messages() == 0


@pytest.mark.parametrize("how", ["Thôi, không cần hỏi", "1", "tắt", "TẮT"])
async def test_asking_is_called_off_by_one_word(talk, service, clock, how):
    await to_the_end(talk)
    await talk.press("Mai hỏi thăm tôi")

    await talk.say(how)
    clock.shift(timedelta(days=2))

    assert await rows(service, FollowUp) == []
    assert await service.write_due_messages() == 0


async def test_the_buttons_of_the_question_work_when_it_came(talk, service, clock):
    await to_the_end(talk)
    await talk.press("Mai hỏi thăm tôi")
    clock.shift(timedelta(hours=25))
    await service.write_due_messages()
    await service.take_waiting("web", talk.sender)

    await talk.say("1")

    assert talk.last["outcome"] == "guide"


async def test_it_is_not_written_at_night(talk, service, clock):
    clock.move_to(datetime(2026, 11, 24, 19, 0, tzinfo=UTC), tick=False)  # two in the morning in Vietnam
    await to_the_end(talk)
    await talk.press("Mai hỏi thăm tôi")

    clock.shift(timedelta(hours=24, minutes=1))
    at_night = await service.write_due_messages()
    clock.shift(timedelta(hours=6))
    by_day = await service.write_due_messages()

    assert (at_night, by_day) == (0, 1)


async def test_it_is_not_written_when_the_channel_does_not_allow_it_any_more(talk, service, clock):
    talk.channel = "zalo"
    await to_the_end(talk)
    await talk.press("Mai hỏi thăm tôi")

    clock.shift(timedelta(hours=49))  # the service was away for a day

    assert await service.write_due_messages() == 0


async def test_a_late_tap_from_before_an_erasure_brings_nobody_back(talk, service, clock):
    await to_the_end(talk)
    late = next(c["value"] for c in talk.choices if c["label"] == "Mai hỏi thăm tôi")
    await talk.tap(late)
    clock.shift(timedelta(minutes=1))
    await talk.say("/xoadulieu")
    await talk.press("Xoá cả phần trò chuyện")

    clock.shift(timedelta(minutes=1))
    await talk.tap(late)

    assert await rows(service, Identity) == []
    assert await rows(service, FollowUp) == []


@pytest.mark.parametrize("typed", ["dừng", "dung", "thôi", "nghỉ"])
async def test_who_stops_is_shown_the_way_on_first(talk, typed):
    await talk.tap(f"guide:{GUIDE}:dua-ma")

    await talk.say(typed)
    stopped = talk.last
    await talk.say("tiếp")

    assert [c["label"] for c in stopped["replies"][-1]["choices"]] == ["Làm tiếp các bước", "Danh mục"]
    assert "đừng chuyển thêm tiền" in stopped["replies"][0]["text"]
    assert "đưa họ mã OTP" in talk.text


@pytest.mark.parametrize("how", ["Thôi, không cần hỏi", "TẮT"])
async def test_an_address_kept_for_asking_alone_goes_with_the_word(talk, service, how):
    await to_the_end(talk)
    await talk.press("Mai hỏi thăm tôi")
    kept = await rows(service, Identity)

    await talk.say(how)

    assert len(kept) == 1
    assert await rows(service, Identity) == []


async def test_an_address_that_a_learner_needs_stays(talk, service):
    await talk.agree("bac")
    await to_the_end(talk)
    await talk.press("Mai hỏi thăm tôi")

    await talk.say("TẮT")

    assert len(await rows(service, Identity)) == len(await rows(service, LearnerRow)) == 1


async def test_that_the_address_is_kept_is_said_before_it_is(talk, service):
    await to_the_end(talk)

    assert "Khi ấy tôi giữ địa chỉ trò chuyện này" in talk.text
    assert await rows(service, Identity) == []
