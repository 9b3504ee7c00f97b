"""Events on disk while the database is away: sealed lines, written through before they are acknowledged, replayed in order."""

import asyncio
import fcntl
import os
import uuid
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import structlog

from actions.learners.inbox import NewEvent
from actions.learners.keys import Keys, SealError
from bot.settings import SettingsError

logger = structlog.get_logger(__name__)
BATCH = 200
SUFFIX = ".jsonl"


class Spool:
    """A file of this process's own; files that an ended process left behind are replayed too."""

    def __init__(self, folder: Path, keys: Keys) -> None:
        self._folder, self._keys = folder, keys
        self._path = folder / f"{uuid.uuid4().hex}{SUFFIX}"
        self._lock = asyncio.Lock()
        self._file: Any = None
        self.waiting = 0

    def open(self) -> None:
        """Make the folder and the file.

        Raises:
            SettingsError: It cannot be written to.
        """
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._file = self._path.open("a+b")
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._write(b"\n")
            self._file.truncate(0)
        except OSError as error:
            raise SettingsError(
                f"Không ghi được vào {self._folder} ({error.strerror}): nơi giữ tin khi cơ sở dữ liệu tạm mất. "
                "Hãy cấp quyền ghi, hoặc đổi BANSO_DATA_DIR."
            ) from None

    def close(self) -> None:
        """Close the file; one that holds nothing is removed."""
        if self._file is not None:
            if not self.waiting:
                self._path.unlink(missing_ok=True)
            self._file.close()
            self._file = None

    async def append(self, events: Sequence[NewEvent]) -> None:
        """Keep events; they are on the disk when this returns."""
        lines = b"".join(self._keys.seal_json(vars(event)).encode() + b"\n" for event in events)
        async with self._lock:
            await asyncio.to_thread(self._write, lines)
            self.waiting += len(events)

    async def replay(self, accept: Callable[[Sequence[NewEvent]], Awaitable[object]]) -> int:
        """Hand all events to `accept` in the order in which they came, then forget them.

        Args:
            accept: Makes a batch durable elsewhere; what it raises ends the replay, and
                everything stays.

        Returns:
            How many events were handed on.
        """
        replayed = 0
        for path in self._left_behind():
            replayed += await self._replay_file(path, accept)
            path.unlink(missing_ok=True)
        if self.waiting:
            replayed += await self._replay_own(accept)
        if replayed:
            logger.info("spool.replayed", events=replayed)
        return replayed

    async def _replay_own(self, accept: Callable[[Sequence[NewEvent]], Awaitable[object]]) -> int:
        """Replay this process's file; what is appended meanwhile comes after what is there."""
        offset = replayed = 0
        while True:
            events, offset = await asyncio.to_thread(self._read, self._path, offset)
            if events:
                await accept(events)
                replayed += len(events)
                continue
            async with self._lock:
                if self._path.stat().st_size > offset:
                    continue
                self._file.truncate(0)
                self.waiting = 0
                return replayed

    async def _replay_file(self, path: Path, accept: Callable[[Sequence[NewEvent]], Awaitable[object]]) -> int:
        offset = replayed = 0
        while True:
            events, offset = await asyncio.to_thread(self._read, path, offset)
            if not events:
                return replayed
            await accept(events)
            replayed += len(events)

    def _read(self, path: Path, offset: int) -> tuple[list[NewEvent], int]:
        events: list[NewEvent] = []
        with path.open("rb") as file:
            file.seek(offset)
            while len(events) < BATCH and (line := file.readline()).endswith(b"\n"):
                offset = file.tell()
                try:
                    events.append(NewEvent(**self._keys.unseal_json(line.decode().strip())))
                except (SealError, ValueError, TypeError, UnicodeDecodeError):
                    logger.warning("spool.line_unreadable")  # Torn when the machine stopped: it was never acknowledged.
        return events, offset

    def _left_behind(self) -> list[Path]:
        """Return the files of processes that ended; a living one holds its file's lock."""
        found = []
        for path in sorted(self._folder.glob(f"*{SUFFIX}"), key=lambda path: path.stat().st_mtime):
            if path == self._path:
                continue
            with path.open("rb") as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except OSError:
                    continue
                found.append(path)
        return found

    def _write(self, data: bytes) -> None:
        self._file.write(data)
        self._file.flush()
        os.fsync(self._file.fileno())
