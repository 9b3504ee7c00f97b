"""Guides: a tree of questions and instructions, for a person who needs to act now."""

from datetime import timedelta

from actions.answer import provenance
from actions.context import Context, Handler, existing
from actions.curriculum.model import Script, ScriptStep
from actions.menu import MAIN_MENU, choice_value
from actions.outcome import Outcome
from actions.picture import picture_of
from actions.reply import Choice, Reply, Result
from actions.stamp import is_from_before_erasure, stamp

FOLLOW_UP_AFTER = timedelta(hours=24)


async def show_guide(context: Context, slug: str, step: str = "") -> Result:
    """Show a step of a guide, the first one unless named."""
    if not step:
        context.unpin()  # From the beginning, it is the guide of today.
    guide = script_in_use(context, context.curriculum.guides, slug)
    shown = existing(guide.steps, step or guide.start)
    context.open("guide", slug, step=shown.slug)
    if not shown.choices:
        context.position = None
    return step_shown(context, guide, shown)


def step_shown(context: Context, guide: Script, step: ScriptStep) -> Result:
    """Return one step as it is shown; the last one of a way with its sources."""
    choices = _choices(context, guide, step)
    text = context.render(step.text)
    if not step.choices:
        texts = [s.text for s in guide.steps.values()]
        text += f"\n\n{provenance(guide, texts, context.curriculum, context.today)}"
        follow = (Choice("Mai hỏi thăm tôi", choice_value("ask-me", guide.slug, stamp(context.now))),) if step.follow_up else ()
        choices = (*follow, MAIN_MENU)
    return Result((Reply(text, choices, picture_of(context.curriculum, step.picture)),), Outcome.GUIDE)


def back_to_guide(context: Context) -> Result | None:
    """Show the open step again, after a question in the middle of a guide was answered."""
    position = context.open_activity
    guide = context.curriculum.guides.get(position.slug) if position is not None and position.kind == "guide" else None
    step = guide.steps.get(position.step) if guide is not None and position is not None else None
    if guide is None or step is None or guide.status != "active":
        return None
    return Result((Reply(f"{context.say('guide_back')}\n\n{context.render(step.text)}", _choices(context, guide, step)),), Outcome.GUIDE)


async def stop_guide(context: Context, slug: str, step: str) -> Result:
    """Stop here; the way on is the first thing that is offered, for whoever stops may not be out of danger."""
    context.position = None
    existing(script_in_use(context, context.curriculum.guides, slug).steps, step)
    on = Choice("Làm tiếp các bước", choice_value("guide", slug, step))
    return context.reply("guide_stopped", on, MAIN_MENU, outcome=Outcome.GUIDE)


async def ask_me(context: Context, slug: str, offered_at: str) -> Result:
    """Keep that somebody wants to be asked again after a day; the address is sealed for that."""
    existing(context.curriculum.guides, slug)
    if await is_from_before_erasure(context, offered_at):
        return await show_guide(context, slug)
    sender = context.sender
    identity = await context.store.people.identity_id(sender.key, sender.channel, sender.address, context.now)
    await context.store.outbound.follow_up(identity, slug, context.now + FOLLOW_UP_AFTER)
    return context.reply("follow_up_kept", Choice("Thôi, không cần hỏi", "do-not-ask"), MAIN_MENU, outcome=Outcome.GUIDE)


async def do_not_ask(context: Context) -> Result:
    """Forget that somebody wanted to be asked again."""
    await context.store.outbound.cancel_follow_up(context.sender.key)
    await context.store.outbox.drop_own_accord(context.sender.key)  # What was written before is not given after the word.
    await forget_address(context)
    return context.reply("follow_up_cancelled", MAIN_MENU, outcome=Outcome.GUIDE)


async def forget_address(context: Context) -> None:
    """Delete the sender's address, where nothing needs it any more."""
    identity = await context.store.people.identity_of(context.sender.key)
    if identity is not None:
        await context.store.sharing.forget_unneeded([identity])


def script_in_use(context: Context, scripts: dict[str, Script], slug: str) -> Script:
    """Return a guide or drill that is in use.

    Raises:
        GoneError: There is none.
    """
    return existing({s: script for s, script in scripts.items() if script.status == "active"}, slug)


def _choices(context: Context, guide: Script, step: ScriptStep) -> tuple[Choice, ...]:
    return tuple(Choice(context.render(c.text), choice_value("guide", guide.slug, c.next)) for c in step.choices)


CHOICES: dict[str, Handler] = {"guide": show_guide, "stop-guide": stop_guide, "ask-me": ask_me, "do-not-ask": do_not_ask}
COMMANDS = {
    "/bilua": "guide:vua-bi-lua",
    "/vuabilua": "guide:vua-bi-lua",
    "từng bước": "guide:vua-bi-lua",
    "chỉ tôi từng bước": "guide:vua-bi-lua",
}
