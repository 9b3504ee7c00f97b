"""When the bot is not sure: up to three suggestions, or an honest "tôi chưa hiểu"."""

from collections.abc import Sequence

from actions.curriculum.model import Answer, Curriculum
from actions.curriculum.text import render
from actions.menu import MAIN_MENU, choice_value, show_main_menu
from actions.outcome import Outcome
from actions.reply import Choice, Reply, Result

SUGGESTIONS_MAX = 3
NONE_OF_THESE = Choice("Không phải các ý trên", "none")


def suggest(curriculum: Curriculum, slugs: Sequence[str], confidence: float) -> Result:
    """Return a "did you mean" list of the answers' titles, best first.

    Args:
        curriculum: The published content.
        slugs: Answers in falling order of confidence; behaviours and unknown ones are skipped.
        confidence: The confidence of the first, 0 to 1.
    """
    answers = [curriculum.answers[s] for s in slugs if s in curriculum.answers]
    best_of_topic: dict[str, Answer] = {}
    for answer in answers:
        if answer.outcome is None and not answer.is_retired:
            best_of_topic.setdefault(answer.topic, answer)  # The others of a topic are one tap behind it.
    answers = list(best_of_topic.values())[:SUGGESTIONS_MAX]
    if not answers:
        return unknown(curriculum, confidence)
    choices = (*(Choice(a.title, choice_value("answer", a.slug)) for a in answers), NONE_OF_THESE)
    return Result(
        (Reply(render(curriculum.messages["suggest"], curriculum), choices),),
        Outcome.SUGGESTED,
        suggested_topics=tuple(dict.fromkeys(a.topic for a in answers)),
        confidence=confidence,
        is_worth_review=True,
    )


def unknown(curriculum: Curriculum, confidence: float | None = None) -> Result:
    """Say that the question was not understood, and offer the menu."""
    replies = show_main_menu(curriculum, "unknown").replies
    return Result(replies, Outcome.UNKNOWN, confidence=confidence, is_worth_review=True)


def busy(curriculum: Curriculum) -> Result:
    """Say that questions cannot be understood just now, with the channels for reporting."""
    reply = Reply(render(curriculum.messages["busy"], curriculum), (MAIN_MENU,))
    return Result((reply,), Outcome.ERROR)
