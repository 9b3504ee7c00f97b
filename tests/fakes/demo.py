"""The demo page: the whole service against the fakes of Telegram, Zalo OA and Zalo Bot, seen from the citizen's phone.

`python -m tests.fakes.demo` starts the fakes, the service and the page, and stops them at
Ctrl-C. The page's port is `BANSO_DEMO_PORT` (8090); the service writes into `BANSO_DATA_DIR`,
or into a folder that is thrown away. With `--phones-only` no service is started.
"""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from bot.nlu.parenthood import die_with_parent
from bot.settings import ROOT
from tests.fakes.telegram_server import FakeTelegram
from tests.fakes.zalo_bot_server import FakeZaloBot
from tests.fakes.zalo_oa_server import FakeZaloOA

HERE = Path(__file__).parent
PORT = 8090
CALLS_SHOWN = 40
STOP_SECONDS = 40
SECRETS = {"secret_token", "access_token", "refresh_token", "app_secret", "secret_key"}
PHOTO, VOICE, STICKER = "[Ảnh]", "[Tin nhắn thoại]", "[Nhãn dán]"
HIDDEN = "[Nội dung mà Zalo không chuyển cho bot]"


class Phone:
    """One citizen's phone with one channel open; what both sides said, in order.

    `actions` are the buttons below the text box, with what the citizen sees of their tap. Each
    channel brings its own `calls` (the last calls of the vendor's API, one a line, without
    tokens), `_messages` and `_shown` (what the bot said), `_say` and `_do`, and `_tap` and
    `_vote` where it has buttons and polls.
    """

    name = title = note = ""
    actions: dict[str, tuple[str, str]] = {}  # noqa: RUF012 - each phone has its own, and none changes

    def __init__(self) -> None:
        self._said: list[dict[str, Any]] = []
        self._heard = 0
        self.pictures: list[bytes] = []

    async def act(self, action: str, value: Any) -> None:
        """Do what the citizen does: `text`, `tap`, `vote`, or one of `actions`."""
        self.timeline()  # What the bot said before stands above.
        if action == "text":
            self._mine(str(value))
            await self._say(str(value))
        elif action == "tap":
            self._note(f"Bạn bấm: {value['label']}")
            await self._tap(value)
        elif action == "vote":
            await self._vote(value)
        elif action in self.actions:
            shown = self.actions[action][1]
            (self._note if action in ("follow", "unfollow", "withdraw") else self._mine)(shown)
            await self._do(action)
        else:
            raise ValueError(f"{self.name}: không có {action!r}")

    def timeline(self) -> list[dict[str, Any]]:
        """Return what was said on both sides, oldest first."""
        messages = self._messages()
        for message in messages[self._heard :]:
            self._said.append({"side": "bot"} | self._shown(message))
        self._heard = len(messages)
        return self._said

    def _mine(self, text: str) -> None:
        self._said.append({"side": "me", "text": text})

    def _note(self, text: str) -> None:
        self._said.append({"side": "note", "text": text})

    def _picture(self, data: bytes | None) -> str | None:
        if data is None:
            return None
        self.pictures.append(data)
        return f"/picture/{self.name}/{len(self.pictures) - 1}"

    async def _tap(self, button: dict[str, Any]) -> None:
        raise ValueError(f"{self.name}: kênh này không có nút bấm")

    async def _vote(self, choice: dict[str, Any]) -> None:
        raise ValueError(f"{self.name}: kênh này không có câu đố bình chọn")


class TelegramPhone(Phone):
    """Buttons below the message, native quiz polls, pictures as files."""

    name, title, note = "telegram", "Telegram", "Hỏi tin (polling)"
    actions = {  # noqa: RUF012
        "photo": ("Ảnh", PHOTO),
        "voice": ("Thoại", VOICE),
        "sticker": ("Nhãn dán", STICKER),
        "document": ("Tệp", "[Tệp don.pdf]"),
        "location": ("Vị trí", "[Vị trí]"),
        "start": ("/start", "/start"),
        "unfollow": ("Chặn bot", "Bạn chặn bot"),
        "follow": ("Bỏ chặn", "Bạn bỏ chặn bot"),
    }
    CHAT = 700100

    def __init__(self, fake: FakeTelegram) -> None:
        super().__init__()
        self._fake = fake
        self._votes: dict[str, int] = {}

    def calls(self) -> list[str]:
        return [_line(c.code, c.method, c.parameters) for c in self._fake.calls if c.method != "getUpdates"][-CALLS_SHOWN:]

    def timeline(self) -> list[dict[str, Any]]:
        """Return what was said; a poll tells what is right once it was voted in."""
        said = super().timeline()
        return [entry | {"poll": self._seen_poll(entry["poll"])} if entry.get("poll") else entry for entry in said]

    def _messages(self) -> list[Any]:
        return self._fake.messages(self.CHAT)

    def _shown(self, message: Any) -> dict[str, Any]:
        rows = [[{"label": b.text, "data": b.data, "message": message.message_id} for b in row] for row in message.rows]
        return {"text": message.text, "rows": rows, "picture": self._picture(message.picture), "poll": message.poll}

    def _seen_poll(self, poll: dict[str, Any]) -> dict[str, Any]:
        seen = {"id": poll["id"], "question": poll["question"], "options": [o["text"] for o in poll["options"]]}
        if poll["id"] not in self._votes:
            return seen
        return seen | {
            "vote": self._votes[poll["id"]],
            "right": poll.get("correct_option_ids") or [],
            "explanation": poll.get("explanation"),
        }

    async def _say(self, text: str) -> None:
        await self._fake.say(self.CHAT, text)

    async def _tap(self, button: dict[str, Any]) -> None:
        await self._fake.tap(self.CHAT, int(button["message"]), str(button["data"]))

    async def _vote(self, choice: dict[str, Any]) -> None:
        await self._fake.vote(self.CHAT, str(choice["poll"]), int(choice["option"]))
        self._votes[str(choice["poll"])] = int(choice["option"])

    async def _do(self, action: str) -> None:
        if action == "start":
            await self._say("/start")
        elif action in ("follow", "unfollow"):
            await self._fake.block(self.CHAT, is_blocked=action == "unfollow")
        else:
            await getattr(self._fake, f"send_{action}")(self.CHAT)


class ZaloOAPhone(Phone):
    """Up to five buttons below the message; a hidden tap is not shown as a message of one's own."""

    name, title, note = "zalo_oa", "Zalo OA", "Webhook"
    actions = {  # noqa: RUF012
        "image": ("Ảnh", PHOTO),
        "audio": ("Thoại", VOICE),
        "sticker": ("Nhãn dán", STICKER),
        "location": ("Vị trí", "[Vị trí]"),
        "link": ("Đường link", "[Đường link vi-du.example/qua]"),
        "follow": ("Quan tâm", "Bạn quan tâm OA"),
        "unfollow": ("Bỏ quan tâm", "Bạn bỏ quan tâm OA"),
        "withdraw": ("Rút dữ liệu", "Bạn yêu cầu Zalo xoá dữ liệu"),
    }
    USER = "7001002003004005006"

    def __init__(self, fake: FakeZaloOA) -> None:
        super().__init__()
        self._fake = fake

    def calls(self) -> list[str]:
        return [_line(c.error, c.path, c.document) for c in self._fake.calls][-CALLS_SHOWN:]

    def _messages(self) -> list[Any]:
        return self._fake.messages(self.USER)

    def _shown(self, message: Any) -> dict[str, Any]:
        rows = [[{"label": b.title, "data": b.payload}] for b in message.buttons]
        return {"text": message.text, "rows": rows, "picture": self._picture(message.picture)}

    async def _say(self, text: str) -> None:
        await self._fake.say(self.USER, text)

    async def _tap(self, button: dict[str, Any]) -> None:
        await self._fake.tap(self.USER, str(button["data"]))

    async def _do(self, action: str) -> None:
        if action in ("follow", "unfollow", "withdraw"):
            await getattr(self._fake, action)(self.USER)
        else:
            await self._fake.send(self.USER, action)


class ZaloBotPhone(Phone):
    """No buttons at all: menus are answered by number."""

    name, title, note = "zalo_bot", "Zalo Bot", "Hỏi tin (getUpdates)"
    actions = {  # noqa: RUF012
        "image": ("Ảnh", PHOTO),
        "voice": ("Thoại", VOICE),
        "sticker": ("Nhãn dán", STICKER),
        "unsupported": ("Nội dung bị ẩn", HIDDEN),
    }
    USER = "6ede1f0a5b2c3d4e5f60"

    def __init__(self, fake: FakeZaloBot) -> None:
        super().__init__()
        self._fake = fake

    def calls(self) -> list[str]:
        return [_line(c.code, c.method, c.parameters) for c in self._fake.calls if c.method != "getUpdates"][-CALLS_SHOWN:]

    def _messages(self) -> list[Any]:
        return self._fake.messages(self.USER)

    def _shown(self, message: Any) -> dict[str, Any]:
        return {"text": message["text"], "picture": message.get("photo")}

    async def _say(self, text: str) -> None:
        await self._fake.say(self.USER, text)

    async def _do(self, action: str) -> None:
        await getattr(self._fake, f"send_{action}")(self.USER)


class ServiceProcess:
    """The real service as our child, set up for the fakes."""

    def __init__(self, data_dir: Path, environment: dict[str, str]) -> None:
        self.port = _free_port()
        self.state = "đang khởi động"
        self._environment = environment | {"BANSO_DATA_DIR": str(data_dir), "BANSO_PORT": str(self.port)}

    async def run(self) -> None:
        """Start it, and keep `state` up to date until it ends; cancelled, stop it as Ctrl-C would."""
        process = await asyncio.create_subprocess_exec(
            ROOT / "banso", "run", cwd=ROOT, env=os.environ | self._environment, stdin=asyncio.subprocess.DEVNULL,
            start_new_session=True, preexec_fn=die_with_parent,
        )  # fmt: skip
        ended = asyncio.create_task(process.wait())
        try:
            await self._watch(ended)
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGINT)
                await asyncio.wait({ended}, timeout=STOP_SECONDS)
            if process.returncode is None:
                process.kill()

    async def _watch(self, ended: asyncio.Task[int]) -> None:
        async with httpx.AsyncClient(trust_env=False) as client:
            while not ended.done():
                with contextlib.suppress(httpx.HTTPError):
                    answer = await client.get(f"http://127.0.0.1:{self.port}/healthz/ready", timeout=2)
                    self.state = "sẵn sàng" if answer.status_code == 200 else "đang khởi động"
                await asyncio.wait({ended}, timeout=1)
        self.state = f"đã dừng (mã {ended.result()})"


class _Server(uvicorn.Server):
    """Uvicorn without signal handlers of its own: `main` has them."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def build_page(phones: list[Phone], state: Any) -> Starlette:
    """Return the page; `state` gives the service's state in words."""
    by_name = {phone.name: phone for phone in phones}

    async def look(_: Request) -> Response:
        shown = [
            {
                "name": phone.name,
                "title": phone.title,
                "note": phone.note,
                "actions": {action: label for action, (label, _) in phone.actions.items()},
                "timeline": phone.timeline(),
                "calls": phone.calls(),
            }
            for phone in phones
        ]
        return JSONResponse({"service": state(), "phones": shown})

    async def act(request: Request) -> Response:
        try:
            document = json.loads(await request.body())
            await by_name[document["phone"]].act(document["action"], document.get("value"))
        except (ValueError, KeyError, TypeError, StopIteration) as error:
            return JSONResponse({"detail": str(error)}, 400)
        return JSONResponse({})

    async def picture(request: Request) -> Response:
        phone = by_name.get(request.path_params["phone"])
        number = request.path_params["number"]
        if phone is None or number >= len(phone.pictures):
            return Response(status_code=404)
        return Response(phone.pictures[number], media_type="image/png")

    def file(name: str) -> Any:
        return lambda _: FileResponse(HERE / name, headers={"Cache-Control": "no-cache"})

    routes = [
        Route("/", file("demo_page.html")),
        Route("/demo_page.js", file("demo_page.js")),
        Route("/demo_page.css", file("demo_page.css")),
        Route("/state", look),
        Route("/act", act, methods=["POST"]),
        Route("/picture/{phone}/{number:int}", picture),
    ]
    return Starlette(routes=routes, middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"])])


@contextlib.asynccontextmanager
async def vendors() -> AsyncIterator[tuple[list[Phone], FakeTelegram, FakeZaloOA, FakeZaloBot]]:
    """Run the three fakes; yield a phone for each, and the fakes."""
    async with FakeTelegram() as telegram, FakeZaloOA() as oa, FakeZaloBot() as zalo_bot:
        yield [TelegramPhone(telegram), ZaloOAPhone(oa), ZaloBotPhone(zalo_bot)], telegram, oa, zalo_bot


def service_environment(telegram: FakeTelegram, oa: FakeZaloOA, zalo_bot: FakeZaloBot) -> dict[str, str]:
    """Return the settings of a service that knows nobody but the fakes."""
    return oa.environment() | {
        "BANSO_PUBLIC_URL": "",
        "BANSO_TELEGRAM_TOKEN": telegram.token, "BANSO_TELEGRAM_API_URL": telegram.url, "BANSO_TELEGRAM_MODE": "polling",
        "BANSO_ZALO_BOT_TOKEN": zalo_bot.token, "BANSO_ZALO_BOT_API_URL": zalo_bot.url, "BANSO_ZALO_BOT_MODE": "polling",
    }  # fmt: skip


async def run(port: int, data_dir: Path, *, has_service: bool) -> int:
    """Run everything until a signal comes; return the exit status."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with vendors() as (phones, *fakes):
        service = ServiceProcess(data_dir, service_environment(*fakes))
        fakes[1].webhook_url = f"http://127.0.0.1:{service.port}/hooks/zalo-oa" if has_service else ""
        page = build_page(phones, lambda: service.state if has_service else "không chạy")
        server = _Server(uvicorn.Config(page, host="127.0.0.1", port=port, log_level="warning"))
        serving, stopping = asyncio.create_task(server.serve()), asyncio.create_task(stop.wait())
        beside = [stopping, *([asyncio.create_task(service.run())] if has_service else [])]
        print(f"Trang thử các kênh: http://127.0.0.1:{port}  (Ctrl-C để dừng)", flush=True)
        await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
        server.should_exit = True
        for task in beside:
            task.cancel()
        await asyncio.gather(serving, *beside, return_exceptions=True)
    return 0 if stop.is_set() else 1


def main() -> int:
    """Run the demo in a given or a passing data folder."""
    port = int(os.environ.get("BANSO_DEMO_PORT") or PORT)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            print(f"Lỗi: cổng {port} đang có chương trình khác dùng. Hãy chọn cổng khác: BANSO_DEMO_PORT=8091", file=sys.stderr)
            return 1
    has_service = "--phones-only" not in sys.argv[1:]
    given = os.environ.get("BANSO_DATA_DIR", "")
    with tempfile.TemporaryDirectory(prefix="banso-demo-") as passing:
        data_dir = ROOT / given if given else Path(passing)
        trained = ROOT / "var" / "models"
        if has_service and trained.is_dir() and not (data_dir / "models").exists():
            shutil.copytree(trained, data_dir / "models")  # Training again would take a while.
        return asyncio.run(run(port, data_dir, has_service=has_service))


def _line(code: int | None, name: str, parameters: dict[str, Any]) -> str:
    return f"{'không đáp' if code is None else code}  {name}  {json.dumps(_shown_value(parameters), ensure_ascii=False)}"


def _shown_value(value: Any) -> Any:
    """Return a value as it may be shown: no secrets, no bytes."""
    if isinstance(value, dict):
        return {key: "•••" if key in SECRETS else _shown_value(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_shown_value(inner) for inner in value]
    return f"({len(value)} byte)" if isinstance(value, bytes) else value


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
