"""Cross-validation on a small made-up language, and its figures worked out by hand."""

import pytest

from bot.nlu.cross_validation import _deal, cross_validate, f1_by_intent, scores
from bot.nlu.recogniser import RecogniserSettings
from tests_nlu.test_recogniser import TOPIC_OF, made


def test_what_can_be_learnt_is_told_apart():
    examples = made(30)
    done = []

    found = cross_validate([w for w, _ in examples], [i for _, i in examples], TOPIC_OF, RecogniserSettings(), [], 3, done.append)

    assert done == [1, 2, 3]
    assert (found["folds"], found["examples"]) == (3, 90)
    assert found["topic_accuracy"] >= found["intent_accuracy"] > 0.9


def test_the_figures_of_guesses():
    intents = ["otp", "otp", "mật-khẩu", "mật-khẩu", "wifi"]
    guesses = ["otp", "mật-khẩu", "mật-khẩu", "mật-khẩu", "otp"]

    found = scores(guesses, intents, TOPIC_OF)

    assert found["intent_accuracy"] == pytest.approx(3 / 5)
    assert found["topic_accuracy"] == pytest.approx(4 / 5)  # otp and mật-khẩu are one topic
    # otp: 1 hit, 2 guessed, 2 wanted; mật-khẩu: 2 hits, 3 guessed, 2 wanted; wifi: none.
    assert f1_by_intent(guesses, intents) == pytest.approx({"otp": 0.5, "mật-khẩu": 0.8, "wifi": 0})
    assert found["macro_f1"] == pytest.approx((0.5 + 0.8 + 0) / 3)
    assert [one["intent"] for one in found["worst"]] == ["wifi", "otp", "mật-khẩu"]
    assert found["worst"][0] == {"intent": "wifi", "f1": 0.0, "examples": 1, "taken_for": [{"intent": "otp", "count": 1}]}


def test_each_intents_examples_are_dealt_out_evenly():
    intents = ["a"] * 10 + ["b"] * 5

    dealt = _deal(intents, 5)

    assert sorted(dealt[:10]) == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    assert sorted(dealt[10:]) == [0, 1, 2, 3, 4]
    assert dealt == _deal(intents, 5)
