"""What one learner's one lesson adds to the counts; pure, so that what changed is the difference of two of these."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from actions.learners.statistics.cells import Cells
from actions.learners.statistics.chains import chain_of
from actions.learners.statistics_tables import ALL, DailyCohort, DailyLearning, DailyPeople

STARTED, FINISHED, PASSED = "started", "finished", "passed"
EVENTS = (STARTED, FINISHED, PASSED)


@dataclass(frozen=True)
class Counted:
    """What is counted of a learner in a lesson; see `CountedLesson`."""

    lesson: str
    channel: str
    path: str
    step: int = 0
    started_on: date | None = None
    finished_on: date | None = None
    passed_on: date | None = None
    has_tried: bool = False

    def day_of(self, event: str) -> date | None:
        """Return when the lesson was started, finished or passed."""
        return {STARTED: self.started_on, FINISHED: self.finished_on, PASSED: self.passed_on}[event]

    @property
    def stages(self) -> tuple[int, ...]:
        """The stages of the funnel that were reached by who started the lesson."""
        if self.started_on is None:
            return ()
        beyond = {DailyCohort.FINISHED: self.finished_on, DailyCohort.TRIED: self.has_tried, DailyCohort.PASSED: self.passed_on}
        return (*range(1, self.step + 1), *(stage for stage, is_reached in beyond.items() if is_reached))


def cells_of(lessons: Collection[Counted]) -> Cells:
    """Return what all lessons of one learner add to the counts."""
    found: Cells = Counter()
    for lesson in lessons:
        where = (lesson.channel, lesson.path, lesson.lesson)
        for event in EVENTS:
            if (day := lesson.day_of(event)) is not None:
                found[DailyLearning, (day, *where, event)] += 1
        for stage in lesson.stages:
            found[DailyCohort, (lesson.started_on, *where, stage)] += 1
    for event in EVENTS:
        found.update(_people(lessons, event))
    return found


def _people(lessons: Collection[Counted], event: str) -> Cells:
    """Return what the learner adds to the people of each view: all, of a channel, of a path, of both."""
    found: Cells = Counter()
    for channel in {ALL, *(lesson.channel for lesson in lessons)}:
        for path in {ALL, *(lesson.path for lesson in lessons)}:
            seen = [one for one in lessons if channel in (ALL, one.channel) and path in (ALL, one.path)]
            for link, count in chain_of(_days(seen, event)).items():
                found[DailyPeople, (event, channel, path, link.day, link.rank, link.previous_day)] += count
    return found


def _days(lessons: Iterable[Counted], event: str) -> list[date]:
    return [day for lesson in lessons if (day := lesson.day_of(event)) is not None]
