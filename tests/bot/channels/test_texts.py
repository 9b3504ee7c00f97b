"""How texts are composed, counted, parted and merged, and menus numbered, whatever the channel."""

import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actions.reply import Choice, Image, Reply
from bot.channels.texts import clean, fewest, label, line, menu, merged, parts_of, said, units, whole
from bot.choosing import open_choice

NFD = unicodedata.normalize("NFD", "Số điện thoại lạ")
PICTURE = Image("/pictures/otp-1.png", "Tin nhắn\ncó mã OTP.")
MENU = (Choice("Học tiếp", "next"), Choice("Danh mục", "menu"))
LISTED = "Trả lời bằng số:\n1. Học tiếp\n2. Danh mục"  # 38 characters


@pytest.mark.parametrize(
    ("text", "count"),
    [
        pytest.param("", 0, id="nothing"),
        pytest.param("abc", 3, id="letters"),
        pytest.param("Số", 2, id="a composed letter is one"),
        pytest.param("🙏", 2, id="an emoji is two"),
        pytest.param("\ud83d", 1, id="half a character is one"),
    ],
)
def test_lengths_are_counted_in_utf_16_units(text, count):
    assert units(text) == count


@pytest.mark.parametrize(
    ("text", "cleaned", "one_line"),
    [
        pytest.param(NFD, "Số điện thoại lạ", "Số điện thoại lạ", id="letters and marks become one"),
        pytest.param(" \n a\n\n b \n", "a\n\n b", "a b", id="blanks"),
        pytest.param("a\ud83db", "a?b", "a?b", id="half a character, which nobody can send"),
        pytest.param("", "", "", id="nothing"),
    ],
)
def test_what_is_said_is_clean(text, cleaned, one_line):
    assert (clean(text), line(text)) == (cleaned, one_line)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("xin chào 🙏", "xin chào 🙏", id="a text"),
        pytest.param("\ud83d\ude4f", "🙏", id="two halves that belong together"),
        pytest.param("a\ud83d", "a\ufffd", id="half a character"),
        pytest.param(None, "", id="nothing"),
        pytest.param(5, "", id="a number"),
        pytest.param(["a"], "", id="a list"),
    ],
)
def test_what_people_send_is_whole(value, expected):
    assert whole(value) == expected


@pytest.mark.parametrize(
    ("reply", "is_shown", "expected"),
    [
        pytest.param(Reply(f" {NFD}\n"), False, "Số điện thoại lạ", id="a text"),
        pytest.param(Reply("Xem.", image=PICTURE), True, "Xem.", id="a picture that is shown"),
        pytest.param(Reply("Xem.", image=PICTURE), False, "Xem.\n\n(Hình: Tin nhắn có mã OTP.)", id="a picture that is told"),
        pytest.param(Reply("", image=PICTURE), False, "(Hình: Tin nhắn có mã OTP.)", id="a picture alone that is told"),
        pytest.param(Reply(" ", MENU), False, "", id="choices alone are no words"),
    ],
)
def test_a_bubble_in_words(reply, is_shown, expected):
    assert said(reply, is_shown=is_shown) == expected


@pytest.mark.parametrize(
    ("replies", "expected"),
    [
        pytest.param([], "", id="no reply"),
        pytest.param([Reply("a")], "", id="no choice"),
        pytest.param([Reply("a", MENU)], LISTED, id="two choices"),
        pytest.param([Reply("a", MENU), Reply("b"), Reply("c", (Choice("Dừng", "stop"),))], f"{LISTED}\n3. Dừng", id="numbers run on"),
        pytest.param([Reply("a", (Choice(f" {NFD} \n quá ", "x"),))], "Trả lời bằng số:\n1. Số điện thoại lạ quá", id="one line each"),
    ],
)
def test_a_menu_is_a_numbered_list(replies, expected):
    assert menu(replies) == expected


def test_every_number_of_a_menu_means_its_choice_to_the_service():
    replies = [Reply("a", MENU), Reply("b", tuple(Choice(f"Bài {n}", f"lesson:{n}") for n in range(12)))]
    choices = [choice for reply in replies for choice in reply.choices]

    numbers = re.findall(r"^(\d+)\. ", menu(replies), re.MULTILINE)

    assert [open_choice(number, choices) for number in numbers] == [choice.value for choice in choices]
    assert [label(int(n), c) for n, c in zip(numbers, choices)] == menu(replies).split("\n")[1:]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        pytest.param("", [], id="nothing"),
        pytest.param(" \n ", [], id="nothing but blanks"),
        pytest.param("a" * 20, ["a" * 20], id="as long as may be"),
        pytest.param("aaaaaaaaaaaa\n\nbbbb bbb bbb", ["a" * 12, "bbbb bbb bbb"], id="between paragraphs rather than later between words"),
        pytest.param("aaaaaaaaaaaa\nbbbb. bbb bbb", ["a" * 12, "bbbb. bbb bbb"], id="between lines"),
        pytest.param("aaaa aaaaaa. bbb bbb bb", ["aaaa aaaaaa.", "bbb bbb bb"], id="between sentences"),
        pytest.param("aaaa, aaaaaa bbbbbbbbb", ["aaaa, aaaaaa", "b" * 9], id="between words"),
        pytest.param("a\n\n" + "b" * 18, ["a\n\n" + "b" * 17, "b"], id="never early, where a part is hardly worth a message"),
        pytest.param("a" * 20 + "\n\n" + "b", ["a" * 20, "b"], id="after a part that is just full"),
        pytest.param("aaaaaaaaaa. 1. Bật máy.", ["aaaaaaaaaa.", "1. Bật máy."], id="a step stays with its number"),
        pytest.param("x" * 45, ["x" * 20, "x" * 20, "x" * 5], id="no border at all"),
        pytest.param("🙏" * 11, ["🙏" * 10, "🙏"], id="an emoji counts twice"),
        pytest.param("a" + "🙏" * 10, ["a" + "🙏" * 9, "🙏"], id="no emoji is cut"),
        pytest.param("🙏🙏🙏 " * 6, ["🙏🙏🙏 🙏🙏🙏 🙏🙏🙏"] * 2, id="words of emoji stay whole"),
    ],
)
def test_a_long_text_is_parted_at_the_best_place(text, parts):
    assert list(parts_of(text, 20)) == parts


@pytest.mark.parametrize(
    ("text", "closing", "parts"),
    [
        pytest.param("", "", [], id="nothing"),
        pytest.param("", "z", ["z"], id="a closing alone"),
        pytest.param("aaa\n\nbbb", "zzz", ["aaa\n\nbbb\n\nzzz"], id="all in one"),
        pytest.param("a" * 18 + "\n\nb", "", ["a" * 18, "b"], id="between paragraphs"),
        pytest.param("a\n\n" + "b" * 18, "", ["a", "b" * 18], id="however early the paragraph ends"),
        pytest.param("aaa\n\naaa\n\n" + "b" * 18, "", ["aaa\n\naaa", "b" * 18], id="paragraphs are put together while they fit"),
        pytest.param("a" * 9 + "\n\n" + "b" * 9 + "\n\nc", "", ["a" * 9 + "\n\n" + "b" * 9, "c"], id="a part may be just full"),
        pytest.param(
            "aaaaa aaa.\n\nbbbb. bbbbbb.\n\ncccc.",
            "",
            ["aaaaa aaa.", "bbbb. bbbbbb.\n\ncccc."],
            id="paragraphs stay whole where that costs nothing",
        ),
        pytest.param(
            "aaaa aaaa.\n\nbbbb. bbbb.\n\ncccc ccc.",
            "",
            ["aaaa aaaa.\n\nbbbb.", "bbbb.\n\ncccc ccc."],
            id="between sentences where that saves a message",
        ),
        pytest.param(
            "aaaa aaaa.\n\nbbbb. bbbb.", "z" * 10, ["aaaa aaaa.\n\nbbbb.", "bbbb.\n\n" + "z" * 10], id="the closing counts in what is saved"
        ),
        pytest.param("a" * 30 + "\n\nb", "z", ["a" * 20, "a" * 10 + "\n\nb\n\nz"], id="what has no border is cut"),
    ],
)
def test_few_messages_are_worth_more_than_whole_paragraphs(text, closing, parts):
    assert fewest(text, 20, closing) == parts


@pytest.mark.parametrize(
    ("texts", "listed", "parts"),
    [
        pytest.param([], "", [], id="nothing"),
        pytest.param(["", ""], "", [], id="bubbles of nothing"),
        pytest.param([], LISTED, [LISTED], id="choices alone"),
        pytest.param(["Một.", "", "Hai."], LISTED, [f"Một.\n\nHai.\n\n{LISTED}"], id="a turn is one message"),
        pytest.param(["a" * 30, "Chọn gì?"], LISTED, ["a" * 30, f"Chọn gì?\n\n{LISTED}"], id="a question stays with its menu"),
        pytest.param(["a" * 30, "Chọn gì?", ""], LISTED, ["a" * 30, f"Chọn gì?\n\n{LISTED}"], id="though an empty bubble follows"),
        pytest.param(["a" * 30], LISTED, ["a" * 30, LISTED], id="no room for the menu"),
        pytest.param(["Chọn."], f"{LISTED}\n3. {'x' * 30}", ["Chọn.\n\n" + LISTED, f"3. {'x' * 30}"], id="a menu that does not fit itself"),
        pytest.param(["a" * 70], "", ["a" * 60, "a" * 10], id="a bubble that does not fit"),
        pytest.param(["🙏" * 20], LISTED, ["🙏" * 20, LISTED], id="an emoji counts twice"),
        pytest.param(["a" * 50, "b" * 50], "", ["a" * 50, "b" * 50], id="bubbles stay whole"),
    ],
)
def test_a_turn_is_merged(texts, listed, parts):
    assert merged(texts, listed, 60) == parts


WORDS = st.text(alphabet=st.sampled_from("aế😟 .\n"), max_size=400)


@given(WORDS, st.integers(10, 60))
@settings(max_examples=300, deadline=None)
def test_parting_loses_no_letter_and_no_part_is_too_long(text, limit):
    parts = list(parts_of(text, limit))

    assert all(0 < units(part) <= limit for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


@given(st.lists(WORDS.map(str.strip), max_size=4), st.text(alphabet="1. \n🙏", max_size=80).map(str.strip), st.integers(10, 60))
@settings(max_examples=200, deadline=None)
def test_merging_loses_no_letter_and_no_part_is_too_long(texts, listed, limit):
    parts = merged(texts, listed, limit)

    assert all(0 < units(part) <= limit for part in parts)
    assert "".join("".join(parts).split()) == "".join("".join([*texts, listed]).split())
