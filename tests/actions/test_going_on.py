"""After something in between: the way back, its numbers, and what a cry for help closes."""

from datetime import UTC, datetime, timedelta

import pytest

from actions.menu import MAIN_MENU

QUESTION = "công an gọi điện bảo tôi liên quan vụ án"
DRILL = "dien-tap-cong-an"
OPENINGS = {
    "lesson": ("step:ma-otp:3", "bước 3/7"),
    "quiz": ("quiz:ma-otp", "Mình quay lại câu đố"),
    "guide": ("guide:vua-bi-lua:chuyen-tien", "Mình làm tiếp từng bước"),
    "drill": (f"drill:{DRILL}", "[Diễn tập]"),
}
TAPS = ["answer:otp-la-gi", "more:otp-la-gi", "android:chu-to-hon", "iphone:chu-to-hon"]
MENUS = ["menu", "none", "pillar:online-safety", "topic:scam-police", "wrong:otp-la-gi"]


@pytest.fixture(autouse=True)
def clock(time_machine):
    time_machine.move_to(datetime(2026, 11, 24, 2, 0, tzinfo=UTC), tick=False)
    return time_machine


@pytest.fixture(params=list(OPENINGS))
async def opened(request, talk):
    """Somebody in the middle of something, and the words that lead back to it."""
    value, back = OPENINGS[request.param]
    await talk.tap(value)
    return talk, back


async def test_a_question_in_the_middle_is_answered_and_it_goes_on(opened):
    talk, back = opened

    await talk.say(QUESTION)

    assert talk.last["answer"] == "cong-an-goi-dien"
    assert back in talk.text


@pytest.mark.parametrize("value", TAPS)
async def test_a_tap_that_answers_leaves_the_way_back(opened, value):
    talk, back = opened

    await talk.tap(value)

    assert talk.last["outcome"] == "answered"
    assert back in talk.text


@pytest.mark.parametrize("value", MENUS)
async def test_a_menu_has_one_more_choice_that_leads_back(opened, value):
    talk, back = opened
    await talk.tap(value)
    assert talk.labels[-1].startswith("Quay lại")

    await talk.say("tiếp")

    assert back in talk.text


async def test_more_of_an_answer_is_one_tap_away_and_leads_back_too(opened):
    talk, back = opened
    await talk.say(QUESTION)

    await talk.press("Xem thêm")

    assert talk.last["outcome"] == "answered"
    assert back in talk.text


@pytest.mark.parametrize("value", [*MENUS, *TAPS])
async def test_without_anything_open_no_way_back_is_made_up(talk, value):
    await talk.tap(value)

    assert not any(label.startswith("Quay lại") for label in talk.labels)


@pytest.mark.parametrize("decision", ["answer", "suggest", "unknown"])
async def test_numbers_answer_the_open_question_whatever_came_between(opened, nlu, decision):
    talk, _ = opened
    await talk.say("9")  # shows it again, alone
    own = [c["value"] for c in talk.choices]
    nlu.decision, nlu.ranking = decision, [("cong-an-goi-dien", 0.5), ("otp-la-gi", 0.3)]

    await talk.say("một câu hỏi ở giữa")

    values = [c["value"] for c in talk.choices]
    assert values[: len(own)] == own
    assert len(values) == len(set(values))
    assert values[-1] == MAIN_MENU.value
    assert all(reply["choices"] == [] for reply in talk.last["replies"][:-1])  # all channels number alike: bubble by bubble


async def test_a_victims_plain_words_are_the_answer(talk, nlu):
    await talk.tap("guide:vua-bi-lua:chuyen-tien")

    await talk.say("rồi")

    assert "Gọi ngay ngân hàng, theo số in sau thẻ" in talk.text
    assert nlu.texts == []


@pytest.mark.parametrize("typed", ["1", "rồi", "rồi em ạ", "chuyển rồi"])
async def test_after_a_question_in_the_middle_the_victims_answer_still_counts(talk, typed):
    await talk.tap("guide:vua-bi-lua:chuyen-tien")
    await talk.say(QUESTION)

    await talk.say(typed)

    assert "Gọi ngay ngân hàng, theo số in sau thẻ" in talk.text


async def test_what_was_asked_back_is_named_where_it_was_asked(talk, nlu, curriculum):
    await talk.tap("guide:vua-bi-lua:chuyen-tien")
    nlu.decision, nlu.ranking = "suggest", [("cong-an-goi-dien", 0.4), ("otp-la-gi", 0.3)]

    await talk.say("cái ấy là cái gì nhỉ")

    first = talk.last["replies"][0]["text"]
    assert all(f"- {curriculum.answers[slug].title}" in first for slug in ("cong-an-goi-dien", "otp-la-gi"))


@pytest.mark.parametrize("cry", ["tôi vừa bị lừa", "/khancap", "tôi muốn chết cho xong", "tap"])
async def test_a_cry_for_help_closes_what_was_open(opened, cry):
    talk, back = opened
    await (talk.tap("emergency") if cry == "tap" else talk.say(cry))
    assert talk.last["outcome"] in ("emergency", "crisis")
    is_guide = back == OPENINGS["guide"][1] and talk.last["outcome"] == "emergency"

    await talk.say(QUESTION)

    assert (back in talk.text) is is_guide


async def test_despair_that_only_the_model_understands_closes_it_too(opened, nlu):
    talk, back = opened
    nlu.ranking = [("tuyet-vong", 0.9)]
    await talk.say("một câu nào đó")
    assert talk.last["outcome"] == "crisis"
    nlu.ranking = [("cong-an-goi-dien", 0.9)]

    await talk.say(QUESTION)

    assert back not in talk.text


async def test_a_loss_told_while_the_model_is_away_closes_it_too(talk, nlu):
    await talk.tap(f"drill:{DRILL}")
    nlu.broken = True
    await talk.say("tôi bị lừa mua hàng trên facebook, shop chặn rồi")
    assert talk.last["outcome"] == "emergency"

    await talk.say(QUESTION)

    assert "[Diễn tập]" not in talk.text


@pytest.mark.parametrize(
    "typed",
    [
        "thật, không phải tập", "that, khong phai tap", "tôi bị thật rồi", "đây là chuyện thật", "không phải diễn tập đâu", "thật đấy",
        "tôi bị lừa thật",
    ],
)  # fmt: skip
async def test_who_means_it_in_a_drill_gets_the_first_steps(talk, typed):
    await talk.tap(f"drill:{DRILL}")

    await talk.say(typed)
    steps = talk.last
    await talk.say(QUESTION)

    assert steps["outcome"] == "emergency"
    assert "[Diễn tập]" not in str(steps) + talk.text


@pytest.mark.parametrize("typed", ["anh là công an thật không", "thật à", "thật hả", "tập trung nào"])
async def test_doubts_of_the_scammer_are_no_cry_for_help(talk, typed):
    await talk.tap(f"drill:{DRILL}")

    await talk.say(typed)

    assert talk.last["outcome"] != "emergency"


@pytest.mark.parametrize("intent", ["buoc-dau-bi-lua", "lay-lai-tien-lua"])
async def test_a_real_loss_told_in_a_drill_is_answered_and_nothing_is_played_any_more(talk, nlu, intent):
    await talk.tap(f"drill:{DRILL}")
    nlu.ranking = [(intent, 0.9)]

    await talk.say("em lỡ làm theo lời nó ở ngoài đời mấy hôm trước")
    answered = talk.text
    nlu.ranking = [("cong-an-goi-dien", 0.9)]
    await talk.say(QUESTION)

    assert "Nghe như chuyện thật, nên tôi dừng diễn tập" in answered
    assert "[Diễn tập]" not in answered + talk.text


async def test_what_was_left_open_for_hours_is_not_brought_up_again(opened, clock):
    talk, back = opened

    clock.shift(timedelta(hours=6, seconds=1))
    await talk.say(QUESTION)

    assert back not in talk.text


async def test_what_was_left_open_a_while_ago_is(opened, clock):
    talk, back = opened

    clock.shift(timedelta(hours=5, minutes=59))
    await talk.say(QUESTION)

    assert back in talk.text


async def test_panic_in_the_guide_leads_on_in_the_guide(talk):
    await talk.tap("guide:vua-bi-lua:dua-ma")
    await talk.say("tôi mất hết tiền rồi")

    await talk.press("Làm tiếp các bước")

    assert "đưa họ mã OTP" in talk.text
