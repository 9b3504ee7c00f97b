"""Save what a spreadsheet changes as drafts, all in one transaction, and nothing over what somebody else is writing unasked."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from actions.curriculum.sheets.desk import Change
from actions.learners.contents import DraftText, applied
from actions.learners.repository import Repository, Store
from actions.learners.staff import Staff

Obstacle = Literal["", "other", "outdated"]


class MovedOnError(Exception):
    """The content or a draft was changed since the plan was made; it must be made anew."""


@dataclass(frozen=True)
class Ground:
    """What a plan is made over: the texts with all drafts put in, the published version, and the drafts."""

    files: Mapping[str, str]
    version: str
    tree: Mapping[str, str]
    drafts: Mapping[str, DraftText]

    @property
    def revisions(self) -> dict[str, int]:
        """The drafts' revisions by item."""
        return {item: draft.revision for item, draft in self.drafts.items()}

    def obstacle(self, change: Change, staff: Staff) -> Obstacle:
        """Tell what stands in the way of saving a change: another's draft, or one begun from an older version."""
        draft = self.drafts.get(change.item)
        if draft is None:
            return ""
        if any(self.tree.get(path) != digest for path, digest in draft.base.items()):
            return "outdated"
        return "" if draft.edited_by == staff.id else "other"


@dataclass(frozen=True)
class Saved:
    """What became of a plan: the items that are drafts now, and those that were left."""

    items: tuple[str, ...]
    left: tuple[str, ...]


async def read_ground(repository: Repository) -> Ground:
    """Return what is there now."""
    async with repository.reading() as store:
        return await _ground(store)


async def _ground(store: Store) -> Ground:
    active, drafts = await store.contents.active(), await store.contents.drafts()
    files = {} if active is None else await store.contents.files(active.tree)
    by_item = {draft.item: draft for draft in drafts}
    return Ground(applied(files, drafts), active.version if active else "", active.tree if active else {}, by_item)


async def save_changes(
    store: Store,
    changes: Sequence[Change],
    seen: tuple[str, Mapping[str, int]],
    staff: Staff,
    overwritten: Collection[str],
    now: datetime,
) -> Saved:
    """Save changes as drafts.

    Args:
        store: The open transaction.
        changes: What changes.
        seen: The published version, and the drafts' revisions, that the plan was made with.
        staff: Who saves.
        overwritten: The items whose draft of another person is to be written over.
        now: The time.

    Raises:
        MovedOnError: Something was changed since; nothing is saved.
    """
    ground = await _ground(store)
    version, revisions = seen
    items = [change.item for change in changes]
    if ground.version != version or any(ground.revisions.get(item) != revisions.get(item) for item in items):
        raise MovedOnError
    saved, left = [], []
    for change in changes:
        obstacle = ground.obstacle(change, staff)
        if obstacle == "outdated" or (obstacle == "other" and change.item not in overwritten):
            left.append(change.item)
            continue
        draft = await store.contents.draft(change.item, for_update=True)
        if (draft.revision if draft else None) != revisions.get(change.item):
            raise MovedOnError
        files = {**(draft.files if draft else {}), **change.files}
        await store.contents.save_draft(change.item, files, revision=draft.revision if draft else 0, by=staff.id, now=now)
        saved.append(change.item)
    return Saved(tuple(saved), tuple(left))
