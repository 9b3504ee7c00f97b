"""Take up at run time the content that was published last; no restart, nothing of a turn is mixed."""

import structlog

from actions.curriculum.versions import read_version
from actions.learners.repository import Repository
from bot.delivery.handler import EventHandler

logger = structlog.get_logger(__name__)


class ContentFollower:
    """Takes up the version that was published last, here or in another replica."""

    def __init__(self, repository: Repository, handler: EventHandler) -> None:
        self._repository, self._handler = repository, handler
        self._unreadable = ""

    async def follow(self) -> bool:
        """Take up the active version; return whether it is another one than before.

        Raises:
            SQLAlchemyError: The database cannot be read.
        """
        async with self._repository.reading() as store:
            version = await store.contents.active_version()
        if version is None or version in (self._handler.content_version, self._unreadable):
            return False
        curriculum = await read_version(self._repository, version)
        if curriculum is None:
            self._unreadable = version  # What is said goes on; a service that can read it takes it up.
            logger.error("content.unreadable", version=version)
            return False
        # Nothing may come between these two: a turn takes both at once.
        self._handler.turns.curriculum = curriculum
        self._handler.content_version = version
        logger.info("content.taken_up", version=version)
        return True
