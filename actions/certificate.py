"""Certificates: for a finished path, with the name the learner chose and a code that verifies it."""

import re

from actions.context import Context, Handler, existing
from actions.learners.learning import Issued
from actions.learners.sharing import new_code
from actions.menu import MAIN_MENU, choice_value
from actions.outcome import Outcome
from actions.reply import Choice, Image, Reply, Result

NAME_MAX_CHARACTERS = 40
NAME_MAX_WORDS = 7
CODE_CHARACTERS = 10
_NAME = re.compile(r"[^\W\d_]+(?:[ .'’-]+[^\W\d_]+)*\.?")


async def ask_name(context: Context, slug: str) -> Result:
    """Ask for the name on the certificate; show the certificate where there is one already."""
    path = existing(context.curriculum.paths, slug)
    if context.learner is None:
        return context.reply("progress_guest", Choice("Nhớ giúp tôi", "learn"), MAIN_MENU, outcome=Outcome.LESSON)
    issued = next((c for c in await context.store.learning.certificates(context.learner.id) if c.path == slug), None)
    if issued is not None:
        return _shown(context, issued, "certificate_again")
    progress = await context.store.learning.progress(context.learner.id)
    missing = [x for x in path.lessons if not (x in progress and progress[x].passed_at)]
    if missing:
        choices = (Choice("Học tiếp lộ trình", choice_value("take", slug)), MAIN_MENU)
        return context.reply("certificate_not_yet", *choices, outcome=Outcome.LESSON, left=len(missing), title=path.title)
    context.open("input", "certificate", step=slug)
    known = (Choice(f"Ghi: {context.learner.name}", choice_value("certify", slug)),) if context.learner.name else ()
    return context.reply("certificate_name", *known, MAIN_MENU, outcome=Outcome.ACCOUNT)


async def check_name(context: Context, slug: str) -> Result:
    """Show a typed name back, to be confirmed."""
    assert context.learner is not None
    name = clean_name(context.text)
    if name is None:
        context.open("input", "certificate", step=slug)
        return context.reply("name_refused", MAIN_MENU, outcome=Outcome.ACCOUNT)
    await context.store.people.change(context.learner.id, name=name)
    context.position = None
    choices = (Choice("Đúng, cấp giấy", choice_value("certify", slug)), Choice("Gõ lại tên", choice_value("certificate", slug)))
    return context.reply("certificate_confirm", *choices, outcome=Outcome.ACCOUNT, name=name)


async def certify(context: Context, slug: str) -> Result:
    """Issue the certificate in the confirmed name; a second tap shows the same one."""
    path = existing(context.curriculum.paths, slug)
    if context.learner is None or context.learner.name is None:
        return await ask_name(context, slug)
    earlier = next((c for c in await context.store.learning.certificates(context.learner.id) if c.path == slug), None)
    if earlier is not None:
        return _shown(context, earlier, "certificate_again")
    progress = await context.store.learning.progress(context.learner.id)
    if not all(x in progress and progress[x].passed_at for x in path.lessons):
        return await ask_name(context, slug)
    skills = tuple(context.curriculum.lessons[x].title for x in path.lessons if x in context.curriculum.lessons)
    issued = Issued(new_code(CODE_CHARACTERS), slug, path.title, skills, context.learner.name, context.content_version, context.now)
    await context.store.learning.issue(context.learner.id, issued)
    context.position = None
    return _shown(context, issued, "certificate")


def clean_name(text: str) -> str | None:
    """Return a typed name, tidied; None for what cannot be one."""
    name = " ".join(text.split())
    is_name = _NAME.fullmatch(name) and len(name) <= NAME_MAX_CHARACTERS and len(name.split()) <= NAME_MAX_WORDS
    return name if is_name else None


def _shown(context: Context, issued: Issued, message: str) -> Result:
    address = f"{context.public_url}/chungnhan/{issued.code}"
    text = context.say(message, title=issued.path_title, name=issued.name, code=issued.code, address=address)
    alt = context.say("certificate_alt", title=issued.path_title, name=issued.name, code=issued.code)
    image = Image(f"/chungnhan/{issued.code}.png", alt)
    return Result((Reply(text, (Choice("Lộ trình khác", "paths"), MAIN_MENU), image),), Outcome.ACCOUNT)


CHOICES: dict[str, Handler] = {"certificate": ask_name, "certify": certify}
INPUTS: dict[str, Handler] = {"certificate": check_name}
