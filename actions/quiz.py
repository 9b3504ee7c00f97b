"""Quizzes: a few scenarios a sitting, feedback for every choice, another try with other questions."""

import random
import secrets
from collections import Counter

from actions import review
from actions.context import Context, GoneError, Handler, existing, number
from actions.curriculum.model import Lesson, Question
from actions.lesson import as_left, lesson_in_use
from actions.menu import MAIN_MENU, REMEMBER, choice_value
from actions.outcome import Outcome
from actions.position import Asked, Position
from actions.reply import Choice, Poll, Reply, Result

QUESTIONS = 3  # a sitting
PASS_MARK = 2  # right answers of these
SITTING_BYTES = 4


async def start_quiz(context: Context, slug: str) -> Result:
    """Begin a sitting of a lesson's quiz, with the questions that were asked least."""
    seen = await _seen(context, slug)
    is_open = context.position is not None and (context.position.kind, context.position.slug) == ("lesson", slug)
    if seen and not is_open:
        context.unpin()  # Who takes it again takes the one of today.
    elif not is_open:
        await as_left(context, slug)  # Who read the lesson is asked about what they read.
    lesson = lesson_in_use(context, slug)
    sitting = secrets.token_hex(SITTING_BYTES)
    asked = [Asked(lesson=slug, question=q) for q in draw(lesson, seen)]
    context.open("quiz", slug, sitting=sitting, asked=asked)
    intro = Reply(context.say("quiz_start", title=lesson.title, questions=len(asked), mark=_pass_mark(len(asked))))
    return Result((intro, *ask(context).replies), Outcome.QUIZ)


async def _seen(context: Context, slug: str) -> Counter[str]:
    """Return how often each question was asked before; of a guest, only the sitting that is still open is known."""
    if context.learner is not None:
        return await context.store.learning.attempts_of(context.learner.id, slug)
    before = context.position
    is_open = before is not None and (before.kind, before.slug) == ("quiz", slug)
    return Counter(a.question for a in before.asked) if before is not None and is_open else Counter()


async def pick(context: Context, lesson: str, question: str, sitting: str, choice: str) -> Result:
    """Take a choice of the open sitting; a tap that comes twice or late changes nothing."""
    position = without_withdrawn(context)
    if position is None or position.sitting != sitting:
        return _over(context, lesson)
    asked = next((a for a in position.asked if (a.lesson, a.question) == (lesson, question)), None)
    if asked is None:
        raise GoneError(question)
    if asked.choice is not None:
        again = Reply(context.say("quiz_already"))
        return Result((again, *await _what_follows(context, position)), _outcome(position))
    known = question_of(context, lesson, question)
    taken = number(choice)
    if taken >= len(known.choices):
        raise GoneError(choice)
    chosen = known.choices[taken]
    is_new = await _keep(context, position, asked, taken, is_right=chosen.is_right)
    position = position.answered(lesson, question, taken, is_right=chosen.is_right).model_copy(update={"at": context.now})
    context.position = position
    said = feedback(context, known, taken) if is_new else context.say("quiz_already")
    return Result((Reply(said), *await _what_follows(context, position)), _outcome(position))


def ask(context: Context) -> Result:
    """Return the open question of the sitting, its choices in an order of this sitting's own."""
    position = context.position
    assert position is not None
    opened = position.open_question
    assert opened is not None
    question = question_of(context, opened.lesson, opened.question)
    at = position.asked.index(opened) + 1
    order = list(range(len(question.choices)))
    random.Random(f"{position.sitting}{opened.question}").shuffle(order)  # noqa: S311 - no secret: so that the right one is not always first
    choices = tuple(
        Choice(context.render(question.choices[n].text), choice_value("pick", opened.lesson, opened.question, position.sitting, str(n)))
        for n in order
    )
    text = f"{context.say('quiz_question', number=at, total=len(position.asked))}\n{context.render(question.text)}"
    right = next(n for n, place in enumerate(order) if question.choices[place].is_right)
    poll = Poll(text, len(choices), right, context.render(question.choices[order[right]].feedback))
    return Result((Reply(text, choices, poll=poll),), _outcome(position))


def back_to_quiz(context: Context) -> Result | None:
    """Ask the open question again, after something else was answered in the middle of a sitting."""
    position = without_withdrawn(context)
    if position is None or position.open_question is None or not position.is_fresh(context.now):
        return None
    stop = Choice("Dừng câu đố", "stop-quiz")
    asked = ask(context).replies[0]
    return Result((Reply(f"{context.say('quiz_back')}\n\n{asked.text}", (*asked.choices, stop)),), _outcome(position))


async def stop_quiz(context: Context) -> Result:
    """Leave a sitting; what was answered stays."""
    position = context.position
    context.position = None
    again = _again(context, position.slug) if position is not None else ()
    return context.reply("quiz_stopped", *again, MAIN_MENU, outcome=Outcome.QUIZ)


async def quiz_now(context: Context) -> Result:
    """Take the quiz of the lesson that is open, or of the one that was read last."""
    from actions.path import show_study

    position = context.position
    if position is not None and position.kind == "lesson":
        return await start_quiz(context, position.slug)
    if (opened := back_to_quiz(context)) is not None:
        return opened
    progress = await context.store.learning.progress(context.learner.id) if context.learner is not None else {}
    lessons = context.curriculum.lessons
    left = (slug for slug, one in progress.items() if not one.passed_at and slug in lessons and lessons[slug].status == "active")
    last = next(left, None)
    return await show_study(context) if last is None else await start_quiz(context, last)


def without_withdrawn(context: Context) -> Position | None:
    """Return the open sitting without questions that the content no longer has; None where no sitting is left."""
    position = context.position
    if position is None or position.kind not in ("quiz", "review"):
        return None
    asked = tuple(a for a in position.asked if _is_there(context, a) and context.is_as_begun(position, a.lesson))
    context.position = position.model_copy(update={"asked": asked}) if asked else None
    return context.position


def _is_there(context: Context, asked: Asked) -> bool:
    lesson = context.curriculum.lessons.get(asked.lesson)
    return lesson is not None and lesson.status == "active" and asked.question in lesson.questions


def draw(lesson: Lesson, seen: Counter[str]) -> list[str]:
    """Return the questions for a sitting: those asked least; the first half comes before the second."""
    ordered = sorted(lesson.questions, key=lambda q: seen[q])  # sorted() keeps the file's order among equals
    return ordered[:QUESTIONS]


def question_of(context: Context, lesson: str, question: str) -> Question:
    """Return a question.

    Raises:
        GoneError: The content no longer has it.
    """
    return existing(existing(context.curriculum.lessons, lesson).questions, question)


def feedback(context: Context, question: Question, taken: int) -> str:
    """Return what is said to a choice; after a wrong one, also which was right."""
    chosen = question.choices[taken]
    said = context.render(chosen.feedback)
    if chosen.is_right:
        return said if said.startswith("Đúng") else f"Đúng rồi. {said}"
    right = next(c for c in question.choices if c.is_right)
    return f"Chưa đúng. {said}\n{context.say('quiz_right_was', choice=context.render(right.text))}"


async def _keep(context: Context, position: Position, asked: Asked, taken: int, *, is_right: bool) -> bool:
    """Keep a learner's attempt and when the question comes back; a guest's is not kept."""
    if context.learner is None:
        return True
    learning = context.store.learning
    is_new = await learning.attempt(
        context.learner.id, context.now, sitting=position.sitting, kind=position.kind, lesson=asked.lesson, question=asked.question,
        choice=taken, is_right=is_right, content_version=context.version_of(asked.lesson),
    )  # fmt: skip
    if is_new:
        await review.schedule(context, context.learner.id, asked.lesson, asked.question, is_right=is_right)
        await learning.learned(context.learner.id, context.today)
    return is_new


async def _what_follows(context: Context, position: Position) -> tuple[Reply, ...]:
    """Return the next question, or how the sitting came out."""
    if position.open_question is not None:
        return ask(context).replies
    if position.kind == "review":
        return await review.finished(context, position)
    return await _finished(context, position)


async def _finished(context: Context, position: Position) -> tuple[Reply, ...]:
    from actions.path import after_lesson, ahead_of_guest

    lesson = existing(context.curriculum.lessons, position.slug)
    right = sum(a.is_right for a in position.asked)
    total = len(position.asked)
    if right < _pass_mark(total):
        choices = (
            Choice("Làm lại với câu khác", choice_value("quiz", lesson.slug)),
            Choice("Học lại bài", choice_value("step", lesson.slug, "1")),
            MAIN_MENU,
        )
        return (Reply(context.say("quiz_failed", right=right, total=total, mark=_pass_mark(total)), choices),)
    if context.learner is None:
        ways_on = (*ahead_of_guest(context, lesson.slug), Choice("Học bài khác", "modules"), REMEMBER, MAIN_MENU)
        told = context.reply("quiz_passed_guest", *ways_on, outcome=Outcome.QUIZ, right=right, total=total, title=lesson.title)
        return told.replies
    await context.store.learning.passed(context.learner.id, lesson.slug, context.version_of(lesson.slug), context.now)
    passed = Reply(context.say("quiz_passed", right=right, total=total, title=lesson.title))
    return (passed, *(await after_lesson(context, context.learner)).replies)


def _over(context: Context, lesson: str) -> Result:
    again = _again(context, lesson)
    following = back_to_quiz(context)
    if following is not None:
        return Result((Reply(context.say("quiz_over")), *following.replies), Outcome.QUIZ)
    return context.reply("quiz_over", *again, MAIN_MENU, outcome=Outcome.QUIZ)


def _again(context: Context, slug: str) -> tuple[Choice, ...]:
    lesson = context.curriculum.lessons.get(slug)
    return (Choice("Làm lại câu đố", choice_value("quiz", slug)),) if lesson is not None and lesson.status == "active" else ()


def _pass_mark(total: int) -> int:
    return min(PASS_MARK, total)


def _outcome(position: Position) -> Outcome:
    return Outcome.REVIEW if position.kind == "review" else Outcome.QUIZ


CHOICES: dict[str, Handler] = {"quiz": start_quiz, "quiz-now": quiz_now, "pick": pick, "stop-quiz": stop_quiz}
COMMANDS = {"/caudo": "quiz-now", "câu đố": "quiz-now", "làm câu đố": "quiz-now", "tôi muốn làm câu đố": "quiz-now"}
