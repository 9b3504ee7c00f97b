"""Events on disk while the database is away: sealed lines, written through before they are acknowledged, replayed in order."""

import asyncio
import contextlib
import fcntl
import io
import os
import uuid
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path

import structlog

from actions.learners.inbox import NewEvent
from actions.learners.keys import Keys, SealError
from bot.settings import SettingsError

logger = structlog.get_logger(__name__)
BATCH = 200
SUFFIX, NOT_YET, SET_ASIDE = ".jsonl", ".new", ".aside"
Accept = Callable[[Sequence[NewEvent]], Awaitable[object]]


class Spool:
    """A file of this process's own; files that an ended process left behind are replayed too.

    `waiting` is how many events wait, those that were left behind as well: until they are
    replayed, new ones come after them.
    """

    def __init__(self, folder: Path, keys: Keys) -> None:
        self._folder, self._keys = folder, keys
        self._path = folder / f"{uuid.uuid4().hex}{SUFFIX}"
        self._lock = asyncio.Lock()
        self._file: io.FileIO | None = None
        self.waiting = 0

    def open(self) -> None:
        """Make the folder and the file.

        Raises:
            SettingsError: It cannot be written to.
        """
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            unlocked = self._path.with_suffix(NOT_YET)  # Under its own name, others would take it for left behind.
            self._file = io.FileIO(unlocked, "a+")
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._write(b"\n")
            self._file.truncate(0)
            unlocked.rename(self._path)
            self.waiting = sum(self._lines(path) for path in self._others())
        except OSError as error:
            raise SettingsError(
                f"Không ghi được vào {self._folder} ({error.strerror}): nơi giữ tin khi cơ sở dữ liệu tạm mất. "
                "Hãy cấp quyền ghi, hoặc đổi BANSO_DATA_DIR."
            ) from None

    def close(self) -> None:
        """Close the file; one that holds nothing is removed."""
        if self._file is not None:
            if not os.fstat(self._file.fileno()).st_size:
                self._path.unlink(missing_ok=True)
            self._file.close()
            self._file = None

    async def append(self, events: Sequence[NewEvent]) -> None:
        """Keep events; they are on the disk when this returns.

        Raises:
            OSError: They could not be written; none of them is kept.
        """
        async with self._lock:
            await asyncio.to_thread(self._write, self._sealed(events))
            self.waiting += len(events)

    async def set_aside(self, events: Sequence[NewEvent]) -> None:
        """Keep events in a file that is not replayed, for a person to look at."""
        path = self._folder / f"{uuid.uuid4().hex}{SET_ASIDE}"
        await asyncio.to_thread(path.write_bytes, self._sealed(events))

    async def replay(self, accept: Accept) -> int:
        """Hand all events to `accept` in the order in which they came, then forget them.

        Args:
            accept: Makes a batch durable elsewhere; what it raises ends the replay, and
                everything stays.

        Returns:
            How many events were handed on.
        """
        replayed = 0
        for path in self._others():
            with _taken(path) as is_left_behind:
                if is_left_behind:
                    replayed += await self._replay_file(path, accept)
        if self.waiting:
            replayed += await self._replay_own(accept)
        if replayed:
            logger.info("spool.replayed", events=replayed)
        return replayed

    async def _replay_own(self, accept: Accept) -> int:
        """Replay this process's file; what is appended meanwhile comes after what is there."""
        offset = replayed = 0
        while True:
            events, offset, _ = await asyncio.to_thread(self._read, self._path, offset)
            if events:
                await accept(events)
                replayed += len(events)
                continue
            async with self._lock:
                if (await asyncio.to_thread(self._read, self._path, offset))[0]:
                    continue
                assert self._file is not None
                self._file.truncate(0)
                self.waiting = 0
                return replayed

    async def _replay_file(self, path: Path, accept: Accept) -> int:
        offset = replayed = unreadable = 0
        while True:
            events, offset, skipped = await asyncio.to_thread(self._read, path, offset)
            unreadable += skipped
            if not events:
                break
            await accept(events)
            replayed += len(events)
        self._let_go(path, is_whole=not unreadable)
        return replayed

    def _read(self, path: Path, offset: int) -> tuple[list[NewEvent], int, int]:
        """Return a batch of events, where the next one begins, and how many lines were skipped.

        A last line without an end was torn when the machine stopped; it was never acknowledged.
        """
        events: list[NewEvent] = []
        skipped = 0
        with path.open("rb") as file:
            file.seek(offset)
            while len(events) < BATCH and (line := file.readline()).endswith(b"\n"):
                offset = file.tell()
                try:
                    events.append(NewEvent(**self._keys.unseal_json(line.decode().strip())))
                except (SealError, ValueError, TypeError):
                    skipped += 1
                    logger.warning("spool.line_unreadable")
        return events, offset, skipped

    def _let_go(self, path: Path, *, is_whole: bool) -> None:
        """Remove a file; one with lines that were sealed with another key may be of use to a person who has it."""
        if is_whole:
            path.unlink(missing_ok=True)
        else:
            path.rename(path.with_suffix(SET_ASIDE))

    def _others(self) -> list[Path]:
        """Return the files of other processes, living or ended, the oldest first."""
        found = [(path.stat().st_mtime, path) for path in self._folder.glob(f"*{SUFFIX}") if path != self._path]
        return [path for _, path in sorted(found)]

    def _lines(self, path: Path) -> int:
        with _taken(path) as is_left_behind:
            return path.read_bytes().count(b"\n") if is_left_behind else 0

    def _sealed(self, events: Sequence[NewEvent]) -> bytes:
        return b"".join(self._keys.seal_json(vars(event)).encode() + b"\n" for event in events)

    def _write(self, data: bytes) -> None:
        assert self._file is not None
        before = os.fstat(self._file.fileno()).st_size
        try:
            written = 0
            while written < len(data):
                written += self._file.write(data[written:]) or 0
            os.fsync(self._file.fileno())
        except OSError:
            with contextlib.suppress(OSError):
                self._file.truncate(before)  # Half a line would spoil the next one.
            raise


@contextlib.contextmanager
def _taken(path: Path) -> Iterator[bool]:
    """Lock a file, unless a living process does; tell whether it was left behind, and nobody else replayed it meanwhile."""
    with contextlib.ExitStack() as stack:
        try:
            file = stack.enter_context(path.open("rb"))
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
        else:
            yield path.exists()
