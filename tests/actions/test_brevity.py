"""Large letters, short sentences: one idea a bubble."""

import pytest

from actions.brevity import BUBBLE_MAX_CHARACTERS, parts_of, shorten
from actions.outcome import Outcome
from actions.reply import Choice, Image, Reply, Result

LONG = "Câu này khá là dài để thử xem sao. " * 12


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        pytest.param("Ngắn.", ["Ngắn."], id="short"),
        pytest.param("", [""], id="empty"),
        pytest.param("Một.\nHai.", ["Một.\nHai."], id="short lines stay together"),
        pytest.param("a" * 400, ["a" * 400], id="one sentence stays whole"),
        pytest.param(f"{'a' * 100}.\n{'b' * 100}.", [f"{'a' * 100}.", f"{'b' * 100}."], id="at a line"),
        pytest.param(f"{'a' * 100}. {'b' * 100}.", [f"{'a' * 100}.", f"{'b' * 100}."], id="at a sentence"),
        pytest.param(f"Số 1.500.000 đồng {'b' * 190}.", [f"Số 1.500.000 đồng {'b' * 190}."], id="not within a number"),
        pytest.param("A.\n- b\n- c\nD.", ["A.", "- b\n- c", "D."], id="a list is one idea"),
        pytest.param("Đã qua:\n- b\n- c", ["Đã qua:\n- b\n- c"], id="a list with its heading"),
        pytest.param(
            f"{'- một mục ngắn trong danh sách' + chr(10)}" * 9 + "- hết",
            [f"{'- một mục ngắn trong danh sách' + chr(10)}" * 9 + "- hết"],
            id="a long list of short items",
        ),
        pytest.param("Một.\n\nNguồn: A\nRà soát: B", ["Một.\n\nNguồn: A\nRà soát: B"], id="sources stay below"),
    ],
)
def test_a_text_is_parted_at_its_ideas(text, parts):
    assert parts_of(text) == parts


def test_parts_are_short_and_lose_no_word():
    parts = parts_of(f"{LONG}\nDòng hai.\n\nNguồn: A")

    assert len(parts) > 2
    assert all(len(part) <= BUBBLE_MAX_CHARACTERS for part in parts[:-1])
    assert " ".join(" ".join(parts).split()) == " ".join(f"{LONG} Dòng hai. Nguồn: A".split())


def test_choices_and_picture_stand_below_the_last_part():
    choice, image = Choice("Tiếp", "step:x:2"), Image("/x.png", "x")
    result = shorten(Result((Reply(LONG, (choice,), image), Reply("Hai.")), Outcome.LESSON))

    *before, last, second = result.replies
    assert all(reply.choices == () and reply.image is None for reply in before)
    assert (last.choices, last.image, second.text) == ((choice,), image, "Hai.")
    assert result.choices == (choice,)


@pytest.mark.parametrize(
    "value", ["lesson:ma-otp", "step:ma-otp:3", "full:ma-otp:3", "emergency", "answer:cong-an-goi-dien", "data", "quiz:ma-otp"]
)
async def test_large_letters_give_shorter_bubbles(talk, value):
    await talk.agree("bac")
    await talk.tap(value)
    usual = max(len(reply["text"].split("\n\nNguồn: ")[0]) for reply in talk.last["replies"])
    choices = len(talk.choices)

    await talk.say("/chuto")
    await talk.tap(value)
    large = [reply["text"].split("\n\nNguồn: ")[0] for reply in talk.last["replies"]]

    sentence = max(len(part) for text in large for line in text.split("\n") for part in line.split(". "))
    assert max(map(len, large)) <= max(BUBBLE_MAX_CHARACTERS, sentence + 2)
    assert max(map(len, large)) <= usual
    assert len(talk.choices) == choices


async def test_a_lesson_is_told_in_its_easy_words(talk, curriculum):
    await talk.agree("bac")
    await talk.say("/chuto")

    await talk.tap("lesson:ma-otp")

    assert curriculum.lessons["ma-otp"].steps[0].simple in talk.text.replace("\n", " ")
    assert "Nói kỹ hơn" in talk.labels


async def test_numbers_mean_the_same_in_large_letters(talk):
    await talk.agree("bac")
    await talk.say("/chuto")
    await talk.tap("lesson:ma-otp")

    await talk.say("1")

    assert "(2/7)" in talk.text
