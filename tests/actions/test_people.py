"""Several people at one phone: each sees their own progress and nobody else's."""

from datetime import UTC, datetime, timedelta

import pytest

from actions.learners.tables import Attempt, Conversation, LearnerRow, LessonProgress
from tests.stored import rows


@pytest.fixture
async def family(talk):
    """Bà Hoa, who learned something, and Nam, who is learning now."""
    await talk.agree("bac")
    await talk.pass_quiz("ma-otp")
    await talk.tap("add-person")
    await talk.say("Nam")
    await talk.press("Đúng, tôi đồng ý")
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
        await talk.say("đúng")

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
    await family.say("đồng ý")
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


async def ask_for_name(talk):
    await talk.agree("bac")
    await talk.tap("add-person")


async def test_a_new_person_is_asked_for_consent_in_words_for_them(talk, service):
    await ask_for_name(talk)
    await talk.say("nam")
    asked = talk.text
    before = await rows(service, LearnerRow)
    await talk.press("Đúng, tôi đồng ý")

    assert "Chào Nam." in asked
    assert "Để Nam học tiếp được hôm sau, tôi cần ghi nhớ: tên này" in asked
    assert "Nam có đồng ý không" in asked
    assert len(before) == 1
    assert len(await rows(service, LearnerRow)) == 2


async def test_until_then_the_name_lies_sealed(talk, service):
    await ask_for_name(talk)
    await talk.say("Bích Ngọc")

    assert "Bích Ngọc" not in str(await rows(service, Conversation))


@pytest.mark.parametrize("typed", ["Thôi", "thôi", "3", "menu"])
async def test_who_does_not_agree_is_not_added(talk, service, typed):
    await ask_for_name(talk)
    await talk.say("Nam")

    await talk.say(typed)
    await talk.tap("person-agrees")

    assert len(await rows(service, LearnerRow)) == 1


@pytest.mark.parametrize("how", ["Sửa lại tên", "types it again"])
async def test_a_name_may_be_corrected_before_it_is_kept(talk, how):
    await ask_for_name(talk)
    await talk.say("Nàm")
    if how == "Sửa lại tên":
        await talk.press(how)
    await talk.say("Nam")
    await talk.say("đúng")
    await talk.press("em")

    await talk.say("/doinguoi")

    assert "Đang học: Nam" in talk.text


@pytest.mark.parametrize("name", ["Dũng", "Dung", "dung", "Dùng", "Nghi", "hoc", "Tất", "Ba", "Hai", "Năm", "Cửu", "Ơn", "Có", "Thị Đúng"])
async def test_people_may_be_called_so(talk, service, name):
    await ask_for_name(talk)
    await talk.say(name)
    assert f"Chào {name[:1].upper()}{name[1:]}." in talk.text

    await talk.press("Đúng, tôi đồng ý")

    assert len(await rows(service, LearnerRow)) == 2


@pytest.mark.parametrize(
    "typed",
    [
        "làm sao đổi mật khẩu", "lam sao doi mat khau", "OTP là gì?", "có ai biết không", "tôi muốn học cách gọi video cho con cháu ở xa",
        "quên mật khẩu", "sao lâu thế này nhỉ?",
    ],
)  # fmt: skip
async def test_a_question_is_no_name_and_the_name_is_asked_for_again(talk, nlu, service, typed):
    await ask_for_name(talk)

    await talk.say(typed)
    answered = talk.last
    await talk.say("Nam")

    assert answered["answer"] == "cong-an-goi-dien"
    assert len(nlu.texts) == 1
    assert "Người học mới tên gì?" in answered["replies"][-1]["text"]
    assert "Chào Nam." in talk.text
    assert len(await rows(service, LearnerRow)) == 1


@pytest.mark.parametrize("elsewhere", ["menu", "answer:otp-la-gi", "settings"])
async def test_who_went_elsewhere_is_not_taken_by_the_name(talk, elsewhere):
    await ask_for_name(talk)
    await talk.tap(elsewhere)

    await talk.say("Hoa hồng")

    assert "Chào Hoa" not in talk.text


async def test_hours_later_a_text_is_no_name_any_more(talk, time_machine):
    time_machine.move_to(datetime(2026, 11, 24, 2, 0, tzinfo=UTC), tick=False)
    await ask_for_name(talk)
    time_machine.shift(timedelta(hours=7))

    await talk.say("Hoa hồng")

    assert "Chào Hoa" not in talk.text
