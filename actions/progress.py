"""Progress: modules, passed lessons, streak and what is next, in text and as a small picture."""

from urllib.parse import urlencode

from actions.context import Context, Handler
from actions.curriculum.model import Curriculum, LearningPath
from actions.learners.learning import Progress
from actions.learners.people import Learner
from actions.menu import MAIN_MENU, REMEMBER, choice_value
from actions.outcome import Outcome
from actions.path import next_lesson
from actions.reply import Choice, Image, Reply, Result

TITLES_MAX = 12


async def show_progress(context: Context) -> Result:
    """Show how far the learner is: a picture with the same in words, then the lessons that were passed."""
    if context.learner is None:
        return context.reply("progress_guest", REMEMBER, MAIN_MENU, outcome=Outcome.LESSON)
    learning = context.store.learning
    progress = await learning.progress(context.learner.id)
    streak = await learning.streak(context.learner.id, context.today)
    path = context.curriculum.paths.get(context.learner.path or "")
    counts = counts_by_module(context.curriculum, progress)
    lines = [context.say("progress", passed=sum(done for done, _ in counts.values()), total=sum(total for _, total in counts.values()))]
    lines += [f"- {context.curriculum.modules[slug].title}: {done}/{total} bài" for slug, (done, total) in counts.items()]
    if path is not None:
        done = sum(x in progress and progress[x].passed_at is not None for x in path.lessons)
        lines.append(context.say("progress_path", title=path.title, done=done, total=len(path.lessons)))
    if days := days_learned(streak):
        lines.append(f"{days[:1].upper()}{days[1:]}.")
    text = "\n".join(lines)
    choices = (*await _ways_on(context, context.learner, progress, path), MAIN_MENU)
    image = progress_image(counts, streak, text)
    passed = _passed_titles(context, progress)
    if not passed:
        return Result((Reply(text, choices, image),), Outcome.LESSON)
    return Result((Reply(text, image=image), Reply(passed, choices)), Outcome.LESSON)


def days_learned(streak: int) -> str:
    """Return in words on how many days in a row somebody learned, as the picture says it; nothing for none."""
    if streak < 1:
        return ""
    return f"học {streak} ngày liền" if streak > 1 else "đã học 1 ngày"


async def _ways_on(context: Context, learner: Learner, progress: dict[str, Progress], path: LearningPath | None) -> list[Choice]:
    due, _ = await context.store.learning.due_counts(learner.id, context.today, context.curriculum.lessons_in_use())
    following = next_lesson(context, learner, progress)
    choices = []
    if due:
        choices.append(Choice(f"Ôn lại {due} câu", "review"))
    if following is not None:
        choices.append(Choice(f"Bài tiếp: {following.title}", choice_value("lesson", following.slug)))
    if path is not None and all(x in progress and progress[x].passed_at for x in path.lessons):
        choices.append(Choice("Giấy chứng nhận", choice_value("certificate", path.slug)))
    return choices


def _passed_titles(context: Context, progress: dict[str, Progress]) -> str:
    """Return the lessons that were passed last, and how many there are besides."""
    lessons = context.curriculum.lessons
    passed = sorted(((one.passed_at, slug) for slug, one in progress.items() if one.passed_at and slug in lessons), reverse=True)
    lines = [f"- {lessons[slug].title}" for _, slug in passed[:TITLES_MAX]]
    if len(passed) > TITLES_MAX:
        lines.append(context.say("progress_more", count=len(passed) - TITLES_MAX))
    return "\n".join((context.say("progress_passed"), *lines)) if lines else ""


def counts_by_module(curriculum: Curriculum, progress: dict[str, Progress]) -> dict[str, tuple[int, int]]:
    """Return how many lessons of each module were passed, and how many there are."""
    counts = {}
    for module in curriculum.modules:
        lessons = curriculum.lessons_of(module)
        if lessons:
            counts[module] = (sum(x.slug in progress and progress[x.slug].passed_at is not None for x in lessons), len(lessons))
    return counts


def progress_image(counts: dict[str, tuple[int, int]], streak: int, alt: str) -> Image:
    """Return the picture; its address holds the numbers alone, so nothing is kept and nobody can be told by it."""
    numbers = "-".join(f"{done}.{total}" for done, total in counts.values())
    return Image(f"/pictures/progress.png?{urlencode({'modules': numbers, 'days': streak})}", alt)


CHOICES: dict[str, Handler] = {"progress": show_progress}
COMMANDS = {
    "/tiendo": "progress",
    "tiến độ": "progress",
    "tiến độ của tôi": "progress",
    "xem tiến độ": "progress",
    "tôi học đến đâu": "progress",
    "tôi học đến đâu rồi": "progress",
    "kết quả học": "progress",
}
