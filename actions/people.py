"""Several people, one phone: each is a learner of their own, chosen by name."""

from actions.account import ask_address, ask_consent
from actions.certificate import clean_name, typed_name
from actions.context import Context, GoneError, Handler, existing
from actions.learners.people import Learner
from actions.menu import MAIN_MENU, choice_value
from actions.outcome import Outcome
from actions.reply import Choice, Result

LEARNERS_MAX = 6  # at one phone


async def show_people(context: Context) -> Result:
    """Show who learns at this phone."""
    if context.learner is None:
        return ask_consent(context, "people")
    learners = await context.store.people.of_identity(context.learner.identity_id)
    names = [learner.name or f"Người học {n}" for n, learner in enumerate(learners, 1)]
    now = names[[learner.id for learner in learners].index(context.learner.id)]
    choices = [
        Choice(f"{name} (đang học)" if learner.id == context.learner.id else name, choice_value("switch", short_id(learner)))
        for n, (learner, name) in enumerate(zip(learners, names, strict=True), 1)
    ]
    if len(learners) < LEARNERS_MAX:
        choices.append(Choice("Thêm người học", "add-person"))
    return context.reply("people", *choices, MAIN_MENU, outcome=Outcome.ACCOUNT, name=now)


async def switch(context: Context, who: str) -> Result:
    """Let another learner of this phone learn."""
    if context.learner is None:
        raise GoneError(who)
    learners = await context.store.people.of_identity(context.learner.identity_id)
    place, chosen = existing({short_id(learner): (n, learner) for n, learner in enumerate(learners, 1)}, who)
    await context.store.people.switch(context.learner.identity_id, chosen.id)
    context.learner = chosen
    context.position = None
    context.is_large_text = chosen.is_large_text
    context.curriculum = context.curriculum.addressing(chosen.address or "bạn")
    name = chosen.name or f"Người học {place}"
    return context.reply("switched", Choice("Học tiếp", "study"), MAIN_MENU, outcome=Outcome.ACCOUNT, name=name)


def short_id(learner: Learner) -> str:
    """Return what tells a learner of this phone from the others, also in a late tap."""
    return learner.id[:8]


async def ask_person(context: Context, _step: str = "") -> Result:
    """Ask for the name of a new learner."""
    if context.learner is None:
        return ask_consent(context, "people")
    context.open("input", "person")
    return context.reply("person_name", Choice("Thôi", "people"), outcome=Outcome.ACCOUNT)


async def check_person(context: Context, _step: str) -> Result:
    """Show a typed name back, and ask the new learner, in words meant for them, whether to be remembered."""
    if context.learner is None:
        raise GoneError("learner")
    name = clean_name(context.text)
    if name is None:
        return context.reply("name_refused", Choice("Thôi", "people"), outcome=Outcome.ACCOUNT)
    context.open("input", "person", typed=context.store.keys.seal(name))
    choices = (Choice("Đúng, tôi đồng ý", "person-agrees"), Choice("Sửa lại tên", "add-person"), Choice("Thôi", "people"))
    return context.reply("person_consent", *choices, outcome=Outcome.ACCOUNT, name=name)


async def add_person(context: Context) -> Result:
    """Add the learner whose name was typed and confirmed."""
    name = typed_name(context, "person")
    if context.learner is None or name is None:
        raise GoneError("person")
    if await context.store.people.count(context.learner.identity_id) >= LEARNERS_MAX:
        return await show_people(context)
    context.learner = await context.store.people.add(context.learner.identity_id, context.now, name)
    context.position = None
    context.is_large_text = False
    context.curriculum = context.curriculum.addressing("bạn")
    return ask_address(context, "paths")


CHOICES: dict[str, Handler] = {"people": show_people, "switch": switch, "add-person": ask_person, "person-agrees": add_person}
INPUTS: dict[str, Handler] = {"person": check_person}
PROMPTS: dict[str, Handler] = {"person": ask_person}
COMMANDS = {
    "/doinguoi": "people",
    "đổi người học": "people",
    "đổi người": "people",
    "người học": "people",
    "thêm người học": "add-person",
}
