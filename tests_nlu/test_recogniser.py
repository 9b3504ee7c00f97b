"""Training, storing and understanding, on a small made-up language."""

import random

import numpy as np
import pytest

from bot.nlu.decision import ANSWER, UNKNOWN, Judged, Thresholds, calibration_error, choose_thresholds
from bot.nlu.linear import LinearModel
from bot.nlu.recogniser import HeldOut, Recogniser, RecogniserSettings

TOPIC_OF = {"otp": "khoá", "mật-khẩu": "khoá", "wifi": "máy"}
WORDS = {"otp": "mã otp gửi về đọc cho ai", "mật-khẩu": "mật khẩu quên đặt lại mạnh", "wifi": "wifi mạng yếu bắt sóng nhà"}


def made(number, seed=1):
    chance = random.Random(seed)
    return [(chance.sample(words.split(), 4), intent) for intent, words in WORDS.items() for _ in range(number)]


@pytest.fixture(scope="module")
def recogniser():
    examples = made(30)
    held_out = [HeldOut(words, (TOPIC_OF[intent],)) for words, intent in made(20, seed=2)]
    return Recogniser.fit([w for w, _ in examples], [i for _, i in examples], TOPIC_OF, RecogniserSettings(), held_out)


def test_understands_what_it_learnt(recogniser):
    for words, intent in made(10, seed=3):
        understood = recogniser.understand(words)

        assert understood.ranking[0][0] == intent
        assert understood.decision == ANSWER


def test_understands_without_diacritics(recogniser):
    assert recogniser.understand(["mat", "khau", "quen", "dat", "lai"]).ranking[0][0] == "mật-khẩu"


def test_ranking_adds_up(recogniser):
    understood = recogniser.understand(["mã", "otp", "wifi"])

    assert sum(p for _, p in understood.ranking) == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("words", [[], ["zzz"]])
def test_admits_to_know_nothing(recogniser, words):
    assert recogniser.understand(words).decision == UNKNOWN
    assert recogniser.understand(words).ranking == []


def test_stored_and_rebuilt_it_is_the_same(recogniser):
    again = Recogniser.from_parts(*recogniser.to_parts())

    for words, _ in made(5, seed=4):
        assert again.understand(words).ranking == recogniser.understand(words).ranking
        assert again.understand(words).confidence == recogniser.understand(words).confidence
    assert again.thresholds == recogniser.thresholds


def test_calibrates_on_a_share_of_the_examples_where_no_question_is_held_out():
    examples = made(30)
    alone = Recogniser.fit([w for w, _ in examples], [i for _, i in examples], {}, RecogniserSettings())

    assert alone.understand(["wifi", "mạng", "yếu"]).ranking[0][0] == "wifi"
    assert alone.thresholds != Thresholds(0.5, 0.1)


def test_one_intent_alone_is_learnt():
    assert Recogniser.fit([["a"], ["a", "b"]], ["x", "x"], {}, RecogniserSettings(min_texts=1)).understand(["a"]).ranking[0][0] == "x"


def test_whole_numbers_are_close_to_the_weights():
    weights = np.random.default_rng(1).normal(size=(50, 1))
    model = LinearModel.empty(50, 1)
    model.fill(0, weights[:, 0], floor=0.5, bias=-1.0)
    places, values = np.arange(10, dtype=np.int32), np.linspace(0.1, 1, 10, dtype=np.float32)

    assert model.scores(places, values)[0] == pytest.approx(values @ (weights[:10, 0] + 0.5) - 1, abs=0.05)


def test_a_wrong_answer_weighs_five_unknowns():
    # At 0.9 all are right; at 0.5 three of four: answering there would cost 5/4 a text, keeping silent 1.
    judged = [Judged(0.9, True, True, False)] * 100 + [Judged(0.5, i % 4 != 0, False, False) for i in range(100)]

    assert choose_thresholds(judged).answer > 0.5


def test_answers_where_right_often_enough():
    judged = [Judged(0.9, True, True, False)] * 100 + [Judged(0.5, i % 20 != 0, False, False) for i in range(100)]

    assert choose_thresholds(judged).answer <= 0.5


def test_calibration_error_by_hand():
    # Bin 0.9: said 0.9, right 0.5, half of the texts; bin 0.1: said 0.1, right 0, the other half.
    assert calibration_error([0.9, 0.9, 0.1, 0.1], [True, False, False, False]) == pytest.approx(0.5 * 0.4 + 0.5 * 0.1)
