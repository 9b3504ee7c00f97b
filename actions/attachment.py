"""Things other than text: a picture, a voice message, a sticker; each gets a kind reply and a way on."""

from dataclasses import replace

from actions.context import Context, GoneError, Handler
from actions.curriculum.model import Curriculum
from actions.curriculum.text import render
from actions.menu import EMERGENCY, MAIN_MENU, choice_value
from actions.outcome import Outcome
from actions.reply import Choice, Reply, Result

KINDS = ("photo", "voice", "sticker", "video", "file", "contact", "location", "link", "unsupported", "group")
FAMILY = ("photo", "video", "file", "link")  # these may be what a cheat sent


async def answer_attachment(context: Context, kind: str) -> Result:
    """Say what cannot be seen or heard, and what to do instead."""
    if kind not in KINDS:
        raise GoneError(kind)
    if kind == "group":
        return context.reply("got_group", outcome=Outcome.MENU)
    topics = context.curriculum.topics
    suspicious = [Choice("Tin nhắn, đường link lạ", choice_value("topic", "scam-sms-link"))] if "scam-sms-link" in topics else []
    choices = (EMERGENCY, *(suspicious if kind in FAMILY else ()), MAIN_MENU)
    return context.reply(f"got_{kind}", *choices, outcome=Outcome.MENU)


def note(curriculum: Curriculum, kind: str, result: Result) -> Result:
    """Put before an answer that only the words beside an attachment were understood."""
    if kind not in KINDS or f"got_{kind}_beside" not in curriculum.messages:
        return result
    return replace(result, replies=(Reply(render(curriculum.messages[f"got_{kind}_beside"], curriculum)), *result.replies))


CHOICES: dict[str, Handler] = {"got": answer_attachment}
