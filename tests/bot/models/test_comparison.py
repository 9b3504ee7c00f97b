"""Two models beside each other: what counts as worse."""

import pytest

from bot.models.comparison import compare

OTHER = {"right": "suggested", "wrong": "right", "suggested": "right"}


def results(typed, folded=None, *, is_frozen=True, topic="a"):
    """Results of as many questions as there are verdicts."""
    one = lambda verdict: {"verdict": verdict, "decision": "answer", "topic": topic, "intent": topic, "confidence": 0.9}  # noqa: E731
    return [
        {"text": f"câu {n}", "topics": ["a"], "is_frozen": is_frozen, "typed": one(verdict), "folded": one((folded or typed)[n])}
        for n, verdict in enumerate(typed)
    ]


@pytest.mark.parametrize(
    ("before", "after", "objections"),
    [
        pytest.param(["right"] * 300, ["right"] * 300, 0, id="the same"),
        pytest.param(["right"] * 300, ["right"] * 297 + ["unknown"] * 3, 0, id="three of 300 fewer: 1 %, as tolerated"),
        pytest.param(["right"] * 300, ["right"] * 296 + ["unknown"] * 4, 2, id="four of 300 fewer, in both ways of typing"),
        pytest.param(["unknown"] * 300, ["unknown"] * 299 + ["wrong"], 0, id="one of 300 wrong: tolerated"),
        pytest.param(["unknown"] * 300, ["unknown"] * 298 + ["wrong"] * 2, 2, id="two of 300 wrong"),
        pytest.param(["wrong"] * 300, ["right"] * 300, 0, id="better"),
    ],
)
def test_worse_is_fewer_right_or_more_wrong_than_tolerated(before, after, objections):
    assert len(compare(results(before), results(after)).objections) == objections


def test_each_way_of_typing_counts_by_itself():
    before = results(["right"] * 100)
    after = results(["right"] * 100, ["right"] * 90 + ["unknown"] * 10)

    (objection,) = compare(before, after).objections

    assert objection == "Gõ không dấu: số câu đúng giảm từ 100 xuống 90 trên 100."


def test_questions_that_trainers_added_are_shown_and_do_not_count():
    comparison = compare(results(["right"] * 10, is_frozen=False), results(["wrong"] * 10, is_frozen=False))

    assert comparison.objections == []
    assert comparison.count("newly_wrong") == 20


def test_what_only_one_was_tried_on_is_not_compared():
    comparison = compare(results(["right"] * 10), results(["right"] * 12))

    assert (comparison.not_tried, comparison.frozen_not_tried, comparison.is_measured) == (2, 2, False)


def test_the_newly_wrong_come_first():
    comparison = compare(results(["right", "unknown", "wrong"]), results(["unknown", "wrong", "right"]))

    assert [row.change for row in comparison.rows] == ["newly_wrong"] * 2 + ["lost"] * 2 + ["newly_right"] * 2
