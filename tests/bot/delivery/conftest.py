"""Fixtures of the tests of delivery: databases of both kinds, replicas, a vendor and its channel, a spool."""

import pytest
import structlog

from actions.learners.database import open_database
from actions.learners.repository import Repository
from bot.delivery import running, sender, worker
from bot.delivery.running import Delivery
from bot.delivery.spool import Spool
from tests.bot.delivery.given import make_replica
from tests.conftest import KEYS
from tests.fakes.line_channel import LineChannel, LineVendor
from tests.prepared_databases import BOTH, prepared


@pytest.fixture(params=BOTH)
def database_url(request, tmp_path):
    return prepared(request, tmp_path)


@pytest.fixture
async def repository(database_url):
    opened = Repository(open_database(database_url), KEYS)
    yield opened
    await opened.close()


@pytest.fixture
async def other(database_url):
    """Another replica's hand on the same database."""
    opened = Repository(open_database(database_url), KEYS)
    yield opened
    await opened.close()


@pytest.fixture(autouse=True)
def logged():
    """What was logged; nothing is written."""
    with structlog.testing.capture_logs() as entries:
        yield entries


@pytest.fixture
async def vendor():
    return LineVendor()


@pytest.fixture
async def channel(vendor):
    return LineChannel(vendor)


@pytest.fixture
def spool(tmp_path):
    made = Spool(tmp_path / "spool", KEYS)
    made.open()
    yield made
    made.close()


@pytest.fixture
async def replicas(database_url, nlu, curriculum, normaliser, vendor):
    """Make services over one database and one vendor; each has a channel of its own."""
    made = []

    def make(**options):
        channel = LineChannel(vendor, **options.pop("line", {}))
        made.append(make_replica(database_url, nlu, curriculum, normaliser, [channel], **options))
        return made[-1]

    yield make
    for service in made:
        await service.close()


@pytest.fixture
async def service(replicas):
    return replicas()


@pytest.fixture
def quick(monkeypatch):
    """Let nothing that runs by itself wait long."""
    for module in (worker, sender):
        monkeypatch.setattr(module, "POLL_SECONDS", 0.02)
    monkeypatch.setattr(worker, "DATABASE_RETRY_SECONDS", 0.02)
    monkeypatch.setattr(running, "RETRY_SECONDS", (0.01,))
    monkeypatch.setattr(running, "REPLAY_SECONDS", 0.02)
    monkeypatch.setattr(running, "GAUGES_SECONDS", 0.02)


@pytest.fixture
async def start():
    """Start delivery of a service; whatever still runs at the end is stopped."""
    started = []

    def begin(service):
        started.append(Delivery(service))
        started[-1].start()
        return started[-1]

    yield begin
    for delivery in started:
        await delivery.stop()


@pytest.fixture
def spools(tmp_path):
    """Make spools in one folder, each as a process of its own would."""
    made = []

    def make():
        made.append(Spool(tmp_path / "spool", KEYS))
        made[-1].open()
        return made[-1]

    yield make
    for spool in made:
        spool.close()
