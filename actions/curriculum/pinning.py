"""Let somebody finish what they began: the lessons of an older version within the present content."""

from collections.abc import Collection, Mapping
from typing import TypeVar

from actions.curriculum.model import Curriculum, Fact, Lesson, Script
from actions.curriculum.text import fact_slugs

T = TypeVar("T", Lesson, Script)


def with_older(curriculum: Curriculum, older: Curriculum, slugs: Collection[str]) -> tuple[Curriculum, set[str]]:
    """Put some lessons, guides and drills into the present content as they were.

    What was withdrawn since stays withdrawn. Facts are today's, so that nobody is told an old
    number; what names a fact that is no longer vouched for is as it is today. A picture that is
    gone is not shown.

    Args:
        curriculum: The present content.
        older: The version that was begun.
        slugs: What was begun in it.

    Returns:
        The content, and which of the slugs are as they were.
    """
    facts = {**older.facts, **curriculum.facts}
    lessons = _as_they_were(curriculum.lessons, older.lessons, slugs, facts)
    guides = _as_they_were(curriculum.guides, older.guides, slugs, facts)
    drills = _as_they_were(curriculum.drills, older.drills, slugs, facts)
    together = {
        "lessons": {**curriculum.lessons, **lessons},
        "guides": {**curriculum.guides, **guides},
        "drills": {**curriculum.drills, **drills},
        "facts": facts,
    }
    return curriculum.model_copy(update=together), {*lessons, *guides, *drills}


def _as_they_were(present: Mapping[str, T], older: Mapping[str, T], slugs: Collection[str], facts: Mapping[str, Fact]) -> dict[str, T]:
    begun = {slug: older[slug] for slug in slugs if slug in older and slug in present and present[slug].status == "active"}
    return {slug: one for slug, one in begun.items() if all(facts[fact].is_verified for fact in fact_slugs(one.model_dump_json()))}
