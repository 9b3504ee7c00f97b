"""Compares all examples beside the service, once at a time; what it finds is kept in the database, for every replica."""

import asyncio
from collections.abc import Mapping

import structlog
from sqlalchemy.exc import SQLAlchemyError

from actions.curriculum.tree import EXAMPLES
from actions.learners import content_checks
from actions.learners.contents import digest_of
from actions.learners.repository import Repository
from bot import clock
from bot.confused_examples import find_confused
from bot.console.items import Texts

logger = structlog.get_logger(__name__)


class Comparison:
    """The comparison of all examples with those of other answers."""

    def __init__(self, repository: Repository, texts: Texts) -> None:
        self._repository, self._texts = repository, texts
        self._task: asyncio.Task[None] | None = None
        self.has_failed = False

    @property
    def is_running(self) -> bool:
        """Whether it is at work in this process."""
        return self._task is not None and not self._task.done()

    def start(self) -> None:
        """Begin, unless it is at work already."""
        if not self.is_running:
            self._task = asyncio.create_task(self._run())

    async def done(self) -> None:
        """Wait until it has ended."""
        if self._task is not None:
            await self._task

    async def _run(self) -> None:
        self.has_failed = False
        try:
            files, _ = await self._texts.working()
            pairs = await find_confused(files)
            async with self._repository.transaction() as store:
                await store.content_checks.keep(content_checks.EXAMPLES, {"pairs": pairs, "of": digest_of_examples(files)}, clock.now())
        except (RuntimeError, OSError, ValueError, SQLAlchemyError) as error:
            self.has_failed = True  # What was found before stays, and the page says so.
            logger.warning("examples.not_compared", error=type(error).__name__)


def digest_of_examples(files: Mapping[str, str]) -> str:
    """Return what tells one state of all examples from another."""
    return digest_of("\n".join(f"{path} {digest_of(text)}" for path, text in sorted(files.items()) if path.startswith(EXAMPLES)))
