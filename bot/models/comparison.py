"""Two models beside each other, question by question, and whether the new one is worse than the one in use."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

RIGHT_TOLERANCE = 0.01  # of the frozen questions may be right no more: 3 of 300, less than another seed changes
WRONG_TOLERANCE = 0.005  # may be answered wrongly that were not before: 1 of 300, since a wrong answer may do harm
WAYS = {"typed": "như đã gõ", "folded": "không dấu"}
VERDICT_TITLES = {
    "right": "đúng",
    "wrong": "sai",
    "suggested": "gợi ý có câu đúng",
    "missed": "gợi ý không có câu đúng",
    "unknown": "chưa hiểu",
}
Change = Literal["newly_wrong", "lost", "newly_right", "changed"]
CHANGE_TITLES: dict[Change, str] = {
    "newly_wrong": "Mới sai",
    "lost": "Không còn đúng",
    "newly_right": "Mới đúng",
    "changed": "Đổi khác",
}
Results = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Row:
    """A question that the two models treat differently in one way of typing; `before` and `after` as in a model's results."""

    text: str
    topics: tuple[str, ...]
    is_frozen: bool
    way: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    change: Change


@dataclass(frozen=True)
class Tally:
    """How many of the frozen questions that both were tried on are right, and are answered wrongly."""

    total: int
    right_before: int
    right_after: int
    wrong_before: int
    wrong_after: int

    @property
    def has_lost(self) -> bool:
        """Whether fewer are right than is tolerated."""
        return self.right_before - self.right_after > RIGHT_TOLERANCE * self.total

    @property
    def misleads(self) -> bool:
        """Whether more are answered wrongly than is tolerated."""
        return self.wrong_after - self.wrong_before > WRONG_TOLERANCE * self.total


@dataclass(frozen=True)
class Comparison:
    """Two models beside each other.

    `tallies` by way of typing, over the frozen questions; `rows` has what differs, the newly
    wrong first; `not_tried` is how many questions only one of the two was tried on.
    """

    tallies: Mapping[str, Tally]
    rows: Sequence[Row]
    not_tried: int
    frozen_not_tried: int

    @property
    def is_measured(self) -> bool:
        """Whether there is enough to judge by: both were tried on the same frozen questions."""
        return all(tally.total for tally in self.tallies.values()) and not self.frozen_not_tried

    @property
    def objections(self) -> list[str]:
        """What speaks against the new model, in Vietnamese; empty for one that is not worse."""
        found = []
        for way, tally in self.tallies.items():
            if tally.has_lost:
                found.append(f"Gõ {WAYS[way]}: số câu đúng giảm từ {tally.right_before} xuống {tally.right_after} trên {tally.total}.")
            if tally.misleads:
                found.append(f"Gõ {WAYS[way]}: số câu trả lời sai tăng từ {tally.wrong_before} lên {tally.wrong_after} trên {tally.total}.")
        return found

    def count(self, change: Change) -> int:
        """Return how many rows show a change."""
        return sum(row.change == change for row in self.rows)


def compare(before: Results, after: Results) -> Comparison:
    """Compare what two models made of the evaluation set.

    Args:
        before: The results of the model in use.
        after: Those of the one that may take its place.
    """
    known, tried = {r["text"]: r for r in before}, {r["text"]: r for r in after}
    pairs = [(known[text], result) for text, result in tried.items() if text in known]
    frozen = [pair for pair in pairs if pair[1]["is_frozen"]]
    both = {**known, **tried}
    apart = [both[text] for text in known.keys() ^ tried.keys()]
    rows = [row for one, other in pairs for way in WAYS if (row := _row(one, other, way)) is not None]
    order = list(CHANGE_TITLES)
    rows.sort(key=lambda row: (order.index(row.change), not row.is_frozen, row.text))
    tallies = {way: _tally(frozen, way) for way in WAYS}
    return Comparison(tallies, rows, len(apart), sum(bool(result["is_frozen"]) for result in apart))


def _tally(pairs: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]], way: str) -> Tally:
    def count(place: int, verdict: str) -> int:
        return sum(pair[place][way]["verdict"] == verdict for pair in pairs)

    return Tally(len(pairs), count(0, "right"), count(1, "right"), count(0, "wrong"), count(1, "wrong"))


def _row(before: Mapping[str, Any], after: Mapping[str, Any], way: str) -> Row | None:
    change = _change(before[way], after[way])
    if change is None:
        return None
    return Row(after["text"], tuple(after["topics"]), after["is_frozen"], way, before[way], after[way], change)


def _change(before: Mapping[str, Any], after: Mapping[str, Any]) -> Change | None:
    was, now = before["verdict"], after["verdict"]
    if now != was:
        return "newly_wrong" if now == "wrong" else "lost" if was == "right" else "newly_right" if now == "right" else "changed"
    is_same = all(before[name] == after[name] for name in ("decision", "topic", "intent"))
    return None if is_same else "changed"
