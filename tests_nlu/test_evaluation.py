"""What comes of a question that a model is tried on."""

import json

import pytest

from bot.nlu.decision import ANSWER, SUGGEST, UNKNOWN
from bot.nlu.evaluation import Question, evaluate, figures_of, read_questions, verdict
from bot.nlu.recogniser import Understood

TOPICS = {"otp": "passwords", "gia-cong-an": "police", "chao": "out-of-scope", "wifi": "device"}


class Model:
    """Understands as a test says; topics by intent."""

    def __init__(self, ranking=(), decision=ANSWER):
        self.ranking, self.decision, self.asked = list(ranking), decision, []

    def understand(self, text):
        self.asked.append(text)
        confidence = self.ranking[0][1] if self.ranking else 0.0
        return Understood(self.ranking, confidence, self.decision)

    def topic_of(self, intent):
        return TOPICS[intent]


@pytest.mark.parametrize(
    ("ranking", "decision", "topics", "expected"),
    [
        pytest.param(["otp", "wifi"], ANSWER, ["passwords"], "right", id="the right answer"),
        pytest.param(["otp"], ANSWER, ["device", "passwords"], "right", id="one of two right ones"),
        pytest.param(["gia-cong-an", "otp"], ANSWER, ["passwords"], "wrong", id="another answer misleads"),
        pytest.param(["chao", "otp"], ANSWER, ["passwords"], "unknown", id="small talk misleads nobody"),
        pytest.param(["wifi", "otp"], SUGGEST, ["passwords"], "suggested", id="the right one is offered"),
        pytest.param(["wifi", "gia-cong-an"], SUGGEST, ["passwords"], "missed", id="it is not offered"),
        pytest.param([], UNKNOWN, ["passwords"], "unknown", id="there is an answer"),
        pytest.param([], UNKNOWN, ["out-of-scope"], "right", id="there is none, and it says so"),
        pytest.param(["chao"], ANSWER, ["out-of-scope"], "right", id="outside, and taken so"),
    ],
)
def test_the_verdict_on_one_question(ranking, decision, topics, expected):
    model = Model([(intent, 0.9 - n / 10) for n, intent in enumerate(ranking)], decision)

    assert verdict(model, model.understand("x"), topics) == expected


def test_each_question_is_tried_as_typed_and_without_diacritics():
    model = Model([("otp", 0.91234)])

    (result,) = evaluate(model, [Question("Mã OTP là gì", ("passwords",), is_frozen=True)])

    assert model.asked == ["Mã OTP là gì", "Ma OTP la gi"]
    one = {"verdict": "right", "decision": ANSWER, "topic": "passwords", "intent": "otp", "confidence": 0.912}
    assert result == {"text": "Mã OTP là gì", "topics": ["passwords"], "is_frozen": True, "typed": one, "folded": one}


def test_figures_count_each_verdict_and_the_whole():
    results = [{"typed": {"verdict": v}, "folded": {"verdict": "unknown"}} for v in ("right", "right", "wrong")]

    figures = figures_of(results)

    assert figures["typed"] == {"right": 2, "wrong": 1, "suggested": 0, "missed": 0, "unknown": 0, "total": 3}
    assert figures["folded"]["unknown"] == 3


def test_frozen_questions_come_first_and_each_text_once(tmp_path):
    (tmp_path / "frozen.tsv").write_text('question\ttopic\nMã "OTP" là gì\tpasswords|device\n', encoding="utf-8")
    added = [{"text": 'Mã "OTP" là gì', "topic": "police"}, {"text": "công an gọi", "topic": "police"}]
    (tmp_path / "added.jsonl").write_text("\n".join(json.dumps(one) for one in added), encoding="utf-8")

    questions = read_questions(tmp_path / "frozen.tsv", tmp_path / "added.jsonl")

    assert questions == [
        Question('Mã "OTP" là gì', ("passwords", "device"), is_frozen=True),
        Question("công an gọi", ("police",), is_frozen=False),
    ]
    assert read_questions(tmp_path / "frozen.tsv", tmp_path / "none.jsonl") == questions[:1]
