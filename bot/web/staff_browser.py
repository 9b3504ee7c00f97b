"""Know the staff in the web chat: a browser that is logged in to the console marks its sender as one for testing."""

import structlog
from sqlalchemy.exc import SQLAlchemyError

from actions.learners.repository import Repository
from bot import clock

logger = structlog.get_logger(__name__)
SESSION_COOKIE = "banso_session"


async def mark_staff(repository: Repository, channel: str, sender: str, session: str | None) -> None:
    """Mark a sender whose browser is logged in to the console; where that cannot be written, the message goes on all the same.

    Args:
        repository: The database.
        channel: The channel's name.
        sender: The sender's address there.
        session: What the console's cookie holds, if it came along.
    """
    if not session:
        return
    key = repository.keys.sender_key(channel, sender)
    try:
        async with repository.reading() as store:
            found = await store.staff.of_session(session, clock.now())
            if found is None or await store.staff_senders.is_marked(key):
                return
        async with repository.transaction() as store:
            await store.staff_senders.mark(key, found[0].id, clock.now())
    except (SQLAlchemyError, OSError) as error:
        logger.warning("staff.not_marked", error=type(error).__name__)
