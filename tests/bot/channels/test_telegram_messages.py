"""How replies look on Telegram: buttons, parts, pictures and polls, within its limits."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actions.reply import Choice, Image, Poll, Reply
from bot.channels.telegram_messages import LIMITS, compose
from bot.channels.texts import units
from tests.bot.channels.telegram_given import ALT, PICTURE, PNG, QUESTION, labels, poll_of
from tests.fakes.telegram_server import FakeTelegram

LONG_LABEL = "Có người tự xưng là công an gọi điện và yêu cầu tôi chuyển tiền vào một tài khoản lạ"


def shown(message):
    return [[button["text"] for button in row] for row in message["keyboard"]]


@pytest.mark.parametrize(
    ("choices", "rows"),
    [
        pytest.param(["Danh mục"], [["1. Danh mục"]], id="one"),
        pytest.param(["Danh mục", "Học tiếp"], [["1. Danh mục", "2. Học tiếp"]], id="two short ones share a row"),
        pytest.param(["a", "b", "c"], [["1. a", "2. b"], ["3. c"]], id="three short ones"),
        pytest.param(["Danh mục", "Tôi vừa bị lừa, mất tiền"], [["1. Danh mục"], ["2. Tôi vừa bị lừa, mất tiền"]], id="short and long"),
        pytest.param(
            ["a", "Tôi vừa bị lừa, mất tiền", "b", "c"], [["1. a"], ["2. Tôi vừa bị lừa, mất tiền"], ["3. b", "4. c"]], id="mixed"
        ),
        pytest.param(["x" * 14, "y" * 14], [["1. " + "x" * 14, "2. " + "y" * 14]], id="just short enough"),
        pytest.param(["x" * 15, "y" * 14], [["1. " + "x" * 15], ["2. " + "y" * 14]], id="just too long for two"),
        pytest.param(["x" * 61], [["1. " + "x" * 61]], id="the longest label"),
        pytest.param([unicodedata.normalize("NFD", "Hỏi đáp")], [["1. Hỏi đáp"]], id="letters and marks become one"),
    ],
)
def test_buttons(choices, rows):
    (message,) = compose([Reply("Chọn", tuple(Choice(label, f"v:{n}") for n, label in enumerate(choices)))])

    assert shown(message) == rows
    assert message["text"] == "Chọn"


def test_numbers_run_on_over_the_bubbles_of_a_turn():
    first, second, third = compose([Reply("một", labels(2)), Reply("hai"), Reply("ba", labels(1))])

    assert shown(first) == [["1. xxxx", "2. xxxx"]]
    assert shown(second) == []
    assert shown(third) == [["3. xxxx"]]
    assert third["keyboard"][0][0]["callback_data"] == "value:0"


def test_a_label_that_is_too_long_is_cut_at_a_word_and_all_are_listed():
    (message,) = compose([Reply("Chuyện gì vậy?", (Choice(LONG_LABEL, "a"), Choice("Chuyện khác", "b")))])

    assert message["text"] == f"Chuyện gì vậy?\n\n1. {LONG_LABEL}\n2. Chuyện khác"
    assert shown(message) == [["1. Có người tự xưng là công an gọi điện và yêu cầu tôi chuyển…"], ["2. Chuyện khác"]]


def test_more_choices_than_buttons_are_listed():
    (message,) = compose([Reply("Chọn", labels(120))])

    assert sum(len(row) for row in message["keyboard"]) == 100
    assert message["text"].endswith("\n120. xxxx")


@pytest.mark.parametrize(
    ("text", "lengths"),
    [
        pytest.param("a" * 4096, [4096], id="the longest"),
        pytest.param("a" * 4097, [4096, 1], id="one more"),
        pytest.param("😟" * 2048, [4096], id="the longest of emoji"),
        pytest.param("😟" * 2049, [4096, 2], id="one emoji more"),
        pytest.param("a" + "😟" * 2048, [4095, 2], id="no emoji is cut in half"),
        pytest.param(("a" * 3000 + "\n\n") + "b" * 2000, [3000, 2000], id="at a paragraph"),
        pytest.param(("a" * 3000 + "\n") + "b. " * 700, [3000, 2099], id="at a line"),
        pytest.param("a" * 3000 + ". " + "b " * 1000, [3001, 1999], id="at a sentence"),
        pytest.param("a" * 4000 + " " + "b" * 4000, [4000, 4000], id="at a word"),
        pytest.param("a\n\n" + "b" * 4094, [4096, 1], id="not at the very beginning"),
        pytest.param(unicodedata.normalize("NFD", "ế" * 4096), [4096], id="counted as single letters"),
    ],
)
def test_long_texts_are_parted(text, lengths):
    messages = compose([Reply(text, (Choice("Danh mục", "menu"),))])

    assert [units(message["text"]) for message in messages] == lengths
    assert [bool(message["keyboard"]) for message in messages] == [*[False] * (len(lengths) - 1), True]


@pytest.mark.parametrize(
    ("reply", "methods"),
    [
        pytest.param(Reply("Chào", image=Image(PICTURE, ALT)), ["photo"], id="picture with a caption"),
        pytest.param(Reply("", image=Image(PICTURE, ALT)), ["photo"], id="picture alone"),
        pytest.param(Reply("a" * 1024, image=Image(PICTURE, ALT)), ["photo"], id="the longest caption"),
        pytest.param(Reply("a" * 1025, image=Image(PICTURE, ALT)), ["photo", "message"], id="too long for a caption"),
        pytest.param(Reply("a" * 5000, image=Image(PICTURE, ALT)), ["photo", "message", "message"], id="much too long"),
        pytest.param(Reply(""), [], id="nothing"),
        pytest.param(Reply(" \n "), [], id="nothing but space"),
        pytest.param(Reply("", labels(1)), ["message"], id="choices alone"),
        pytest.param(QUESTION, ["poll"], id="question"),
        pytest.param(Reply(QUESTION.text, QUESTION.choices, Image(PICTURE, ALT), QUESTION.poll), ["photo", "poll"], id="question with a picture"),
    ],
)  # fmt: skip
def test_calls(reply, methods):
    assert [message["method"] for message in compose([reply])] == methods


def test_a_picture_that_comes_first_has_its_words_and_the_text_has_the_buttons():
    photo, message = compose([Reply("a" * 1025, labels(1), Image(PICTURE, ALT))])

    assert (photo["text"], photo["keyboard"]) == (ALT, [])
    assert shown(message) == [["1. xxxx"]]


@pytest.mark.parametrize(
    ("explanation", "expected"),
    [
        pytest.param("Đúng. Mã OTP chỉ để bạn tự gõ.", "Đúng. Mã OTP chỉ để bạn tự gõ.", id="short"),
        pytest.param("a\nb\nc", "a\nb\nc", id="two line feeds"),
        pytest.param("a\nb\n\nc\nd", "a\nb\nc d", id="four line feeds"),
        pytest.param("b" * 200, "b" * 200, id="the longest"),
        pytest.param("Đúng rồi. " + "b" * 200, "Đúng rồi. " + "b" * 189 + "…", id="too long, one word"),
        pytest.param("Mã OTP là của bạn. " * 11, ("Mã OTP là của bạn. " * 10).strip(" .") + "…", id="too long, at a sentence"),
    ],
)
def test_the_explanation_of_a_poll(explanation, expected):
    (message,) = compose([poll_of(explanation=explanation)])

    assert message["explanation"] == expected


TEXTS = st.text(alphabet=st.sampled_from("aế😟 .\n"), max_size=200).map(lambda text: text * 30) | st.text(max_size=300)
CHOICES = st.lists(st.builds(Choice, st.text(min_size=1, max_size=130).filter(str.strip), st.just("value:x")), max_size=20).map(tuple)
POLLS = st.none() | st.builds(Poll, st.text(max_size=320), st.integers(0, 14), st.integers(-1, 14), st.text(max_size=400))
ANY = st.builds(Reply, TEXTS, CHOICES, st.none() | st.builds(Image, st.just(PICTURE), st.text(max_size=1500)), POLLS)
QUESTIONS = st.builds(poll_of, question=st.text(min_size=1, max_size=300), explanation=st.text(max_size=400))
REPLIES = st.lists(ANY | QUESTIONS, max_size=4)


@given(REPLIES)
@settings(max_examples=60, deadline=None)
def test_whatever_is_said_telegram_takes_it_and_every_choice_has_its_number(replies):
    telegram = FakeTelegram()
    telegram.meet(77)

    composed = compose(replies)

    for message in composed:
        for sent in (message, message.get("words", message)):
            call = {"text": sent.get("text"), "caption": sent.get("text"), "photo": PNG, "type": "quiz"} | sent
            call |= {"chat_id": "77", "correct_option_ids": [sent.get("right")], "reply_markup": {"inline_keyboard": sent["keyboard"]}}
            getattr(telegram, f"_do_send{sent['method']}")(call)
    menu = [choice.value for reply in replies for choice in reply.choices]
    taps = [b for m in composed for row in m["keyboard"] for b in row]
    numbers = [*(b["text"] for b in taps), *(option for m in composed for option in m.get("options", ()))]
    assert sorted(int(text.partition(".")[0]) for text in numbers) == list(range(1, len(menu) + 1))


def test_limits_are_told():
    assert (LIMITS.buttons_max, LIMITS.button_label_max_characters, LIMITS.window_hours, LIMITS.free_replies) == (100, 64, None, None)
