"""Lessons: one step a bubble, stopped anywhere, gone on with days later."""

from actions.answer import provenance
from actions.context import Context, GoneError, Handler, existing, number
from actions.curriculum.model import Lesson
from actions.learners.learning import Progress
from actions.local_time import days_ago
from actions.menu import MAIN_MENU, choice_value
from actions.outcome import Outcome
from actions.picture import picture_of
from actions.reply import Choice, Reply, Result


async def start_lesson(context: Context, slug: str) -> Result:
    """Begin a lesson, or go on where the learner was; says when that was."""
    lesson = lesson_in_use(context, slug)
    step = 1
    greeting = None
    if context.learner is not None:
        progress = await as_left(context, slug)
        lesson = lesson_in_use(context, slug)
        if progress is not None and is_unfinished(progress, lesson):
            step = min(progress.step, len(lesson.steps))
            greeting = Reply(
                context.say(
                    "lesson_resume", when=days_ago(progress.updated_at, context.now), step=step, total=len(lesson.steps), title=lesson.title
                )
            )
    if greeting is None:
        context.unpin()
        lesson = lesson_in_use(context, slug)
        greeting = Reply(context.say("lesson_start", title=lesson.title, goal=lesson.goal, total=len(lesson.steps)))
    shown = await show_step(context, slug, str(step))
    return Result((greeting, *shown.replies), Outcome.LESSON)


async def show_step(context: Context, slug: str, step: str) -> Result:
    """Show a step, and remember it as the one where the learner is."""
    at = number(step)
    if at == 1:
        context.unpin()  # From the beginning, it is the lesson of today.
    else:
        await _as_begun(context, slug)
    lesson = lesson_in_use(context, slug)
    if not 1 <= at <= len(lesson.steps):
        raise GoneError(step)
    await _reach(context, lesson, at)
    is_large = context.learner is not None and context.learner.is_large_text
    text = lesson.steps[at - 1].simple if is_large else lesson.steps[at - 1].text
    return Result((bubble(context, lesson, at, text, other="full" if is_large else "simple"),), Outcome.LESSON)


async def show_simple(context: Context, slug: str, step: str) -> Result:
    """Say a step again in easier words."""
    return await _say_again(context, slug, step, "simple")


async def show_full(context: Context, slug: str, step: str) -> Result:
    """Say a step in full, for those who read the short words first."""
    return await _say_again(context, slug, step, "full")


async def stop_lesson(context: Context, slug: str, step: str) -> Result:
    """Stop here; the step is kept for a learner, and said to be lost for a guest."""
    await _as_begun(context, slug)
    lesson = lesson_in_use(context, slug)
    context.position = None
    message = "lesson_stopped" if context.learner is not None else "lesson_stopped_guest"
    choices = (Choice("Học tiếp bài này", choice_value("step", slug, str(number(step)))), MAIN_MENU)
    return context.reply(message, *choices, outcome=Outcome.LESSON, title=lesson.title, step=step, total=len(lesson.steps))


async def back_to_lesson(context: Context) -> Result | None:
    """Offer to go on with an open lesson, after a question in the middle of it was answered."""
    position = context.open_activity
    if position is None or position.kind != "lesson":
        return None
    lesson = context.curriculum.lessons.get(position.slug)
    if lesson is None or lesson.status != "active":
        return None
    choices = (
        Choice("Học tiếp", choice_value("step", lesson.slug, position.step)),
        Choice("Dừng bài học", choice_value("stop", lesson.slug, position.step)),
    )
    return context.reply("lesson_back", *choices, outcome=Outcome.LESSON, title=lesson.title, step=position.step, total=len(lesson.steps))


def is_unfinished(progress: Progress, lesson: Lesson) -> bool:
    """Tell whether a learner stopped in the middle of a lesson, also one that was finished or passed before."""
    if progress.passed_at is not None and (progress.updated_at <= progress.passed_at or progress.step == 1):
        return False  # Passing is noted at step 1 where only the quiz was taken.
    return progress.step >= 1 and (progress.finished_at is None or progress.step < len(lesson.steps))


def lesson_in_use(context: Context, slug: str) -> Lesson:
    """Return a lesson that is in use.

    Raises:
        GoneError: There is none, or it was withdrawn.
    """
    lesson = existing(context.curriculum.lessons, slug)
    if lesson.status != "active":
        raise GoneError(slug)
    return lesson


async def as_left(context: Context, slug: str) -> Progress | None:
    """Show a lesson as it was when the learner was in it last; return how far that was, None where they never were."""
    context.unpin()
    if context.learner is None:
        return None
    progress = (await context.store.learning.progress(context.learner.id)).get(slug)
    if progress is not None:
        await context.pin(progress.content_version, [slug])
    return progress


async def _as_begun(context: Context, slug: str) -> None:
    """Show a lesson as it was begun: what is open is so already."""
    position = context.position
    if position is None or (position.kind, position.slug) not in (("lesson", slug), ("quiz", slug)):
        await as_left(context, slug)


async def _say_again(context: Context, slug: str, step: str, how: str) -> Result:
    await _as_begun(context, slug)
    lesson = lesson_in_use(context, slug)
    at = number(step)
    if not 1 <= at <= len(lesson.steps):
        raise GoneError(step)
    await _reach(context, lesson, at)
    said = lesson.steps[at - 1]
    text, other = (said.simple, "full") if how == "simple" else (said.text, "simple")
    return Result((bubble(context, lesson, at, text, other=other),), Outcome.LESSON)


async def _reach(context: Context, lesson: Lesson, at: int) -> None:
    context.open("lesson", lesson.slug, step=str(at))
    if context.learner is None:
        return
    learning = context.store.learning
    await learning.reach(context.learner.id, lesson.slug, at, context.version_of(lesson.slug), context.now)
    await learning.learned(context.learner.id, context.today)
    if at == len(lesson.steps):
        await learning.finish(context.learner.id, lesson.slug, context.now)


def bubble(context: Context, lesson: Lesson, at: int, text: str, *, other: str) -> Reply:
    """Return one step as it is shown; `other` says which words the learner may ask for: simple or full."""
    step = lesson.steps[at - 1]
    total = len(lesson.steps)
    place = str(at)
    if at < total:
        forward = Choice("Tiếp", choice_value("step", lesson.slug, str(at + 1)))
    else:
        forward = Choice("Làm câu đố", choice_value("quiz", lesson.slug))
    again = (
        Choice("Nói dễ hiểu hơn", choice_value("simple", lesson.slug, place))
        if other == "simple"
        else Choice("Nói kỹ hơn", choice_value("full", lesson.slug, place))
    )
    choices = (
        forward,
        Choice("Nhắc lại", choice_value("full" if other == "simple" else "simple", lesson.slug, place)),
        again,
        Choice("Dừng", choice_value("stop", lesson.slug, place)),
    )
    said = f"{step.heading} ({at}/{total})\n{context.render(text)}"
    if at == total:
        texts = [step.text for step in lesson.steps]
        said += f"\n\n{provenance(lesson, texts, context.curriculum, context.today)}"
    return Reply(said, choices, picture_of(context.curriculum, step.picture))


CHOICES: dict[str, Handler] = {
    "lesson": start_lesson,
    "step": show_step,
    "simple": show_simple,
    "full": show_full,
    "stop": stop_lesson,
}
