"""Stop answering, in every replica, with a notice that is said instead; kept in the database, looked at every second."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog

from actions.learners.repository import Repository, Store
from actions.learners.staff import Staff
from bot import clock
from bot.delivery.handler import EventHandler

logger = structlog.get_logger(__name__)
SWITCH = "answers"
DEFAULT_NOTICE = "Bạn Số đang tạm nghỉ để sửa chữa, xin bạn quay lại sau. Nếu vừa bị lừa hay mất tiền, bạn bấm nút bên dưới."


@dataclass(frozen=True)
class Stop:
    """Answering is stopped: what is said instead, why, by whom, since when."""

    notice: str
    reason: str
    by: str
    at: datetime


async def stop_answering(store: Store, staff: Staff, notice: str, reason: str) -> None:
    """Let every message get the notice; who did it and why is kept."""
    now = clock.now()
    value = {"notice": notice, "reason": reason, "by": staff.name, "at": now.isoformat()}
    await store.staff.set_switch(SWITCH, value, now)
    await store.staff.audit(staff, "service.stop", "", now, reason=reason, notice=notice)


async def resume_answering(store: Store, staff: Staff, reason: str) -> None:
    """Answer again."""
    now = clock.now()
    await store.staff.set_switch(SWITCH, {}, now)
    await store.staff.audit(staff, "service.resume", "", now, reason=reason)


async def read_stop(store: Store) -> Stop | None:
    """Return the stop that is in force, or None."""
    value: dict[str, Any] = await store.staff.switch(SWITCH)
    if not value.get("notice"):
        return None
    return Stop(value["notice"], value["reason"], value["by"], datetime.fromisoformat(value["at"]))


class StopFollower:
    """Lets the handler of this replica know whether answering is stopped."""

    def __init__(self, repository: Repository, handler: EventHandler) -> None:
        self._repository, self._handler = repository, handler

    async def follow(self) -> None:
        """Take up the switch as it is now.

        Raises:
            SQLAlchemyError: The database cannot be read; the handler goes on as before.
        """
        async with self._repository.reading() as store:
            stop = await read_stop(store)
        notice = stop.notice if stop else ""
        if notice != self._handler.notice:
            logger.warning("answers.stopped" if notice else "answers.resumed")
        self._handler.notice = notice
