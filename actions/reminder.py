"""Reminders: by opt-in, one a day at most, in the hour the learner chose, ended by a word or by being ignored.

The job `write_due_messages` runs every few minutes. It writes messages that wait for their
channel; it writes none outside a channel's messaging window.
"""

from datetime import datetime, timedelta

from actions.account import ask_consent
from actions.context import Context, GoneError, Handler, number
from actions.curriculum.model import Curriculum
from actions.curriculum.text import render
from actions.guide import forget_address
from actions.learners.outbound import DueFollowUp, Remindable
from actions.learners.repository import Store
from actions.local_time import LOCAL_ZONE, local_date, local_midnight
from actions.menu import MAIN_MENU, choice_value
from actions.outcome import Outcome
from actions.reply import Choice, Reply, Result, as_document

HOURS = {7: "Sáng, 7 giờ", 11: "Trưa, 11 giờ", 17: "Chiều, 17 giờ", 19: "Tối, 19 giờ"}  # none at night
DAY_BEGINS, DAY_ENDS = 7, 21  # local hours; nothing is written at night
LATE_HOURS = 2  # a reminder that could not be written in its hour is still good for so long
IGNORED_MAX = 3
BATCH = 500
FOLLOW_UP_LIFETIME = timedelta(days=7)
# How long after a person's last message a channel lets the bot write first; None: always.
# developers.zalo.me: 48 hours are free of charge, read 2026-11-23.
WINDOWS: dict[str, timedelta | None] = {"web": None, "telegram": None, "zalo_oa": timedelta(hours=48), "zalo_bot": None}


async def ask_hour(context: Context) -> Result:
    """Ask when to remind; that is the opt-in."""
    if context.learner is None:
        return ask_consent(context, "reminder")
    choices = [Choice(label, choice_value("remind-at", str(hour))) for hour, label in HOURS.items()]
    if context.learner.reminder_hour is not None:
        choices.append(Choice("Thôi nhắc", "reminder-off"))
    return context.reply("reminder", *choices, MAIN_MENU, outcome=Outcome.REVIEW)


async def set_hour(context: Context, hour: str) -> Result:
    """Keep the hour for reminders."""
    if context.learner is None or number(hour) not in HOURS:
        raise GoneError(hour)
    await context.store.people.change(context.learner.id, reminder_hour=int(hour), reminders_ignored=0, reminded_at=None)
    choices = (Choice("Thôi nhắc", "reminder-off"), MAIN_MENU)
    return context.reply("reminder_set", *choices, outcome=Outcome.REVIEW, when=HOURS[int(hour)].lower())


async def stop(context: Context) -> Result:
    """End all reminders."""
    if context.learner is not None:
        await context.store.people.change(context.learner.id, reminder_hour=None)
    await context.store.outbound.cancel_follow_up(context.sender.key)
    await context.store.outbox.drop_own_accord(context.sender.key)  # What was written before is not given after the word.
    await forget_address(context)
    return context.reply("reminder_off", MAIN_MENU, outcome=Outcome.REVIEW)


async def write_due_messages(store: Store, curriculum: Curriculum, now: datetime) -> int:
    """Write the reminders and follow-ups whose time has come.

    Args:
        store: An open transaction.
        curriculum: Where the words are.
        now: The time; reminders are written only in the local hours that learners chose.

    Returns:
        How many messages were written.
    """
    hour = now.astimezone(LOCAL_ZONE).hour
    if not DAY_BEGINS <= hour < DAY_ENDS:
        return 0
    written = 0
    for asked in await store.outbound.take_due_follow_ups(now, BATCH):
        if is_window_open(asked, now):
            reply = _follow_up(curriculum.addressing(asked.address), asked.guide)
            await store.outbound.send(asked.identity_id, "follow_up", as_document(reply), now, FOLLOW_UP_LIFETIME)
            written += 1
    hours = [chosen for chosen in HOURS if chosen <= hour < chosen + LATE_HOURS]
    if not hours:
        return written
    today = local_date(now)
    for one in await store.outbound.remindable(hours, today, local_midnight(today), BATCH):
        if one.ignored >= IGNORED_MAX:
            await store.people.change(one.learner_id, reminder_hour=None)
        elif is_window_open(one, now):
            await store.outbound.reminded(one.learner_id, one.ignored, now)
            reply = _reminder(curriculum.addressing(one.address), one)
            lifetime = local_midnight(today) + timedelta(days=1) - now
            await store.outbound.send(one.identity_id, "reminder", as_document(reply), now, lifetime)
            written += 1
    return written


def is_window_open(one: Remindable | DueFollowUp, now: datetime) -> bool:
    """Tell whether the channel lets the bot write first."""
    window = WINDOWS.get(one.channel, timedelta(0))
    if window is None:
        return True
    # The last free message of a window is left for an answer.
    return now - one.seen_at < window and (one.free_replies is None or one.free_replies > 1)


def _reminder(curriculum: Curriculum, one: Remindable) -> Reply:
    text = render(curriculum.messages["reminder_due"], curriculum, count=one.due)
    return Reply(text, (Choice("Ôn ngay", "review"), Choice("Để mai", "rest"), Choice("Thôi nhắc", "reminder-off")))


def _follow_up(curriculum: Curriculum, guide: str) -> Reply:
    choices = (Choice("Xem lại các bước", choice_value("guide", guide)), Choice("Đã ổn", "rest"), MAIN_MENU)
    return Reply(render(curriculum.messages["follow_up"], curriculum), choices)


CHOICES: dict[str, Handler] = {"reminder": ask_hour, "remind-at": set_hour, "reminder-off": stop}
COMMANDS = {
    "/nhac": "reminder",
    "/tatnhac": "reminder-off",
    "nhắc tôi": "reminder",
    "nhắc tôi ôn bài": "reminder",
    "nhắc tôi học": "reminder",
    "nhắc ôn bài": "reminder",
    "nhắc học": "reminder",
    "đặt giờ nhắc": "reminder",
    "giờ nhắc": "reminder",
    "tắt": "reminder-off",
    "tắt nhắc": "reminder-off",
    "thôi nhắc": "reminder-off",
    "đừng nhắc nữa": "reminder-off",
}
