"""Queries about training jobs: one runs at a time over all replicas, and one whose process died is found."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from actions.learners.content_tables import TrainingJob
from actions.learners.keys import Keys
from actions.learners.leases import Leases
from actions.learners.rows import inserting

WAITING, RUNNING, DONE, FAILED, CANCELLED = "waiting", "running", "done", "failed", "cancelled"
OPEN = (WAITING, RUNNING)
LEASE = "training"
LEASE_LIFETIME = timedelta(seconds=60)
LOST = "Tiến trình huấn luyện đã dừng giữa chừng (dịch vụ tắt hoặc máy khởi động lại). Hãy huấn luyện lại."
JOBS_KEPT = 50


@dataclass(frozen=True)
class Job:
    """One training job; see `content_tables.TrainingJob`."""

    id: int
    state: str
    content_version: str
    with_cross_validation: bool
    description: str
    started_by: str
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    percent: int
    log: str
    model: str | None
    error: str

    @property
    def is_open(self) -> bool:
        """Whether it waits or runs."""
        return self.state in OPEN


class TrainingJobs:
    """All access to training jobs, within one transaction."""

    def __init__(self, connection: AsyncConnection, keys: Keys) -> None:
        self._connection, self._leases = connection, Leases(connection, keys)

    async def add(
        self, content_version: str, *, by: str, now: datetime, description: str = "", is_thorough: bool = False, model: str | None = None
    ) -> int:
        """Let a job wait; return its number.

        Args:
            content_version: Whose examples it trains with.
            by: Who wants it.
            now: The time.
            description: What people read about the model.
            is_thorough: Cross-validate too.
            model: Measure this model of the bank, and train none.
        """
        row: dict[str, Any] = {"state": WAITING, "content_version": content_version, "with_cross_validation": is_thorough}
        row |= {"description": description, "started_by": by, "created_at": now, "percent": 0, "log": "", "model": model, "error": ""}
        made = inserting(self._connection, TrainingJob).values(row).returning(TrainingJob.id)
        return int((await self._connection.execute(made)).scalar_one())

    async def jobs(self, limit: int = JOBS_KEPT) -> list[Job]:
        """Return the jobs, the latest first."""
        return await self._jobs(select(TrainingJob.__table__).order_by(TrainingJob.id.desc()).limit(limit))

    async def job(self, number: int) -> Job | None:
        """Return a job by its number."""
        return next(iter(await self._jobs(select(TrainingJob.__table__).where(TrainingJob.id == number))), None)

    async def open_jobs(self) -> list[Job]:
        """Return the jobs that wait or run, the oldest first."""
        return await self._jobs(select(TrainingJob.__table__).where(TrainingJob.state.in_(OPEN)).order_by(TrainingJob.id))

    async def hold(self, holder: str, now: datetime) -> bool:
        """Take the right to run jobs, or keep it; False where another replica has it."""
        return await self._leases.hold(LEASE, holder, now, LEASE_LIFETIME)

    async def release(self, holder: str) -> None:
        """Let another replica run jobs."""
        await self._leases.release(LEASE, holder)

    async def claim(self, now: datetime) -> Job | None:
        """Return the job that is next, now running; only for the holder, while it runs none itself.

        Jobs that are still said to run are those of a process that died.
        """
        await self._connection.execute(
            update(TrainingJob).where(TrainingJob.state == RUNNING).values(state=FAILED, error=LOST, ended_at=now)
        )
        for job in await self.open_jobs():
            chosen = update(TrainingJob).where(TrainingJob.id == job.id, TrainingJob.state == WAITING)
            if (await self._connection.execute(chosen.values(state=RUNNING, started_at=now))).rowcount:
                return await self.job(job.id)
        return None

    async def report(self, number: int, percent: int, lines: Sequence[str]) -> bool:
        """Note how far a job is, and what it said; False where it runs no more: cancelled, or taken for dead."""
        noted = update(TrainingJob).where(TrainingJob.id == number, TrainingJob.state == RUNNING)
        said = "".join(f"{line}\n" for line in lines)
        return (await self._connection.execute(noted.values(percent=percent, log=TrainingJob.log + said))).rowcount == 1

    async def finish(self, number: int, model: str, now: datetime) -> bool:
        """Note that a job is done; False where it runs no more."""
        return await self._end(number, (RUNNING,), now, state=DONE, model=model, percent=100)

    async def fail(self, number: int, error: str, now: datetime) -> bool:
        """Note that a job failed, and why."""
        return await self._end(number, (RUNNING,), now, state=FAILED, error=error)

    async def cancel(self, number: int, now: datetime) -> bool:
        """Call a job off; whoever runs it sees it. False where it is over already."""
        return await self._end(number, OPEN, now, state=CANCELLED)

    async def put_back(self, number: int) -> bool:
        """Let a running job wait again, because its service stops."""
        again = update(TrainingJob).where(TrainingJob.id == number, TrainingJob.state == RUNNING)
        return (await self._connection.execute(again.values(state=WAITING, started_at=None, percent=0))).rowcount == 1

    async def forget_old(self, keep: int = JOBS_KEPT) -> None:
        """Delete all but the last jobs."""
        last = (await self._connection.execute(select(func.max(TrainingJob.id)))).scalar_one() or 0
        await self._connection.execute(delete(TrainingJob).where(TrainingJob.id <= last - keep, TrainingJob.state.not_in(OPEN)))

    async def _end(self, number: int, states: Sequence[str], now: datetime, **values: Any) -> bool:
        ended = update(TrainingJob).where(TrainingJob.id == number, TrainingJob.state.in_(states)).values(ended_at=now, **values)
        return (await self._connection.execute(ended)).rowcount == 1

    async def _jobs(self, query: Any) -> list[Job]:
        return [Job(**row) for row in (await self._connection.execute(query)).mappings()]
