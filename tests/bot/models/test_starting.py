"""Which model a service begins with."""

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from actions.learners.contents import CONSOLE, FILES, Version
from actions.learners.database import open_database
from actions.learners.models import Model
from actions.learners.repository import Repository
from bot.models.starting import choose_model, is_still_right
from bot.settings import Settings
from bot.training import code_fingerprint, data_fingerprint, model_name
from tests.actions.learners.test_models import a_model
from tests.bot.console.conftest import project_tree, publish_project
from tests.conftest import KEYS, SECRET_KEY, _migrated

NOW = datetime(2026, 11, 29, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
TREE = {"training_data/answers/a/a.yml": "v1"}


def version(origin, published_at=NOW):
    return Version("v1", {}, None, origin, "", "", published_at, published_at, is_active=True)


@pytest.mark.parametrize(
    ("code", "data", "origin", "by", "chosen_at", "is_right"),
    [
        pytest.param("now", "same", FILES, None, None, True, id="trained for these files"),
        pytest.param("old", "same", FILES, "lan", NOW + HOUR, False, id="of another software"),
        pytest.param("now", "other", FILES, None, NOW, False, id="files changed, nobody chose it"),
        pytest.param("now", "other", CONSOLE, None, NOW, True, id="what the console publishes waits for its trainers"),
        pytest.param("now", "other", FILES, "lan", NOW + HOUR, True, id="somebody chose it after the files were published"),
        pytest.param("now", "other", FILES, "lan", NOW - HOUR, False, id="somebody chose it before"),
    ],
)
def test_the_active_model_goes_on_while_nobody_changed_the_files_since(code, data, origin, by, chosen_at, is_right):
    new = a_model("m")
    fields = {name: getattr(new, name) for name in vars(new) if name != "file"}
    active = Model(**fields, is_active=True, activated_at=chosen_at, activated_by=by, reason="", figures={})
    active = replace(active, code=code_fingerprint() if code == "now" else "x", data=data_fingerprint(TREE) if data == "same" else "x")

    assert is_still_right(active, version(origin), TREE) == is_right


@pytest.fixture
async def place(tmp_path, curriculum):
    """A settings object and a database with the project's content."""
    shutil.copyfile(_migrated(), tmp_path / "d.sqlite3")
    settings = Settings(data_dir=tmp_path, database_url=f"sqlite:///{tmp_path}/d.sqlite3", secret_key=SECRET_KEY)
    repository = Repository(open_database(settings.effective_database_url), KEYS)
    await repository.settle_key()
    await publish_project(repository, curriculum)
    yield settings, repository
    await repository.close()


async def test_the_first_start_trains_and_puts_the_model_into_the_bank(place, tmp_path):
    settings, repository = place
    trained = []

    async def train(files):
        trained.append(files)
        path = settings.models_path / f"{model_name(files)}.tar.gz"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"model")
        return path

    first = await choose_model(settings, train)
    second = await choose_model(settings, train)

    assert first == second
    assert len(trained) == 1
    assert model_name(trained[0]) == model_name(project_tree())
    async with repository.reading() as store:
        active = await store.models.active()
        assert active.name == model_name(project_tree())
        assert active.example_count > 5000
        assert await store.models.file(active.name) == b"model"


async def test_a_file_that_is_lost_comes_from_the_bank(place):
    settings, _ = place

    async def train(files):
        path = settings.models_path / f"{model_name(files)}.tar.gz"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"model")
        return path

    path = await choose_model(settings, train)
    path.unlink()

    assert (await choose_model(settings, _never)).read_bytes() == b"model"


async def test_the_model_that_somebody_chose_is_begun_with(place):
    settings, repository = place
    async with repository.transaction() as store:
        await store.models.add(a_model("chosen", code=code_fingerprint()))
        await store.models.activate("chosen", datetime.now(UTC) + HOUR, by="lan")

    assert (await choose_model(settings, _never)).name == "chosen.tar.gz"


async def _never(_files):
    raise AssertionError("nothing is to be trained")
