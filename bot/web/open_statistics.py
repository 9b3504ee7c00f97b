"""The page of open statistics: what anybody may see, where it is switched on; only common numbers, no filters."""

import time
from collections.abc import Sequence
from datetime import timedelta

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from actions.learners.statistics.definitions import DEFINITIONS
from actions.learners.statistics.filters import DAY, DEFAULT_WEEKS, Filter, monday_of
from bot import clock
from bot.console.charts import read_figures
from bot.service import Service
from bot.settings import ROOT
from bot.statistics.figures import Asked, Figure, Table, said, shortened
from bot.statistics.spreadsheets import write_csv
from bot.statistics.words import CurrentWords
from bot.web.media_types import MEDIA_TYPES
from bot.web.problems import ProblemError

PATH = "/so-lieu-mo"
SWITCH = "open_statistics"
CHARTS = ("people", "learning", "questions", "outcomes")
SHOWN_ROWS = 10
KEPT = timedelta(minutes=10)
HEADERS = {"Cache-Control": f"public, max-age={int(KEPT.total_seconds())}"}


class OpenStatistics:
    """The figures of the last twelve whole weeks, counted anew every ten minutes at most, however many people look."""

    def __init__(self, service: Service) -> None:
        self._service, self._words = service, CurrentWords(service)
        self._figures: Sequence[Figure] = ()
        self._counted_at = 0.0
        self.wanted = self._period()

    async def figures(self) -> Sequence[Figure]:
        """Return the figures.

        Raises:
            ProblemError: 404 where the page is switched off.
        """
        async with self._service.repository.reading() as store:
            if not (await store.staff.switch(SWITCH)).get("is_open"):
                raise ProblemError(404, "Trang số liệu mở hiện không có.")
        if not self._figures or time.monotonic() - self._counted_at > KEPT.total_seconds():
            self.wanted = self._period()
            asked = Asked(self.wanted, self._words(), by="week")
            self._figures = [
                shortened(figure, SHOWN_ROWS, without="answers") for figure in await read_figures(self._service.repository, asked, CHARTS)
            ]
            self._counted_at = time.monotonic()
        return self._figures

    def _period(self) -> Filter:
        """Return whole weeks only: were a day added at a time, two looks would tell of single days."""
        until = monday_of(clock.today()) - DAY
        return Filter(until - (DEFAULT_WEEKS * 7 - 1) * DAY, until)


def make_router(service: Service) -> APIRouter:
    """Return the routes of the page and its file."""
    router = APIRouter()
    templates = Environment(loader=FileSystemLoader(ROOT / "bot" / "web" / "templates"), autoescape=True, undefined=StrictUndefined)
    templates.filters["said"] = said
    found = OpenStatistics(service)

    @router.get(PATH, include_in_schema=False)
    async def show() -> HTMLResponse:
        figures = await found.figures()
        page = templates.get_template("open_statistics.html")
        about = {"wanted": found.wanted, "definitions": DEFINITIONS, "csv": f"{PATH}.csv"}
        return HTMLResponse(page.render(figures=figures, highest=_highest, **about), headers=HEADERS)

    @router.get(f"{PATH}.csv", include_in_schema=False)
    async def file() -> Response:
        content = write_csv(await found.figures())
        name = f"so-lieu-mo-{found.wanted.since:%Y%m%d}-{found.wanted.until:%Y%m%d}.csv"
        headers = HEADERS | {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(content, media_type=MEDIA_TYPES["csv"], headers=headers)

    return router


def _highest(table: Table) -> int:
    """Return the highest of a table's first numbers, that of the longest bar."""
    return max((row[1] for row in table.rows if isinstance(row[1], int)), default=1) or 1
