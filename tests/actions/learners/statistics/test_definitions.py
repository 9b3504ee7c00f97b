"""Every number has its meaning in one place."""

import unicodedata

import pytest

from actions.learners.statistics.definitions import DEFINITIONS


@pytest.mark.parametrize("name", DEFINITIONS)
def test_a_definition_is_a_title_and_a_sentence_in_vietnamese(name):
    title, meaning = DEFINITIONS[name]

    assert title
    assert meaning.endswith(".")
    assert unicodedata.normalize("NFC", meaning) == meaning
    assert not meaning.isascii()


def test_no_title_stands_for_two_numbers():
    titles = [definition.title for definition in DEFINITIONS.values()]

    assert sorted(titles) == sorted(set(titles))
