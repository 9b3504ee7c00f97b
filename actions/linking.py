"""One learner on several channels: a one-time code of one is typed into the other, and learning goes on there."""

from datetime import timedelta

from actions.account import ask_consent
from actions.codes import code_in
from actions.context import Context, Handler
from actions.going_on import back_to_activity
from actions.menu import MAIN_MENU
from actions.outcome import Outcome
from actions.position import read_position
from actions.reply import Choice, Result

PURPOSE = "link"
CODE_MINUTES = 15


async def link(context: Context) -> Result:
    """Take a typed code; without one, give a code to a learner, or say to a guest where to get one."""
    code = code_in(context.text)
    if code is not None:
        return await take(context, code)
    if context.learner is None:
        return context.reply("link_ask", Choice("Học từ đầu ở đây", "learn"), MAIN_MENU, outcome=Outcome.ACCOUNT)
    lifetime = timedelta(minutes=CODE_MINUTES)
    code = await context.store.sharing.make_code(PURPOSE, context.learner.id, context.now, lifetime)
    return context.reply("link_code", MAIN_MENU, outcome=Outcome.ACCOUNT, code=code, minutes=CODE_MINUTES)


async def take(context: Context, code: str) -> Result:
    """Let the learner of a code learn here too; a learner's own code, typed where it was made, stays good."""
    store, sender = context.store, context.sender
    learner_id = await store.sharing.read_code(PURPOSE, code, context.now)
    if context.learner is not None and context.learner.id == learner_id:
        return context.reply("link_same", Choice("Học tiếp", "study"), MAIN_MENU, outcome=Outcome.ACCOUNT)
    learner_id = await store.sharing.take_code(PURPOSE, code, context.now)
    if learner_id is None:
        return context.reply("code_wrong", MAIN_MENU, outcome=Outcome.ACCOUNT)
    identity = await store.people.identity_id(sender.key, sender.channel, sender.address, context.now)
    await store.people.join(identity, learner_id)
    context.learner = await store.people.learner(sender.key)
    if context.learner is not None:
        context.curriculum = context.curriculum.addressing(context.learner.address)
        context.position = read_position(await store.position_elsewhere(learner_id, sender.key))
        if context.position is not None:
            await context.pin(context.position.version, context.position.begun)
    following = await back_to_activity(context)
    if following is not None:
        return context.reply("linked", outcome=Outcome.ACCOUNT).followed_by(following)
    return context.reply("linked", Choice("Học tiếp", "study"), Choice("Xem tiến độ", "progress"), MAIN_MENU, outcome=Outcome.ACCOUNT)


async def _start(context: Context) -> Result:
    if context.learner is None:
        return ask_consent(context, "link")
    return await link(context)


CHOICES: dict[str, Handler] = {"link": _start, "enter-link": link}
COMMANDS = {
    "/lienket": "enter-link",
    "liên kết": "link",
    "liên kết kênh": "link",
    "nối kênh": "link",
    "học ở kênh khác": "link",
    "học trên máy khác": "link",
}
