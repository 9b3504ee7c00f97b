"""Heavy work in a process of its own."""

import asyncio
from pathlib import Path

import pytest

from bot.apart import TIMED_OUT, run_apart


async def test_what_it_prints_comes_back():
    code, output = await run_apart("json.tool", {"a": ["ấ"]})

    assert code == 0
    assert b'"a"' in output


async def test_how_it_ended_is_told():
    code, _ = await run_apart("bot.checking", {}, "no date", is_silent=True)

    assert code == 1


async def test_one_that_takes_too_long_is_ended():
    code, output = await run_apart("asyncio", None, timeout_seconds=0.05)  # starts, and is ended before it can answer

    assert (code, output) == (TIMED_OUT, b"")


async def test_one_whose_caller_goes_away_is_ended():
    asking = asyncio.create_task(run_apart("http.server", None, "--bind", "127.0.0.1", "0", is_silent=True))
    while not (started := _children()):  # noqa: ASYNC110 - the process tells of itself by nothing else
        await asyncio.sleep(0.01)

    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking

    assert not started & _children()


def _children():
    processes = (path for path in Path("/proc").glob("[0-9]*/cmdline"))
    return {path.parent.name for path in processes if b"http.server\x00--bind" in _read(path)}


def _read(path):
    try:
        return path.read_bytes()
    except OSError:
        return b""
