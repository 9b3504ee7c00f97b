"""The check of all source addresses: what each answer means, politeness, and what is kept of it."""

import asyncio
from collections import defaultdict
from datetime import date, timedelta

import httpx
import pytest

from actions.curriculum.model import Source
from actions.curriculum.versions import publish
from actions.learners.content_checks import LINKS
from actions.learners.database import migrate
from bot import clock
from bot.links import (
    FAILING,
    GONE,
    MOVED,
    OK,
    REFUSED,
    UNREACHABLE,
    LinkChecker,
    LinkState,
    check_links,
    describe,
    document_of,
    open_client,
)
from bot.secret_key import open_repository
from bot.settings import SettingsError

NOW = clock.now()


class Pages:
    """A little web server: says what a path asks for, and notes who asked for what, and how many at once."""

    def __init__(self):
        self.asked = []
        self.agents = set()
        self.at_once = self.at_once_max = 0
        self.failures = defaultdict(int)

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_):
        self._server.close()
        await self._server.wait_closed()

    def at(self, path, host="127.0.0.1"):
        return f"http://{host}:{self.port}/{path}"

    async def _serve(self, reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        path = head.split(" ")[1].strip("/")
        self.asked.append(path)
        self.agents |= {line for line in head.split("\r\n") if line.lower().startswith("user-agent")}
        self.at_once += 1
        self.at_once_max = max(self.at_once, self.at_once_max)
        await asyncio.sleep(0.02)
        writer.write(self._answer(path))
        self.at_once -= 1
        writer.close()

    def _answer(self, path):
        if path == "cut":
            return b""
        if path == "nonsense":
            return b"what?\r\n\r\n"
        if path == "once" and not self.failures["once"]:
            self.failures["once"] += 1
            path = "503"
        code = int(path) if path.isdecimal() else 302 if path.startswith(("to-", "loop")) else 200
        to = {"to-ok": self.at("fine"), "to-other": self.at("fine", "localhost"), "to-404": self.at("404"), "loop": self.at("loop")}.get(
            path
        )
        location = f"Location: {to}\r\n" if to else ""
        return f"HTTP/1.1 {code} X\r\n{location}Content-Length: 5\r\nConnection: close\r\n\r\nhello".encode()


@pytest.fixture
async def pages():
    async with Pages() as server:
        yield server


async def states_of(addresses, **options):
    async with open_client(timeout_seconds=2.0) as client:
        return await LinkChecker(client, pause_seconds=0, **options).check_all(addresses)


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        pytest.param("fine", OK, 200, id="there"),
        pytest.param("to-ok", OK, 200, id="moved on the same host"),
        pytest.param("to-other", MOVED, 200, id="moved to another host"),
        pytest.param("404", GONE, 404, id="not found"),
        pytest.param("410", GONE, 410, id="gone"),
        pytest.param("to-404", GONE, 404, id="led to nothing"),
        pytest.param("403", REFUSED, 403, id="refuses machines"),
        pytest.param("429", REFUSED, 429, id="too many requests"),
        pytest.param("500", FAILING, 500, id="server error"),
        pytest.param("loop", FAILING, 0, id="redirects without end"),
        pytest.param("once", OK, 200, id="away for a moment"),
        pytest.param("cut", UNREACHABLE, 0, id="hangs up"),
        pytest.param("nonsense", UNREACHABLE, 0, id="no HTTP"),
    ],
)
async def test_what_an_address_answers(pages, path, status, code):
    address = pages.at(path)

    found = (await states_of([address]))[address]

    assert (found.status, found.code) == (status, code)


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("http://127.0.0.1:1/", id="nobody listens"),
        pytest.param("https://[::1", id="no address"),
        pytest.param("ftp://127.0.0.1/", id="another protocol"),
        pytest.param("", id="empty"),
        pytest.param("http://127.0.0.1:99999/", id="no such port"),
    ],
)
async def test_what_cannot_be_asked_is_unreachable(address):
    assert (await states_of([address]))[address] == LinkState(UNREACHABLE)


async def test_one_at_a_time_on_a_host_and_it_is_told_who_asks(pages):
    await states_of([pages.at(f"page-{n}") for n in range(6)])

    assert len(pages.asked) == 6
    assert pages.at_once_max == 1
    assert [agent for agent in pages.agents if "BanSo" in agent] == list(pages.agents)


async def test_only_so_many_hosts_are_asked_at_once(pages):
    async with await asyncio.start_server(pages._serve, "0.0.0.0", 0) as everywhere:
        pages.port = everywhere.sockets[0].getsockname()[1]
        addresses = [pages.at(f"page-{n}", f"127.0.0.{n + 1}") for n in range(8)]

        found = await states_of(addresses, at_once=3)

    assert {state.status for state in found.values()} == {OK}
    assert pages.at_once_max <= 3


def test_an_address_stays_dead_since_it_was_first_found_so():
    first = document_of({"a": LinkState(GONE, 404, "a"), "b": LinkState(GONE, 404, "b")}, {}, NOW)

    second = document_of({"a": LinkState(FAILING, 500, "a"), "b": LinkState(OK, 200, "b")}, first, NOW + timedelta(days=3))
    third = document_of({"b": LinkState(GONE, 404, "b")}, second, NOW + timedelta(days=5))

    assert second["addresses"]["a"]["since"] == NOW.isoformat()
    assert second["addresses"]["b"]["since"] is None
    assert third["addresses"] == {"b": {"status": GONE, "code": 404, "final": "b", "since": (NOW + timedelta(days=5)).isoformat()}}


def test_the_command_names_what_asks_for_a_look_only():
    said = describe({"https://a": LinkState(OK, 200, "https://a"), "https://b": LinkState(GONE, 404, "https://b")})

    assert said.splitlines() == [
        "Đã kiểm tra 2 địa chỉ nguồn:",
        "   1  mở được",
        "   1  trang không còn",
        "trang không còn (404): https://b",
    ]


async def published(settings, curriculum, *addresses):
    """Publish one answer that names these sources, and no other."""
    migrate(settings.effective_database_url)
    repository = await open_repository(settings)
    sources = tuple(Source(title=address[-12:], address=address, read_on=date(2026, 1, 1)) for address in addresses)
    answer = next(a for a in curriculum.answers.values() if not a.is_retired).model_copy(update={"sources": sources})
    small = {"answers": {answer.slug: answer}, "facts": {}, "lessons": {}, "guides": {}, "drills": {}}
    async with repository.transaction() as store:
        await publish(store, curriculum.model_copy(update=small).model_dump_json(), {}, clock.now())
    return repository


async def test_what_was_found_is_kept_for_the_page(settings, curriculum, pages):
    repository = await published(settings, curriculum, pages.at("fine"), pages.at("404"))
    async with open_client() as client:
        states = await check_links(settings, LinkChecker(client, pause_seconds=0))

    async with repository.reading() as store:
        kept = await store.content_checks.found(LINKS)
    await repository.close()
    assert {address: found["status"] for address, found in kept.document["addresses"].items()} == {
        pages.at("fine"): OK,
        pages.at("404"): GONE,
    }
    assert set(states) == {pages.at("fine"), pages.at("404")}


async def test_a_machine_without_a_network_keeps_what_was_found_before(settings, curriculum):
    repository = await published(settings, curriculum, "http://127.0.0.1:1/a", "http://127.0.0.1:1/b")
    async with repository.transaction() as store:
        await store.content_checks.keep(LINKS, {"addresses": {"before": {}}}, NOW)

    async with httpx.AsyncClient() as client:
        with pytest.raises(SettingsError, match="không ra mạng được"):
            await check_links(settings, LinkChecker(client, pause_seconds=0))

    async with repository.reading() as store:
        kept = await store.content_checks.found(LINKS)
    await repository.close()
    assert kept.document == {"addresses": {"before": {}}}


async def test_nothing_published_says_what_to_do(settings):
    settings.data_path.mkdir(parents=True, exist_ok=True)

    with pytest.raises(SettingsError, match="content publish"):
        await check_links(settings)
