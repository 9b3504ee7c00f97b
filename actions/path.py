"""Learning paths and modules: which lesson comes next, proposed after two questions at most."""

from actions.account import ask_consent
from actions.context import Context, Handler, existing
from actions.curriculum.model import LearningPath, Lesson
from actions.guide import stop_guide
from actions.learners.learning import Progress
from actions.learners.people import Learner
from actions.lesson import is_unfinished, start_lesson
from actions.menu import EMERGENCY, LEARN, MAIN_MENU, choice_value, show_main_menu
from actions.outcome import Outcome
from actions.reply import Choice, Result

SKIP = Choice("Bỏ qua", "study")


async def welcome(context: Context) -> Result:
    """Greet: a guest with the main menu, a learner with the way back to where they were."""
    if context.learner is None:
        return show_main_menu(context.curriculum, "welcome")
    studied = await show_study(context)
    ways = tuple(c for c in studied.choices if c.value.startswith(("lesson:", "quiz:", "review")))
    return context.reply("welcome_back", *ways, EMERGENCY, LEARN, MAIN_MENU, outcome=Outcome.MENU)


async def show_study(context: Context) -> Result:
    """Show all that can be learned now: what is unfinished, due, next on the path, and the rest."""
    choices: list[Choice] = []
    if context.learner is not None:
        progress = await context.store.learning.progress(context.learner.id)
        choices += await _unfinished(context, progress)
        due, _ = await context.store.learning.due_counts(context.learner.id, context.today, context.curriculum.lessons_in_use())
        if due:
            choices.append(Choice(f"Ôn lại {due} câu", "review"))
        following = next_lesson(context, context.learner, progress)
        if following is not None and not any(c.value.endswith(f":{following.slug}") for c in choices):
            choices.append(_ahead(following))
    choices += [
        Choice("Chọn lộ trình học", "paths"),
        Choice("Tất cả bài học", "modules"),
        Choice("Diễn tập chống lừa đảo", "drills"),
        Choice("Tiến độ của tôi", "progress"),
        Choice("Cài đặt", "settings"),
        MAIN_MENU,
    ]
    return context.reply("study", *choices, outcome=Outcome.LESSON)


async def show_modules(context: Context) -> Result:
    """Show the modules."""
    modules = [m for m in context.curriculum.modules.values() if context.curriculum.lessons_of(m.slug)]
    choices = (*(Choice(m.title, choice_value("module", m.slug)) for m in modules), MAIN_MENU)
    return context.reply("modules", *choices, outcome=Outcome.LESSON)


async def show_module(context: Context, slug: str) -> Result:
    """Show the lessons of a module; a tick marks those that were passed."""
    module = existing(context.curriculum.modules, slug)
    passed = await _passed(context)
    choices = (
        *(
            Choice(f"✓ {x.title}" if x.slug in passed else x.title, choice_value("learn", x.slug))
            for x in context.curriculum.lessons_of(slug)
        ),
        Choice("Học phần khác", "modules"),
        MAIN_MENU,
    )
    return context.reply("module", *choices, outcome=Outcome.LESSON, title=module.title)


async def ask_situation(context: Context) -> Result:
    """Ask what kind of learner this is; the answer proposes a path."""
    choices = (*(Choice(p.audience, choice_value("path", p.slug)) for p in context.curriculum.paths.values()), SKIP)
    return context.reply("paths", *choices, outcome=Outcome.LESSON)


async def propose(context: Context, slug: str) -> Result:
    """Propose a path."""
    path = existing(context.curriculum.paths, slug)
    choices = (Choice("Bắt đầu", choice_value("take", slug)), Choice("Xem lộ trình khác", "paths"), SKIP)
    return context.reply(
        "path", *choices, outcome=Outcome.LESSON, title=path.title, about=context.render(path.about), count=len(path.lessons)
    )


async def take(context: Context, slug: str) -> Result:
    """Take a path and begin its first lesson that is not passed yet; a guest is asked once whether to be remembered."""
    path = existing(context.curriculum.paths, slug)
    passed = await _passed(context)
    if context.learner is None:
        context.guest = context.guest.model_copy(update={"path": slug})
        if not context.guest.has_refused(context.now):
            return ask_consent(context, choice_value("take", slug))
    else:
        await context.store.people.change(context.learner.id, path=slug)
        if set(path.lessons) <= passed:
            return _path_done(context, path)
    first = next((x for x in path.lessons if x not in passed), path.lessons[0])
    return await start_lesson(context, first)


async def after_lesson(context: Context, learner: Learner) -> Result:
    """Say what comes after a passed lesson: the next one of the path, or the certificate."""
    progress = await context.store.learning.progress(learner.id)
    path = context.curriculum.paths.get(learner.path or "")
    if path is not None and all(x in progress and progress[x].passed_at for x in path.lessons):
        return _path_done(context, path)
    following = next_lesson(context, learner, progress)
    ahead = (_ahead(following),) if following else ()
    remind = () if learner.reminder_hour is not None else (Choice("Nhắc tôi ôn bài", "reminder"),)
    choices = (*ahead, Choice("Tiến độ của tôi", "progress"), *remind, Choice("Nghỉ, mai học tiếp", "rest"))
    return context.reply("lesson_next", *choices, outcome=Outcome.QUIZ)


def ahead_of_guest(context: Context, passed: str) -> tuple[Choice, ...]:
    """Return the way to the lesson that comes after a passed one on the path that a guest took."""
    path = context.curriculum.paths.get(context.guest.path)
    if path is None or passed not in path.lessons:
        return ()
    following = path.lessons[path.lessons.index(passed) + 1 :]
    lessons = context.curriculum.lessons
    ahead = next((lessons[slug] for slug in following if slug in lessons and lessons[slug].status == "active"), None)
    return (_ahead(ahead),) if ahead is not None else ()


async def rest(context: Context) -> Result:
    """Say goodbye until the next day; who stops a guide is shown the way on first."""
    position = context.open_activity
    if position is not None and position.kind == "guide":
        return await stop_guide(context, position.slug, position.step)
    context.position = None
    return context.reply("rest", MAIN_MENU, outcome=Outcome.LESSON)


def next_lesson(context: Context, learner: Learner, progress: dict[str, Progress]) -> Lesson | None:
    """Return the first lesson of the learner's path, else of all, that is not passed."""
    path = context.curriculum.paths.get(learner.path or "")
    everything = [x.slug for m in context.curriculum.modules for x in context.curriculum.lessons_of(m)]
    for slug in (*(path.lessons if path else ()), *everything):
        lesson = context.curriculum.lessons.get(slug)
        if lesson is not None and lesson.status == "active" and not (slug in progress and progress[slug].passed_at):
            return lesson
    return None


async def _unfinished(context: Context, progress: dict[str, Progress]) -> list[Choice]:
    """Return the way back to the lesson that was left last, or to its quiz."""
    for slug, one in progress.items():
        lesson = context.curriculum.lessons.get(slug)
        if lesson is None or lesson.status != "active":
            continue
        ways = []
        if is_unfinished(one, lesson):
            await context.pin(one.content_version, [slug])  # It goes on as it was begun, so it is named as it was.
            lesson = context.curriculum.lessons[slug]
            step = min(one.step, len(lesson.steps))
            ways.append(Choice(f"Học tiếp: {lesson.title} ({step}/{len(lesson.steps)})", choice_value("lesson", slug)))
        if one.finished_at is not None and one.passed_at is None:
            ways.append(Choice(f"Câu đố: {lesson.title}", choice_value("quiz", slug)))
        if ways:
            return ways
    return []


def _ahead(lesson: Lesson) -> Choice:
    return Choice(f"Bài tiếp: {lesson.title}", choice_value("lesson", lesson.slug))


def _path_done(context: Context, path: LearningPath) -> Result:
    choices = (Choice("Nhận giấy chứng nhận", choice_value("certificate", path.slug)), Choice("Lộ trình khác", "paths"), MAIN_MENU)
    return context.reply("path_done", *choices, outcome=Outcome.QUIZ, title=path.title, count=len(path.lessons))


async def _passed(context: Context) -> set[str]:
    if context.learner is None:
        return set()
    return {slug for slug, one in (await context.store.learning.progress(context.learner.id)).items() if one.passed_at}


CHOICES: dict[str, Handler] = {
    "welcome": welcome,
    "study": show_study,
    "modules": show_modules,
    "module": show_module,
    "paths": ask_situation,
    "path": propose,
    "take": take,
    "rest": rest,
}
COMMANDS = {
    "/hoc": "study",
    "/baihoc": "modules",
    "/lotrinh": "paths",
    "học": "study",
    "học bài": "study",
    "học tiếp": "study",
    "học gì": "study",
    "tôi muốn học": "study",
    "tôi muốn học bài": "study",
    "muốn học": "study",
    "bài mới": "study",
    "học bài mới": "study",
    "bài học": "modules",
    "các bài học": "modules",
    "tất cả bài học": "modules",
    "lộ trình": "paths",
    "lộ trình học": "paths",
    "chọn lộ trình": "paths",
    "dừng": "rest",
    "thôi": "rest",
    "nghỉ": "rest",
}
