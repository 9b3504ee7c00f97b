"""Rows for exports, a batch at a time: one a learner, or one an attempt; learners appear under pseudonyms."""

import base64
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from actions.learners.keys import Keys
from actions.learners.statistics.filters import DAY, Filter
from actions.learners.statistics.groups import SMALLEST_GROUP
from actions.learners.statistics.people import members
from actions.learners.statistics.staff_traffic import staff_learners
from actions.learners.statistics_tables import CountedLesson
from actions.learners.tables import Attempt, Certificate, ClassMember, Identity, IdentityLearner, LearnerRow
from actions.local_time import local_date, local_midnight

BATCH = 1000
PSEUDONYM_CHARACTERS = 8


class SmallGroupError(Exception):
    """Rows of single learners were asked for, of fewer than five."""


@dataclass(frozen=True)
class LearnerLine:
    """One learner; what is counted lies in the period."""

    pseudonym: str
    channels: tuple[str, ...]
    path: str
    consented_on: date
    last_active_on: date
    started: int
    finished: int
    passed: int
    attempts: int
    right: int
    certificates: int
    classes: int


@dataclass(frozen=True)
class AttemptLine:
    """One answer to one question; `choice` counts from 1, in the order of the content version."""

    pseudonym: str
    day: date
    kind: str
    lesson: str
    question: str
    choice: int
    is_right: bool
    content_version: str


def pseudonym_of(keys: Keys, learner_id: str) -> str:
    """Return the name of a learner in exports: always the same, and not to be turned back without the secret key."""
    digest = bytes.fromhex(keys.sender_key("export", learner_id))
    return f"NH-{base64.b32encode(digest).decode().lower()[:PSEUDONYM_CHARACTERS]}"


async def learner_rows(connection: AsyncConnection, keys: Keys, wanted: Filter) -> AsyncIterator[LearnerLine]:
    """Yield the learners who were there in a period, in no order that tells of them.

    Args:
        connection: The open transaction.
        keys: Makes the pseudonyms.
        wanted: Which learners: those who had consented by its end and came back after its
            beginning; of a topic, what they learned of it.

    Raises:
        SmallGroupError: They are fewer than five.
    """
    await _refuse_few(connection, _learners(wanted))
    last = ""
    while True:
        query = _learners(wanted).where(LearnerRow.id > last).order_by(LearnerRow.id).limit(BATCH)
        learners = (await connection.execute(query)).all()
        found = await _sums(connection, wanted, [learner.id for learner in learners])
        for learner in learners:
            yield _line(keys, learner, found)
        if len(learners) < BATCH:
            return
        last = learners[-1].id


async def attempt_rows(connection: AsyncConnection, keys: Keys, wanted: Filter) -> AsyncIterator[AttemptLine]:
    """Yield the attempts of a period, the earliest first.

    Raises:
        SmallGroupError: They are of fewer than five learners.
    """
    whose = _of_whom(Attempt.learner_id, wanted)
    await _refuse_few(connection, select(Attempt.learner_id).where(*_attempts_in(wanted), *whose).distinct())
    last: tuple[datetime, int] = (local_midnight(wanted.since), 0)
    while True:
        at, number = last
        is_after = or_(Attempt.attempted_at > at, and_(Attempt.attempted_at == at, Attempt.id > number))
        query = select(Attempt.__table__).where(*_attempts_in(wanted), Attempt.attempted_at >= at, is_after, *whose)
        rows = (await connection.execute(query.order_by(Attempt.attempted_at, Attempt.id).limit(BATCH))).all()
        for row in rows:
            yield AttemptLine(
                pseudonym_of(keys, row.learner_id), local_date(row.attempted_at), row.kind, row.lesson, row.question, row.choice + 1,
                row.is_right, row.content_version,
            )  # fmt: skip
        if len(rows) < BATCH:
            return
        last = (rows[-1].attempted_at, rows[-1].id)


def _learners(wanted: Filter) -> Any:
    columns = (LearnerRow.id, LearnerRow.path, LearnerRow.consented_at, LearnerRow.last_active_at)
    is_there = (LearnerRow.consented_at < local_midnight(wanted.until + DAY), LearnerRow.last_active_at >= local_midnight(wanted.since))
    return select(*columns).where(*is_there, *_of_whom(LearnerRow.id, wanted))


def _of_whom(learner: Any, wanted: Filter) -> list[Any]:
    """Say whose rows a filter means: no staff; those of a class, path and channel."""
    conditions = [learner.not_in(staff_learners())]
    if wanted.class_code:
        return [*conditions, learner.in_(members(wanted))]
    if wanted.path:
        conditions.append(learner.in_(select(LearnerRow.id).where(LearnerRow.path == wanted.path)))
    if wanted.channel:
        reached = select(Identity.learner_id).where(Identity.channel == wanted.channel, Identity.learner_id.is_not(None))
        conditions.append(learner.in_(reached))
    return conditions


def _attempts_in(wanted: Filter) -> list[Any]:
    conditions = [Attempt.attempted_at >= local_midnight(wanted.since), Attempt.attempted_at < local_midnight(wanted.until + DAY)]
    return conditions + ([Attempt.lesson.in_(wanted.lessons)] if wanted.topic else [])


async def _refuse_few(connection: AsyncConnection, learners: Any) -> None:
    some = (await connection.execute(learners.limit(SMALLEST_GROUP))).all()
    if 0 < len(some) < SMALLEST_GROUP:
        raise SmallGroupError(f"Bộ lọc này chỉ còn dưới {SMALLEST_GROUP} người, nên không xuất từng người. Hãy chọn rộng hơn.")


async def _sums(connection: AsyncConnection, wanted: Filter, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return what is counted of some learners, by learner: channels, lessons, attempts, certificates, classes."""
    found: dict[str, dict[str, Any]] = {learner_id: {"channels": set()} for learner_id in ids}
    for query in (_lessons(wanted, ids), _attempts(wanted, ids), _certificates(wanted, ids), _classes(ids)):
        for row in (await connection.execute(query)).mappings():
            found[row["learner_id"]].update(row)
    joined = select(IdentityLearner.learner_id, Identity.channel).join(Identity, Identity.id == IdentityLearner.identity_id)
    present: Any = select(Identity.learner_id, Identity.channel).where(Identity.learner_id.in_(ids))
    for reached in (joined.where(IdentityLearner.learner_id.in_(ids)), present):
        for learner_id, channel in await connection.execute(reached):
            found[learner_id]["channels"].add(channel)
    return found


def _lessons(wanted: Filter, ids: Sequence[str]) -> Any:
    one = CountedLesson
    days = {"started": one.started_on, "finished": one.finished_on, "passed": one.passed_on}
    sums = [func.sum(case((day.between(wanted.since, wanted.until), 1), else_=0)).label(name) for name, day in days.items()]
    query = select(one.learner_id, *sums).where(one.learner_id.in_(ids)).group_by(one.learner_id)
    return query.where(one.lesson.in_(wanted.lessons)) if wanted.topic else query


def _attempts(wanted: Filter, ids: Sequence[str]) -> Any:
    right = func.sum(case((Attempt.is_right, 1), else_=0)).label("right")
    mine = (Attempt.learner_id.in_(ids), *_attempts_in(wanted))
    return select(Attempt.learner_id, func.count().label("attempts"), right).where(*mine).group_by(Attempt.learner_id)


def _certificates(wanted: Filter, ids: Sequence[str]) -> Any:
    issued = (Certificate.issued_at >= local_midnight(wanted.since), Certificate.issued_at < local_midnight(wanted.until + DAY))
    count = func.count().label("certificates")
    return select(Certificate.learner_id, count).where(Certificate.learner_id.in_(ids), *issued).group_by(Certificate.learner_id)


def _classes(ids: Sequence[str]) -> Any:
    count = func.count().label("classes")
    return select(ClassMember.learner_id, count).where(ClassMember.learner_id.in_(ids)).group_by(ClassMember.learner_id)


def _line(keys: Keys, learner: Any, found: dict[str, dict[str, Any]]) -> LearnerLine:
    sums = found[learner.id]
    numbers = {name: int(sums.get(name) or 0) for name in ("started", "finished", "passed", "attempts", "right", "certificates", "classes")}
    return LearnerLine(
        pseudonym_of(keys, learner.id), tuple(sorted(sums["channels"])), learner.path or "",
        local_date(learner.consented_at), local_date(learner.last_active_at), **numbers,
    )  # fmt: skip
