"""What waits and what was set aside, for operators."""

from datetime import datetime

from actions.learners.database import migrate
from actions.local_time import LOCAL_ZONE
from bot.clock import now
from bot.secret_key import open_repository
from bot.settings import Settings, SettingsError

RECEIVED, SENT = "nhan", "gui"
PUSHED = ("telegram", "zalo_oa", "zalo_bot")  # the web fetches what waits for it


async def describe_queues(settings: Settings) -> str:
    """Return how much waits, and what was set aside, in words; never what anybody wrote."""
    migrate(settings.effective_database_url)
    repository = await open_repository(settings)
    try:
        async with repository.reading() as store:
            received, sent = await store.inbox.counts(), await store.outbox.counts(PUSHED)
            events, messages = await store.inbox.set_aside_events(), await store.outbox.unsent()
            tokens = await store.leases.token_states()
    finally:
        await repository.close()
    lines = [
        f"Tin nhận đang chờ: {received[0]}{_since(received[1])}; để riêng: {received[2]}.",
        f"Tin gửi đang chờ: {sent[0]}{_since(sent[1])}; để riêng: {sent[2]}.",
    ]
    lines += [f"  {RECEIVED}:{e.id}  {e.channel}  {_local(e.received_at)}  lỗi {e.error}  đã thử {e.tries} lần" for e in events]
    lines += [f"  {SENT}:{m.id}  {m.channel}  {_local(m.created_at)}  lỗi {m.error}  đã thử {m.tries} lần" for m in messages]
    for channel, account, refreshed_at, lost_at in tokens:
        state = f"MẤT quyền từ {_local(lost_at)}: vào trang quản lý cấp lại quyền" if lost_at else f"đổi lần cuối {_local(refreshed_at)}"
        lines.append(f"Mã truy cập {channel} {account}: {state}.")
    return "\n".join(lines)


async def retry_set_aside(settings: Settings, which: str) -> int:
    """Let what was set aside be handled or sent after all; return how much.

    Raises:
        SettingsError: Nothing is set aside under this name.
    """
    migrate(settings.effective_database_url)
    repository = await open_repository(settings)
    try:
        async with repository.transaction() as store:
            if which == "all":
                done = [await store.inbox.retry(e.id, now()) for e in await store.inbox.set_aside_events()]
                return sum(done) + sum([await store.outbox.retry(m.id, now()) for m in await store.outbox.unsent()])
            kind, _, number = which.partition(":")
            retry = {RECEIVED: store.inbox.retry, SENT: store.outbox.retry}.get(kind)
            if retry is None or not number.isdecimal() or not await retry(int(number), now()):
                raise SettingsError(f"Không có tin nào bị để riêng tên là {which!r}. Xem danh sách bằng: ./banso queue show")
            return 1
    finally:
        await repository.close()


def _since(moment: datetime | None) -> str:
    return "" if moment is None else f" (lâu nhất từ {_local(moment)})"


def _local(moment: datetime) -> str:
    return f"{moment.astimezone(LOCAL_ZONE):%H:%M %d/%m/%Y}"
