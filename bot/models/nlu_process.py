"""The NLU server as our child: started, watched, started again, stopped."""

import asyncio
import contextlib
import os
import signal
import socket
from pathlib import Path

from bot.nlu.parenthood import die_with_parent
from bot.settings import ROOT, Settings
from bot.training import MODEL_SUFFIX, nlu_python, serving_environment

RESTART_SECONDS = 2.0
STOP_SECONDS = 10


class NluProcess:
    """One NLU server of ours with one model; it listens on loopback only, on a port of its own."""

    def __init__(self, settings: Settings, model: Path) -> None:
        self.model = model.name.removesuffix(MODEL_SUFFIX)
        self._settings, self._path, self._port = settings, model, _free_port()
        self._process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        """Where it is asked."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def has_ended(self) -> bool:
        """Whether it was started, and runs no more."""
        return self._process is not None and self._process.returncode is not None

    async def start(self) -> None:
        """Start the server."""
        command = [
            nlu_python(), "-m", "rasa", "run", "--enable-api", "--quiet",
            "--model", self._path, "--interface", "127.0.0.1", "--port", str(self._port),
        ]  # fmt: skip
        with (self._settings.data_path / "nlu.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *map(str, command), cwd=ROOT, env=serving_environment(self._settings), stdin=asyncio.subprocess.DEVNULL,
                stdout=log, stderr=log, start_new_session=True, preexec_fn=die_with_parent,
            )  # fmt: skip

    async def keep_running(self) -> None:
        """Start the server again, for ever, whenever it ends."""
        while True:
            if self._process is None:
                await self.start()
            assert self._process is not None
            status = await self._process.wait()
            log = self._settings.data_path / "nlu.log"
            print(f"Máy chủ NLU đã dừng (mã {status}); đang chạy lại. Nhật ký: {log}", flush=True)  # for who started us
            self._process = None
            await asyncio.sleep(RESTART_SECONDS)

    async def stop(self) -> None:
        """Stop the server and everything it started."""
        process, self._process = self._process, None
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
            try:
                await asyncio.wait_for(process.wait(), STOP_SECONDS)
            except TimeoutError:
                os.killpg(process.pid, signal.SIGKILL)
                await process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
