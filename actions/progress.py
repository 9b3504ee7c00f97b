"""Progress: modules, passed lessons, streak and what is next, in text and as a small picture."""

from urllib.parse import urlencode

from actions.context import Context, Handler
from actions.curriculum.model import Curriculum
from actions.learners.learning import Progress
from actions.menu import MAIN_MENU, choice_value
from actions.outcome import Outcome
from actions.path import next_lesson
from actions.reply import Choice, Image, Reply, Result


async def show_progress(context: Context) -> Result:
    """Show how far the learner is."""
    if context.learner is None:
        return context.reply("progress_guest", Choice("Nhớ giúp tôi", "learn"), MAIN_MENU, outcome=Outcome.LESSON)
    learning = context.store.learning
    progress = await learning.progress(context.learner.id)
    streak = await learning.streak(context.learner.id, context.today)
    due, _ = await learning.due_counts(context.learner.id, context.today)
    path = context.curriculum.paths.get(context.learner.path or "")
    counts = counts_by_module(context.curriculum, progress)
    lines = [context.say("progress", passed=sum(done for done, _ in counts.values()), total=sum(total for _, total in counts.values()))]
    lines += [f"- {context.curriculum.modules[slug].title}: {done}/{total} bài" for slug, (done, total) in counts.items()]
    if path is not None:
        done = sum(x in progress and progress[x].passed_at is not None for x in path.lessons)
        lines.append(context.say("progress_path", title=path.title, done=done, total=len(path.lessons)))
    if streak:
        lines.append(context.say("progress_streak", days=streak))
    following = next_lesson(context, context.learner, progress)
    choices = []
    if due:
        choices.append(Choice(f"Ôn lại {due} câu", "review"))
    if following is not None:
        choices.append(Choice(f"Bài tiếp: {following.title}", choice_value("lesson", following.slug)))
    if path is not None and all(x in progress and progress[x].passed_at for x in path.lessons):
        choices.append(Choice("Giấy chứng nhận", choice_value("certificate", path.slug)))
    text = "\n".join(lines)
    return Result((Reply(text, (*choices, MAIN_MENU), progress_image(counts, streak, text)),), Outcome.LESSON)


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
COMMANDS = {"/tiendo": "progress", "tien do": "progress", "tien do cua toi": "progress"}
