"""Consent before anything is remembered, the form of address, and the settings of a learner."""

from dataclasses import replace

from actions import dispatch
from actions.context import Context, GoneError, Handler, existing
from actions.learners.people import Learner
from actions.lesson import start_lesson
from actions.menu import MAIN_MENU, choice_value
from actions.outcome import Outcome
from actions.position import Guest
from actions.reply import Choice, Result
from actions.stamp import is_from_before_erasure, stamp

THEN_MAX_BYTES = 48  # of the value that goes on behind "agree:<time>:" or "address:<word>:"
WITHOUT_MEMORY = ("lesson", "paths", "take")  # what a guest can go on with
AT_ONCE = ("join",)  # what is done with the consent itself, before anything else is asked
ADDRESSES = {"co": "cô", "chu": "chú", "bac": "bác", "anh": "anh", "chi": "chị", "em": "em", "ban": "bạn"}


async def learn(context: Context, slug: str = "") -> Result:
    """Begin a lesson, or learning as such; a guest is first asked, once, whether to be remembered."""
    if context.learner is None and not context.guest.has_refused(context.now):
        return ask_consent(context, f"lesson:{slug}" if slug else "paths")
    return await start_lesson(context, slug) if slug else await dispatch.choose(context, "study")


async def remember(context: Context) -> Result:
    """Ask a guest who wants to be remembered for consent, whatever was said before."""
    return ask_consent(context, "study") if context.learner is None else await dispatch.choose(context, "study")


def ask_consent(context: Context, then: str) -> Result:
    """Ask, in plain words, whether the learner wants to be remembered.

    Args:
        context: The turn.
        then: The choice's value to go on with, whatever the answer is.

    Raises:
        GoneError: No choice can carry that value.
    """
    if not then.isascii() or len(then) > THEN_MAX_BYTES:
        raise GoneError(then)
    choices = (
        Choice("Đồng ý, nhớ giúp tôi", choice_value("agree", stamp(context.now), then)),
        Choice("Học không cần nhớ", choice_value("no-memory", then)),
        Choice("Tôi lưu những gì?", choice_value("held", then)),
    )
    return context.reply("consent", *choices, outcome=Outcome.ACCOUNT)


async def explain_consent(context: Context, *then: str) -> Result:
    """Tell what would be kept, for how long, and how it is taken back; then ask again."""
    asked = ask_consent(context, ":".join(then))
    return context.reply("consent_details", *asked.choices[:2], outcome=Outcome.ACCOUNT)


async def refuse(context: Context, *then: str) -> Result:
    """Go on without remembering anybody; who said so is not asked again at the next lesson."""
    if context.learner is None:
        context.guest = context.guest.model_copy(update={"refused_at": context.now})
    return await dispatch.choose(context, ":".join(then) if then and then[0] in WITHOUT_MEMORY else "study")


async def agree(context: Context, asked_at: str, *then: str) -> Result:
    """Remember the learner from now on; then ask how to address them.

    A tap on a question asked before the last erasure is a late one: it brings nobody back.
    """
    following = ":".join(then) or "paths"
    if context.learner is not None:
        return await dispatch.choose(context, following)
    if await is_from_before_erasure(context, asked_at):
        return ask_consent(context, following)
    sender = context.sender
    identity = await context.store.people.identity_id(sender.key, sender.channel, sender.address, context.now)
    context.learner = await context.store.people.add(identity, context.now)
    context.guest = Guest()
    if then and then[0] in AT_ONCE:
        done = await dispatch.choose(context, following)
        said = tuple(replace(reply, choices=()) for reply in done.replies)
        return replace(done, replies=said).followed_by(ask_address(context, "study"))
    return ask_address(context, following)


def ask_address(context: Context, then: str) -> Result:
    """Ask how the learner wants to be addressed.

    Raises:
        GoneError: No choice can carry the value to go on with.
    """
    if not then.isascii() or len(then) > THEN_MAX_BYTES:
        raise GoneError(then)
    choices = (*(Choice(word, choice_value("address", slug, then)) for slug, word in ADDRESSES.items()), Choice("Bỏ qua", then))
    return context.reply("address", *choices, outcome=Outcome.ACCOUNT)


async def set_address(context: Context, slug: str, *then: str) -> Result:
    """Keep the form of address and go on."""
    address = existing(ADDRESSES, slug)
    learner = _learner(context)
    await context.store.people.change(learner.id, address=address)
    context.curriculum = context.curriculum.addressing(address)
    return await dispatch.choose(context, ":".join(then) or "settings")


async def change_address(context: Context) -> Result:
    """Ask again how the learner wants to be addressed."""
    return ask_address(context, "settings") if context.learner is not None else ask_consent(context, "settings")


async def show_settings(context: Context) -> Result:
    """Show what can be set."""
    large = context.learner is not None and context.learner.is_large_text
    choices = (
        Choice("Chữ thường, câu đủ" if large else "Chữ to, câu ngắn", choice_value("large", "off" if large else "on")),
        Choice("Đổi cách xưng hô", "call-me"),
        Choice("Nhắc ôn bài", "reminder"),
        Choice("Đổi người học", "people"),
        Choice("Gia đình, lớp học", "sharing"),
        Choice("Dữ liệu của tôi", "data"),
        MAIN_MENU,
    )
    return context.reply("settings", *choices, outcome=Outcome.ACCOUNT)


async def set_large(context: Context, how: str) -> Result:
    """Turn short sentences and large letters on or off; it is remembered, so it needs consent."""
    if context.learner is None:
        return ask_consent(context, choice_value("large", how))
    is_large = how == "on"
    await context.store.people.change(context.learner.id, is_large_text=is_large)
    context.is_large_text = is_large
    return context.reply("large_on" if is_large else "large_off", Choice("Học tiếp", "study"), MAIN_MENU, outcome=Outcome.ACCOUNT)


def _learner(context: Context) -> Learner:
    if context.learner is None:
        raise GoneError("learner")
    return context.learner


CHOICES: dict[str, Handler] = {
    "learn": learn,
    "remember": remember,
    "agree": agree,
    "no-memory": refuse,
    "held": explain_consent,
    "address": set_address,
    "call-me": change_address,
    "settings": show_settings,
    "large": set_large,
}
COMMANDS = {
    "/caidat": "settings",
    "/xungho": "call-me",
    "/chuto": "large:on",
    "/chuthuong": "large:off",
    "chữ to": "large:on",
    "chữ to hơn": "large:on",
    "chữ lớn": "large:on",
    "câu ngắn": "large:on",
    "chữ to câu ngắn": "large:on",
    "chữ thường": "large:off",
    "chữ nhỏ": "large:off",
    "cài đặt": "settings",
    "xưng hô": "call-me",
    "đổi xưng hô": "call-me",
    "đổi cách xưng hô": "call-me",
    "nhớ giúp tôi": "remember",
}
