"""Several people at one phone: each sees their own progress and nobody else's."""

from datetime import UTC, datetime, timedelta

import pytest

from actions.learners.tables import Attempt, LearnerRow, LessonProgress
from tests.stored import rows


@pytest.fixture
async def family(talk):
    """Bà Hoa, who learned something, and Nam, who is learning now."""
    await talk.agree("bac")
    await talk.pass_quiz("ma-otp")
    await talk.tap("add-person")
    await talk.say("Nam")
    await talk.press("em")
    return talk


async def test_a_guest_is_asked_for_consent(talk):
    await talk.say("/doinguoi")

    assert "có đồng ý không" in talk.text


async def test_the_phone_shows_who_learns_there(family):
    await family.say("/doinguoi")

    assert "Đang học: Nam" in family.text
    assert family.labels == ["Người học 1", "Nam (đang học)", "Thêm người học", "Danh mục"]


async def test_a_new_person_begins_at_nothing(family, curriculum):
    await family.say("/tiendo")

    assert f"Em đã qua 0/{len(curriculum.lessons)} bài." in family.text


async def test_switching_brings_back_ones_own_progress_and_address(family, curriculum):
    await family.pass_quiz("cong-an-gia")
    await family.say("/doinguoi")
    await family.press("Người học 1")
    switched = family.text
    await family.say("/tiendo")
    first = family.text
    await family.say("/doinguoi")
    await family.say("Nam")
    await family.say("/tiendo")

    total = len(curriculum.lessons)
    assert "bây giờ Người học 1 học" in switched
    assert f"Bác đã qua 1/{total} bài." in first
    assert "- Giữ tài khoản: 1/" in first
    assert f"Em đã qua 1/{total} bài." in family.text
    assert "- Giữ tài khoản: 0/" in family.text


async def test_an_open_quiz_does_not_pass_to_the_next_person(family, service):
    await family.tap("quiz:cong-an-gia")
    old = next(iter(family.picks().values()))
    await family.say("/doinguoi")
    await family.press("Người học 1")
    before = await rows(service, Attempt)

    await family.tap(old)

    assert "lần làm trước" in family.text
    assert await rows(service, Attempt) == before


async def test_reviews_are_everybodys_own(family, time_machine):
    time_machine.move_to(datetime.now(UTC) + timedelta(days=40), tick=False)
    await family.say("/onlai")
    nam = family.text
    await family.say("/doinguoi")
    await family.press("Người học 1")
    await family.say("/onlai")

    assert "Chưa có câu nào để ôn" in nam
    assert "Mình ôn lại 3 câu" in family.text


async def test_large_letters_are_everybodys_own(family):
    await family.say("/chuto")
    await family.say("/doinguoi")
    await family.press("Người học 1")
    first = family.last["large_text"]
    await family.say("/doinguoi")
    await family.press("Nam")

    assert (first, family.last["large_text"]) == (False, True)


@pytest.mark.parametrize("typed", ["079203001234", "An 2", "a b c d e f g h", "<b>"])
async def test_a_name_that_cannot_be_one_adds_nobody(talk, service, typed):
    await talk.agree("bac")
    await talk.tap("add-person")

    await talk.say(typed)

    assert len(await rows(service, LearnerRow)) == 1


@pytest.mark.parametrize("typed", ["thôi", "1", "/menu", "TẮT", "dừng", "thu hồi", "menu", "tôi vừa bị lừa"])
async def test_thinking_better_of_it_adds_nobody(talk, service, typed):
    await talk.agree("bac")
    await talk.tap("add-person")

    await talk.say(typed)

    assert len(await rows(service, LearnerRow)) == 1


async def test_a_name_is_sealed_where_it_lies(family, service):
    assert "Nam" not in str(await rows(service, LearnerRow))


async def test_six_people_are_enough_for_one_phone(talk, service):
    await talk.agree("bac")
    for name in ("Hai", "Ba", "Tư", "Năm", "Sáu", "Bảy"):
        await talk.tap("add-person")
        await talk.say(name)

    await talk.say("/doinguoi")

    assert len(await rows(service, LearnerRow)) == 6
    assert "Thêm người học" not in talk.labels


@pytest.mark.parametrize("value", ["switch:0", "switch:3", "switch:x", "switch", "switch:1:2"])
async def test_a_person_who_is_not_there_cannot_be_chosen(family, value):
    await family.tap(value)

    assert family.last["outcome"] == "menu"
    await family.say("/doinguoi")
    assert "Đang học: Nam" in family.text


async def test_a_late_tap_on_a_name_never_means_somebody_else(family, service):
    await family.tap("add-person")
    await family.say("Lan")
    await family.say("/doinguoi")
    nam = next(c["value"] for c in family.choices if c["label"] == "Nam")
    await family.press("Người học 1")
    await family.say("/xoadulieu")
    await family.press("Xoá, tôi chắc chắn")

    await family.tap(nam)
    await family.say("/doinguoi")

    assert "Đang học: Lan" not in family.text


async def test_erasing_one_leaves_the_other(family, service, curriculum):
    await family.say("/xoadulieu")
    await family.press("Xoá, tôi chắc chắn")
    await family.say("/tiendo")

    assert f"Bác đã qua 1/{len(curriculum.lessons)} bài." in family.text
    assert len(await rows(service, LearnerRow)) == 1
    assert len(await rows(service, LessonProgress)) == 1


async def test_a_late_yes_to_the_erasure_of_one_does_not_erase_the_other(family, service):
    await family.say("/xoadulieu")
    late = next(c["value"] for c in family.choices if c["label"] == "Xoá, tôi chắc chắn")
    await family.say("/doinguoi")
    await family.press("Người học 1")

    await family.tap(late)

    assert len(await rows(service, LearnerRow)) == 2


async def test_everybody_at_the_phone_can_be_erased_together(family, service):
    await family.say("/xoadulieu")
    await family.press("Xoá cả mọi người học ở máy này")

    assert await rows(service, LearnerRow) == []


async def test_two_phones_know_nothing_of_each_other(family, service, curriculum):
    from tests.talk import Talk

    other = Talk(service, "may-khac")
    await other.agree("co")

    await other.say("/doinguoi")

    assert "Nam" not in other.text
    assert other.labels == ["Người học 1 (đang học)", "Thêm người học", "Danh mục"]
