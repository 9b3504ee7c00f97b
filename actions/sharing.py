"""Family: a helper sees progress only, by a code, until it is taken back; any code that is typed finds its way here."""

from datetime import timedelta

from actions import linking
from actions.account import ask_consent
from actions.classes import ask_to_join
from actions.codes import code_in
from actions.context import Context, GoneError, Handler
from actions.menu import MAIN_MENU, choice_value
from actions.outcome import Outcome
from actions.progress import counts_by_module, days_learned
from actions.reply import Choice, Reply, Result
from actions.stamp import is_from_before_erasure, stamp

FAMILY = "family"
FAMILY_CODE_HOURS = 24


async def show_sharing(context: Context) -> Result:
    """Show what can be shared, and with whom it is."""
    choices = (
        Choice("Cho người nhà xem tiến độ", "family"),
        Choice("Xem tiến độ người nhà", "helped"),
        Choice("Thôi cho xem (thu hồi)", "revoke"),
        Choice("Mở lớp học", "open-class"),
        Choice("Lớp tôi đã mở", "classes"),
        Choice("Gõ mã lớp, mã người nhà", "enter-code"),
        MAIN_MENU,
    )
    return context.reply("sharing", *choices, outcome=Outcome.ACCOUNT)


async def give_family_code(context: Context) -> Result:
    """Give a code by which one helper may see the learner's progress; asking for it is the consent."""
    if context.learner is None:
        return ask_consent(context, "family")
    lifetime = timedelta(hours=FAMILY_CODE_HOURS)
    code = await context.store.sharing.make_code(FAMILY, context.learner.id, context.now, lifetime)
    return context.reply("family_code", Choice("Thu hồi", "revoke"), MAIN_MENU, outcome=Outcome.ACCOUNT, code=code, hours=FAMILY_CODE_HOURS)


async def ask_code(context: Context) -> Result:
    """Say how a code is typed."""
    return context.reply("code_ask", MAIN_MENU, outcome=Outcome.ACCOUNT)


async def enter_code(context: Context) -> Result:
    """Take a typed code: of the family, of a class, or of the learner's own other channel."""
    code = code_in(context.text)
    if code is None:
        has_more = len(context.text.split()) > 1
        return context.reply("code_wrong", MAIN_MENU, outcome=Outcome.ACCOUNT) if has_more else await ask_code(context)
    sharing = context.store.sharing
    learner_id = await sharing.read_code(FAMILY, code, context.now)
    if learner_id is None:
        is_link = await sharing.read_code(linking.PURPOSE, code, context.now) is not None
        return await linking.take(context, code) if is_link else await ask_to_join(context, code)
    if context.learner is not None and learner_id == context.learner.id:
        return context.reply("code_own", MAIN_MENU, outcome=Outcome.ACCOUNT)
    if await context.store.people.identity_of(context.sender.key) is not None:
        return await _link(context, code)
    choices = (Choice("Đồng ý, cho tôi xem", choice_value("help", stamp(context.now), code)), MAIN_MENU)
    return context.reply("family_ask", *choices, outcome=Outcome.ACCOUNT)


async def become_helper(context: Context, asked_at: str, code: str) -> Result:
    """Take a family code for somebody who agreed that their address is kept for it."""
    if await is_from_before_erasure(context, asked_at):
        raise GoneError(code)
    return await _link(context, code)


async def show_helped(context: Context) -> Result:
    """Show a helper how far those are who allowed it: counts, nothing they wrote or got wrong."""
    identity = await context.store.people.identity_of(context.sender.key)
    helped = await context.store.sharing.helped_by(identity) if identity is not None else []
    if not helped:
        return context.reply("helped_none", MAIN_MENU, outcome=Outcome.ACCOUNT)
    learning = context.store.learning
    lines = [context.say("helped")]
    for n, (learner_id, name, _) in enumerate(helped, 1):
        counts = counts_by_module(context.curriculum, await learning.progress(learner_id))
        done, total = sum(d for d, _ in counts.values()), sum(t for _, t in counts.values())
        days = days_learned(await learning.streak(learner_id, context.today))
        lines.append(f"- {name or f'Người học {n}'}: đã qua {done}/{total} bài" + (f", {days}" if days else ""))
    return Result((Reply("\n".join(lines), (MAIN_MENU,)),), Outcome.ACCOUNT)


async def revoke(context: Context) -> Result:
    """End every helper's view of the learner's progress; an address that was kept only for it goes too."""
    ended = 0
    if context.learner is not None:
        helpers = await context.store.sharing.helpers(context.learner.id)
        ended = await context.store.sharing.revoke(context.learner.id)
        await context.store.sharing.forget_unneeded(helpers)
    return context.reply("revoked", MAIN_MENU, outcome=Outcome.ACCOUNT, count=ended)


async def _link(context: Context, code: str) -> Result:
    learner_id = await context.store.sharing.take_code(FAMILY, code, context.now)
    if learner_id is None:
        return context.reply("code_wrong", MAIN_MENU, outcome=Outcome.ACCOUNT)
    sender = context.sender
    identity = await context.store.people.identity_id(sender.key, sender.channel, sender.address, context.now)
    await context.store.sharing.link(identity, learner_id, context.now)
    return context.reply("family_linked", Choice("Xem tiến độ", "helped"), MAIN_MENU, outcome=Outcome.ACCOUNT)


CHOICES: dict[str, Handler] = {
    "sharing": show_sharing,
    "family": give_family_code,
    "helped": show_helped,
    "help": become_helper,
    "revoke": revoke,
    "code": enter_code,
    "enter-code": ask_code,
}
COMMANDS = {
    "/giadinh": "family",
    "gia đình": "sharing",
    "người nhà": "sharing",
    "chia sẻ tiến độ": "sharing",
    "/nguoinha": "helped",
    "tiến độ người nhà": "helped",
    "xem tiến độ người nhà": "helped",
    "/thuhoi": "revoke",
    "thu hồi": "revoke",
    "thuhoi": "revoke",
    "/ma": "code",
    "nhập mã": "enter-code",
    "mã lớp": "enter-code",
    "mã người nhà": "enter-code",
}
