"""Family and class: a helper sees progress only, a class its results together."""

import re
from datetime import timedelta

from actions.account import ask_consent
from actions.context import Context, GoneError, Handler
from actions.menu import MAIN_MENU, choice_value
from actions.outcome import Outcome
from actions.progress import counts_by_module
from actions.reply import Choice, Image, Reply, Result

FAMILY_CODE_HOURS = 24
SMALLEST_GROUP = 5  # people; results of fewer are not shown
CLASS_NAME_MAX_CHARACTERS = 60
_CODE = re.compile(r"\b[A-HJKMNP-Z]{8}\b")


async def show_sharing(context: Context) -> Result:
    """Show what can be shared, and with whom it is."""
    choices = (
        Choice("Cho người nhà xem tiến độ", "family"),
        Choice("Xem tiến độ người nhà", "helped"),
        Choice("Thôi cho xem (thu hồi)", "revoke"),
        Choice("Mở lớp học", "open-class"),
        Choice("Lớp tôi đã mở", "classes"),
        MAIN_MENU,
    )
    return context.reply("sharing", *choices, outcome=Outcome.ACCOUNT)


async def give_family_code(context: Context) -> Result:
    """Give a code by which one helper may see the learner's progress; asking for it is the consent."""
    if context.learner is None:
        return ask_consent(context, "family")
    lifetime = timedelta(hours=FAMILY_CODE_HOURS)
    code = await context.store.sharing.make_code("family", context.learner.id, context.now, lifetime)
    return context.reply("family_code", Choice("Thu hồi", "revoke"), MAIN_MENU, outcome=Outcome.ACCOUNT, code=code, hours=FAMILY_CODE_HOURS)


async def enter_code(context: Context) -> Result:
    """Take a typed code: a family code first, else that of a class."""
    found = _CODE.search(context.text.upper())
    if found is None:
        return context.reply("code_wrong", MAIN_MENU, outcome=Outcome.ACCOUNT)
    learner_id = await context.store.sharing.take_code("family", found[0], context.now)
    if learner_id is None:
        return await ask_to_join(context, found[0])
    if context.learner is not None and learner_id == context.learner.id:
        return context.reply("code_own", MAIN_MENU, outcome=Outcome.ACCOUNT)
    sender = context.sender
    identity = await context.store.people.identity_id(sender.key, sender.channel, sender.address, context.now)
    await context.store.sharing.link(identity, learner_id, context.now)
    return context.reply("family_linked", Choice("Xem tiến độ", "helped"), MAIN_MENU, outcome=Outcome.ACCOUNT)


async def show_helped(context: Context) -> Result:
    """Show a helper how far those are who allowed it: counts, nothing they wrote or got wrong."""
    identity = await context.store.people.identity_of(context.sender.key)
    helped = await context.store.sharing.helped_by(identity) if identity is not None else []
    if not helped:
        return context.reply("helped_none", MAIN_MENU, outcome=Outcome.ACCOUNT)
    learning = context.store.learning
    lines = [context.say("helped")]
    for n, (learner_id, name, _) in enumerate(helped, 1):
        progress = await learning.progress(learner_id)
        streak = await learning.streak(learner_id, context.today)
        counts = counts_by_module(context.curriculum, progress)
        done, total = sum(d for d, _ in counts.values()), sum(t for _, t in counts.values())
        lines.append(f"- {name or f'Người học {n}'}: đã qua {done}/{total} bài, học {streak} ngày liền")
    return Result((Reply("\n".join(lines), (MAIN_MENU,)),), Outcome.ACCOUNT)


async def revoke(context: Context) -> Result:
    """End every helper's view of the learner's progress."""
    ended = await context.store.sharing.revoke(context.learner.id) if context.learner is not None else 0
    return context.reply("revoked", MAIN_MENU, outcome=Outcome.ACCOUNT, count=ended)


async def ask_class_name(context: Context) -> Result:
    """Ask for the name of a class that is to be opened."""
    if context.learner is None:
        return ask_consent(context, "open-class")
    command, _, name = context.text.partition(" ")
    if command.lower() == "/molop" and name.strip():
        context.text = name
        return await open_class(context, "")
    context.open("input", "class")
    return context.reply("class_name", Choice("Thôi", "sharing"), outcome=Outcome.ACCOUNT)


async def open_class(context: Context, _step: str) -> Result:
    """Open a class of a typed name; show its code, link and QR."""
    if context.learner is None:
        raise GoneError("learner")
    name = " ".join(context.text.split())[:CLASS_NAME_MAX_CHARACTERS]
    code = await context.store.sharing.open_class(name, context.learner.id, context.now)
    context.position = None
    return _class_card(context, code, name)


async def show_classes(context: Context) -> Result:
    """Show the classes a learner opened."""
    opened = await context.store.sharing.classes_opened(context.learner.id) if context.learner is not None else []
    if not opened:
        return context.reply("classes_none", Choice("Mở lớp học", "open-class"), MAIN_MENU, outcome=Outcome.ACCOUNT)
    choices = (*(Choice(name, choice_value("class", code)) for code, name in opened), Choice("Mở lớp khác", "open-class"), MAIN_MENU)
    return context.reply("classes", *choices, outcome=Outcome.ACCOUNT)


async def show_class(context: Context, code: str) -> Result:
    """Show the results of a class together, to the one who opened it; those of a small class stay hidden."""
    opened = dict(await context.store.sharing.classes_opened(context.learner.id)) if context.learner is not None else {}
    if code not in opened:
        raise GoneError(code)
    results = await context.store.sharing.results(code, opened[code])
    if results.members < SMALLEST_GROUP:
        told = context.say("class_small", name=results.name, members=results.members, least=SMALLEST_GROUP)
    else:
        lessons = context.curriculum.lessons
        lines = [context.say("class_results", name=results.name, members=results.members, passed=_few(results.passed_any))]
        lines += [
            f"- {lessons[slug].title}: {count} người qua"
            if count >= SMALLEST_GROUP
            else f"- {lessons[slug].title}: dưới {SMALLEST_GROUP} người qua"
            for slug, count in sorted(results.by_lesson.items(), key=lambda item: -item[1])
            if slug in lessons
        ]
        if results.right_percent is not None and results.answered >= SMALLEST_GROUP:
            lines.append(context.say("class_right", percent=results.right_percent))
        told = "\n".join(lines)
    card = _class_card(context, code, results.name).replies[0]
    return Result((Reply(told), card), Outcome.ACCOUNT)


async def ask_to_join(context: Context, code: str) -> Result:
    """Say what joining a class means, and ask."""
    name = await context.store.sharing.class_name(code)
    if name is None:
        return context.reply("code_wrong", MAIN_MENU, outcome=Outcome.ACCOUNT)
    return context.reply("class_ask", Choice("Vào lớp", choice_value("join", code)), MAIN_MENU, outcome=Outcome.ACCOUNT, name=name)


async def join(context: Context, code: str) -> Result:
    """Put the learner into a class."""
    name = await context.store.sharing.class_name(code)
    if name is None:
        raise GoneError(code)
    if context.learner is None:
        return ask_consent(context, choice_value("join", code))
    await context.store.sharing.join(code, context.learner.id, context.now)
    return context.reply("class_joined", Choice("Học bài", "study"), Choice("Ra khỏi lớp", "leave"), outcome=Outcome.ACCOUNT, name=name)


async def leave(context: Context) -> Result:
    """Take the learner out of all classes."""
    left = await context.store.sharing.leave(context.learner.id) if context.learner is not None else 0
    return context.reply("class_left", MAIN_MENU, outcome=Outcome.ACCOUNT, count=left)


def _few(people: int) -> str:
    """Return a number of people; a small one is not told, so that nobody is known by it."""
    return str(people) if people >= SMALLEST_GROUP else f"dưới {SMALLEST_GROUP}"


def _class_card(context: Context, code: str, name: str) -> Result:
    address = context.class_link(code) or f"{context.public_url}/?lop={code}"
    image = Image(f"/pictures/class-{code}.png", context.say("class_alt", name=name, code=code))
    choices = (Choice("Xem kết quả lớp", choice_value("class", code)), MAIN_MENU)
    return Result((Reply(context.say("class_opened", name=name, code=code, address=address), choices, image),), Outcome.ACCOUNT)


CHOICES: dict[str, Handler] = {
    "sharing": show_sharing,
    "family": give_family_code,
    "helped": show_helped,
    "revoke": revoke,
    "open-class": ask_class_name,
    "classes": show_classes,
    "class": show_class,
    "ask-join": ask_to_join,
    "join": join,
    "leave": leave,
    "code": enter_code,
}
INPUTS: dict[str, Handler] = {"class": open_class}
COMMANDS = {
    "/giadinh": "family",
    "/nguoinha": "helped",
    "/thuhoi": "revoke",
    "thu hoi": "revoke",
    "thuhoi": "revoke",
    "/molop": "open-class",
    "mo lop": "open-class",
    "/lop": "classes",
    "/roilop": "leave",
    "/ma": "code",
}
