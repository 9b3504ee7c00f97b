"""Which model a service begins with: the active one of the bank, or one that is trained for the published content first."""

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from actions.curriculum.adding import examples_in
from actions.curriculum.tree import EXAMPLES, read_tree
from actions.learners.contents import CONSOLE, Version
from actions.learners.models import Model, NewModel
from actions.learners.repository import Repository
from bot import clock
from bot.models.files import fetch_file
from bot.secret_key import open_repository
from bot.settings import ROOT, Settings
from bot.training import code_fingerprint, data_fingerprint, model_name

Files = Mapping[str, str]
Trainer = Callable[[Files], Awaitable[Path]]
DESCRIPTION = "Huấn luyện khi khởi động dịch vụ"


async def choose_model(settings: Settings, train: Trainer) -> Path:
    """Return the file of the model to begin with; it is the bank's active one then.

    Args:
        settings: Where files of models and the database are.
        train: Trains a model of files, path → text; it may take a minute.
    """
    repository = await open_repository(settings)
    try:
        async with repository.reading() as store:
            version, active = await store.contents.active(), await store.models.active()
            tree = {} if version is None else {path: digest for path, digest in version.tree.items() if path.startswith(EXAMPLES)}
            files = await store.contents.files(tree)
        files = files or read_tree(ROOT)  # Versions of an older service hold no files.
        if active is not None and is_still_right(active, version, files):
            path = await fetch_file(repository, settings, active.name)
            if path is not None:
                return path
        return await _model_of(repository, settings, files, version.version if version else "", train)
    finally:
        await repository.close()


def is_still_right(active: Model, version: Version | None, files: Files) -> bool:
    """Tell whether the active model goes on: today's code runs it, and nobody changed files of the project since it was chosen.

    Args:
        active: The bank's active model.
        version: The published content.
        files: Its training files.
    """
    if active.code != code_fingerprint():
        return False
    if active.data == data_fingerprint(files):
        return True
    if version is not None and version.origin == CONSOLE:
        return True  # Who publishes in the console trains there, when they want to.
    is_chosen = active.activated_by is not None and active.activated_at is not None
    return is_chosen and version is not None and active.activated_at is not None and active.activated_at >= version.published_at


async def _model_of(repository: Repository, settings: Settings, files: Files, version: str, train: Trainer) -> Path:
    """Return the model of these files, trained unless it is there; let it be the active one."""
    name = model_name(files)
    path = await fetch_file(repository, settings, name) or await train(files)
    async with repository.transaction() as store:
        if await store.models.model(name) is None:
            await store.models.add(_new_model(name, path, files, version))
        before = await store.models.active()
        if before is None or before.name != name:
            await store.models.activate(name, clock.now(), by=None)
            details = {"before": before.name if before else None, "content_version": version}
            await store.staff.audit(None, "model.activate", name, clock.now(), **details)
        await store.models.forget_old()
    return path


def _new_model(name: str, path: Path, files: Files, version: str) -> NewModel:
    examples = sum(len(examples_in(text)) for file, text in files.items() if file.startswith(EXAMPLES) and file.count("/") == 3)
    return NewModel(
        name=name, file=path.read_bytes(), description=DESCRIPTION, content_version=version, code=code_fingerprint(),
        data=data_fingerprint(files), trained_by="", trained_at=clock.now(), train_seconds=0.0, example_count=examples,
    )  # fmt: skip
