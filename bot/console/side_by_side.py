"""Two versions of a form beside each other, field by field and line by line, for somebody who must choose between them."""

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.console.field_titles import field_title


@dataclass(frozen=True)
class Pair:
    """The same place in both: a line of the one and of the other, None where it has none."""

    left: str | None
    right: str | None

    @property
    def is_same(self) -> bool:
        """Whether the line is alike in both."""
        return self.left == self.right


@dataclass(frozen=True)
class FieldPair:
    """One field in both versions, whole."""

    title: str
    pairs: tuple[Pair, ...]


def side_by_side(left: Sequence[tuple[str, str]], right: Sequence[tuple[str, str]]) -> list[FieldPair]:
    """Return the fields that differ, each with all its lines, so that they can be copied from.

    Args:
        left: The fields of the one version, by name, in their order.
        right: Those of the other.
    """
    one, other = dict(left), dict(right)
    return [
        FieldPair(field_title(name) or name, tuple(_pairs(one.get(name, "").splitlines(), other.get(name, "").splitlines())))
        for name in dict.fromkeys([*one, *other])
        if one.get(name, "") != other.get(name, "")
    ]


def _pairs(left: list[str], right: list[str]) -> Iterator[Pair]:
    for _, left_start, left_end, right_start, right_end in difflib.SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        for n in range(max(left_end - left_start, right_end - right_start)):
            yield Pair(
                left[left_start + n] if left_start + n < left_end else None,
                right[right_start + n] if right_start + n < right_end else None,
            )
