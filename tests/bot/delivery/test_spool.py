"""The spool: on the disk before it is acknowledged, sealed, replayed in order whatever ended in between, never half a line."""

import asyncio
import os
import resource
import signal
import subprocess
import sys
import threading

import pytest

from actions.learners.inbox import NewEvent
from actions.learners.keys import Keys
from bot.delivery import spool as spools
from bot.delivery.spool import Spool
from bot.settings import ROOT, SettingsError
from tests.bot.delivery.given import until
from tests.conftest import KEYS


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "spool"


def an_event(number, text="chuyện riêng"):
    return NewEvent("line", "1", f"{number}", KEYS.sender_key("line", "0901"), {"text": text, "address": "0901"}, number % 2 == 0)


def opened(folder, keys=KEYS):
    made = Spool(folder, keys)
    made.open()
    return made


class Inbox:
    """Takes events; fails from a certain batch on, where a test says so."""

    def __init__(self, *, batches_max=10**9):
        self.taken = []
        self.batches = 0
        self.batches_max = batches_max
        self.meanwhile = None

    async def __call__(self, events):
        if self.meanwhile is not None:
            happen, self.meanwhile = self.meanwhile, None
            await happen()
        if self.batches >= self.batches_max:
            raise ConnectionRefusedError
        self.batches += 1
        self.taken += events

    @property
    def numbers(self):
        return [int(event.event_id) for event in self.taken]


async def test_what_was_kept_is_replayed_whole_and_in_order_and_then_forgotten(spool, folder):
    inbox = Inbox()
    for n in range(5):
        await spool.append([an_event(2 * n), an_event(2 * n + 1)])
    assert spool.waiting == 10

    assert await spool.replay(inbox) == 10

    assert inbox.taken == [an_event(n) for n in range(10)]
    assert spool.waiting == 0
    assert await spool.replay(inbox) == 0
    assert [path.stat().st_size for path in folder.iterdir()] == [0]


async def test_an_event_is_on_the_disk_when_it_is_acknowledged(spool, folder, monkeypatch):
    synced = []
    fsync = os.fsync
    monkeypatch.setattr(spools.os, "fsync", lambda file: synced.append(os.fstat(file).st_size) or fsync(file))

    await spool.append([an_event(1)])

    (path,) = folder.glob("*.jsonl")
    assert synced == [path.stat().st_size]
    assert path.read_bytes().count(b"\n") == 1


async def test_nobody_can_read_what_waits_on_the_disk(spool, folder):
    await spool.append([an_event(1)])

    (path,) = folder.glob("*.jsonl")
    for clear in ("riêng", "0901", "address", "line", KEYS.sender_key("line", "0901")):
        assert clear.encode() not in path.read_bytes()


@pytest.mark.parametrize("batches_max", [0, 1, 2])
async def test_a_replay_that_is_broken_off_loses_nothing(spool, monkeypatch, batches_max):
    monkeypatch.setattr(spools, "BATCH", 3)
    await spool.append([an_event(n) for n in range(8)])

    with pytest.raises(ConnectionRefusedError):
        await spool.replay(Inbox(batches_max=batches_max))

    inbox = Inbox()
    assert spool.waiting == 8
    await spool.replay(inbox)
    assert inbox.numbers == list(range(8))  # Those that were taken before come again: the inbox knows them.


async def test_what_arrives_during_the_replay_comes_after_what_was_there(spool, monkeypatch):
    monkeypatch.setattr(spools, "BATCH", 2)
    inbox = Inbox()
    await spool.append([an_event(n) for n in range(5)])

    async def arrive():
        await spool.append([an_event(5), an_event(6)])
        assert spool.waiting == 7

    inbox.meanwhile = arrive
    await spool.replay(inbox)

    assert inbox.numbers == list(range(7))
    assert spool.waiting == 0


async def test_what_is_being_written_when_the_replay_comes_to_the_end_is_not_cut_off(spool, monkeypatch):
    inbox, may_write = Inbox(), threading.Event()
    write = spool._write

    def slowly(data):
        may_write.wait()
        write(data)

    await spool.append([an_event(0)])
    monkeypatch.setattr(spool, "_write", slowly)
    appending = asyncio.create_task(spool.append([an_event(1)]))
    await asyncio.sleep(0)
    replaying = asyncio.create_task(spool.replay(inbox))
    await until(lambda: inbox.numbers == [0])
    await asyncio.sleep(0.05)
    may_write.set()

    await asyncio.gather(appending, replaying)
    await spool.replay(inbox)

    assert inbox.numbers == [0, 1]


async def test_many_that_arrive_at_once_are_all_kept(spool):
    inbox = Inbox()

    await asyncio.gather(*(spool.append([an_event(n)]) for n in range(50)), spool.replay(inbox))
    await spool.replay(inbox)

    assert sorted(inbox.numbers) == list(range(50))
    assert spool.waiting == 0


async def test_what_an_ended_process_left_behind_waits_from_the_start_and_comes_first(folder):
    ended = opened(folder)
    await ended.append([an_event(0), an_event(1)])
    ended.close()

    spool, inbox = opened(folder), Inbox()
    assert spool.waiting == 2
    await spool.append([an_event(2)])

    assert await spool.replay(inbox) == 3
    assert inbox.numbers == [0, 1, 2]
    assert spool.waiting == 0
    assert len(list(folder.iterdir())) == 1
    spool.close()
    assert list(folder.iterdir()) == []


async def test_what_two_ended_processes_left_behind_comes_the_oldest_first(folder):
    files = []
    for n, age in ((1, 20), (0, 50), (2, 10)):
        ended = opened(folder)
        await ended.append([an_event(n)])
        files.append((ended._path, age))
        ended.close()
    for path, age in files:
        os.utime(path, (1_000_000 - age, 1_000_000 - age))

    spool, inbox = opened(folder), Inbox()
    await spool.replay(inbox)

    assert inbox.numbers == [0, 1, 2]
    spool.close()


async def test_the_file_of_a_living_process_is_left_alone(folder):
    living, spool, inbox = opened(folder), opened(folder), Inbox()
    await living.append([an_event(1)])

    assert await spool.replay(inbox) == 0

    assert await living.replay(inbox) == 1
    for one in (living, spool):
        one.close()


async def test_two_replicas_replay_what_was_left_behind_once(folder):
    ended = opened(folder)
    await ended.append([an_event(n) for n in range(5)])
    ended.close()
    first, second, inbox = opened(folder), opened(folder), Inbox()

    async def slowly(events):
        await asyncio.sleep(0.01)
        await inbox(events)

    await asyncio.gather(first.replay(slowly), second.replay(slowly))

    assert inbox.numbers == list(range(5))
    assert (first.waiting, second.waiting) == (0, 0)
    for one in (first, second):
        one.close()


async def test_a_last_line_that_was_torn_does_not_spoil_those_before_it(folder):
    ended = opened(folder)
    await ended.append([an_event(0), an_event(1)])
    size = ended._path.stat().st_size
    await ended.append([an_event(2)])
    os.truncate(ended._path, size + 40)
    ended._file.close()

    spool, inbox = opened(folder), Inbox()
    await spool.replay(inbox)

    assert inbox.numbers == [0, 1]
    assert list(folder.iterdir()) == [spool._path]
    spool.close()


async def test_what_was_sealed_with_another_key_is_kept_for_a_person(folder):
    ended = opened(folder, Keys(b"x" * 32))
    await ended.append([an_event(0)])
    ended.close()
    content = ended._path.read_bytes()

    spool, inbox = opened(folder), Inbox()
    await spool.replay(inbox)

    assert inbox.taken == []
    assert [path.read_bytes() for path in folder.glob("*.aside")] == [content]
    assert await spool.replay(inbox) == 0
    spool.close()


async def test_what_is_set_aside_is_kept_sealed_and_not_replayed(spool, folder):
    await spool.set_aside([an_event(0)])

    (path,) = folder.glob("*.aside")
    assert KEYS.unseal_json(path.read_text().strip())["event_id"] == "0"
    assert await spool.replay(Inbox()) == 0


async def test_a_full_disk_is_told_and_leaves_no_half_line(spool):
    await spool.append([an_event(0)])
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (spool._path.stat().st_size + 50, limits[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            await spool.append([an_event(1)])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    await spool.append([an_event(2)])
    inbox = Inbox()

    await spool.replay(inbox)

    assert inbox.numbers == [0, 2]


@pytest.mark.parametrize("name", ["spool", ""])
def test_where_it_cannot_write_the_start_is_refused_and_says_what_to_do(tmp_path, name):
    (tmp_path / "file").write_text("no folder")
    spool = Spool(tmp_path / "file" / name if name else tmp_path / "file", KEYS)

    with pytest.raises(SettingsError, match="BANSO_DATA_DIR"):
        spool.open()


def test_a_full_disk_refuses_the_start(folder):
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, limits[1]))
    try:
        with pytest.raises(SettingsError, match="BANSO_DATA_DIR"):
            Spool(folder, KEYS).open()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)


KILLED = """
import asyncio, sys, pathlib
from actions.learners.inbox import NewEvent
from actions.learners.keys import Keys
from bot.delivery.spool import Spool

async def main():
    spool = Spool(pathlib.Path(sys.argv[1]), Keys(b"k" * 32))
    spool.open()
    for n in range(10**6):
        await spool.append([NewEvent("line", "1", str(n), "0" * 64, {})])
        print(n, flush=True)

asyncio.run(main())
"""


async def test_whatever_a_killed_process_acknowledged_is_replayed(folder):
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", KILLED, str(folder), cwd=ROOT, stdout=subprocess.PIPE)
    acknowledged = -1
    while acknowledged < 20:
        acknowledged = int(await process.stdout.readline())
    process.kill()
    acknowledged = max([acknowledged, *(int(line) for line in (await process.stdout.read()).splitlines())])
    await process.wait()

    spool, inbox = opened(folder), Inbox()
    await spool.replay(inbox)

    assert inbox.numbers[: acknowledged + 1] == list(range(acknowledged + 1))
    assert len(inbox.numbers) <= acknowledged + 2
    spool.close()
