"""Run the training jobs that wait, one at a time over all replicas, beside the service that answers."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from actions.curriculum.tree import EXAMPLES
from actions.learners.models import Evaluated, Model, NewModel
from actions.learners.repository import Repository, Store
from actions.learners.staff import Staff
from actions.learners.training import LEASE_LIFETIME, Job
from bot import clock
from bot.models.process import JobFailedError, Report, Task, run_task
from bot.settings import Settings, SettingsError
from bot.training import code_fingerprint, data_fingerprint, model_name, nlu_python

logger = structlog.get_logger(__name__)
LOOK_SECONDS = 2.0
BEAT_SECONDS = 2.0  # how often a job's progress is noted, and whether it was called off is looked at
FOLDS = 5
Files = Mapping[str, str]


class _CalledOffError(Exception):
    """The job was called off, or another replica took it for dead."""


@dataclass(frozen=True)
class _Order:
    """A job with what it needs."""

    job: Job
    files: Files
    questions: Sequence[Evaluated]
    known: Model | None  # in the bank already, so that it is only measured
    active: Model | None

    @property
    def name(self) -> str:
        return self.job.model or model_name(self.files)


class JobRunner:
    """The part of one replica that trains and measures models."""

    def __init__(self, repository: Repository, settings: Settings, holder: str) -> None:
        self._repository, self._settings, self._holder = repository, settings, holder
        self._said: list[str] = []
        self._percent = 0
        self._unmeasurable = ""

    async def run(self) -> None:
        """For ever, run the jobs that wait; a replica without Rasa leaves them to others."""
        try:
            nlu_python()
        except SettingsError:
            return
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self.work()
            except (SQLAlchemyError, OSError) as error:
                logger.warning("training.not_read", error=type(error).__name__)

    async def work(self) -> bool:
        """Run one job, or measure an active model that never was; return whether there was something to do."""
        async with self._repository.reading() as store:
            is_job = bool(await store.training.open_jobs())
            active = await store.models.active()
        is_unmeasured = (
            active is not None and not active.figures and active.name != self._unmeasurable and active.code == code_fingerprint()
        )
        if not is_job and not is_unmeasured:
            return False
        async with self._repository.transaction() as store:
            if not await store.training.hold(self._holder, clock.now()):
                return False
            job = await store.training.claim(clock.now())
        if job is not None:
            await self._run(job)
        elif active is not None and self._is_to_measure(active):
            await self._measure_quietly(active)
        return True

    def _is_to_measure(self, active: Model | None) -> bool:
        return active is not None and not active.figures and active.code == code_fingerprint() and active.name != self._unmeasurable

    async def _run(self, job: Job) -> None:
        logger.info("training.started", job=job.id, model=job.model)
        self._said, self._percent = [], 0
        doing = asyncio.create_task(self._do(job))
        try:
            await self._beat_until_done(job, doing)
        except asyncio.CancelledError:
            await _end(doing)
            await self._put_back(job)
            raise
        except (JobFailedError, SettingsError) as error:
            await self._fail(job, str(error))
        except _CalledOffError:
            logger.info("training.called_off", job=job.id)
        except Exception:
            logger.exception("training.failed", job=job.id)
            await self._fail(job, "Lỗi của phần mềm khi huấn luyện. Người vận hành xem nhật ký service.log.")
        finally:
            await _end(doing)

    async def _beat_until_done(self, job: Job, doing: "asyncio.Task[None]") -> None:
        while True:
            await asyncio.wait([doing], timeout=BEAT_SECONDS)
            if doing.done():
                return doing.result()
            try:
                is_ours = await self._beat(job)
            except (SQLAlchemyError, OSError) as error:  # The database may come back; the job goes on.
                logger.warning("training.not_noted", job=job.id, error=type(error).__name__)
                continue
            if not is_ours:
                raise _CalledOffError

    async def _beat(self, job: Job) -> bool:
        """Keep the right to run jobs, and note how far this one is; False where it is not ours any more."""
        said, self._said = self._said, []
        async with self._repository.transaction() as store:
            return await store.training.hold(self._holder, clock.now()) and await store.training.report(job.id, self._percent, said)

    async def _do(self, job: Job) -> None:
        order = await self._order(job)
        if order.known is not None and job.model is None:
            self._say(0, "ví dụ không đổi từ lần huấn luyện trước: chỉ đo lại mô hình đã có")
        folds = FOLDS if job.with_cross_validation else 0
        report = await self._measure(order, order.name, order.known, folds, train=order.known is None)
        active = await self._active_too(order, {result["text"] for result in report.results})
        await self._beat(job)
        await self._keep(order, report, active)

    async def _order(self, job: Job) -> _Order:
        async with self._repository.reading() as store:
            files = await training_files_of(store, job.content_version)
            known = await store.models.model(job.model or model_name(files))
            if job.model is not None and known is None:
                raise JobFailedError("Mô hình cần đo không còn trong kho.")
            return _Order(job, files, await store.models.questions(), known, await store.models.active())

    async def _measure(self, order: _Order, name: str, model: Model | None, folds: int, *, train: bool = False) -> Report:
        file = None
        if not train and model is not None:
            async with self._repository.reading() as store:
                file = await store.models.file(model.name)
            if file is None:
                raise JobFailedError("Tệp của mô hình không còn trong kho.")
        return await run_task(self._settings, Task(name, order.files, order.questions, file, folds), self._say)

    async def _active_too(self, order: _Order, asked: set[str]) -> Report | None:
        """Try the active model too, where it was not tried on the same questions; both shall be compared."""
        active = order.active
        if active is None or active.name == order.name or active.code != code_fingerprint():
            return None
        async with self._repository.reading() as store:
            tried = {result["text"] for result in await store.models.results(active.name)}
        if asked <= tried:
            return None
        self._said.append("thử cả mô hình đang dùng trên cùng các câu hỏi, để so sánh")
        return await self._measure(order, active.name, active, 0)

    async def _keep(self, order: _Order, report: Report, active: Report | None) -> None:
        """Put what came of a job into the bank, unless it was called off at the last moment."""
        job, now = order.job, clock.now()
        async with self._repository.transaction() as store:
            if not await store.training.finish(job.id, order.name, now):
                return
            if report.file is not None:
                await store.models.add(_new_model(order, report))
            await store.models.keep_figures(order.name, report.figures, report.results)
            if active is not None and order.active is not None:
                await store.models.keep_figures(order.active.name, active.figures, active.results)
            await store.models.forget_old()
            await store.training.forget_old()
            action = "model.measure" if report.file is None else "model.train"
            details = {"job": job.id, "content_version": job.content_version, "seconds": round(report.train_seconds)}
            await store.staff.audit(await _person(store, job.started_by), action, order.name, now, **details)
        logger.info("training.done", job=job.id, model=order.name, seconds=round(report.train_seconds))

    async def _measure_quietly(self, active: Model) -> None:
        """Measure the active model, which was trained when the service started; later ones are compared with it."""
        self._unmeasurable = active.name  # Where it fails, it is not tried again and again.
        try:
            async with self._repository.reading() as store:
                files, questions = await training_files_of(store, active.content_version), await store.models.questions()
                file = await store.models.file(active.name)
            if file is None:
                return
            # It takes seconds: less than the lease, which is not renewed meanwhile.
            limit = LEASE_LIFETIME.total_seconds()
            report = await asyncio.wait_for(run_task(self._settings, Task(active.name, files, questions, file), lambda *_: None), limit)
        except (JobFailedError, TimeoutError) as error:
            logger.warning("model.not_measured", model=active.name, error=str(error))
            return
        async with self._repository.transaction() as store:
            await store.models.keep_figures(active.name, report.figures, report.results)

    def _say(self, percent: int, line: str) -> None:
        self._percent = percent
        self._said.append(line)

    async def _fail(self, job: Job, error: str) -> None:
        logger.warning("training.failed", job=job.id)
        async with self._repository.transaction() as store:
            await store.training.report(job.id, self._percent, self._said)
            await store.training.fail(job.id, error, clock.now())

    async def _put_back(self, job: Job) -> None:
        """Let the job wait again, because the service stops: it shall run here or in another replica."""
        try:
            async with self._repository.transaction() as store:
                await store.training.put_back(job.id)
                await store.training.release(self._holder)
        except (SQLAlchemyError, OSError) as error:
            logger.warning("training.not_given_back", error=type(error).__name__)  # The lease lapses.


async def training_files_of(store: Store, content_version: str) -> dict[str, str]:
    """Return what a version of the content has for training and measuring models, path → text.

    Raises:
        JobFailedError: There is nothing.
    """
    version = await store.contents.version(content_version)
    tree = {} if version is None else {path: digest for path, digest in version.tree.items() if path.startswith(EXAMPLES)}
    if not tree:
        raise JobFailedError(f"Bản nội dung {content_version} không có ví dụ nào. Hãy xuất bản lại rồi huấn luyện.")
    return await store.contents.files(tree)


def _new_model(order: _Order, report: Report) -> NewModel:
    assert report.file is not None
    job = order.job
    about: dict[str, Any] = {"code": code_fingerprint(), "data": data_fingerprint(order.files)}
    about |= {"description": job.description, "content_version": job.content_version, "trained_by": job.started_by}
    about |= {"example_count": report.figures["examples"], "train_seconds": report.train_seconds}
    return NewModel(name=order.name, file=report.file, trained_at=clock.now(), **about)


async def _person(store: Store, staff_id: str) -> Staff | None:
    account = await store.staff.account(staff_id)
    return None if account is None else Staff(account.id, account.login, account.name, account.role)


async def _end(doing: "asyncio.Task[None]") -> None:
    doing.cancel()
    await asyncio.gather(doing, return_exceptions=True)
