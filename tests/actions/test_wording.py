"""Diacritics count where they were typed."""

import unicodedata

import pytest

from actions.wording import Phrases, agrees, words_of


@pytest.mark.parametrize(
    ("typed", "meant", "is_meant"),
    [
        pytest.param("dừng", "dừng", True, id="the same"),
        pytest.param("DỪNG", "dừng", True, id="capitals"),
        pytest.param("dung", "dừng", True, id="without diacritics"),
        pytest.param("dưng", "dừng", True, id="the tone forgotten"),
        pytest.param("đúng", "dừng", False, id="right is not stop"),
        pytest.param("Dũng", "dừng", False, id="a name is not stop"),
        pytest.param("dùng", "dừng", False, id="to use is not stop"),
        pytest.param("dung lại", "dừng lại", True, id="one word marked, one not"),
        pytest.param("đúng lại", "dừng lại", False, id="one word marked otherwise"),
        pytest.param("xóa", "xoá", True, id="the mark put the old way"),
        pytest.param("xoa", "xoá", True, id="no mark"),
        pytest.param("thôi.", "thôi", True, id="a full stop"),
        pytest.param("thối", "thôi", False, id="another tone"),
        pytest.param("ơn", "ôn", False, id="another letter"),
        pytest.param("ôn bài", "ôn", False, id="more words"),
        pytest.param("", "ôn", False, id="nothing"),
    ],
)
def test_typed_words_agree_with_meant_ones(typed, meant, is_meant):
    assert agrees(words_of(typed), words_of(meant)) is is_meant
    assert agrees(words_of(unicodedata.normalize("NFD", typed)), words_of(meant)) is is_meant


def test_a_phrase_is_found_however_it_is_typed():
    phrases = Phrases({"thu hồi": 1, "dừng": 2, "đúng": 3})

    assert [phrases.find(words_of(t)) for t in ("Thu hồi!", "THU HOI", "dừng", "đúng", "dũng", "thu")] == [1, 1, 2, 3, None, None]


def test_strictly_a_single_word_needs_its_diacritics():
    phrases = Phrases({"nghỉ": 1, "thu hồi": 2, "menu": 3})

    assert [phrases.find(words_of(t), strictly=True) for t in ("nghi", "Nghỉ", "thu hoi", "MENU")] == [None, 1, 2, 3]
