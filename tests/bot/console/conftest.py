"""What the tests of the console begin with: the whole app with published content, and people who are logged in."""

import asyncio
import re
import shutil
from collections.abc import AsyncIterator
from functools import cache
from pathlib import Path

import httpx
import pytest
from argon2 import PasswordHasher

from actions.curriculum.tree import read_tree
from actions.curriculum.versions import publish
from actions.learners.database import migrate, open_database
from actions.learners.repository import Repository
from actions.learners.staff import ROLES
from bot import clock
from bot.app import build_app
from bot.console import passwords
from bot.service import Service
from bot.settings import ROOT
from tests.conftest import KEYS, make_service

PASSWORD = "con trâu đi trước cái cày"


@cache
def project_tree():
    return read_tree(ROOT)


class Browser:
    """One browser at the console; puts the form's token into what it posts, and follows one redirect after it."""

    def __init__(self, transport, login=""):
        self.http = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000")
        self.login_name = login
        self.csrf = ""

    async def get(self, path, **values):
        response = await self.http.get(path, **values)
        found = re.search(r'name="csrf" value="([0-9a-f]+)"', response.text)
        if found:
            self.csrf = found[1]
        return response

    async def post(self, path, data=None, *, csrf=None, **values):
        data = {"csrf": self.csrf if csrf is None else csrf} | (data or {})
        return await self.http.post(path, data=data, **values)

    async def done(self, path, data=None, **values):
        """Post, and return the page that follows."""
        response = await self.post(path, data, **values)
        assert response.status_code == 303, (response.status_code, text_of(response))
        return await self.get(response.headers["location"])

    async def enter(self, login, password=PASSWORD, code=""):
        await self.get("/quantri/vao")
        return await self.post("/quantri/vao", {"login": login, "password": password, "code": code})


class Console:
    """The app, and people who use it."""

    def __init__(self, service, settings):
        self.service, self.repository = service, service.repository
        self.app = build_app(service, settings)
        self.transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        self._browsers = []

    def browser(self):
        made = Browser(self.transport)
        self._browsers.append(made)
        return made

    async def add(self, login, role, name=None):
        async with self.repository.transaction() as store:
            return await store.staff.add(login, name or login.title(), role, await hash_of_password(), clock.now())

    async def as_role(self, role, login=None):
        """Return a browser that somebody of a role is logged in with."""
        login = login or role
        async with self.repository.reading() as store:
            known = await store.staff.account_by_login(login)
        if known is None:
            await self.add(login, role)
        browser = self.browser()
        browser.login_name = login
        response = await browser.enter(login)
        assert response.status_code == 303, text_of(response)
        await browser.get("/quantri")
        return browser

    async def audited(self):
        async with self.repository.reading() as store:
            return [(entry.staff_name, entry.action, entry.subject) for entry in await store.staff.audit_log()]

    async def close(self):
        for browser in self._browsers:
            await browser.http.aclose()


@pytest.fixture(scope="session", autouse=True)
def _quick_hashes():
    """Let hashing a password take no time and memory to speak of."""
    passwords._HASHER = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)


_hashed = {}


async def hash_of_password():
    if not _hashed:
        _hashed["it"] = await passwords.hash_password(PASSWORD)
    return _hashed["it"]


def text_of(response):
    """What a page says, without its markup."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.text))


async def publish_project(repository, curriculum, tree=None):
    """Publish the project's content, or a part of its texts, as it is, without checking it again."""
    async with repository.transaction() as store:
        version, _ = await publish(store, curriculum.model_dump_json(), tree or project_tree(), clock.now())
        await store.contents.note_import((await store.contents.active()).tree, clock.now())
    return version


@pytest.fixture(scope="session")
def published(curriculum, tmp_path_factory) -> Path:
    """A SQLite database with the project's content, made once."""
    return published_in(tmp_path_factory.mktemp("published"), curriculum)


def published_in(folder: Path, curriculum, tree=None) -> Path:
    """Return a new SQLite database with published content."""
    path = folder / "published.sqlite3"
    migrate(f"sqlite:///{path}")

    async def fill():
        repository = Repository(open_database(f"sqlite:///{path}"), KEYS)
        await publish_project(repository, curriculum, tree)
        await repository.scrub()
        await repository.close()

    asyncio.run(fill())
    return path


@pytest.fixture
async def service(tmp_path, nlu, curriculum, normaliser, published) -> AsyncIterator[Service]:
    shutil.copyfile(published, tmp_path / "service.sqlite3")
    made = make_service(tmp_path / "service.sqlite3", nlu.url, curriculum, normaliser)
    await made.content.follow()
    yield made
    await made.close()


@pytest.fixture
async def console(service, settings) -> AsyncIterator[Console]:
    made = Console(service, settings)
    yield made
    await made.close()


@pytest.fixture(params=sorted(ROLES))
def role(request):
    return request.param
