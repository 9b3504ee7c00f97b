"""The parts of the dashboard: every file of this folder is one, and gives `TITLE`, `ORDER` and `read`."""

import importlib
import pkgutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache

from actions.learners.repository import Repository
from actions.learners.statistics.access import Statistics
from bot.statistics.figures import Asked, Figure


@dataclass(frozen=True)
class Chart:
    """One part of the dashboard; `read` asks the statistics for it."""

    name: str
    title: str
    order: int
    read: Callable[[Statistics, Asked], Awaitable[Figure]]


@cache
def charts() -> dict[str, Chart]:
    """Return all charts by name, in their order."""
    found = []
    for module in pkgutil.iter_modules(__path__):
        chart = importlib.import_module(f"{__name__}.{module.name}")
        found.append(Chart(module.name, chart.TITLE, chart.ORDER, chart.read))
    return {chart.name: chart for chart in sorted(found, key=lambda one: one.order)}


async def read_figures(repository: Repository, asked: Asked, names: tuple[str, ...] = ()) -> list[Figure]:
    """Return the figures of some charts, or of all."""
    async with repository.reading() as store:
        return [await chart.read(store.statistics, asked) for name, chart in charts().items() if not names or name in names]
