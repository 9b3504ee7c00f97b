"""The real thing for live tests: `./banso run` with the trained model, in a folder of its own."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from bot.settings import ROOT, Settings
from bot.training import train_model

START_SECONDS = 120


@dataclass
class Running:
    """A running Bạn Số: its process, where it writes, and a client that speaks to it."""

    process: subprocess.Popen[str]
    data_dir: Path
    client: httpx.Client
    sent: int = 0

    def ask(self, text: str, sender: str | None = None) -> httpx.Response:
        """Send a message, as a new sender unless one is named."""
        self.sent += 1
        return self.client.post("/api/chat", json={"sender": sender or f"live-{self.sent}", "text": text})

    def nlu_pid(self) -> int:
        """Return the process number of the NLU server."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return next(int(pid) for pid in children if b"rasa" in Path(f"/proc/{pid}/cmdline").read_bytes())

    def wait_until_ready(self) -> None:
        """Wait until questions can be answered."""
        _wait_for(lambda: self.client.get("/healthz/ready").status_code == 200, self.process)


@pytest.fixture(scope="session")
def model() -> Path:
    """The model of today's data; trained where there is none."""
    return train_model(Settings(), say=lambda _line: None)


@pytest.fixture(scope="session")
def running(model, tmp_path_factory) -> Iterator[Running]:
    data_dir = tmp_path_factory.mktemp("data")
    yield from start(model, data_dir)


def start(model: Path, data_dir: Path) -> Iterator[Running]:
    (data_dir / "models").mkdir(exist_ok=True)
    shutil.copy(model, data_dir / "models")
    port = _free_port()
    environment = os.environ | {"BANSO_DATA_DIR": str(data_dir), "BANSO_PORT": str(port)}
    with (data_dir / "run.out").open("w") as out:
        process = subprocess.Popen([ROOT / "banso", "run"], env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=out, text=True)
    client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20)
    try:
        # The last line it prints; the service itself is ready a moment earlier.
        _wait_for(lambda: "Ctrl-C" in (data_dir / "run.out").read_text(encoding="utf-8"), process)
        yield Running(process, data_dir, client)
    finally:
        client.close()
        process.send_signal(signal.SIGINT)
        process.wait(30)


def _wait_for(is_done, process) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, "banso run ended"
        try:
            if is_done():
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.2)
    raise AssertionError("not in time")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
