"""Classes: opened by a learner, joined by a code in one tap, the results shown together."""

from actions.account import ask_consent
from actions.context import Context, GoneError, Handler
from actions.learners.sharing import ClassResults
from actions.menu import MAIN_MENU, choice_value
from actions.outcome import Outcome
from actions.reply import Choice, Image, Reply, Result
from actions.stamp import stamp

SMALLEST_GROUP = 5  # people; results of fewer are not shown
NAME_MAX_CHARACTERS = 60


async def ask_class_name(context: Context) -> Result:
    """Ask for the name of a class that is to be opened."""
    if context.learner is None:
        return ask_consent(context, "open-class")
    command, _, name = context.text.partition(" ")
    if command.lower() == "/molop" and name.strip():
        context.text = name
        return await open_class(context, "")
    return await _prompt(context, "")


async def open_class(context: Context, _step: str) -> Result:
    """Open a class of a typed name; show its code, link and QR."""
    if context.learner is None:
        raise GoneError("learner")
    name = _clean(context.text)
    code = await context.store.sharing.open_class(name, context.learner.id, context.now)
    context.position = None
    return _card(context, code, name)


async def show_classes(context: Context) -> Result:
    """Show the classes a learner opened."""
    opened = await _opened(context)
    if not opened:
        return context.reply("classes_none", Choice("Mở lớp học", "open-class"), MAIN_MENU, outcome=Outcome.ACCOUNT)
    choices = (
        *(Choice(name, choice_value("class", code)) for code, name in opened.items()),
        Choice("Mở lớp khác", "open-class"),
        MAIN_MENU,
    )
    return context.reply("classes", *choices, outcome=Outcome.ACCOUNT)


async def show_class(context: Context, code: str) -> Result:
    """Show the results of a class together, to the one who opened it; those of a small class stay hidden."""
    results = await context.store.sharing.results(code, await _name_of_mine(context, code))
    card = _card(context, code, results.name).replies[0]
    return Result((Reply(_told(context, results)), card), Outcome.ACCOUNT)


async def ask_new_name(context: Context, code: str) -> Result:
    """Ask for another name of a class."""
    await _name_of_mine(context, code)
    return await _prompt(context, code)


async def rename(context: Context, code: str) -> Result:
    """Give a class a typed name."""
    await _name_of_mine(context, code)
    name = _clean(context.text)
    assert context.learner is not None
    await context.store.sharing.rename_class(code, context.learner.id, name)
    context.position = None
    return _card(context, code, name)


async def ask_to_close(context: Context, code: str) -> Result:
    """First step: say what will be gone with a class."""
    name = await _name_of_mine(context, code)
    choices = (Choice("Đóng lớp, tôi chắc chắn", choice_value("close-class", code)), Choice("Giữ lại", choice_value("class", code)))
    return context.reply("class_close", *choices, outcome=Outcome.ACCOUNT, name=name)


async def close(context: Context, code: str) -> Result:
    """Second step: close a class."""
    name = await _name_of_mine(context, code)
    assert context.learner is not None
    await context.store.sharing.close_class(code, context.learner.id)
    return context.reply("class_closed", Choice("Lớp tôi đã mở", "classes"), MAIN_MENU, outcome=Outcome.ACCOUNT, name=name)


async def ask_to_join(context: Context, code: str) -> Result:
    """Say what joining a class means, and ask; a guest is asked at once whether to be remembered."""
    name = await context.store.sharing.class_name(code)
    if name is None:
        return context.reply("code_wrong", MAIN_MENU, outcome=Outcome.ACCOUNT)
    joining = choice_value("join", code)
    if context.learner is not None:
        return context.reply("class_ask", Choice("Vào lớp", joining), MAIN_MENU, outcome=Outcome.ACCOUNT, name=name)
    choices = (
        Choice("Đồng ý, vào lớp", choice_value("agree", stamp(context.now), joining)),
        Choice("Học không cần nhớ", "no-memory"),
        Choice("Tôi lưu những gì?", choice_value("held", joining)),
        MAIN_MENU,
    )
    return context.reply("class_ask_guest", *choices, outcome=Outcome.ACCOUNT, name=name)


async def join(context: Context, code: str) -> Result:
    """Put the learner into a class."""
    name = await context.store.sharing.class_name(code)
    if name is None:
        raise GoneError(code)
    if context.learner is None:
        return await ask_to_join(context, code)
    await context.store.sharing.join(code, context.learner.id, context.now)
    return context.reply("class_joined", Choice("Học bài", "study"), Choice("Ra khỏi lớp", "leave"), outcome=Outcome.ACCOUNT, name=name)


async def leave(context: Context) -> Result:
    """Take the learner out of all classes."""
    left = await context.store.sharing.leave(context.learner.id) if context.learner is not None else 0
    return context.reply("class_left", MAIN_MENU, outcome=Outcome.ACCOUNT, count=left)


async def _prompt(context: Context, code: str) -> Result:
    context.open("input", "class-name" if code else "class", step=code)
    return context.reply("class_name", Choice("Thôi", choice_value("class", code) if code else "sharing"), outcome=Outcome.ACCOUNT)


async def _opened(context: Context) -> dict[str, str]:
    return dict(await context.store.sharing.classes_opened(context.learner.id)) if context.learner is not None else {}


async def _name_of_mine(context: Context, code: str) -> str:
    """Return the name of a class that the learner opened.

    Raises:
        GoneError: The learner opened no such class.
    """
    opened = await _opened(context)
    if code not in opened:
        raise GoneError(code)
    return opened[code]


def _clean(name: str) -> str:
    return " ".join(name.split())[:NAME_MAX_CHARACTERS]


def _told(context: Context, results: ClassResults) -> str:
    if results.members < SMALLEST_GROUP:
        return context.say("class_small", name=results.name, members=results.members, least=SMALLEST_GROUP)
    lessons = context.curriculum.lessons
    lines = [context.say("class_results", name=results.name, members=results.members, passed=_few(results.passed_any))]
    passed = sorted(results.by_lesson.items(), key=lambda item: -item[1])
    lines += [f"- {lessons[slug].title}: {_few(count)} người qua" for slug, count in passed if slug in lessons]
    if results.right_percent is not None and results.answered >= SMALLEST_GROUP:
        lines.append(context.say("class_right", percent=results.right_percent))
    return "\n".join(lines)


def _few(people: int) -> str:
    """Return a number of people; a small one is not told, so that nobody is known by it."""
    return str(people) if people >= SMALLEST_GROUP else f"dưới {SMALLEST_GROUP}"


def _card(context: Context, code: str, name: str) -> Result:
    address = context.class_link(code) or f"{context.public_url}/?lop={code}"
    image = Image(f"/pictures/class-{code}.png", context.say("class_alt", name=name, code=code))
    choices = (
        Choice("Xem kết quả lớp", choice_value("class", code)),
        Choice("Đổi tên lớp", choice_value("rename-class", code)),
        Choice("Đóng lớp", choice_value("ask-close", code)),
        MAIN_MENU,
    )
    return Result((Reply(context.say("class_opened", name=name, code=code, address=address), choices, image),), Outcome.ACCOUNT)


CHOICES: dict[str, Handler] = {
    "open-class": ask_class_name,
    "classes": show_classes,
    "class": show_class,
    "rename-class": ask_new_name,
    "ask-close": ask_to_close,
    "close-class": close,
    "ask-join": ask_to_join,
    "join": join,
    "leave": leave,
}
INPUTS: dict[str, Handler] = {"class": open_class, "class-name": rename}
PROMPTS: dict[str, Handler] = {"class": _prompt, "class-name": ask_new_name}
COMMANDS = {
    "/molop": "open-class",
    "mở lớp": "open-class",
    "mở lớp học": "open-class",
    "/lop": "classes",
    "lớp tôi đã mở": "classes",
    "xem lớp": "classes",
    "kết quả lớp": "classes",
    "vào lớp": "enter-code",
    "vào lớp học": "enter-code",
    "tôi muốn vào lớp": "enter-code",
    "/roilop": "leave",
    "rời lớp": "leave",
    "ra khỏi lớp": "leave",
}
