"""What the lists of the forms offer: pairs of a value and what is shown."""

from collections.abc import Iterable, Mapping

from actions.curriculum.examples import folded_key
from actions.curriculum.forms import Form
from actions.curriculum.model import Lesson, Module, Picture, Topic
from actions.outcome import OUTCOME_LABELS, Outcome

Options = list[tuple[str, str]]
SHOWN_CHARACTERS = 40


def topic_options(topics: Mapping[str, Topic], pillars: Mapping[str, str]) -> Options:
    """Return the topics, each with its pillar."""
    return [(topic.slug, f"{pillars[topic.pillar]}: {topic.title}") for topic in topics.values()]


def module_options(modules: Mapping[str, Module]) -> Options:
    """Return the modules."""
    return [(module.slug, module.title) for module in modules.values()]


def picture_options(pictures: Mapping[str, Picture]) -> Options:
    """Return the pictures."""
    return [(picture.slug, picture.title) for picture in pictures.values()]


def lesson_options(lessons: Mapping[str, Lesson]) -> Options:
    """Return the lessons."""
    return [(lesson.slug, lesson.title) for lesson in lessons.values()]


def step_options(steps: Iterable[Form]) -> Options:
    """Return the steps of a guide or drill that is being written, each with its first words."""
    return [(step["slug"], f"{step['slug']}: {' '.join(step['text'].split())[:SHOWN_CHARACTERS]}…") for step in steps if step["slug"]]


def outcome_options(outcomes: Iterable[str]) -> Options:
    """Return what the replies of the behaviours may count as."""
    return [(outcome, OUTCOME_LABELS[Outcome(outcome)]) for outcome in outcomes]


ALL = {
    "topic_options": topic_options, "module_options": module_options, "picture_options": picture_options,
    "lesson_options": lesson_options, "step_options": step_options, "outcome_options": outcome_options, "folded": folded_key,
}  # fmt: skip
