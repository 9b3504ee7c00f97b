"""Count what happened: turns that wait, then the learning of those who were there. Called by the jobs, through `roll_up`.

Everything is counted once in effect. A turn is deleted in the transaction that counts it. Of
learning, `counted_lessons` holds what was counted; only the difference to what is there now is
added, so a second look adds nothing. One row is locked meanwhile: no two count at once.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from actions.learners import rows
from actions.learners.keys import Keys
from actions.learners.staff_tables import StaffSender
from actions.learners.statistics.cells import Cells, Key, add_to, views_of
from actions.learners.statistics.chains import links_of
from actions.learners.statistics.first_fill import fill
from actions.learners.statistics.learner_counting import count_learners
from actions.learners.statistics_tables import ALL, NEVER, DailyPeople, DailyTurns, StatisticsMark, Turn, Visitor
from actions.learners.tables import Identity, IdentityLearner, LearnerRow
from actions.local_time import local_date
from actions.outcome import Outcome

# So few that neither the service's loop nor SQLite's only writer is kept from the citizens for long.
TURNS_AT_ONCE = 500
ROWS_OF_A_STATEMENT = 500  # SQLite takes only so many values
VISIT = "visit"
_MARK = "counting"
_NOTE = insert(Turn)
# After these, nothing new was learned; whatever was missed would be counted the next time.
_WITHOUT_LEARNING = frozenset(
    outcome.value
    for outcome in (
        Outcome.ANSWERED, Outcome.SUGGESTED, Outcome.UNKNOWN, Outcome.OUT_OF_SCOPE, Outcome.SMALL_TALK, Outcome.UNSAFE, Outcome.CRISIS,
        Outcome.EMERGENCY, Outcome.CHECK, Outcome.MENU, Outcome.STOPPED, Outcome.ERROR,
    )
)  # fmt: skip


class Counting:
    """All writing of statistics, within one transaction."""

    def __init__(self, connection: AsyncConnection, keys: Keys) -> None:
        self._connection, self._keys = connection, keys

    async def note(
        self, channel: str, sender_key: str, outcome: str, now: datetime, *, verdict: str = "", topic: str = "", answer: str = ""
    ) -> None:
        """Let a turn wait to be counted; one insert, in the turn's own transaction."""
        row = {"channel": channel, "sender_key": sender_key, "at": now, "outcome": outcome}
        await self._connection.execute(_NOTE, row | {"verdict": verdict, "topic": topic, "answer": answer})

    async def count_turns(self, limit: int = TURNS_AT_ONCE) -> int:
        """Count waiting turns, the oldest first, and what their learners learned; return how many turns there were."""
        await self._lock()
        waiting = (await self._connection.execute(select(Turn.__table__).order_by(Turn.id).limit(limit))).all()
        if not waiting:
            return 0
        senders = select(Turn.sender_key).where(Turn.id <= waiting[-1].id)
        staff = set((await self._connection.execute(select(StaffSender.sender_key).where(StaffSender.sender_key.in_(senders)))).scalars())
        turns = [turn for turn in waiting if turn.sender_key not in staff]
        paths = await self._paths(senders)
        cells: Cells = Counter((DailyTurns, key) for turn in turns for key in _keys_of(turn, paths))
        cells.update(await self._visits(turns, paths, senders))
        await add_to(self._connection, cells)
        learners = await self._learners(senders.where(Turn.outcome.not_in(_WITHOUT_LEARNING)))
        for start in range(0, len(learners), ROWS_OF_A_STATEMENT):
            await count_learners(self._connection, learners[start : start + ROWS_OF_A_STATEMENT])
        await self._drop([turn.id for turn in waiting])
        return len(waiting)

    async def begin(self) -> bool:
        """Count at once what learners did before there were statistics; return whether that was still to be done."""
        if (await self._lock()).has_begun:
            return False
        await fill(self._connection)
        await self._set_mark(has_begun=True)
        return True

    async def finished(self, now: datetime) -> None:
        """Note when everything that waited was counted."""
        await self._set_mark(counted_at=now)

    async def _lock(self) -> Any:
        query = select(StatisticsMark.__table__).where(StatisticsMark.name == _MARK).with_for_update()
        row = (await self._connection.execute(query)).first()
        if row is None:
            await rows.insert(self._connection, StatisticsMark, {"name": _MARK, "has_begun": False})
            row = (await self._connection.execute(query)).first()
        return row

    async def _set_mark(self, **values: Any) -> None:
        await self._connection.execute(update(StatisticsMark).where(StatisticsMark.name == _MARK).values(**values))

    async def _paths(self, senders: Select[Any]) -> dict[str, str]:
        """Return the path that who learns at each sender is on."""
        query = (
            select(Identity.sender_key, LearnerRow.path)
            .join(LearnerRow, LearnerRow.id == Identity.learner_id)
            .where(Identity.sender_key.in_(senders))
        )
        return {row.sender_key: row.path or "" for row in await self._connection.execute(query)}

    async def _learners(self, senders: Select[Any]) -> list[str]:
        """Return all learners behind the senders; who learns there at the moment may have changed since the turn."""
        identities = select(Identity.id).where(Identity.sender_key.in_(senders))
        joined = select(IdentityLearner.learner_id).where(IdentityLearner.identity_id.in_(identities))
        present = select(Identity.learner_id).where(Identity.sender_key.in_(senders), Identity.learner_id.is_not(None))
        found = {row for query in (joined, present) for row in (await self._connection.execute(query)).scalars()}
        return sorted(learner for learner in found if learner is not None)

    async def _visits(self, turns: Collection[Any], paths: Mapping[str, str], senders: Select[Any]) -> Cells:
        """Count each sender once a day, for all days and for those on the path; note the sender's last two days."""
        channels: dict[str, str] = {}
        days: dict[tuple[str, str], set[date]] = defaultdict(set)
        for turn in turns:
            channels[turn.sender_key] = turn.channel
            for path in (ALL, paths.get(turn.sender_key, "")):
                days[turn.sender_key, path].add(local_date(turn.at))
        known = (await self._connection.execute(select(Visitor.__table__).where(Visitor.sender_key.in_(senders)))).all()
        last_two = {(row.sender_key, row.path): (row.last_day, row.previous_day) for row in known}
        cells: Cells = Counter()
        changed = []
        for (sender, path), seen in days.items():
            last, previous = last_two.get((sender, path), (NEVER, NEVER))
            for day in sorted(day for day in seen if day > last):
                for link in links_of(day, last, previous):
                    for channel in (ALL, channels[sender]):
                        cells[DailyPeople, (VISIT, channel, path, link.day, link.rank, link.previous_day)] += 1
                last, previous = day, last
            if last_two.get((sender, path)) != (last, previous):
                changed.append({"sender_key": sender, "path": path, "last_day": last, "previous_day": previous})
        await self._keep_visitors(changed)
        return cells

    async def _keep_visitors(self, changed: Sequence[dict[str, Any]]) -> None:
        if not changed:
            return
        statement = rows.inserting(self._connection, Visitor)
        new = {name: statement.excluded[name] for name in ("last_day", "previous_day")}
        await self._connection.execute(statement.on_conflict_do_update(index_elements=["sender_key", "path"], set_=new), changed)

    async def _drop(self, turns: Sequence[int]) -> None:
        for start in range(0, len(turns), ROWS_OF_A_STATEMENT):
            await self._connection.execute(delete(Turn).where(Turn.id.in_(turns[start : start + ROWS_OF_A_STATEMENT])))


def _keys_of(turn: Any, paths: Mapping[str, str]) -> list[Key]:
    what = (local_date(turn.at), turn.outcome, turn.verdict, turn.topic, turn.answer)
    return [(*view, *what) for view in views_of(turn.channel, paths.get(turn.sender_key, ""))]
