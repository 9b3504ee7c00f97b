"""Run heavy work in a Python process of its own, so that citizens are answered meanwhile."""

import asyncio
import json
import sys
from typing import Any

from bot.settings import ROOT

TIMED_OUT = -1


async def run_apart(
    module: str, asked: Any, *arguments: str, timeout_seconds: float | None = None, is_silent: bool = False
) -> tuple[int, bytes]:
    """Run a module with a question as JSON on its standard input.

    Args:
        module: One of this project's, with a main program.
        asked: What JSON can hold.
        arguments: Its command line.
        timeout_seconds: After how long it is ended; None for never.
        is_silent: What it says on standard error is thrown away, because it may tell of what strangers sent.

    Returns:
        Its exit code, `TIMED_OUT` where it was ended, and what it printed. It ends with the caller, too.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, *arguments, cwd=ROOT,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL if is_silent else None,
    )  # fmt: skip
    try:
        async with asyncio.timeout(timeout_seconds):
            output, _ = await process.communicate(json.dumps(asked).encode())
    except TimeoutError:
        return TIMED_OUT, b""
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return process.returncode or 0, output
