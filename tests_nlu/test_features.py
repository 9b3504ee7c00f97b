"""Features and their weights."""

import numpy as np
import pytest

from bot.nlu.features import Vectoriser, pair_features, word_features

TEXTS = [["mã", "otp"], ["mã", "qr"], ["ma", "otp"], ["mã", "otp", "otp"]]


def test_a_word_gives_itself_its_pieces_and_its_diacritics():
    assert word_features("mã") == ["ma", "c<ma", "cma>", "amã"]
    assert word_features("ma") == ["ma", "c<ma", "cma>"]


def test_a_pair_gives_itself_with_and_without_diacritics():
    assert pair_features("mã", "otp") == ["ma otp", "amã otp"]
    assert pair_features("ma", "otp") == ["ma otp"]


def test_rows_have_length_one():
    _, rows = Vectoriser.fit(TEXTS, min_texts=1)

    assert np.sqrt(rows.multiply(rows).sum(axis=1)) == pytest.approx(1)


def test_a_trained_text_gives_its_own_row_again():
    vectoriser, rows = Vectoriser.fit(TEXTS, min_texts=2)

    assert np.allclose(vectoriser.matrix(TEXTS).toarray(), rows.toarray())


def test_rare_features_are_left_out():
    vectoriser, _ = Vectoriser.fit(TEXTS, min_texts=2)

    assert "qr" not in vectoriser.vocabulary
    assert "otp" in vectoriser.vocabulary


@pytest.mark.parametrize("words", [[], ["khác"]])
def test_nothing_known_gives_an_empty_row(words):
    vectoriser, _ = Vectoriser.fit([["otp"]], min_texts=1)
    places, values = vectoriser.row(words)

    assert len(places) == len(values) == 0
