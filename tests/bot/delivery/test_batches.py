"""Group commit: what comes while a batch is written goes together into the next, in order, and each gets its own answer."""

import asyncio

import pytest

from bot.delivery.batches import Batches


class Writer:
    """Writes batches one at a time, each when it is let; fails on what it is told to."""

    def __init__(self):
        self.batches = []
        self.writing = 0
        self.gate = asyncio.Event()
        self.error = None

    async def __call__(self, items):
        self.batches.append(list(items))
        self.writing += 1
        assert self.writing == 1
        try:
            await self.gate.wait()
            if self.error is not None and "bad" in items:
                raise self.error
        finally:
            self.writing -= 1
        return [f"{item}!" for item in items]


@pytest.fixture
def writer():
    return Writer()


async def adding(batches, *items):
    """Begin to add items, one after another."""
    tasks = [asyncio.create_task(batches.add(item)) for item in items]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return tasks


async def test_one_item_is_written_at_once(writer):
    writer.gate.set()

    assert await Batches(writer, 10).add("a") == "a!"
    assert writer.batches == [["a"]]


async def test_what_comes_while_one_batch_is_written_goes_together_into_the_next(writer):
    batches = Batches(writer, 10)
    first = await adding(batches, "a")
    rest = await adding(batches, "b", "c", "d")
    assert writer.batches == [["a"]]

    writer.gate.set()

    assert await asyncio.gather(*first, *rest) == ["a!", "b!", "c!", "d!"]
    assert writer.batches == [["a"], ["b", "c", "d"]]


async def test_a_batch_has_a_greatest_size_and_the_order_holds(writer):
    batches = Batches(writer, 3)
    tasks = await adding(batches, *"abcdefgh")

    writer.gate.set()

    assert await asyncio.gather(*tasks) == [f"{item}!" for item in "abcdefgh"]
    assert "".join(item for batch in writer.batches for item in batch) == "abcdefgh"
    assert max(len(batch) for batch in writer.batches) == 3


async def test_everybody_in_a_batch_that_failed_is_told_and_the_next_is_written(writer):
    writer.error = OSError("away")
    batches = Batches(writer, 2)
    tasks = await adding(batches, "a", "bad", "b", "c")

    writer.gate.set()
    answers = await asyncio.gather(*tasks, return_exceptions=True)

    assert writer.batches == [["a", "bad"], ["b", "c"]]
    assert answers == [writer.error, writer.error, "b!", "c!"]
    assert await batches.add("d") == "d!"


async def test_who_stops_waiting_harms_nobody(writer):
    batches = Batches(writer, 10)
    first = await adding(batches, "a")
    second, third = await adding(batches, "b", "c")
    second.cancel()

    writer.gate.set()

    assert await asyncio.gather(*first, third) == ["a!", "c!"]
    assert writer.batches == [["a"], ["b", "c"]]


async def test_who_waits_is_told_when_writing_is_cancelled(writer):
    batches = Batches(writer, 10)
    (task,) = await adding(batches, "a")

    batches._writing.cancel()

    with pytest.raises(RuntimeError, match="stopped"):
        await task
