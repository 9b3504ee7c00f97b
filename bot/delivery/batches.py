"""Group commit: what is added while one batch is being written goes together into the next one."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class Batches(Generic[Item, Answer]):
    """Hands items to a function in batches, one batch at a time and in order; nobody waits for a batch to fill."""

    def __init__(self, write: Callable[[Sequence[Item]], Awaitable[Sequence[Answer]]], size_max: int) -> None:
        self._write, self._size_max = write, size_max
        self._waiting: list[tuple[Item, asyncio.Future[Answer]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def add(self, item: Item) -> Answer:
        """Add an item; return its answer once its batch is written.

        Raises:
            Exception: Whatever writing the batch raised, to everybody in it.
        """
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_all())
        return await future

    async def _write_all(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[: self._size_max], self._waiting[self._size_max :]
            try:
                answers = await self._write([item for item, _ in batch])
            except BaseException as error:  # noqa: BLE001 - it is told to everybody who waits
                for _, future in batch:
                    if not future.done():
                        future.set_exception(error if isinstance(error, Exception) else RuntimeError("stopped"))
                continue
            for (_, future), answer in zip(batch, answers, strict=True):
                if not future.done():
                    future.set_result(answer)
