"""Spaced review: FSRS says when a question comes back, the learner when to be reminded of it."""

import secrets
from datetime import UTC
from typing import cast

from fsrs import Card, Rating, Scheduler
from fsrs.card import CardDict

from actions.context import Context, Handler
from actions.local_time import in_words, local_date
from actions.menu import MAIN_MENU, REMEMBER, choice_value
from actions.outcome import Outcome
from actions.position import Asked, Position
from actions.reply import Choice, Reply, Result

QUESTIONS_MAX = 5  # at a time
# Intervals are whole days: no steps of minutes, and no fuzz, so that a day's work can be foretold.
SCHEDULER = Scheduler(learning_steps=(), relearning_steps=(), enable_fuzzing=False, maximum_interval=365)


async def start_review(context: Context) -> Result:
    """Ask the questions that are due, the longest due first; or say when the next one is."""
    from actions.quiz import ask

    if context.learner is None:
        return context.reply("review_guest", REMEMBER, MAIN_MENU, outcome=Outcome.REVIEW)
    context.unpin()
    learning = context.store.learning
    lessons = context.curriculum.lessons
    due = await learning.due(context.learner.id, context.today, 4 * QUESTIONS_MAX, context.curriculum.lessons_in_use())
    asked = [Asked(lesson=x, question=q) for x, q in due if x in lessons and q in lessons[x].questions][:QUESTIONS_MAX]
    if not asked:
        _, following = await learning.due_counts(context.learner.id, context.today, context.curriculum.lessons_in_use())
        message = "review_none" if following is None else "review_later"
        choices = (Choice("Học bài mới", "study"), _reminder_choice(context), MAIN_MENU)
        return context.reply(message, *choices, outcome=Outcome.REVIEW, day=in_words(following, context.today) if following else "")
    context.open("review", "review", sitting=secrets.token_hex(4), asked=asked)
    return Result((Reply(context.say("review_start", count=len(asked))), *ask(context).replies), Outcome.REVIEW)


async def finished(context: Context, position: Position) -> tuple[Reply, ...]:
    """Say how a review came out, and what comes next."""
    assert context.learner is not None
    right = sum(a.is_right for a in position.asked)
    left, following = await context.store.learning.due_counts(context.learner.id, context.today, context.curriculum.lessons_in_use())
    again = (Choice("Ôn tiếp", "review"),) if left else ()
    choices = (*again, Choice("Học bài mới", "study"), _reminder_choice(context), MAIN_MENU)
    day = in_words(following, context.today) if following and not left else "hôm nay"
    return (Reply(context.say("review_done", right=right, total=len(position.asked), day=day), choices),)


async def schedule(context: Context, learner_id: str, lesson: str, question: str, *, is_right: bool) -> None:
    """Move a question's card on by one answer."""
    stored = await context.store.learning.card(learner_id, lesson, question)
    card = Card.from_dict(cast("CardDict", stored)) if stored else Card(card_id=0, due=context.now)
    following, _ = SCHEDULER.review_card(card, Rating.Good if is_right else Rating.Again, context.now.astimezone(UTC))
    due_on = local_date(following.due)
    await context.store.learning.schedule(learner_id, lesson, question, due_on, dict(following.to_dict()))


def _reminder_choice(context: Context) -> Choice:
    has_reminder = context.learner is not None and context.learner.reminder_hour is not None
    return Choice("Thôi nhắc", "reminder-off") if has_reminder else Choice("Nhắc tôi ôn bài", choice_value("reminder"))


CHOICES: dict[str, Handler] = {"review": start_review}
COMMANDS = {
    "/onlai": "review",
    "/on": "review",
    "ôn": "review",
    "ôn lại": "review",
    "ôn bài": "review",
    "ôn tập": "review",
    "ôn lại bài": "review",
    "tôi muốn ôn bài": "review",
}
