"""Sentence length and unexplained foreign words."""

import pytest

from actions.curriculum.readability import foreign_words, mean_words, sentences


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("", [], id="nothing"),
        pytest.param("Cúp máy ngay.", [3], id="one sentence"),
        pytest.param("Cúp máy. Gọi con! Ai đó? Chờ… xong", [2, 2, 2, 1, 1], id="all ends"),
        pytest.param("Làm ba việc: cúp máy; gọi con", [3, 2, 2], id="colon and semicolon"),
        pytest.param("- Cúp máy ngay\n- Gọi con\n2. Báo công an", [3, 2, 3], id="a list"),
        pytest.param('"Chuyển ngay đi." Họ giục.', [3, 2], id="a quotation"),
        pytest.param("Gọi {{ fact.hotline_156 }} nhé, {{ ban }}.", [4], id="placeholders are one word"),
        pytest.param("Mất 3.5 triệu trong 5 phút.", [6], id="a point within a number"),
        pytest.param("Họ gọi lúc 10:30 sáng.", [5], id="a colon within a time"),
        pytest.param("...\n\n- ", [], id="no words"),
    ],
)
def test_counts_the_words_of_each_sentence(text, words):
    assert [sentence.words for sentence in sentences(text) if sentence.text.strip(".")] == words


def test_the_mean_is_over_all_sentences_of_all_texts():
    assert mean_words(["Một hai ba bốn. Một hai.", "Một hai ba."]) == 3
    assert mean_words([]) == 0


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("Cúp máy, nghiêng điện thoại, quét khuôn mặt, đừng nghe lời lạ", [], id="Vietnamese only"),
        pytest.param("Nguyễn Huệ, Đắk Lắk, uống, khuya, ngoằn ngoèo", [], id="hard syllables"),
        pytest.param("Mở Zalo, YouTube, VNeID", [], id="known names"),
        pytest.param("Bấm vào link", ["link"], id="one foreign word"),
        pytest.param("Đọc mã OTP cho họ", ["OTP"], id="an abbreviation"),
        pytest.param("Mã OTP (mã dùng một lần) là chìa khoá. OTP chỉ để mình đọc.", [], id="explained at its first use"),
        pytest.param("OTP là gì? Mã OTP (mã dùng một lần).", ["OTP"], id="explained too late"),
        pytest.param("Link lạ, link quen", ["Link"], id="told once"),
        pytest.param("Bấm link. Rồi (nếu muốn) thôi", ["link"], id="parentheses of another sentence"),
        pytest.param("Chọn A, B hay W", [], id="single letters"),
        pytest.param("{{ fact.link_web }}", [], id="a placeholder"),
    ],
)
def test_finds_foreign_words_that_are_not_explained(text, found):
    assert list(foreign_words(text, set())) == found


def test_what_was_explained_before_stays_explained():
    explained = set()

    first = list(foreign_words("Mã OTP (mã dùng một lần)", explained))
    second = list(foreign_words("Đừng đọc OTP", explained))

    assert (first, second) == ([], [])
    assert explained == {"otp"}
