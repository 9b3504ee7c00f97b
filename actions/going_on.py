"""The way back to an open lesson, quiz, guide or drill, after something else came in between.

Menus are numbered over all bubbles of a turn, so the activity's choices come first: "1" always
answers the question that is open, not the one that was asked in between.
"""

from dataclasses import replace

from actions.context import Context, GoneError, Handler
from actions.drill import back_to_drill
from actions.guide import back_to_guide
from actions.lesson import back_to_lesson
from actions.menu import MAIN_MENU
from actions.outcome import Outcome
from actions.position import Position
from actions.quiz import back_to_quiz
from actions.reply import Choice, Result

WAYS_BACK = {
    "lesson": "Quay lại bài học",
    "quiz": "Quay lại câu đố",
    "review": "Quay lại phần ôn",
    "guide": "Quay lại các bước",
    "drill": "Quay lại diễn tập",
}
ANSWERS = ("answer", "more", "android", "iphone")  # taps that answer something
MENUS = ("menu", "none", "pillar", "topic", "wrong")  # taps that show what else there is
_STILL_OFFERED = (*ANSWERS, "none", "wrong", "emergency")


async def back_to_activity(context: Context) -> Result | None:
    """Return the open activity, to be shown again; None where none is open, or was for long."""
    return await back_to_lesson(context) or back_to_quiz(context) or back_to_guide(context) or back_to_drill(context)


def in_the_middle(answered: Result, activity: Result) -> Result:
    """Return an answer with the open activity below it; what the answer offers comes after the activity's choices."""
    *before, asked = activity.replies
    offered = [c for c in answered.choices if c.value.split(":", maxsplit=1)[0] in _STILL_OFFERED]
    choices = {choice.value: choice for choice in (*asked.choices, *offered, MAIN_MENU)}
    said = [replace(reply, choices=()) for reply in answered.replies]
    if answered.outcome is Outcome.SUGGESTED:  # It asks which one was meant, and its choices are further down now.
        titles = "\n".join(f"- {c.label}" for c in offered if c.value != "none")
        said[-1] = replace(said[-1], text=f"{said[-1].text}\n{titles}")
    return replace(answered, replies=(*said, *before, replace(asked, choices=tuple(choices.values()))))


async def with_way_back(context: Context, shown: Result) -> Result:
    """Return a menu with one more choice, which leads back to the open activity."""
    position = context.position
    if position is None or position.kind not in WAYS_BACK or await back_to_activity(context) is None:
        return shown
    *before, last = shown.replies
    choices = (*last.choices, Choice(WAYS_BACK[position.kind], "back"))
    return replace(shown, replies=(*before, replace(last, choices=choices)))


def leave_for_real_life(context: Context, result: Result) -> None:
    """Close what is open when somebody needs help; only a guide for such people goes on, and not in despair."""
    is_guide = context.position is not None and context.position.kind == "guide"
    if result.outcome is Outcome.CRISIS or (result.outcome is Outcome.EMERGENCY and not is_guide):
        context.position = None


def stop_value(position: Position) -> str | None:
    """Return the value of the choice that stops what is open."""
    values = {
        "drill": f"stop-drill:{position.slug}",
        "quiz": "stop-quiz",
        "review": "stop-quiz",
        "lesson": f"stop:{position.slug}:{position.step}",
        "guide": f"stop-guide:{position.slug}:{position.step}",
    }
    return values.get(position.kind)


async def _back(context: Context) -> Result:
    shown = await back_to_activity(context)
    if shown is None:
        raise GoneError("back")
    return shown


CHOICES: dict[str, Handler] = {"back": _back}
