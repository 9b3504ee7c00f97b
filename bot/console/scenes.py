"""What the bot says of one item, turn by turn, made by the real actions for a guest; `preview` shows it on a channel."""

from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import cast

from actions import brevity, drill, guide, lesson, quiz
from actions.answer import DEVICE_LABELS, give_answer, give_device_steps, give_more
from actions.context import Context, GoneError, Sender
from actions.curriculum.model import Answer, Curriculum, Lesson, Question, Script
from actions.curriculum.tree import Item
from actions.learners.repository import Store
from actions.position import Asked
from actions.reply import Result

SITTING = "00000000"  # one that stays the same, so that the choices keep their order while somebody writes


@dataclass(frozen=True)
class Viewer:
    """To whom it is said: how they are addressed, and whether they asked for large letters and short sentences."""

    address: str | None = None
    is_large: bool = False


@dataclass(frozen=True)
class Scene:
    """One turn: what the citizen did, what the bot says, and the field of the form that it comes from.

    `result` is None where it cannot be said yet; `problem` tells why, in Vietnamese.
    """

    title: str
    field: str
    result: Result | None
    problem: str = ""


async def scenes_of(curriculum: Curriculum, item: Item, now: datetime, viewer: Viewer) -> list[Scene]:
    """Return all turns of an item, in the order in which a citizen would meet them.

    Args:
        curriculum: The content with the item in it.
        item: An answer, lesson, guide or drill; other kinds are said nowhere of their own.
        now: The time; decides whether a review is overdue.
        viewer: To whom it is said.
    """
    stage = _Stage(curriculum.addressing(viewer.address), now, viewer)
    match item.kind:
        case "answer" if item.slug in curriculum.answers:
            return await _answer(stage, curriculum.answers[item.slug])
        case "lesson" if item.slug in curriculum.lessons:
            return await _lesson(stage, curriculum.lessons[item.slug])
        case "guide" if item.slug in curriculum.guides:
            return await _guide(stage, curriculum.guides[item.slug])
        case "drill" if item.slug in curriculum.drills:
            return await _drill(stage, curriculum.drills[item.slug])
    return []


class _Stage:
    """Where the turns are played: one curriculum, one time, one viewer, nobody's data."""

    def __init__(self, curriculum: Curriculum, now: datetime, viewer: Viewer) -> None:
        self.curriculum, self.now, self.is_large = _all_in_use(curriculum), now, viewer.is_large

    @property
    def context(self) -> Context:
        """A new guest, of whom nothing is kept: no action asks the store anything for a guest."""
        nobody = Sender("web", "", "")
        return Context(self.curriculum, "", cast("Store", None), nobody, self.now, "", is_large_text=self.is_large)

    async def play(self, title: str, field: str, turn: Callable[[], Result | Awaitable[Result]], first: int | None = None) -> Scene:
        """Play one turn; of its bubbles only the first so many are kept, where that is said."""
        try:
            made = turn()
            result = made if isinstance(made, Result) else await made
        except (KeyError, GoneError) as error:
            missing = error.args[0] if error.args else ""
            return Scene(title, field, None, f"Chưa xem thử được: không có “{missing}”.")
        except ValueError:
            return Scene(title, field, None, "Chưa xem thử được: mã quá dài cho một nút bấm. Hãy đặt mã ngắn hơn.")
        kept = Result(result.replies[:first], result.outcome)
        return Scene(title, field, brevity.shorten(kept) if self.is_large else kept)


def _all_in_use(curriculum: Curriculum) -> Curriculum:
    """Return the content as if drafts were in use: they are looked at before they are."""

    def used(scripts: dict[str, Script]) -> dict[str, Script]:
        return {slug: s if s.status == "active" else s.model_copy(update={"status": "active"}) for slug, s in scripts.items()}

    lessons = {slug: x if x.status == "active" else x.model_copy(update={"status": "active"}) for slug, x in curriculum.lessons.items()}
    return curriculum.model_copy(update={"lessons": lessons, "guides": used(curriculum.guides), "drills": used(curriculum.drills)})


async def _answer(stage: _Stage, answer: Answer) -> list[Scene]:
    curriculum, today, slug = stage.curriculum, stage.context.today, answer.slug
    scenes = [await stage.play("Bot trả lời câu hỏi", "text", partial(give_answer, curriculum, slug, today))]
    if answer.outcome is not None:
        return scenes
    if answer.more:
        scenes.append(await stage.play("Bấm “Xem thêm”", "more", partial(give_more, curriculum, slug, today)))
    for device in answer.devices:
        turn = partial(give_device_steps, curriculum, device, slug, today)
        scenes.append(await stage.play(f"Bấm “{DEVICE_LABELS[device]}”", device, turn))
    return scenes


async def _lesson(stage: _Stage, one: Lesson) -> list[Scene]:
    first, second = ("simple", "text") if stage.is_large else ("text", "simple")
    show = {"text": lesson.show_full, "simple": lesson.show_simple}
    again = "bấm “Nói kỹ hơn”" if stage.is_large else "bấm “Nói dễ hiểu hơn”"
    scenes = []
    for at, step in enumerate(one.steps, 1):
        title, place = f"Bước {at}: {step.heading}", str(at)
        begun = partial(_begin, stage, one.slug, show[first]) if at == 1 else partial(show[first], stage.context, one.slug, place)
        scenes.append(await stage.play(title, f"steps.{at - 1}.{first}", begun))
        scenes.append(
            await stage.play(f"{title} · {again}", f"steps.{at - 1}.{second}", partial(show[second], stage.context, one.slug, place))
        )
    if one.questions and all(map(_has_right, one.questions.values())):
        scenes.append(await stage.play("Bấm “Làm câu đố”", "title", partial(quiz.start_quiz, stage.context, one.slug), first=1))
    for number, question in enumerate(one.questions.values()):
        scenes += await _question(stage, one, number, question)
    return scenes


async def _begin(stage: _Stage, slug: str, show: Callable[[Context, str, str], Awaitable[Result]]) -> Result:
    begun, shown = await lesson.start_lesson(stage.context, slug), await show(stage.context, slug, "1")
    return Result((begun.replies[0], *shown.replies), begun.outcome)


async def _question(stage: _Stage, one: Lesson, number: int, question: Question) -> list[Scene]:
    field, title = f"questions.{number}", f"Câu đố {number + 1}"
    if not _has_right(question):
        return [Scene(title, field, None, "Chưa xem thử được: hãy đánh dấu lựa chọn đúng.")]

    def asked() -> Context:
        context = stage.context
        context.open("quiz", one.slug, sitting=SITTING, asked=[Asked(lesson=one.slug, question=question.slug)])
        return context

    scenes = [await stage.play(title, f"{field}.question", partial(quiz.ask, asked()))]
    for n, choice in enumerate(question.choices):
        pick = partial(quiz.pick, asked(), one.slug, question.slug, SITTING, str(n))
        scenes.append(await stage.play(f"{title} · chọn “{choice.text}”", f"{field}.choices.{n}.feedback", pick, first=1))
    return scenes


def _has_right(question: Question) -> bool:
    return any(choice.is_right for choice in question.choices)


async def _guide(stage: _Stage, script: Script) -> list[Scene]:
    return [
        await stage.play(title, _step_field(script, slug), partial(guide.show_guide, stage.context, script.slug, slug))
        for slug, title in _first_ways(script)
    ]


def _first_ways(script: Script) -> Iterator[tuple[str, str]]:
    """Yield every step that can be reached, with what is tapped to get there first."""
    waiting, seen = deque([(script.start, "Bắt đầu hướng dẫn")]), {script.start}
    while waiting:
        slug, title = waiting.popleft()
        yield slug, title
        for choice in script.steps[slug].choices if slug in script.steps else ():
            if choice.next not in seen:
                seen.add(choice.next)
                waiting.append((choice.next, f"Bước “{slug}” · bấm “{choice.text}”"))


async def _drill(stage: _Stage, script: Script) -> list[Scene]:
    """Play the drill along the shortest way to every step, so that the signs at an end are those of a real way there."""
    context = stage.context
    begun = await stage.play("Bắt đầu diễn tập", "title", partial(drill.start_drill, context, script.slug))
    scenes, waiting, seen = [begun], deque([context.position]), {script.start}
    while waiting and begun.result is not None:
        position = waiting.popleft()
        step = script.steps.get(position.step) if position is not None else None
        if position is None or step is None:
            continue
        for n, choice in enumerate(step.choices):
            if choice.next in seen:
                continue
            seen.add(choice.next)
            following = stage.context
            following.position = position
            turn = partial(drill.act, following, script.slug, step.slug, position.sitting, str(n))
            scenes.append(await stage.play(f"Bước “{step.slug}” · chọn “{choice.text}”", _step_field(script, choice.next), turn))
            if following.position is not position:
                waiting.append(following.position)
    return scenes


def _step_field(script: Script, slug: str) -> str:
    slugs = list(script.steps)
    return f"steps.{slugs.index(slug)}.text" if slug in slugs else "title"
