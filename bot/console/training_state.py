"""What the training page begins with: whether the examples changed since the active model, what runs, what went wrong."""

from collections.abc import Mapping
from dataclasses import dataclass

from actions.curriculum.adding import examples_in
from actions.curriculum.tree import EXAMPLES, Item, item_of
from actions.learners.contents import Version
from actions.learners.models import Model
from actions.learners.repository import Store
from actions.learners.staff_tables import AuditEntry
from actions.learners.training import Job
from bot.console.console import Console
from bot.training import FROZEN, code_fingerprint, model_name

SWAP_FAILED = "model.swap_failed"
Tree = Mapping[str, str]


@dataclass(frozen=True)
class ExampleChange:
    """An answer whose examples are others than when the active model was trained; another file where nothing is counted."""

    item: Item
    added: int
    removed: int


@dataclass(frozen=True)
class TrainingState:
    """The page's state.

    `known` is the model of the bank that was trained with the published examples; `changes` is
    None where it is not known any more what the active model was trained with; `drafts` is how
    many drafts have examples that are not published; `trouble` tells that the active model
    could not be taken up.
    """

    version: Version | None
    active: Model | None
    previous: Model | None
    known: Model | None
    changes: list[ExampleChange] | None
    drafts: int
    job: Job | None
    trouble: AuditEntry | None

    @property
    def is_current(self) -> bool:
        """Whether the active model was trained with the published examples, by this software."""
        return self.active is not None and self.known is not None and self.active.name == self.known.name

    @property
    def may_go_back(self) -> bool:
        """Whether the model before the active one can be run by this software."""
        return self.previous is not None and self.previous.code == code_fingerprint()


async def training_state(console: Console) -> TrainingState:
    """Return the page's state."""
    files = await console.texts.active()
    async with console.repository.reading() as store:
        version, active = await store.contents.active(), await store.models.active()
        known = await store.models.model(model_name(files)) if files else None
        is_current = active is not None and known is not None and active.name == known.name
        drafts = [draft for draft in await store.contents.drafts() if any(path.startswith(EXAMPLES) for path in draft.files)]
        return TrainingState(
            version, active, await store.models.previous(), known,
            [] if is_current else await _changes(store, version, active), len(drafts),
            next(iter(await store.training.open_jobs()), None), await _trouble(store, active),
        )  # fmt: skip


async def _changes(store: Store, version: Version | None, active: Model | None) -> list[ExampleChange] | None:
    before = None if active is None else await store.contents.version(active.content_version)
    if version is None or before is None:
        return None
    paths = [
        path
        for path in sorted({*before.tree, *version.tree})
        if path.startswith(EXAMPLES) and path != FROZEN and before.tree.get(path) != version.tree.get(path)
    ]
    old = await store.contents.files({path: before.tree[path] for path in paths if path in before.tree})
    new = await store.contents.files({path: version.tree[path] for path in paths if path in version.tree})
    return [_change(path, old.get(path), new.get(path)) for path in paths]


def _change(path: str, old: str | None, new: str | None) -> ExampleChange:
    item = item_of(path)
    if item.kind != "answer":
        return ExampleChange(item, 0, 0)
    before, after = set(examples_in(old)), set(examples_in(new))
    return ExampleChange(item, len(after - before), len(before - after))


async def _trouble(store: Store, active: Model | None) -> AuditEntry | None:
    if active is None or active.activated_at is None:
        return None
    of_it = (AuditEntry.action == SWAP_FAILED, AuditEntry.subject == active.name, AuditEntry.at >= active.activated_at)
    return next(iter(await store.staff.audit_log(*of_it, limit=1)), None)
