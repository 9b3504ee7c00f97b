"""Consent before anything is remembered, the form of address, large letters."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from actions.account import ADDRESSES
from actions.learners.tables import Identity, LearnerRow
from tests.stored import all_rows, rows

# "Bạn Số" is the bot's name; these are words about others.
BAN = re.compile(r"\b[Bb]ạn\b(?! Số\b| bè| học| đọc cũ| cũ| thân| gái| trai| đồng| quen| mới quen| trên mạng| của )")
QUESTION = "công an gọi điện bảo tôi liên quan vụ án"


@pytest.fixture
def clock(time_machine):
    time_machine.move_to(datetime(2026, 11, 24, 2, 0, tzinfo=UTC), tick=False)
    return time_machine


async def test_a_guest_leaves_only_the_open_menu(talk, service):
    """Through lessons, a quiz, a drill, the guide and everything else that can be had without consent."""
    for value in ("menu", "welcome", "lesson:ma-otp", "step:ma-otp:2", "simple:ma-otp:2", "step:ma-otp:7", "quiz:ma-otp"):
        await talk.tap(value)
    for is_right in (True, False, True):
        await talk.answer(is_right=is_right)
    await talk.tap("drill:dien-tap-cong-an")
    for _ in range(2):
        await talk.tap(next(c["value"] for c in talk.choices if c["value"].startswith("act:")))
    for typed in (
        "DỪNG", "/bilua", "1", "1", QUESTION, "/tiendo", "/onlai", "/nhac", "/giadinh", "/nguoinha", "/thuhoi", "/molop", "/lop", "/roilop",
        "/ma ABCDEFGH", "/caidat", "/xungho", "/chuto", "/doinguoi", "/dulieucuatoi", "/taidulieu", "/rutdongy", "/xoadulieu", "tắt", "/hoc",
    ):  # fmt: skip
        await talk.say(typed)
    for value in ("learn:ma-otp", "held:paths", "address:bac:paths", "large:on", "remind-at:7", "switch:1", "join:ABCDEFGH", "rest"):
        await talk.tap(value)

    found = await all_rows(service)
    assert set(found) <= {"conversations", "inbound_events", "turns"}  # turns wait a minute to be counted, then go
    assert {row["sealed_event"] for row in found["inbound_events"]} == {None}  # that something came, not what
    assert talk.sender not in str(found)


@pytest.mark.parametrize(
    "value",
    ["learn", "learn:ma-otp", "reminder", "people", "add-person", "family", "open-class", "call-me", "large:on"],
)
async def test_what_needs_memory_asks_for_consent_first(talk, service, value):
    await talk.tap(value)

    assert "có đồng ý không? Không đồng ý vẫn học được" in talk.text
    assert await rows(service, LearnerRow) == []


@pytest.mark.parametrize("typed", ["1", "đồng ý", "Dong y", "có", "Đồng ý, nhớ giúp tôi"])
async def test_consent_may_be_given_by_button_number_or_words(talk, service, typed):
    await talk.tap("learn")

    await talk.say(typed)

    assert len(await rows(service, LearnerRow)) == 1
    assert "gọi bạn là gì" in talk.text


@pytest.mark.parametrize("typed", ["2", "không", "Khong dong y", "thôi", "Học không cần nhớ", QUESTION, "/menu", "tôi vừa bị lừa"])
async def test_anything_else_is_no_consent(talk, service, typed):
    await talk.tap("learn")

    await talk.say(typed)

    assert await rows(service, LearnerRow) == await rows(service, Identity) == []


async def test_what_would_be_kept_is_told_before_and_then_asked_again(talk, service):
    await talk.tap("learn:ma-otp")
    await talk.press("Tôi lưu những gì?")

    assert all(word in talk.text for word in ("/rutdongy", "/dulieucuatoi", "/xoadulieu", "đã mã hoá", "Không dùng để quảng cáo"))
    assert await rows(service, LearnerRow) == []
    await talk.press("Đồng ý")
    await talk.press("Bỏ qua")
    assert "Mã OTP là chìa khoá" in talk.text


async def test_after_consent_it_goes_on_with_what_was_wanted(talk):
    await talk.tap("learn:ma-otp")
    await talk.press("Đồng ý")
    await talk.press("cô")

    assert "(1/7)" in talk.text
    assert "Cô cùng xem nó là gì" in talk.text


@pytest.mark.parametrize(("slug", "word"), list(ADDRESSES.items()))
async def test_each_form_of_address_is_used_at_once_and_later(talk, slug, word):
    await talk.tap("learn")
    await talk.press("Đồng ý")
    await talk.tap(f"address:{slug}:paths")
    first = talk.text
    await talk.say("menu")

    assert f"Câu nào giống {word} nhất?" in first
    assert talk.text.startswith(f"{word.capitalize()} cần giúp")


async def test_bac_is_called_bac_everywhere(talk, service, nlu, clock, curriculum):
    heard = []

    async def hear(how, what):
        await how(what)
        heard.append((what, talk.text))

    await talk.agree("bac")
    values = ["menu", "welcome", "study", "modules", "paths", "path:nguoi-cao-tuoi", "settings", "sharing", "people", "progress", "data"]
    values += [
        "take-data",
        "withdraw",
        "erase",
        "drills",
        "emergency",
        "none",
        "wrong:otp-la-gi",
        "answer:otp-la-gi",
        "answer:cong-an-goi-dien",
    ]
    values += [
        "reminder",
        "remind-at:7",
        "reminder-off",
        "large:on",
        "large:off",
        "family",
        "revoke",
        "open-class",
        "classes",
        "leave",
        "rest",
    ]
    values += ["certificate:nguoi-cao-tuoi", "gone", "pillar:online-safety", "topic:scam-police", "call-me", "review"]
    for lesson in ("ma-otp", "cong-an-gia"):
        values += [f"lesson:{lesson}", *(f"{how}:{lesson}:{n}" for n in range(1, 8) for how in ("step", "simple")), f"stop:{lesson}:3"]
    for value in values:
        await hear(talk.tap, value)
    await hear(talk.tap, "quiz:ma-otp")
    for is_right in (True, False, False):
        await talk.answer(is_right=is_right)
        heard.append(("an answer", talk.text))
    clock.shift(timedelta(days=1))
    await hear(talk.say, "/onlai")
    await hear(talk.say, QUESTION)
    await hear(talk.tap, "drill:dien-tap-cong-an")
    while values := [c["value"] for c in talk.choices if c["value"].startswith("act:")]:
        await hear(talk.tap, values[0])
    await hear(talk.say, "/bilua")
    while values := [c["value"] for c in talk.choices if c["value"].startswith("guide:")]:
        await hear(talk.tap, values[0])
    for typed in ("tôi vừa bị lừa", "/khancap", "tôi muốn chết cho xong", "🙂", "/gi", "mã otp là 482913", "77"):
        await hear(talk.say, typed)
    for decision in ("unknown", "suggest"):
        nlu.decision = decision
        await hear(talk.say, "cái ấy là gì")
    nlu.broken = True
    await hear(talk.say, "otp là gì")

    wrong = [(what, BAN.search(text)[0], text[max(0, BAN.search(text).start() - 30) :][:80]) for what, text in heard if BAN.search(text)]
    assert wrong == []
    assert sum("bác" in text.lower() for _, text in heard) > 60


async def test_the_form_of_address_can_be_changed(talk):
    await talk.agree("bac")

    await talk.say("/xungho")
    await talk.press("chị")

    assert "Chị muốn đổi điều gì?" in talk.text


@pytest.mark.parametrize("value", ["address:gone:paths", "address:bac:paths", "address"])
async def test_a_guest_cannot_be_given_a_form_of_address(talk, service, value):
    await talk.tap(value)

    assert talk.last["outcome"] == "menu"
    assert await rows(service, LearnerRow) == []


async def test_agreeing_twice_makes_one_learner(talk, service):
    await talk.tap("learn")
    agree = talk.choices[0]["value"]

    for _ in range(3):
        await talk.tap(agree)

    assert len(await rows(service, LearnerRow)) == 1


async def test_a_late_consent_from_before_an_erasure_brings_nobody_back(talk, service, clock):
    await talk.tap("learn")
    late = talk.choices[0]["value"]
    await talk.tap(late)
    clock.shift(timedelta(minutes=1))
    await talk.say("/xoadulieu")
    await talk.press("Xoá, tôi chắc chắn")
    clock.shift(timedelta(days=3))

    await talk.tap(late)
    asked_again = talk.text

    assert await rows(service, LearnerRow) == await rows(service, Identity) == []
    assert "có đồng ý không" in asked_again
    clock.shift(timedelta(minutes=1))
    await talk.press("Đồng ý")
    assert len(await rows(service, LearnerRow)) == 1


@pytest.mark.parametrize("stamp", ["", "!", "ngày", "zzzzzzzzzzzzzzzzzzzz", "1.5"])
async def test_a_made_up_stamp_is_no_consent(talk, service, stamp):
    await talk.tap(f"agree:{stamp}:paths")

    assert await rows(service, LearnerRow) == []


async def test_large_letters_are_remembered_and_told_to_the_channel(talk):
    await talk.agree("bac")
    before = talk.last["large_text"]

    await talk.say("chữ to")
    on = talk.last["large_text"]
    await talk.say("menu")
    later = talk.last["large_text"]
    await talk.say("/chuthuong")

    assert (before, on, later, talk.last["large_text"]) == (False, True, True, False)


async def test_settings_lead_everywhere(talk):
    await talk.agree("bac")
    await talk.say("/caidat")
    values = [c["value"] for c in talk.choices]

    assert {"large:on", "call-me", "reminder", "people", "sharing", "data"} <= set(values)
    for value in values:
        await talk.tap(value)
        assert "không có trong các mục" not in talk.text, value


async def test_who_does_not_want_to_be_remembered_is_asked_once(talk, service):
    await talk.tap("learn:ma-otp")
    await talk.press("Học không cần nhớ")
    first = talk.text

    for value in ("learn:cong-an-gia", "take:nguoi-cao-tuoi", "learn:ma-otp"):
        await talk.tap(value)
        assert "có đồng ý không" not in talk.text, value
        assert "(1/" in talk.text, value

    assert "(1/7)" in first
    assert await rows(service, LearnerRow) == await rows(service, Identity) == []


async def test_the_refusal_outlives_what_is_open(talk):
    await talk.tap("learn:ma-otp")
    await talk.press("Học không cần nhớ")
    for typed in ("dừng", "menu", QUESTION, "tôi vừa bị lừa"):
        await talk.say(typed)

    await talk.tap("learn:cong-an-gia")

    assert "có đồng ý không" not in talk.text


async def test_another_day_the_question_is_asked_again(talk, clock):
    await talk.tap("learn:ma-otp")
    await talk.press("Học không cần nhớ")
    clock.shift(timedelta(hours=12))

    await talk.tap("learn:ma-otp")

    assert "có đồng ý không" in talk.text


@pytest.mark.parametrize("value", ["remember", "family", "reminder", "large:on", "open-class"])
async def test_who_asks_for_something_that_needs_memory_is_asked_all_the_same(talk, value):
    await talk.tap("learn:ma-otp")
    await talk.press("Học không cần nhớ")

    await talk.tap(value)

    assert "có đồng ý không" in talk.text


async def test_a_path_asks_a_guest_once_and_begins_all_the_same(talk, service, curriculum):
    await talk.say("/hoc")
    await talk.press("Chọn lộ trình học")
    await talk.press(curriculum.paths["nguoi-cao-tuoi"].audience)
    await talk.press("Bắt đầu")
    asked = talk.text
    await talk.press("Học không cần nhớ")

    assert "có đồng ý không" in asked
    assert "(1/" in talk.text
    assert await rows(service, LearnerRow) == []


async def test_a_guest_is_shown_the_next_lesson_of_the_path(talk, curriculum):
    first, second = curriculum.paths["nguoi-cao-tuoi"].lessons[:2]
    await talk.tap("take:nguoi-cao-tuoi")
    await talk.press("Học không cần nhớ")

    await talk.pass_quiz(first)

    assert talk.labels[0] == f"Bài tiếp: {curriculum.lessons[second].title}"
    assert "Nhớ giúp tôi" in talk.labels


async def test_who_agrees_at_a_path_begins_it_as_a_learner(talk, service):
    await talk.tap("take:nguoi-cao-tuoi")
    await talk.press("Đồng ý")
    await talk.press("Bỏ qua")

    (learner,) = await rows(service, LearnerRow)
    assert learner["path"] == "nguoi-cao-tuoi"
    assert "(1/" in talk.text


async def test_consent_names_how_long_it_is_kept(talk):
    await talk.tap("learn")

    assert "hai năm bạn không quay lại thì tôi tự xoá" in talk.text
