"""Certificates: for a finished path, with the name the learner chose and a code that verifies it."""

import re
from dataclasses import replace

from actions import dispatch
from actions.context import Context, GoneError, Handler, existing
from actions.learners.keys import SealError
from actions.learners.learning import Issued
from actions.learners.people import Learner
from actions.learners.sharing import new_code
from actions.menu import MAIN_MENU, REMEMBER, choice_value
from actions.outcome import Outcome
from actions.reply import Choice, Image, Reply, Result

NAME_MAX_CHARACTERS = 40
NAME_MAX_WORDS = 7
CODE_CHARACTERS = 12  # Whoever has one sees a name, so it is longer than other codes.
_FIRST_LETTER = re.compile(r"(?<!\S)[^\W\d_]|(?<=-)[^\W\d_]")
_NAME = re.compile(r"[^\W\d_]+(?:[ .'’-]+[^\W\d_]+)*\.?")


async def ask_name(context: Context, slug: str) -> Result:
    """Ask for the name on the certificate; show the certificate where there is one already."""
    path = existing(context.curriculum.paths, slug)
    if context.learner is None:
        return context.reply("progress_guest", REMEMBER, MAIN_MENU, outcome=Outcome.LESSON)
    issued = await _issued(context, context.learner, slug)
    if issued is not None:
        return _shown(context, issued, "certificate_again")
    progress = await context.store.learning.progress(context.learner.id)
    missing = [x for x in path.lessons if not (x in progress and progress[x].passed_at)]
    if missing:
        choices = (Choice("Học tiếp lộ trình", choice_value("take", slug)), MAIN_MENU)
        return context.reply("certificate_not_yet", *choices, outcome=Outcome.LESSON, left=len(missing), title=path.title)
    return await ask_again(context, slug)


async def ask_again(context: Context, slug: str) -> Result:
    """Ask for the name on a certificate that is due, or that is there and has a mistake in the name."""
    existing(context.curriculum.paths, slug)
    if context.learner is None:
        raise GoneError("learner")
    context.open("input", "certificate", step=slug)
    name = context.learner.name
    is_new = await _issued(context, context.learner, slug) is None
    known = (Choice(f"Ghi: {name}", choice_value("certify", slug, "known")),) if name and is_new else ()
    return context.reply("certificate_name", *known, MAIN_MENU, outcome=Outcome.ACCOUNT)


async def check_name(context: Context, slug: str) -> Result:
    """Show a typed name back, to be confirmed; until then it is kept sealed, and in the open conversation only."""
    name = clean_name(context.text)
    if name is None:
        context.open("input", "certificate", step=slug)
        return context.reply("name_refused", MAIN_MENU, outcome=Outcome.ACCOUNT)
    context.open("input", "certificate", step=slug, typed=context.store.keys.seal(name))
    choices = (
        Choice("Đúng, cấp giấy", choice_value("certify", slug)),
        Choice("Sửa lại tên", choice_value("certificate-name", slug)),
        Choice("Thôi", "rest"),
    )
    return context.reply("certificate_confirm", *choices, outcome=Outcome.ACCOUNT, name=name)


async def certify(context: Context, slug: str, which: str = "typed") -> Result:
    """Issue the certificate in the confirmed name; a second tap shows the same one.

    A name that was typed for a certificate that is there already corrects it: the new one takes its place.
    """
    path = existing(context.curriculum.paths, slug)
    learner = context.learner
    name = typed_name(context, "certificate", slug)
    if which == "known" and learner is not None:
        name = learner.name
    if learner is None or name is None:
        return await ask_name(context, slug)
    earlier = await _issued(context, learner, slug)
    if earlier is not None:
        return await _correct(context, learner, earlier, name)
    progress = await context.store.learning.progress(learner.id)
    if not all(x in progress and progress[x].passed_at for x in path.lessons):
        return await ask_name(context, slug)
    skills = tuple(context.curriculum.lessons[x].title for x in path.lessons if x in context.curriculum.lessons)
    issued = Issued(new_code(CODE_CHARACTERS), slug, path.title, skills, name, context.content_version, context.now)
    return await _issue(context, learner, issued, "certificate")


async def show_mine(context: Context) -> Result:
    """Show the certificate of the learner's path, or how far it is."""
    learner = context.learner
    path = learner.path if learner is not None else None
    if learner is None or path not in context.curriculum.paths:
        issued = await context.store.learning.certificates(learner.id) if learner is not None else []
        return _shown(context, issued[-1], "certificate_again") if issued else await dispatch.choose(context, "paths")
    return await ask_name(context, path)


def typed_name(context: Context, slug: str, step: str = "") -> str | None:
    """Return the name that was typed for something and waits to be confirmed; None where there is none."""
    position = context.position
    if position is None or (position.kind, position.slug, position.step) != ("input", slug, step) or not position.typed:
        return None
    try:
        return context.store.keys.unseal(position.typed)
    except SealError:
        return None  # The key was changed in between.


def clean_name(text: str) -> str | None:
    """Return a typed name, tidied, each word with a capital; None for what cannot be one."""
    name = " ".join(text.split())
    is_name = _NAME.fullmatch(name) and len(name) <= NAME_MAX_CHARACTERS and len(name.split()) <= NAME_MAX_WORDS
    if not is_name:
        return None
    name = name.lower() if name.isupper() and len(name) > 1 else name
    return _FIRST_LETTER.sub(lambda first: first[0].upper(), name)


async def _correct(context: Context, learner: Learner, earlier: Issued, name: str) -> Result:
    position = context.position
    if name == earlier.name or position is None or not position.typed:
        return _shown(context, earlier, "certificate_again")
    await context.store.sharing.drop_certificates(learner.id, earlier.path)
    if learner.name == earlier.name:
        await context.store.people.change(learner.id, name=name)
    return await _issue(context, learner, replace(earlier, code=new_code(CODE_CHARACTERS), name=name), "certificate_corrected")


async def _issue(context: Context, learner: Learner, issued: Issued, message: str) -> Result:
    if learner.name is None:
        await context.store.people.change(learner.id, name=issued.name)
    await context.store.learning.issue(learner.id, issued)
    context.position = None
    return _shown(context, issued, message)


async def _issued(context: Context, learner: Learner, path: str) -> Issued | None:
    return next((c for c in await context.store.learning.certificates(learner.id) if c.path == path), None)


def _shown(context: Context, issued: Issued, message: str) -> Result:
    address = f"{context.public_url}/chungnhan/{issued.code}"
    text = context.say(message, title=issued.path_title, name=issued.name, code=issued.code, address=address)
    alt = context.say("certificate_alt", title=issued.path_title, name=issued.name, code=issued.code)
    image = Image(f"/chungnhan/{issued.code}.png", alt)
    choices = (Choice("Sửa tên trên giấy", choice_value("certificate-name", issued.path)), Choice("Lộ trình khác", "paths"), MAIN_MENU)
    return Result((Reply(text, choices, image),), Outcome.ACCOUNT)


CHOICES: dict[str, Handler] = {
    "certificate": ask_name,
    "certificate-name": ask_again,
    "certify": certify,
    "my-certificate": show_mine,
}
INPUTS: dict[str, Handler] = {"certificate": check_name}
PROMPTS: dict[str, Handler] = {"certificate": ask_again}
COMMANDS = {
    "/chungnhan": "my-certificate",
    "giấy chứng nhận": "my-certificate",
    "chứng nhận": "my-certificate",
    "giấy chứng nhận của tôi": "my-certificate",
    "xem giấy chứng nhận": "my-certificate",
    "nhận giấy chứng nhận": "my-certificate",
    "lấy giấy chứng nhận": "my-certificate",
}
