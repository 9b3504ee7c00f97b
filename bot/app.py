"""The composition root: builds the service and its web app from settings."""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator
from datetime import timedelta

from fastapi import FastAPI

from actions.curriculum.versions import active
from actions.learners.repository import Repository
from bot.channels.base import Surroundings, open_channels
from bot.console import app as console
from bot.delivery.running import Delivery
from bot.delivery.spool import Spool
from bot.delivery.vault import DatabaseVault
from bot.metrics import Metrics
from bot.models.jobs import JobRunner
from bot.nlu.normalisation import read_normaliser
from bot.secret_key import open_repository
from bot.service import Doors, Retention, Service
from bot.settings import ROOT, Settings, SettingsError
from bot.statistics.files import FileRunner
from bot.turn import TurnHandler
from bot.understanding import NluClient
from bot.web import api, documents, hooks, open_statistics, page, pictures, problems
from bot.web.limits import BodyLimit, RateLimits
from bot.web.own_pages import OwnPages

LEXICON = ROOT / "training_data" / "lexicon.yml"


async def build_service(settings: Settings, nlu_url: str) -> Service:
    """Build the service from its settings.

    Raises:
        SettingsError: Nothing is published yet, or the key cannot be read.
    """
    repository = await open_repository(settings)
    published = await active(repository)
    if published is None:
        raise SettingsError("Chưa có nội dung nào được xuất bản; hãy chạy: ./banso content publish")
    version, curriculum = published
    nlu = NluClient(nlu_url, settings.nlu_timeout_seconds)
    turns = TurnHandler(curriculum, nlu, read_normaliser(LEXICON))
    spool = Spool(settings.data_path / "spool", repository.keys)
    spool.open()
    pages = OwnPages()
    service = Service(
        turns, nlu, repository, Metrics(), content_version=version, public_url=settings.effective_public_url,
        retention=Retention(timedelta(days=settings.unanswered_retention_days), timedelta(days=settings.learner_retention_days)),
        doors=Doors(open_channels(_surroundings(settings, repository, pages)), spool, settings.worker_turns_at_once),
    )  # fmt: skip
    service.pages = pages
    return service


def _surroundings(settings: Settings, repository: Repository, pages: OwnPages) -> Surroundings:
    holder = uuid.uuid4().hex

    def vault(channel: str, account: str) -> DatabaseVault:
        return DatabaseVault(repository, holder, channel, account)

    return Surroundings(settings, pages.picture, vault, repository.keys.secret_for)


def build_app(service: Service, settings: Settings) -> FastAPI:
    """Build the web app around a service; the app's life is the service's."""

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        jobs = JobRunner(service.repository, settings, service.id)
        files = FileRunner(service.repository, settings, service.id)
        watches = [asyncio.create_task(part) for part in (service.watch(), service.follow_content(), jobs.run(), files.run())]
        delivery = Delivery(service)
        delivery.start()
        try:
            yield
        finally:
            for watch in watches:
                watch.cancel()
            await asyncio.gather(*watches, return_exceptions=True)
            await delivery.stop()
            await service.close()

    app = FastAPI(title="Bạn Số", lifespan=lifespan, docs_url=None, redoc_url=None)
    problems.install(app)
    limits = RateLimits(settings.sender_messages_per_minute, settings.address_requests_per_minute)
    app.include_router(api.make_router(service, limits, settings.max_text_characters))
    app.include_router(api.make_health_router(service))
    app.include_router(hooks.make_router(service))
    app.include_router(page.make_router())
    app.include_router(pictures.make_router(service, settings.effective_public_url))
    app.include_router(documents.make_router(service, settings.effective_public_url))
    app.include_router(open_statistics.make_router(service))
    console.install(app, service, settings)
    app.add_middleware(BodyLimit)
    app.add_middleware(page.SecurityHeaders, is_https=settings.effective_public_url.startswith("https://"))
    service.pages.app = app
    return app
