"""Let somebody finish what they began: the lessons of an older version within the present content."""

from collections.abc import Collection, Mapping
from typing import TypeVar

from actions.curriculum.model import Curriculum, Lesson, Script

T = TypeVar("T", Lesson, Script)


def with_older(curriculum: Curriculum, older: Curriculum, slugs: Collection[str]) -> Curriculum:
    """Return the present content with some lessons, guides and drills as they were.

    What was withdrawn since stays withdrawn. Facts are today's, so that nobody is told an old number.

    Args:
        curriculum: The present content.
        older: The version that was begun.
        slugs: What was begun in it.
    """
    return curriculum.model_copy(
        update={
            "lessons": _as_they_were(curriculum.lessons, older.lessons, slugs),
            "guides": _as_they_were(curriculum.guides, older.guides, slugs),
            "drills": _as_they_were(curriculum.drills, older.drills, slugs),
            "facts": {**older.facts, **curriculum.facts},
            "pictures": {**older.pictures, **curriculum.pictures},
        }
    )


def _as_they_were(present: Mapping[str, T], older: Mapping[str, T], slugs: Collection[str]) -> dict[str, T]:
    begun = {slug: older[slug] for slug in slugs if slug in older and slug in present and present[slug].status == "active"}
    return {**present, **begun}
