"""`banso run`: publish, train when needed, start the NLU server and the service, stop both."""

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

import httpx
import uvicorn
from sqlalchemy.exc import SQLAlchemyError

from actions.learners.database import is_away
from bot.accounts import first_link
from bot.app import build_app, build_service
from bot.logs import configure_logs
from bot.models.following import ModelFollower
from bot.models.nlu_process import NluProcess
from bot.models.starting import choose_model
from bot.publishing import MergeConflictError, active_version, publish_content
from bot.service import Service
from bot.settings import Settings, SettingsError, unreachable
from bot.training import current_model, train_model

FIRST_RUN_FREE_BYTES = 500 * 2**20
LATER_RUN_FREE_BYTES = 50 * 2**20
NLU_START_SECONDS = 120
DATABASE_SECONDS = 60
T = TypeVar("T")
GRACEFUL_STOP_SECONDS = 8  # of the web server; delivery then has twenty: half a minute in all


async def run_all(settings: Settings) -> int:
    """Run everything until a signal comes; return the exit status.

    Raises:
        SettingsError: A port is taken, the disk is full, or a setting cannot be used.
        ContentError: The content files have problems.
    """
    started = time.monotonic()
    _check_port(settings)
    _check_disk(settings)
    version, is_new = await _once_database_answers(_publish, settings)
    say(f"Nội dung: bản {version}{' (mới xuất bản)' if is_new else ''}.")
    stop = _stop_on_signals()
    if settings.nlu_url:
        return await _serve(settings, settings.nlu_url, None, stop, started)
    nlu = NluProcess(settings, await choose_model(settings, lambda files: _train(settings, files, stop)))
    try:
        return await _serve(settings, nlu.url, nlu, stop, started)
    finally:
        await nlu.stop()
        shutil.rmtree(settings.data_path / "tmp", ignore_errors=True)


async def _publish(settings: Settings) -> tuple[str, bool]:
    """Publish the files; where the console changed the same ones, keep what citizens read and say what to do."""
    try:
        return await publish_content(settings)
    except MergeConflictError as error:
        say(f"Lưu ý: {error}\nDịch vụ chạy với nội dung đang xuất bản.")
        return await active_version(settings), False


def say(line: str) -> None:
    """Print a line for the person who started us, at once."""
    print(line, flush=True)


class _Server(uvicorn.Server):
    """Uvicorn without signal handlers of its own: `run_all` has them."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _serve(settings: Settings, nlu_url: str, nlu: NluProcess | None, stop: asyncio.Event, started: float) -> int:
    configure_logs(settings.log_level, settings.data_path / "service.log")
    service = await build_service(settings, nlu_url)
    config = uvicorn.Config(
        build_app(service, settings), host=settings.host, port=settings.port, log_config=None, access_log=False,
        forwarded_allow_ips=settings.forwarded_allow_ips, timeout_graceful_shutdown=GRACEFUL_STOP_SECONDS,
    )  # fmt: skip
    server = _Server(config)
    serving = asyncio.create_task(server.serve())
    tasks: list[asyncio.Task[object]] = [asyncio.create_task(stop.wait())]
    follower = None if nlu is None else ModelFollower(settings, service.repository, service.nlu, nlu)
    if follower is not None:
        tasks.append(asyncio.create_task(follower.run()))
    tasks.append(asyncio.create_task(_announce(settings, nlu_url, service, started)))
    await asyncio.wait([serving, tasks[0]], return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    for task in tasks[1:]:
        task.cancel()
    await asyncio.gather(*tasks[1:], return_exceptions=True)
    if stop.is_set():
        say("\nĐang dừng…")
        await serving
    if follower is not None:
        await follower.stop()
    if not stop.is_set():
        tasks[0].cancel()
        return 1
    say("Đã dừng.")
    return 0


async def _announce(settings: Settings, nlu_url: str, service: Service, started: float) -> None:
    """Say how to reach everything, once the NLU server answers."""
    shown = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host
    address = f"http://{shown}:{settings.port}"
    async with httpx.AsyncClient() as client:
        for _ in range(NLU_START_SECONDS * 4):
            with contextlib.suppress(httpx.HTTPError):
                if (await client.get(f"{address}/healthz/ready", timeout=5)).status_code == 200:
                    break
            await asyncio.sleep(0.25)
        else:
            say(f"Máy chủ NLU ({nlu_url}) chưa trả lời sau {NLU_START_SECONDS} giây; xem {settings.data_path / 'nlu.log'}")
            return
    link = await first_link(service.repository, settings)
    port = "" if settings.port == 8000 else f"BANSO_PORT={settings.port} "
    say(f"\nBạn Số đã sẵn sàng (sau {time.monotonic() - started:.0f} giây).")
    say(f"  Trang chat:         {address}")
    say(f"  Trang quản trị:     {address}/quantri")
    if link is not None:
        say(f"  Tạo quản trị đầu tiên (đường dẫn dùng một lần, 24 giờ): {link}")
    say(f"  Chat dòng lệnh:     {port}./banso chat")
    say(f"  Kênh đang mở:       {', '.join(['web, dòng lệnh, REST (POST /api/chat)', *_channel_names(service)])}")
    say(f"  Nhật ký:            {settings.data_path}/service.log, nlu.log")
    say("  Dừng:               Ctrl-C")


async def _once_database_answers(do: Callable[[Settings], Awaitable[T]], settings: Settings) -> T:
    """Do what needs the database; while it cannot be reached, wait: both may have been started together.

    Raises:
        SettingsError: It did not answer in time.
    """
    deadline = time.monotonic() + DATABASE_SECONDS
    while True:
        try:
            return await do(settings)
        except (SQLAlchemyError, OSError) as error:
            if not is_away(error) or time.monotonic() > deadline:
                if is_away(error):
                    raise SettingsError(unreachable(settings)) from None
                raise
        if time.monotonic() < deadline - DATABASE_SECONDS + 1:
            say("Cơ sở dữ liệu chưa trả lời; đang chờ…")
        await asyncio.sleep(1)


def _channel_names(service: Service) -> list[str]:
    names = {"telegram": "Telegram", "zalo_oa": "Zalo OA", "zalo_bot": "Zalo Bot"}
    return [f"{names.get(c.name, c.name)} ({'tự hỏi tin' if c.is_polling else 'webhook'})" for c in service.channels.values()]


async def _train(settings: Settings, files: Mapping[str, str], stop: asyncio.Event) -> Path:
    """Train in a thread, so that a signal is heard; the process ends when one comes."""
    training = asyncio.create_task(asyncio.to_thread(train_model, settings, say=say, files=files))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait([training, stopping], return_when=asyncio.FIRST_COMPLETED)
    if stop.is_set():
        say("\nĐã dừng khi đang huấn luyện; lần sau sẽ huấn luyện lại từ đầu.")
        shutil.rmtree(settings.data_path / "tmp", ignore_errors=True)
        os._exit(130)  # The trainer dies with us; waiting for it would take as long as training.
    stopping.cancel()
    return training.result()


def _stop_on_signals() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    return stop


def _check_port(settings: Settings) -> None:
    try:
        family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((settings.host, settings.port))
    except OSError as error:
        raise SettingsError(
            f"Không mở được cổng {settings.port} trên {settings.host} ({error.strerror}). "
            f"Hãy dừng chương trình đang dùng cổng này, hoặc chọn cổng khác: BANSO_PORT=8001 make run"
        ) from None


def _check_disk(settings: Settings) -> None:
    try:
        settings.data_path.mkdir(parents=True, exist_ok=True)
        probe = settings.data_path / ".write-test"
        probe.write_bytes(b"x")
        probe.unlink()
        free = shutil.disk_usage(settings.data_path).free
    except OSError as error:
        raise SettingsError(
            f"Không ghi được vào {settings.data_path} ({error.strerror}). Hãy chọn thư mục khác bằng BANSO_DATA_DIR."
        ) from None
    needed = LATER_RUN_FREE_BYTES if current_model(settings) else FIRST_RUN_FREE_BYTES
    if free < needed:
        raise SettingsError(
            f"Ổ đĩa chứa {settings.data_path} còn {free // 2**20} MB, cần ít nhất {needed // 2**20} MB. "
            "Hãy xoá bớt tệp, hoặc chọn thư mục khác bằng BANSO_DATA_DIR."
        )
