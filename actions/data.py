"""A person's own data, in chat: see it, take it along, withdraw consent, erase it."""

from datetime import datetime, timedelta

from actions.context import Context, Handler, existing
from actions.learners.people import Learner
from actions.learners.repository import Store
from actions.local_time import LOCAL_ZONE
from actions.menu import MAIN_MENU, choice_value
from actions.outcome import Outcome
from actions.people import short_id
from actions.reminder import HOURS
from actions.reply import Choice, Reply, Result

EXPORT_MINUTES = 15
EXPORT_CODE_CHARACTERS = 30


async def show_data(context: Context) -> Result:
    """Show, in plain words, all that is held of the person who writes."""
    choices = (
        Choice("Tải dữ liệu của tôi", "take-data"),
        Choice("Rút đồng ý", "withdraw"),
        Choice("Xoá dữ liệu của tôi", "erase"),
        MAIN_MENU,
    )
    if context.learner is None:
        lines = [context.say("data_guest"), *await _held_of_guest(context)]
        return Result((Reply("\n".join(lines), choices[2:]),), Outcome.ACCOUNT)
    lines = [context.say("data"), *await _held(context, context.learner), context.say("data_not_held")]
    return Result((Reply("\n".join(lines), choices),), Outcome.ACCOUNT)


async def take_data(context: Context) -> Result:
    """Give a link, good for a short time, to a readable page and a JSON file."""
    if context.learner is None:
        return context.reply("data_guest", MAIN_MENU, outcome=Outcome.ACCOUNT)
    lifetime = timedelta(minutes=EXPORT_MINUTES)
    code = await context.store.sharing.make_code("export", context.learner.id, context.now, lifetime, EXPORT_CODE_CHARACTERS)
    address = f"{context.public_url}/dulieu/{code}"
    return context.reply("data_taken", MAIN_MENU, outcome=Outcome.ACCOUNT, address=address, minutes=EXPORT_MINUTES)


async def ask_withdrawal(context: Context) -> Result:
    """Ask which consent is taken back."""
    if context.learner is None:
        return context.reply("data_guest", MAIN_MENU, outcome=Outcome.ACCOUNT)
    choices = (
        Choice("Thôi nhắc ôn bài", "reminder-off"),
        Choice("Thôi cho người nhà xem", "revoke"),
        Choice("Ra khỏi lớp học", "leave"),
        Choice("Thôi ghi nhớ, xoá hết", "erase"),
        MAIN_MENU,
    )
    return context.reply("withdraw", *choices, outcome=Outcome.ACCOUNT)


async def ask_erasure(context: Context) -> Result:
    """First step: say what will be gone."""
    if context.learner is None:
        return context.reply("erase_guest", Choice("Xoá cả phần trò chuyện", "erase-now"), MAIN_MENU, outcome=Outcome.ACCOUNT)
    others = await context.store.people.count(context.learner.identity_id) - 1
    who = short_id(context.learner)
    mine = (Choice("Xoá, tôi chắc chắn", choice_value("erase-now", who)),)
    everybody = (Choice("Xoá cả mọi người học ở máy này", choice_value("erase-all", who)),) if others else ()
    choices = (*mine, *everybody, Choice("Giữ lại", "data"))
    return context.reply("erase", *choices, outcome=Outcome.ACCOUNT)


async def erase_now(context: Context, who: str = "") -> Result:
    """Second step: erase the learner who asked, at once; when another one learns now, ask again."""
    if context.learner is None:
        return await _erase(context, [])
    if who != short_id(context.learner):
        return await ask_erasure(context)
    return await _erase(context, [context.learner.id])


async def erase_all(context: Context, who: str) -> Result:
    """Second step: erase all learners of this phone, at once."""
    learners = await context.store.people.of_identity(context.learner.identity_id) if context.learner else []
    existing({short_id(learner): learner for learner in learners}, who)
    return await _erase(context, [learner.id for learner in learners])


async def _erase(context: Context, learner_ids: list[str]) -> Result:
    people = context.store.people
    identity = context.learner.identity_id if context.learner else None
    receipt, _ = await context.store.privacy.erase(context.sender.key, learner_ids, context.now)
    context.learner = context.position = None
    context.erased = True
    if identity is not None and (others := await people.of_identity(identity)):
        await people.switch(identity, others[0].id)
        context.others_remain = True  # Somebody else still learns at this phone.
    context.curriculum = context.curriculum.addressing("bạn")
    when = context.now.astimezone(LOCAL_ZONE)
    return context.reply("erased", MAIN_MENU, outcome=Outcome.ACCOUNT, receipt=receipt, when=f"{when:%H:%M %d/%m/%Y}")


async def erase_person(store: Store, sender_key: str, now: datetime) -> None:
    """Erase a sender with all learners there, when a channel says that consent is withdrawn."""
    identity = await store.people.identity_of(sender_key)
    learners = await store.people.of_identity(identity) if identity is not None else []
    await store.privacy.erase(sender_key, [learner.id for learner in learners], now)


async def _held_of_guest(context: Context) -> list[str]:
    identity = await context.store.people.identity_of(context.sender.key)
    if identity is None:
        return []
    lines = ["- Địa chỉ trên kênh trò chuyện (đã mã hoá)."]
    if await context.store.sharing.helped_by(identity):
        lines.append("- Quyền xem tiến độ của người nhà.")
    if await context.store.outbound.has_follow_up(context.sender.key):
        lines.append("- Một lời hẹn hỏi thăm sau khi bị lừa.")
    return lines


async def _held(context: Context, learner: Learner) -> list[str]:
    store = context.store
    progress = await store.learning.progress(learner.id)
    found = await store.privacy.export(learner.id)
    lines = [f"- Mã ngẫu nhiên của người học; đồng ý từ {learner.consented_at.astimezone(LOCAL_ZONE):%d/%m/%Y}."]
    lines.append("- Địa chỉ trên kênh trò chuyện (đã mã hoá), để biết ai đang học.")
    if learner.address:
        lines.append(f"- Cách xưng hô: {learner.address}.")
    if learner.name:
        lines.append(f"- Tên {context.curriculum.address} chọn: {learner.name} (đã mã hoá).")
    lines.append(f"- Chữ: {'to, câu ngắn' if learner.is_large_text else 'thường'}.")
    if path := context.curriculum.paths.get(learner.path or ""):
        lines.append(f"- Lộ trình đã chọn: {path.title}.")
    lines.append(f"- Bài đã mở: {len(progress)}, đã qua: {sum(p.passed_at is not None for p in progress.values())}.")
    lines.append(f"- Câu đã trả lời: {len(found['attempts'])}; câu hẹn ôn lại: {len(found['review_cards'])}.")
    lines.append(f"- Ngày có học: {len(found['learning_days'])} ngày.")
    if learner.reminder_hour is not None:
        lines.append(f"- Giờ nhắc ôn: {HOURS.get(learner.reminder_hour, '')}.")
    lines += [f"- Lớp học: {name}." for name in await store.sharing.classes_joined(learner.id)]
    lines += [f"- Lớp đã mở: {name}." for _, name in await store.sharing.classes_opened(learner.id)]
    helpers = await store.sharing.helpers_of(learner.id)
    if helpers:
        lines.append(f"- Người nhà đang xem được tiến độ: {helpers}.")
    if found["helping"]:
        lines.append("- Quyền xem tiến độ của người nhà.")
    lines += [f"- Giấy chứng nhận: {c.code}, ghi tên {c.name}." for c in await store.learning.certificates(learner.id)]
    if await store.outbound.has_follow_up(context.sender.key):
        lines.append("- Một lời hẹn hỏi thăm sau khi bị lừa.")
    return lines


CHOICES: dict[str, Handler] = {
    "data": show_data,
    "take-data": take_data,
    "withdraw": ask_withdrawal,
    "erase": ask_erasure,
    "erase-now": erase_now,
    "erase-all": erase_all,
}
COMMANDS = {
    "/dulieucuatoi": "data",
    "dữ liệu của tôi": "data",
    "xem dữ liệu": "data",
    "xem dữ liệu của tôi": "data",
    "/taidulieu": "take-data",
    "tải dữ liệu": "take-data",
    "tải dữ liệu của tôi": "take-data",
    "/rutdongy": "withdraw",
    "rút đồng ý": "withdraw",
    "rút lại đồng ý": "withdraw",
    "tôi rút đồng ý": "withdraw",
    "/xoadulieu": "erase",
    "xoá dữ liệu": "erase",
    "xoá dữ liệu của tôi": "erase",
    "xoá hết dữ liệu": "erase",
    "xoá hết dữ liệu của tôi": "erase",
}
