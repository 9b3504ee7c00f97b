"""A person's own data in chat: seen, taken along, withdrawn, erased in two steps with a receipt."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from actions.learners.tables import Erasure, FamilyLink, Identity, LearnerRow
from tests.stored import all_rows, rows
from tests.talk import Talk

CODE = re.compile(r"\b[BCGHKMNPQTV]{8,10}\b")


@pytest.fixture(autouse=True)
def clock(time_machine):
    time_machine.move_to(datetime(2026, 11, 24, 2, 0, tzinfo=UTC), tick=False)
    return time_machine


@pytest.fixture
async def learner(talk, service):
    """Somebody of whom everything is held."""
    await talk.agree("bac")
    await talk.tap("lesson:cong-an-gia", message_id="m1")
    await talk.pass_quiz("ma-otp")
    await talk.tap("drill:dien-tap-cong-an")
    await talk.tap(next(c["value"] for c in talk.choices if c["value"].startswith("act:")))
    await talk.tap("remind-at:19")
    await talk.tap("open-class")
    await talk.say("Lớp của tôi")
    await talk.tap(f"join:{CODE.search(talk.text)[0]}")
    await talk.tap(talk_about_me(talk))
    await talk.say("/giadinh")
    helper = Talk(service, "con-gai")
    await helper.say(f"/ma {CODE.search(talk.text)[0]}")
    await helper.press("Đồng ý")
    return talk


def talk_about_me(talk):
    from actions.stamp import stamp
    from bot import clock as service_clock

    return f"ask-me:vua-bi-lua:{stamp(service_clock.now())}"


async def test_a_guest_hears_that_only_the_open_menu_is_held(talk):
    await talk.say("/dulieucuatoi")

    assert "không ghi nhớ gì về việc học" in talk.text
    assert talk.labels == ["Xoá dữ liệu của tôi", "Danh mục"]


async def test_a_guest_who_is_to_be_asked_again_hears_that_this_is_held(talk):
    await talk.tap(talk_about_me(talk))

    await talk.say("/dulieucuatoi")

    assert "hỏi thăm" in talk.text
    assert "địa chỉ" in talk.text.lower()


async def test_a_helper_hears_that_their_address_is_held(learner, service):
    helper = Talk(service, "con-gai")

    await helper.say("/dulieucuatoi")

    assert "địa chỉ" in helper.text.lower()


async def test_a_learner_sees_all_that_is_held(learner):
    await learner.say("/dulieucuatoi")

    for said in (
        "đồng ý từ 24/11/2026", "Cách xưng hô: bác", "Chữ: thường", "Ngày có học: 1 ngày", "hai năm bác không quay lại", "Bài đã mở: 2, đã qua: 1", "Câu đã trả lời: 4; câu hẹn ôn lại: 3",
        "Giờ nhắc ôn: Tối, 19 giờ", "Lớp học: Lớp của tôi", "Lớp đã mở: Lớp của tôi", "Người nhà đang xem được tiến độ: 1",
        "hỏi thăm", "Không giữ: nội dung bác đã hỏi",
    ):  # fmt: skip
        assert said in learner.text, said
    assert learner.labels == ["Tải dữ liệu của tôi", "Rút đồng ý", "Xoá dữ liệu của tôi", "Danh mục"]


async def test_the_file_is_behind_a_link_that_ends_after_a_quarter_of_an_hour(learner, service, clock):
    await learner.say("/taidulieu")
    code = re.search(r"/dulieu/(\w+)", learner.text)[1]
    found = await service.export(code)

    clock.shift(timedelta(minutes=15, seconds=1))

    assert "15 phút" in learner.text
    assert len(code) == 30
    assert found["identities"][0]["address_on_channel"] == learner.sender
    assert len(found["attempts"]) == 4
    assert await service.export(code) is None


@pytest.mark.parametrize("typed", ["/taidulieu", "/rutdongy"])
async def test_a_guest_has_nothing_to_take_or_withdraw(talk, typed):
    await talk.say(typed)

    assert "không ghi nhớ gì" in talk.text


@pytest.mark.parametrize(
    ("label", "told"),
    [
        ("Thôi nhắc ôn bài", "thôi nhắc"),
        ("Thôi cho người nhà xem", "thu hồi"),
        ("Ra khỏi lớp học", "ra khỏi lớp"),
        ("Thôi ghi nhớ", "Xoá là mất hẳn"),
    ],
)
async def test_each_consent_can_be_withdrawn_alone(learner, label, told):
    await learner.say("/rutdongy")

    await learner.press(label)

    assert told in learner.text


async def test_withdrawing_one_thing_leaves_the_others(learner, service):
    await learner.say("/rutdongy")
    await learner.press("Thôi cho người nhà xem")

    assert await rows(service, FamilyLink) == []
    assert (await rows(service, LearnerRow))[0]["reminder_hour"] == 19


async def test_erasing_takes_two_steps(learner, service):
    await learner.say("/xoadulieu")

    assert "Không lấy lại được" in learner.text
    assert len(await rows(service, LearnerRow)) == 1
    await learner.press("Giữ lại")
    assert len(await rows(service, LearnerRow)) == 1


@pytest.mark.parametrize("typed", ["2", "không", "menu", "thôi", "công an gọi điện bảo tôi liên quan vụ án"])
async def test_anything_but_the_yes_keeps_the_data(learner, service, typed):
    await learner.say("/xoadulieu")

    await learner.say(typed)

    assert len(await rows(service, LearnerRow)) == 1


async def test_nothing_of_the_learner_is_left_in_any_table(learner, service):
    before = await all_rows(service)
    learner_id = before["learners"][0]["id"]
    identity = next(row for row in before["identities"] if row["learner_id"] == learner_id)

    await learner.say("/xoadulieu")
    await learner.press("Xoá, tôi chắc chắn")

    left = {name: found for name, found in (await all_rows(service)).items() if name != "tombstones"}
    assert {"lesson_progress", "attempts", "review_cards", "class_members", "classes", "follow_ups", "family_links"} <= set(before)
    assert learner_id not in str(left)
    assert identity["sender_key"] not in str(left)
    assert set(left) == {"erasures", "conversations", "inbound_events", "turns"}  # the helper's


async def test_the_receipt_says_when_and_not_whose(learner, service):
    await learner.say("/xoadulieu")
    await learner.press("Xoá, tôi chắc chắn")

    (erasure,) = await rows(service, Erasure)
    assert f"Mã biên nhận: {erasure['receipt']}" in learner.text
    assert "Đã xoá xong lúc 09:00 24/11/2026" in learner.text
    assert set(erasure) == {"receipt", "erased_at", "rows"}
    assert learner.last["erased"] is True
    assert learner.last["remembered"] is False


async def test_after_an_erasure_the_person_is_new(learner, service):
    await learner.say("/xoadulieu")
    await learner.press("Xoá, tôi chắc chắn")

    await learner.say("/tiendo")

    assert "chưa ghi nhớ" in learner.text
    assert "bác" not in learner.text
    await learner.say("1")
    assert await rows(service, LearnerRow) == []


@pytest.mark.parametrize("message_id", ["m1", None])
async def test_a_late_event_from_before_brings_nobody_back(learner, service, clock, message_id):
    clock.shift(timedelta(minutes=1))
    await learner.say("/xoadulieu")
    await learner.press("Xoá, tôi chắc chắn")

    await learner.tap("lesson:cong-an-gia", message_id=message_id)
    await learner.tap("remind-at:19")
    await learner.tap("address:bac:paths")

    assert await rows(service, LearnerRow) == []
    assert {row["learner_id"] for row in await rows(service, Identity)} <= {None}


async def test_a_guest_can_erase_the_open_menu_too(talk, service):
    await talk.say("/xoadulieu")
    await talk.press("Xoá cả phần trò chuyện")

    assert set(await all_rows(service)) == {"erasures", "tombstones"}
    assert talk.last["erased"] is True


async def test_a_guests_late_yes_does_not_erase_what_was_learned_since(talk, service, clock):
    await talk.say("/xoadulieu")
    late = next(c["value"] for c in talk.choices if c["label"] == "Xoá cả phần trò chuyện")
    await talk.agree("bac")
    clock.shift(timedelta(days=20))

    await talk.tap(late)

    assert len(await rows(service, LearnerRow)) == 1


async def test_a_helper_who_is_erased_sees_nothing_any_more(learner, service):
    helper = Talk(service, "con-gai")
    await helper.say("/xoadulieu")
    await helper.press("Xoá cả phần trò chuyện")

    assert await rows(service, FamilyLink) == []
    assert len(await rows(service, Identity)) == 1


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("dữ liệu của tôi", "Tôi đang giữ về bác"),
        ("xem dữ liệu của tôi", "Tôi đang giữ về bác"),
        ("tải dữ liệu", "Dữ liệu của bác ở đây"),
        ("tai du lieu cua toi", "Dữ liệu của bác ở đây"),
        ("rút đồng ý", "muốn rút lại điều nào"),
        ("Rút lại đồng ý.", "muốn rút lại điều nào"),
        ("xoá dữ liệu của tôi", "Xoá là mất hẳn"),
        ("xóa dữ liệu", "Xoá là mất hẳn"),
        ("/xoá dữ liệu", "Xoá là mất hẳn"),
    ],
)
async def test_rights_are_found_by_plain_words(talk, nlu, typed, said):
    await talk.agree("bac")

    await talk.say(typed)

    assert said in talk.text
    assert nlu.texts == []


async def test_a_question_about_data_is_a_question(talk, nlu):
    await talk.agree("bac")

    await talk.say("làm sao xoá dữ liệu của tôi trên facebook")

    assert len(nlu.texts) == 1


async def test_the_path_and_large_letters_are_named(talk):
    await talk.agree("bac")
    await talk.tap("take:nguoi-cao-tuoi")
    await talk.say("/chuto")

    await talk.say("/dulieucuatoi")

    said = talk.text.replace("\n", " ")
    assert "Lộ trình đã chọn: Người cao tuổi dùng mạng yên tâm" in said
    assert "Chữ: to, câu ngắn" in said
