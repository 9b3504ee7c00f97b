"""Drills: the bot plays a scammer, labelled in every line, then tells which red flags were missed."""

import re
import secrets

from actions.answer import provenance
from actions.context import Context, GoneError, Handler, existing
from actions.curriculum.model import Script, ScriptStep
from actions.guide import script_in_use
from actions.menu import EMERGENCY, MAIN_MENU, choice_value
from actions.outcome import Outcome
from actions.position import Asked, Position
from actions.reply import Choice, Reply, Result

SITTING_BYTES = 4
# "Thật, không phải tập": somebody means it, who was only practising a moment ago. Words without diacritics.
_IN_EARNEST = re.compile(
    r"\b(?:khong|chang|dau) phai(?: la)? (?:dien )?tap\b(?! trung)"
    r"|\b(?:bi|lua|gap|(?:chuyen|viec)(?: (?:nay|do|day))?(?: la)?(?: co)?|xay ra|mat tien) (?:lua |gat )?(?:that|thiet)\b"
    r"(?! (?:khong|a|ha|sao)\b)"
    r"|^(?:that|thiet)(?: day| do| ma| roi| su| luon| huhu)+$"
)


async def list_drills(context: Context) -> Result:
    """Show the drills that can be practised."""
    drills = [d for d in context.curriculum.drills.values() if d.status == "active"]
    choices = (*(Choice(d.title, choice_value("drill", d.slug)) for d in drills), MAIN_MENU)
    return context.reply("drills", *choices, outcome=Outcome.DRILL)


async def start_drill(context: Context, slug: str) -> Result:
    """Say what is going to be played, and play the first line."""
    context.unpin()
    drill = script_in_use(context, context.curriculum.drills, slug)
    context.open("drill", slug, step=drill.start, sitting=secrets.token_hex(SITTING_BYTES))
    intro = Reply(context.say("drill_start", title=drill.title, role=drill.role, intro=context.render(drill.intro)))
    return Result((intro, line_shown(context, drill, drill.steps[drill.start])), Outcome.DRILL)


async def act(context: Context, slug: str, step: str, sitting: str, choice: str) -> Result:
    """Answer the scammer; a tap that comes twice or late changes nothing."""
    drill = script_in_use(context, context.curriculum.drills, slug)
    position = context.position
    is_open = position is not None and position.sitting == sitting and context.is_as_begun(position, slug)
    if position is None or position.kind != "drill" or not is_open:
        return context.reply("drill_over", Choice("Diễn tập lại", choice_value("drill", slug)), MAIN_MENU, outcome=Outcome.DRILL)
    opened = drill.steps.get(position.step)
    if opened is None or not opened.choices:
        context.position = None  # The line was withdrawn while it was open.
        raise GoneError(position.step)
    if position.step != step:
        return Result((Reply(context.say("drill_already")), line_shown(context, drill, opened)), Outcome.DRILL)
    said = opened
    taken = existing({str(n): c for n, c in enumerate(said.choices)}, choice)
    answered = Asked(lesson=slug, question=step, choice=int(choice), is_right=not taken.falls)
    if context.learner is not None:
        await context.store.learning.attempt(
            context.learner.id, context.now, sitting=sitting, kind="drill", lesson=slug, question=step, choice=answered.choice,
            is_right=answered.is_right, content_version=context.version_of(slug),
        )  # fmt: skip
        await context.store.learning.learned(context.learner.id, context.today)
    following = drill.steps[taken.next]
    context.position = position.model_copy(update={"step": following.slug, "asked": (*position.asked, answered), "at": context.now})
    if following.choices:
        return Result((line_shown(context, drill, following),), Outcome.DRILL)
    return show_ending(context, drill, following, context.position)


async def stop_drill(context: Context, slug: str) -> Result:
    """End a drill in the middle, and tell the red flags up to there."""
    drill = script_in_use(context, context.curriculum.drills, slug)
    position = context.position
    context.position = None
    if position is None or position.kind != "drill" or position.slug != slug:
        return context.reply("drill_over", Choice("Diễn tập lại", choice_value("drill", slug)), MAIN_MENU, outcome=Outcome.DRILL)
    if not position.asked:
        return context.reply("drill_stopped", *_ways_on(context, drill), outcome=Outcome.DRILL)
    stopped = Reply(context.say("drill_stopped"))
    return Result((stopped, _signs(context, drill, position)), Outcome.DRILL)


def leave_drill(context: Context) -> Result:
    """Close a drill in which somebody speaks of a real loss; nothing of it is played any more."""
    position = context.position
    assert position is not None
    context.position = None
    again = Choice("Diễn tập lại", choice_value("drill", position.slug))
    return context.reply("drill_left", EMERGENCY, again, MAIN_MENU, outcome=Outcome.DRILL)


def is_in_earnest(folded: str) -> bool:
    """Tell whether words that were typed in a drill say that this is no practice.

    Args:
        folded: Normalised words without diacritics, joined by single spaces.
    """
    return _IN_EARNEST.search(folded) is not None


def back_to_drill(context: Context) -> Result | None:
    """Play the open line again, after something else was answered in the middle of a drill."""
    position = context.open_activity
    drill = context.curriculum.drills.get(position.slug) if position is not None and position.kind == "drill" else None
    step = drill.steps.get(position.step) if drill is not None and position is not None else None
    if drill is None or step is None or not step.choices or drill.status != "active":
        return None
    return Result((Reply(context.say("drill_back")), line_shown(context, drill, step)), Outcome.DRILL)


def line_shown(context: Context, drill: Script, step: ScriptStep) -> Reply:
    """Return a line of the scammer's, with what may be answered; the position must be in the drill."""
    assert context.position is not None
    sitting = context.position.sitting
    choices = [
        Choice(context.render(c.text), choice_value("act", drill.slug, step.slug, sitting, str(n))) for n, c in enumerate(step.choices)
    ]
    text = context.say("drill_line", role=drill.role, line=context.render(step.text))
    return Reply(text, (*choices, Choice("DỪNG", choice_value("stop-drill", drill.slug))))


def show_ending(context: Context, drill: Script, ending: ScriptStep, position: Position) -> Result:
    """Say how the story ends, and which red flags were missed on the way."""
    context.position = None
    message = "drill_safe" if ending.ending == "safe" else "drill_lost"
    told = Reply(f"{context.say(message)}\n{context.render(ending.text)}")
    return Result((told, _signs(context, drill, position)), Outcome.DRILL)


def _signs(context: Context, drill: Script, position: Position) -> Reply:
    """Tell the red flags of the lines that were heard: first those that were missed."""
    heard = [(drill.steps[a.question], a.is_right) for a in position.asked if a.question in drill.steps]
    missed = [f"- {context.render(step.sign)}" for step, is_right in heard if not is_right]
    seen = [f"- {context.render(step.sign)}" for step, is_right in heard if is_right]
    parts = []
    if missed:
        parts.append("\n".join((context.say("drill_missed"), *missed)))
    if seen:
        parts.append("\n".join((context.say("drill_seen"), *seen)))
    parts.append(provenance(drill, [s.sign for s in drill.steps.values()], context.curriculum, context.today))
    return Reply("\n\n".join(parts), _ways_on(context, drill))


def _ways_on(context: Context, drill: Script) -> tuple[Choice, ...]:
    lesson = context.curriculum.lessons.get(drill.lesson or "")
    learn = (Choice(f"Học bài: {lesson.title}", choice_value("learn", lesson.slug)),) if lesson and lesson.status == "active" else ()
    return (Choice("Diễn tập lại", choice_value("drill", drill.slug)), *learn, Choice("Bài diễn tập khác", "drills"), MAIN_MENU)


CHOICES: dict[str, Handler] = {"drills": list_drills, "drill": start_drill, "act": act, "stop-drill": stop_drill}
COMMANDS = {
    "/dientap": "drills",
    "diễn tập": "drills",
    "tập chống lừa đảo": "drills",
    "diễn tập chống lừa đảo": "drills",
    "tôi muốn diễn tập": "drills",
}
