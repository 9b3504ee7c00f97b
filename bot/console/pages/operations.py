"""Vận hành: how the service does, what was set aside, and the switch that stops answering."""

import asyncio
import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response

from actions.learners.operations import Database, Trouble
from actions.learners.repository import Store
from bot import clock
from bot.console.console import Console, Nav, Staff
from bot.delivery.channel_states import ChannelState
from bot.service import WEB
from bot.statistics.words import CHANNEL_TITLES
from bot.stopping import DEFAULT_NOTICE, Stop, read_stop, resume_answering, stop_answering
from bot.web.problems import ProblemError

PATH = "/quantri/van-hanh"
NAV = Nav("Vận hành", PATH, "see", 70)
NOTICE_MAX_CHARACTERS, REASON_MAX_CHARACTERS = 500, 300
INBOX, OUTBOX = "nhan", "gui"
RETAINED = {
    "responses": "câu đã đáp trên web", "inbound_events": "tin nhận", "polls": "câu đố dạng bình chọn", "conversations": "hội thoại",
    "last_questions": "câu hỏi gần nhất", "unanswered_questions": "câu hỏi chưa trả lời", "one_time_codes": "mã dùng một lần",
    "outbound_messages": "tin gửi quá hạn", "follow_ups": "lời hỏi thăm", "tombstones": "dấu đã xoá", "learners": "người học",
    "identities": "địa chỉ",
}  # fmt: skip
Text = Annotated[str, Form()]


@dataclass(frozen=True)
class ChannelRow:
    """One channel as the page shows it."""

    title: str
    way: str
    last_event_at: datetime | None
    state: ChannelState | None  # the web needs no setting up
    trouble: Trouble | None


@dataclass(frozen=True)
class QueueRow:
    """One queue: how much waits, and since when the oldest does."""

    title: str
    waiting: int
    oldest: timedelta | None
    set_aside: int


def make_router(console: Console) -> APIRouter:
    """Return the routes of operating."""
    router = APIRouter(prefix=PATH)
    _add_page(router, console)
    _add_switch(router, console)
    _add_retries(router, console)
    return router


async def _page(console: Console, request: Request, status: int = 200, error: str = "", notice: str = "", reason: str = "") -> Response:
    async with console.repository.reading() as store:
        found = await _state(console, store)
    health = await console.service.health()
    disk = await asyncio.to_thread(shutil.disk_usage, console.settings.data_path)
    about = {"error": error, "notice": notice or DEFAULT_NOTICE, "reason": reason, "health": health, "disk": disk, "retained": RETAINED}
    limits = {"notice_max": NOTICE_MAX_CHARACTERS, "reason_max": REASON_MAX_CHARACTERS}
    return console.page(request, "operations.html", status, **found, **about, **limits)


async def _state(console: Console, store: Store) -> dict[str, Any]:
    service, now = console.service, clock.now()
    stop: Stop | None = await read_stop(store)
    database: Database = await store.operations.database()
    received, sent = await store.inbox.counts(), await store.outbox.counts(list(service.channels))
    queues = [QueueRow("Tin nhận", *_aged(received, now)), QueueRow("Tin gửi", *_aged(sent, now))]
    spool = service.receiver.spool
    if spool is not None:
        queues.append(QueueRow("Tin tạm giữ trên đĩa", spool.waiting, None, 0))
    return {
        "now": now,
        "stop": stop,
        "database": database,
        "queues": queues,
        "channels": await _channels(console, store),
        "events": await store.inbox.set_aside_events(),
        "messages": await store.outbox.unsent(),
        "tokens": await store.leases.token_states(),
        "published": await store.contents.active(),
        "model_version": service.model_version,
        "runs": await store.operations.retention_runs(),
        "channel_titles": CHANNEL_TITLES,
    }


def _aged(counts: tuple[int, datetime | None, int], now: datetime) -> tuple[int, timedelta | None, int]:
    waiting, oldest, set_aside = counts
    return waiting, None if oldest is None else now - oldest, set_aside


async def _channels(console: Console, store: Store) -> list[ChannelRow]:
    service = console.service
    last, troubles = await store.operations.last_events(), await store.operations.troubles()
    rows = [
        ChannelRow(
            CHANNEL_TITLES.get(name, name), "tự hỏi tin" if channel.is_polling else "webhook", last.get(name),
            service.channel_states.of(name), troubles.get(name),
        )
        for name, channel in service.channels.items()
    ]  # fmt: skip
    return [*rows, ChannelRow(CHANNEL_TITLES[WEB], "trang của dịch vụ này", last.get(WEB), None, None)]


def _add_page(router: APIRouter, console: Console) -> None:
    @router.get("")
    async def show(request: Request, _staff: Annotated[Staff, console.needs("see")]) -> Response:
        return await _page(console, request)


def _add_switch(router: APIRouter, console: Console) -> None:
    @router.post("/ngung")
    async def stop(request: Request, staff: Annotated[Staff, console.needs("operate")], notice: Text = "", reason: Text = "") -> Response:
        notice, reason = notice.replace("\r\n", "\n").strip(), reason.strip()
        error = _objection("Lời báo cho người dân", notice, NOTICE_MAX_CHARACTERS) or _objection("Lý do", reason, REASON_MAX_CHARACTERS)
        if error:
            return await _page(console, request, 422, error, notice, reason)
        async with console.repository.transaction() as store:
            await stop_answering(store, staff, notice, reason)
        await console.service.stop.follow()
        return console.go(PATH, "Bot đã ngừng trả lời. Các bản dịch vụ khác ngừng theo trong vài giây.")

    @router.post("/mo-lai")
    async def resume(request: Request, staff: Annotated[Staff, console.needs("operate")], reason: Text = "") -> Response:
        error = _objection("Lý do", reason.strip(), REASON_MAX_CHARACTERS)
        if error:
            return await _page(console, request, 422, error)
        async with console.repository.transaction() as store:
            await resume_answering(store, staff, reason.strip())
        await console.service.stop.follow()
        return console.go(PATH, "Bot đã trả lời lại.")


def _add_retries(router: APIRouter, console: Console) -> None:
    @router.post("/chay-lai")
    async def retry(staff: Annotated[Staff, console.needs("operate")], which: Text = "") -> Response:
        async with console.repository.transaction() as store:
            number = await _retry(store, which)
            if not number:
                raise ProblemError(404, "Tin này không còn bị để riêng: đã chạy lại, đã quá hạn hoặc người gửi đã xoá dữ liệu.")
            await store.staff.audit(staff, "queue.retry", which, clock.now(), number=number)
        console.service.sender.wake()
        return console.go(PATH, f"Đã cho chạy lại {number} tin.")


async def _retry(store: Store, which: str) -> int:
    """Let one set aside event or message be tried again, or all; return how many there were."""
    now = clock.now()
    if which == "tat-ca":
        events = [await store.inbox.retry(event.id, now) for event in await store.inbox.set_aside_events()]
        return sum(events) + sum([await store.outbox.retry(message.id, now) for message in await store.outbox.unsent()])
    kind, _, number = which.partition(":")
    retry = {INBOX: store.inbox.retry, OUTBOX: store.outbox.retry}.get(kind)
    is_number = number.isascii() and number.isdecimal() and len(number) < 19
    return int(retry is not None and is_number and await retry(int(number), now))


def _objection(what: str, text: str, max_characters: int) -> str:
    if not text:
        return f"{what}: chưa ghi gì. Hãy ghi rồi bấm lại."
    return "" if len(text) <= max_characters else f"{what}: dài {len(text)} ký tự; tối đa {max_characters}. Hãy ghi ngắn hơn."
