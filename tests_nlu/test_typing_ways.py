"""The ways of typing: seeded, each doing what its name says."""

import unicodedata

import pytest

from bot.nlu.syllable import fold
from bot.nlu.typing_ways import WAYS, type_all

TEXT = "Có người xưng công an gọi điện bảo tôi chuyển tiền, làm sao bây giờ không biết?"


@pytest.mark.parametrize("way", WAYS)
def test_is_the_same_every_time(way):
    assert type_all([TEXT, "ok"], way, 3) == type_all([TEXT, "ok"], way, 3)


@pytest.mark.parametrize("way", [way for way in WAYS if way != "như đã gõ"])
def test_changes_the_text(way):
    assert any(typed != TEXT for typed in type_all([TEXT] * 1, way, 3))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("text", ["", " ", "x", "123 !!", "🙂"])
def test_takes_any_text(way, text):
    assert isinstance(type_all([text], way, 3)[0], str)


def test_leaves_no_diacritics():
    assert type_all([TEXT], "không dấu", 3)[0].isascii()


def test_leaves_about_half_of_the_diacritics():
    typed = type_all([TEXT * 20], "nửa có dấu", 3)[0].split()
    marked = sum(not word.isascii() for word in typed) / sum(not word.isascii() for word in (TEXT * 20).split())

    assert 0.35 < marked < 0.65


def test_slips_in_some_words_only():
    typed = type_all([TEXT], "gõ sai", 3)[0].split()
    changed = sum(a != b for a, b in zip(typed, TEXT.split()))

    assert 1 <= changed <= 8


def test_decomposes():
    assert type_all([TEXT], "NFD", 3) == [unicodedata.normalize("NFD", TEXT)]
    assert fold(type_all([TEXT], "NFD", 3)[0]) == fold(TEXT)


def test_names_no_other_way():
    with pytest.raises(KeyError):
        type_all([TEXT], "viết tay", 3)
