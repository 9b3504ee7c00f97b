"""Load on Rasa's own HTTP server: `POST /model/parse`, as the service calls it."""

from __future__ import annotations

import asyncio
import itertools
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import aiohttp

READY_SECONDS = 180
CLIENTS = 8


async def load_server(model: Path, texts: Sequence[str], seconds: float, log: Path) -> dict[str, float | list[float]]:
    """Start a server with a model, measure it, stop it.

    Returns:
        `alone_seconds`: times of single requests, one after another; `per_second`: requests
        answered a second with `CLIENTS` at once; `memory_mb` of the server after that;
        `start_seconds` until the first answer.
    """
    port = _free_port()
    with log.open("ab") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", "rasa", "run", "--enable-api", "--quiet", "--model", str(model),
             "--interface", "127.0.0.1", "--port", str(port)],
            stdout=output, stderr=output, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    url = f"http://127.0.0.1:{port}/model/parse"
    try:
        async with aiohttp.ClientSession() as client:
            started = time.perf_counter()
            await _wait(client, url, server)
            start_seconds = time.perf_counter() - started
            for text in texts[:50]:
                await _ask(client, url, text)
            alone = [await _ask(client, url, text) for text in texts]
            per_second = await _at_once(client, url, texts, seconds)
            resident = subprocess.run(["ps", "-o", "rss=", "-p", str(server.pid)], capture_output=True, text=True, check=True)
            memory_mb = int(resident.stdout) / 2**10
            return {"alone_seconds": alone, "per_second": per_second, "memory_mb": memory_mb, "start_seconds": start_seconds}
    finally:
        server.terminate()
        server.wait()


async def _wait(client: aiohttp.ClientSession, url: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise RuntimeError(f"the NLU server ended with status {server.returncode}")
        try:
            async with client.post(url, json={"text": "xin chào"}) as answer:
                if answer.status == 200:
                    return
        except aiohttp.ClientError:
            pass
        await asyncio.sleep(0.1)
    raise RuntimeError(f"the NLU server did not answer in {READY_SECONDS} s")


async def _ask(client: aiohttp.ClientSession, url: str, text: str) -> float:
    started = time.perf_counter()
    async with client.post(url, json={"text": text}) as answer:
        answer.raise_for_status()
        await answer.read()
    return time.perf_counter() - started


async def _at_once(client: aiohttp.ClientSession, url: str, texts: Sequence[str], seconds: float) -> float:
    """Return the answers a second when several clients ask without a pause."""
    following = itertools.cycle(texts)
    started = time.perf_counter()

    async def ask_on() -> int:
        number = 0
        while time.perf_counter() - started < seconds:
            await _ask(client, url, next(following))
            number += 1
        return number

    answered = sum(await asyncio.gather(*(ask_on() for _ in range(CLIENTS))))
    return answered / (time.perf_counter() - started)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
