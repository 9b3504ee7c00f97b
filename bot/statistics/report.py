"""The monthly report for the People's Committee: the dashboard's numbers of one month beside those of the month before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from actions.learners.repository import Repository
from actions.learners.statistics.definitions import DEFINITIONS
from actions.learners.statistics.filters import DAY, Filter
from bot.console.charts import read_figures
from bot.statistics.figures import Asked, Cell, Column, Figure, Table, said, shortened
from bot.statistics.words import Words

CHARTS = ("people", "learning", "stops", "questions", "unanswered", "quiz_items", "outcomes")
SUMMED = (
    "people", "new", "returning", "started_people", "finished_people", "passed_people", "started", "finished", "passed", "questions",
    "unanswered", "turns",
)  # fmt: skip
ROWS_MAX = 10  # of each table but those over time
AGENCY_MAX_CHARACTERS = 150
SWITCH = "monthly_report"


@dataclass(frozen=True)
class Month:
    """A month of a year."""

    year: int
    month: int

    @classmethod
    def of(cls, day: date) -> "Month":
        """Return the month of a day."""
        return cls(day.year, day.month)

    @classmethod
    def parse(cls, text: str) -> "Month":
        """Read 2026-11.

        Raises:
            ValueError: It is no month.
        """
        found = date.fromisoformat(f"{text}-01")
        return cls(found.year, found.month)

    def __str__(self) -> str:
        return f"{self.year}-{self.month:02}"

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.year, self.month, 1)

    @property
    def last(self) -> date:
        """Its last day."""
        return (self.first + 31 * DAY).replace(day=1) - DAY

    @property
    def before(self) -> "Month":
        """The month before."""
        return Month.of(self.first - DAY)

    @property
    def title(self) -> str:
        """Its name."""
        return f"tháng {self.month} năm {self.year}"


@dataclass(frozen=True)
class Plan:
    """When reports are made by themselves, and what stands on them; `day` 0 is never."""

    day: int = 0
    agency: str = ""
    place: str = ""

    @classmethod
    def read(cls, value: Mapping[str, object]) -> "Plan":
        """Read the switch's value; what is not there stays empty."""
        day = value.get("day", 0)
        return cls(day if isinstance(day, int) else 0, str(value.get("agency", "")), str(value.get("place", "")))

    def due(self, today: date) -> Month | None:
        """Return the month whose report is due: the one before, from the day on."""
        return Month.of(today).before if self.day and today.day >= self.day else None


@dataclass(frozen=True)
class Report:
    """What a report says."""

    month: Month
    plan: Plan
    made_at: datetime
    is_complete: bool  # the month is over
    summary: str
    figures: tuple[Figure, ...]

    @property
    def title(self) -> str:
        """What stands above it."""
        return f"Kết quả phổ cập kỹ năng số qua trợ lý Bạn Số, {self.month.title}"

    @property
    def about(self) -> list[tuple[str, str]]:
        """The lines of the first sheet."""
        lines = [("Báo cáo", self.title), ("Đơn vị", self.plan.agency)]
        lines += [("Kỳ", f"{self.month.first:%d/%m/%Y} – {self.month.last:%d/%m/%Y}")]
        lines += [] if self.is_complete else [("Lưu ý", UNFINISHED)]
        return [*lines, ("Tóm tắt", self.summary)]


UNFINISHED = "Tháng này chưa hết: số liệu chỉ tính đến lúc lập báo cáo."


async def make_report(repository: Repository, words: Words, month: Month, plan: Plan, made_at: datetime, today: date) -> Report:
    """Count a month, and the one before to compare with."""
    figures = await read_figures(repository, _asked(month, words), CHARTS)
    before = await read_figures(repository, _asked(month.before, words), CHARTS)
    numbers, earlier = _numbers(figures), _numbers(before)
    summary = Figure("summary", "Tóm tắt", "shown", (), (_summary(month, numbers, earlier),))
    shown = tuple(shortened(figure, ROWS_MAX) for figure in figures)
    return Report(month, plan, made_at, today > month.last, _sentence(month, numbers), (summary, *shown))


def _asked(month: Month, words: Words) -> Asked:
    return Asked(Filter(month.first, month.last), words, by="week")


def _numbers(figures: Sequence[Figure]) -> dict[str, int | None]:
    return {number.name: number.value for figure in figures for number in figure.numbers}


def _summary(month: Month, numbers: Mapping[str, int | None], earlier: Mapping[str, int | None]) -> Table:
    columns = (
        Column("Số liệu"), Column(f"Tháng {month.month}/{month.year}", "number"),
        Column(f"Tháng {month.before.month}/{month.before.year}", "number"), Column("Tăng, giảm", "number"),
    )  # fmt: skip
    rows: list[tuple[Cell, ...]] = []
    for name in SUMMED:
        now, then = numbers.get(name, 0), earlier.get(name, 0)
        rows.append((DEFINITIONS[name].title, now, then, None if now is None or then is None else now - then))
    return Table("summary", columns, tuple(rows), meanings=SUMMED)


def _sentence(month: Month, numbers: Mapping[str, int | None]) -> str:
    def told(name: str) -> str:
        value = numbers.get(name, 0)
        return "(ẩn)" if value is None else said(value, "number")

    return (
        f"Trong {month.title}, có {told('people')} người đến với Bạn Số, trong đó {told('new')} người đến lần đầu và"
        f" {told('returning')} người quay lại vào ngày khác. Có {told('started_people')} người bắt đầu học bài mới,"
        f" {told('finished_people')} người học hết ít nhất một bài, {told('passed_people')} người qua câu đố."
        f" Bot đưa ra {told('questions')} lượt trả lời; {told('unanswered')} lượt chưa trả lời được."
    )
