"""One way to read a chart: by its name, in the scene of the statistics, with the project's words."""

import shutil

import pytest

from actions.learners.database import open_database
from actions.learners.repository import Repository
from actions.learners.statistics.filters import Filter
from bot.console.charts import read_figures
from bot.statistics.figures import Asked
from bot.statistics.words import Words
from tests.actions.learners.statistics.conftest import WEEKS, Scene
from tests.conftest import KEYS, _migrated


@pytest.fixture
async def scene(tmp_path):
    """A scene in SQLite: the statistics themselves are tried on both databases."""
    shutil.copyfile(_migrated(), tmp_path / "scene.sqlite3")
    repository = Repository(open_database(f"sqlite:///{tmp_path}/scene.sqlite3"), KEYS)
    async with repository.transaction() as store:
        await store.counting.begin()
    yield Scene(repository)
    await repository.close()


@pytest.fixture
def words(scene, curriculum):
    return Words(curriculum, "v1", scene.repository)


@pytest.fixture
def draw(scene, words):
    """Count, and return a chart's figure."""

    async def read(name, wanted: Filter = WEEKS, **asked):
        await scene.count()
        (figure,) = await read_figures(scene.repository, Asked(wanted, words, **asked), (name,))
        return figure

    return read


def table(figure, name):
    return next(one for one in figure.tables if one.name == name)


def numbers(figure):
    return {number.name: number.value for number in figure.numbers}
