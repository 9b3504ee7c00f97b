"""A whole learning path, walked in a real browser and by REST, with the real model and a frozen calendar."""

import asyncio
import contextlib
import logging
import re
import socket
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
import time_machine
import uvicorn
from playwright.async_api import Page, async_playwright, expect

from actions.learners.database import migrate
from bot.app import build_app
from bot.logs import configure_logs
from bot.settings import Settings
from tests.conftest import make_service
from tests.live.test_browser import _Server

pytestmark = [pytest.mark.nlu, pytest.mark.browser]

NAME = "Nguyễn Thị Vệt Dầu"
PATH = "nguoi-cao-tuoi"
MONDAY = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # nine in the morning in Vietnam
TUESDAY = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


@pytest.fixture
def nlu_url(running):
    command = Path(f"/proc/{running.nlu_pid()}/cmdline").read_text().split("\0")
    return f"http://127.0.0.1:{command[command.index('--port') + 1]}"


@pytest.fixture
def log_file(tmp_path):
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    configure_logs("DEBUG", tmp_path / "service.log")
    yield tmp_path / "service.log"
    root.handlers[:] = handlers
    root.setLevel(level)


@contextlib.asynccontextmanager
async def serving(tmp_path, nlu_url, port, curriculum, normaliser):
    """Start the service anew over the same database and port; stop it at the end."""
    service = make_service(tmp_path / "walk.sqlite3", nlu_url, curriculum, normaliser)
    settings = Settings(data_dir=tmp_path, port=port, sender_messages_per_minute=10_000)
    server = _Server(uvicorn.Config(build_app(service, settings), host="127.0.0.1", port=port, log_config=None))
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - Uvicorn has no event for it
        await asyncio.sleep(0.01)
    yield service
    server.should_exit = True
    await task


class Walker:
    """What a learner does on the page: presses, types, reads what came last."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def press(self, label: str) -> str:
        """Press the last button whose label opens so; return what is answered."""
        button = self.page.locator(".choices button", has_text=re.compile(rf"^\d+\. {re.escape(label)}")).last
        return await self._answered(button.click())

    async def type(self, text: str) -> str:
        await self.page.fill("#text", text)
        return await self._answered(self.page.keyboard.press("Enter"))

    async def answer(self, curriculum, *, is_right: bool) -> str:
        """Take a choice of the open question that is right, or one that is wrong."""
        asked = await self.page.locator(".bubble:not(.mine) .said").last.inner_text()
        question = next(q for x in curriculum.lessons.values() for q in x.questions.values() if _spoken(q.text, "bác") in asked)
        choice = next(c for c in question.choices if c.is_right == is_right)
        return await self.press(_spoken(choice.text, "bác"))

    async def _answered(self, doing) -> str:
        mine = self.page.locator(".bubble.mine")
        before = await mine.last.get_attribute("data-id") if await mine.count() else ""
        await doing
        await expect(mine.last).not_to_have_attribute("data-id", before)  # Their number tells nothing: erasing clears the page.
        await expect(mine.last.locator(".state")).to_have_text("")
        return await self.page.locator(".bubble.mine ~ .bubble:not(.mine)").evaluate_all(
            "(bubbles) => { const mine = [...document.querySelectorAll('.bubble.mine')].pop();"
            " return bubbles.filter((b) => mine.compareDocumentPosition(b) & 4).map((b) => b.innerText).join('\\n'); }"
        )


def _spoken(text: str, address: str) -> str:
    text = re.sub(r"\{\{\s*ban\s*\}\}", address, text)
    return re.sub(r"\{\{\s*Ban\s*\}\}", address.capitalize(), text)


async def finish_by_rest(client: httpx.AsyncClient, sender: str, curriculum) -> str:
    """Pass all lessons of the path that are left, as a program would; return the last text."""

    async def tap(value):
        response = (await client.post("/api/chat", json={"sender": sender, "choice": value})).raise_for_status().json()
        choices = [c for reply in response["replies"] for c in reply["choices"]]
        return "\n".join(reply["text"] for reply in response["replies"]), [c["value"] for c in choices]

    text = ""
    for slug in curriculum.paths[PATH].lessons[1:]:
        lesson = curriculum.lessons[slug]
        for step in range(1, len(lesson.steps) + 1):
            await tap(f"step:{slug}:{step}")
        text, values = await tap(f"quiz:{slug}")
        for _ in range(3):
            question = lesson.questions[values[0].split(":")[2]]
            right = next(str(n) for n, c in enumerate(question.choices) if c.is_right)
            text, values = await tap(next(v for v in values if v.startswith("pick:") and v.endswith(f":{right}")))
    return text


async def test_a_whole_path(  # noqa: PLR0915 - one walk, told from its beginning to its end
    tmp_path, nlu_url, curriculum, normaliser, log_file
):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    first = curriculum.lessons[curriculum.paths[PATH].lessons[0]]
    migrate(f"sqlite:///{tmp_path / 'walk.sqlite3'}")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=_chromium(), args=["--no-sandbox"])
        page = await browser.new_page(viewport={"width": 390, "height": 800})
        walker = Walker(page)

        with time_machine.travel(MONDAY, tick=True):
            async with serving(tmp_path, nlu_url, port, curriculum, normaliser):
                await page.goto(address)
                assert "đồng ý" in await walker.press("Học mỗi ngày một bài")
                assert "gọi bạn là gì" in await walker.press("Đồng ý, nhớ giúp tôi")
                assert "giống bác nhất" in await walker.press("bác")  # the second question
                assert "Người cao tuổi" in await walker.press("Tôi lớn tuổi")
                assert f"(1/{len(first.steps)})" in await walker.press("Bắt đầu")
                await walker.press("Tiếp")
                assert f"(3/{len(first.steps)})" in await walker.type("tiếp")

                said = await walker.type("mã otp là gì hả cháu")
                assert "OTP" in said
                assert f"bước 3/{len(first.steps)}" in said

        with time_machine.travel(TUESDAY, tick=True):
            async with serving(tmp_path, nlu_url, port, curriculum, normaliser):
                await page.reload()
                assert "học tiếp" in (await walker.type("/start")).lower()
                said = await walker.press(f"Học tiếp: {first.title}")
                assert f"Hôm qua bác đang ở bước 3/{len(first.steps)}" in said
                for _ in range(3, len(first.steps)):
                    await walker.press("Tiếp")
                await walker.press("Làm câu đố")
                for _ in range(3):
                    said = await walker.answer(curriculum, is_right=False)
                assert "đúng 0/3" in said
                first_sitting = set(_asked(tmp_path))
                await walker.press("Làm lại với câu khác")
                for _ in range(3):
                    said = await walker.answer(curriculum, is_right=True)
                assert "đúng 3/3" in said
                assert "đã qua bài" in said
                assert len(set(_asked(tmp_path)) - first_sitting) == 3
                assert "ngày mai" in await walker.type("/onlai")

        with time_machine.travel(datetime(2026, 11, 25, 2, 0, tzinfo=UTC), tick=True):
            async with serving(tmp_path, nlu_url, port, curriculum, normaliser):
                await page.reload()
                assert "Mình ôn lại 3 câu" in await walker.type("/onlai")
                for _ in range(3):
                    said = await walker.answer(curriculum, is_right=True)
                assert "đúng 3/3" in said
                said = await walker.type("/tiendo")
                assert "đã qua 1/40 bài" in said
                await expect(page.locator(".picture img").last).to_have_js_property("complete", True)
                assert await page.locator(".picture img").last.evaluate("(image) => image.naturalWidth") == 800

                sender = await page.evaluate("JSON.parse(localStorage.getItem('banso.sender'))")
                async with httpx.AsyncClient(base_url=address, timeout=20) as client:
                    assert "qua đủ 9 bài" in await finish_by_rest(client, sender, curriculum)
                assert "đã qua 9/40 bài" in await walker.type("/tiendo")
                await walker.press("Giấy chứng nhận")
                assert NAME in await walker.type(NAME)
                said = await walker.press("Đúng, cấp giấy")
                code = re.search(r"Mã giấy: (\w+)", said)[1]

                await page.goto(f"{address}/chungnhan/{code}")
                await expect(page.locator("h1")).to_have_text("Giấy chứng nhận có thật")
                await expect(page.locator("dd").first).to_have_text(NAME)
                assert await page.locator("img.sheet").evaluate("(image) => image.decode().then(() => image.naturalWidth)") == 1200
                await page.goto(address)

                assert f"Tên bác chọn: {NAME}" in await walker.type("/dulieucuatoi")
                said = await walker.press("Tải dữ liệu của tôi")
                async with httpx.AsyncClient(timeout=20) as client:
                    link = re.search(r"http\S+/dulieu/\w+", said)[0].replace("http://127.0.0.1/", f"{address}/")
                    exported = (await client.get(f"{link}.json")).raise_for_status().json()
                assert exported["learner"][0]["name"] == NAME
                assert len(exported["attempts"]) == 6 + 3 + 24
                learner = exported["learner"][0]["id"]

                await walker.type("/xoadulieu")
                said = await walker.press("Xoá, tôi chắc chắn")
                assert "Đã xoá xong" in said
                await page.goto(f"{address}/chungnhan/{code}")
                await expect(page.locator("h1")).to_have_text("Không có giấy chứng nhận này")
                await page.goto(address)
                stored = await page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
                assert sender not in stored
                assert NAME not in stored
        await browser.close()

    for path in tmp_path.glob("walk.sqlite3*"):
        found = path.read_bytes()
        assert [word for word in (sender, learner, NAME, code) if word.encode() in found] == [], path.name
    logged = log_file.read_text(encoding="utf-8")
    assert "turn.done" in logged
    assert [word for word in (sender, learner, NAME, code) if word in logged] == []


def _asked(tmp_path: Path) -> list[str]:
    with sqlite3.connect(tmp_path / "walk.sqlite3") as connection:
        return [row[0] for row in connection.execute("SELECT question FROM attempts WHERE kind = 'quiz'")]


def _chromium() -> str | None:
    import os
    import shutil

    return os.environ.get("BANSO_TEST_CHROMIUM") or shutil.which("chromium")
