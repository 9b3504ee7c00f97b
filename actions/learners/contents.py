"""Queries about what trainers write: versions and their texts, drafts, what is in open forms."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from actions.learners.content_tables import Autosave, ContentBlob, ContentVersion, Draft, DraftRevision
from actions.learners.keys import Keys
from actions.learners.rows import insert
from actions.learners.staff_tables import Switch

DRAFT, IN_REVIEW, APPROVED, RETURNED = "draft", "in_review", "approved", "returned"
FILES, CONSOLE = "files", "console"
REVISION_RETENTION = timedelta(days=180)
AUTOSAVE_RETENTION = timedelta(days=30)
VERSIONS_LOCK = 8151  # any number that nobody else locks
_IMPORTED = "imported_files"
_ABOUT = [column for column in ContentVersion.__table__.columns if column.name != "document"]


@dataclass(frozen=True)
class Version:
    """One published version, without its document; `tree` maps paths to digests."""

    version: str
    tree: Mapping[str, str]
    parent: str | None
    origin: str
    author: str
    note: str
    published_at: datetime
    activated_at: datetime | None
    is_active: bool


@dataclass(frozen=True)
class DraftText:
    """What is being written of one item; see `content_tables.Draft`."""

    item: str
    files: Mapping[str, str | None]
    base: Mapping[str, str | None]
    revision: int
    state: str
    edited_by: str
    edited_at: datetime
    submitted_by: str | None
    reviewed_by: str | None
    reviewed_at: datetime | None
    review_note: str


class DraftConflictError(Exception):
    """Another person saved the draft meanwhile; `current` is what they saved, None where they dropped or published it."""

    def __init__(self, current: DraftText | None) -> None:
        super().__init__(current.item if current else "")
        self.current = current


def digest_of(text: str) -> str:
    """Return what a text is found by."""
    return hashlib.sha256(text.encode()).hexdigest()


class Contents:
    """All access to what trainers write, within one transaction."""

    def __init__(self, connection: AsyncConnection, keys: Keys) -> None:
        self._connection, self._keys = connection, keys

    async def active(self) -> Version | None:
        """Return the version that citizens read now."""
        return await self._version(ContentVersion.is_active)

    async def active_version(self) -> str | None:
        """Return the name of the version that citizens read now."""
        return (await self._connection.execute(select(ContentVersion.version).where(ContentVersion.is_active))).scalar_one_or_none()

    async def version(self, version: str) -> Version | None:
        """Return a version by its name."""
        return await self._version(ContentVersion.version == version)

    async def versions(self, limit: int = 50) -> list[Version]:
        """Return the versions, the latest first."""
        query = select(*_ABOUT).order_by(ContentVersion.published_at.desc(), ContentVersion.version).limit(limit)
        return [_version(row) for row in (await self._connection.execute(query)).mappings()]

    async def document(self, version: str) -> str | None:
        """Return the document of a version: all that is said, as JSON."""
        query = select(ContentVersion.document).where(ContentVersion.version == version)
        return (await self._connection.execute(query)).scalar_one_or_none()

    async def files(self, tree: Mapping[str, str]) -> dict[str, str]:
        """Return the texts of a tree, by path."""
        texts: dict[str, str] = {}
        digests = sorted(set(tree.values()))
        for start in range(0, len(digests), 500):  # SQLite takes only so many values in one statement.
            query = select(ContentBlob.digest, ContentBlob.text).where(ContentBlob.digest.in_(digests[start : start + 500]))
            texts |= {row.digest: row.text for row in await self._connection.execute(query)}
        return {path: texts[digest] for path, digest in tree.items()}

    async def active_files(self) -> dict[str, str]:
        """Return the texts that citizens read now, by path; empty before the first publishing."""
        version = await self.active()
        return {} if version is None else await self.files(version.tree)

    async def publish(self, version: str, document: str, files: Mapping[str, str], now: datetime, **about: Any) -> bool:
        """Store a version with its texts and make it the active one.

        Args:
            version: Its name.
            document: All that is said, as JSON.
            files: The texts by path.
            now: The time.
            about: parent, origin, author, note.

        Returns:
            Whether the version is new; one that is there already is made active again, and not changed.
        """
        await self.hold_versions()
        tree = {path: digest_of(text) for path, text in files.items()}
        for path, digest in tree.items():
            await insert(self._connection, ContentBlob, {"digest": digest, "text": files[path]})
        row = {"parent": None, "origin": FILES, "author": "", "note": "", **about}
        row |= {"version": version, "document": document, "tree": tree, "published_at": now, "is_active": False}
        is_new = await insert(self._connection, ContentVersion, row)
        await self.activate(version, now)
        return is_new

    async def hold_versions(self) -> None:
        """Let nobody else make a version active until this transaction is over; SQLite has one writer anyway."""
        if self._connection.dialect.name == "postgresql":
            await self._connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": VERSIONS_LOCK})

    async def activate(self, version: str, now: datetime) -> None:
        """Make a stored version the one that citizens read."""
        await self.hold_versions()
        await self._connection.execute(update(ContentVersion).where(ContentVersion.is_active).values(is_active=False))
        chosen = update(ContentVersion).where(ContentVersion.version == version)
        await self._connection.execute(chosen.values(is_active=True, activated_at=now))

    async def imported(self) -> dict[str, str] | None:
        """Return the tree of the files as they were published last, or None where none were."""
        found = (await self._connection.execute(select(Switch.value).where(Switch.name == _IMPORTED))).scalar_one_or_none()
        return None if found is None else found["tree"]

    async def note_import(self, tree: Mapping[str, str], now: datetime) -> None:
        """Note the tree of the files that were published."""
        row = {"name": _IMPORTED, "value": {"tree": dict(tree)}, "changed_at": now}
        await insert(self._connection, Switch, row, replace=("value", "changed_at"))

    async def drafts(self) -> list[DraftText]:
        """Return all drafts, the one edited last first."""
        query = select(Draft.__table__).order_by(Draft.edited_at.desc(), Draft.item)
        return [DraftText(**row) for row in (await self._connection.execute(query)).mappings()]

    async def draft(self, item: str, *, for_update: bool = False) -> DraftText | None:
        """Return the draft of an item, or None."""
        query = select(Draft.__table__).where(Draft.item == item)
        row = (await self._connection.execute(query.with_for_update() if for_update else query)).mappings().first()
        return None if row is None else DraftText(**row)

    async def save_draft(self, item: str, files: Mapping[str, str | None], *, revision: int, by: str, now: datetime) -> DraftText:
        """Save a draft as a whole; it has to be reviewed anew.

        Args:
            item: `<kind>/<slug>`.
            files: The new texts by path, None for a file that is to go. Files that are as published are left out.
            revision: The revision the writer began from, 0 where there was no draft.
            by: Who writes.
            now: The time.

        Returns:
            The draft as it is now; one that changes nothing is dropped, then `files` is empty.

        Raises:
            DraftConflictError: Another saved meanwhile; nothing is changed.
        """
        current = await self.draft(item, for_update=True)
        if (current.revision if current else 0) != revision:
            raise DraftConflictError(current)
        active = await self.active()
        tree = active.tree if active else {}
        changed = {p: t for p, t in files.items() if (None if t is None else digest_of(t)) != tree.get(p)}
        base = {path: tree.get(path) for path in changed}
        number = revision + 1 if revision else await self._last_revision(item) + 1
        row: dict[str, Any] = {
            "item": item,
            "files": changed,
            "base": base,
            "revision": number,
            "state": DRAFT,
            "edited_by": by,
            "edited_at": now,
        }
        row |= {"submitted_by": None, "reviewed_by": None, "reviewed_at": None, "review_note": ""}
        if not changed:
            await self.drop_draft(item)
        elif not await insert(self._connection, Draft, row, replace=[name for name in row if name != "item"] if revision else ()):
            raise DraftConflictError(await self.draft(item))  # Two began at once: there was no row yet to wait for.
        history = {"item": item, "revision": number, "files": dict(files), "saved_by": by, "saved_at": now}
        await insert(self._connection, DraftRevision, history)
        return DraftText(**row)

    async def drop_draft(self, item: str) -> bool:
        """Drop a draft; its history stays. Return whether there was one."""
        return (await self._connection.execute(delete(Draft).where(Draft.item == item))).rowcount == 1

    async def submit_draft(self, item: str, revision: int, by: str) -> bool:
        """Ask for a review; False where the draft is not the one that was seen."""
        fresh = {"reviewed_by": None, "reviewed_at": None, "review_note": ""}
        return await self._move(item, revision, (DRAFT, RETURNED), state=IN_REVIEW, submitted_by=by, **fresh)

    async def review_draft(self, item: str, revision: int, by: str, *, is_approved: bool, note: str, now: datetime) -> bool:
        """Approve a draft or give it back; False where it is not the one that was seen."""
        state = APPROVED if is_approved else RETURNED
        return await self._move(item, revision, (IN_REVIEW, APPROVED), state=state, reviewed_by=by, reviewed_at=now, review_note=note)

    async def history(self, item: str, limit: int = 50) -> list[DraftRevision]:
        """Return the saves of an item's drafts, the latest first."""
        query = select(DraftRevision.__table__).where(DraftRevision.item == item).order_by(DraftRevision.id.desc()).limit(limit)
        return [DraftRevision(**row) for row in (await self._connection.execute(query)).mappings()]

    async def keep_form(self, item: str, staff_id: str, form: Sequence[tuple[str, str]] | None, revision: int, now: datetime) -> None:
        """Keep what a person has in an open form, or only that they have it open."""
        row: dict[str, Any] = {"item": item, "staff_id": staff_id, "revision": revision, "seen_at": now}
        replaced = ["seen_at"]  # What was kept before stays, with the revision that it began from.
        if form is not None:
            row |= {"form": [list(pair) for pair in form], "kept_at": now}
            replaced += ["form", "kept_at", "revision"]
        await insert(self._connection, Autosave, row, replace=replaced)

    async def form(self, item: str, staff_id: str) -> Autosave | None:
        """Return what a person had in the form of an item and did not save, or None."""
        query = select(Autosave.__table__).where(Autosave.item == item, Autosave.staff_id == staff_id, Autosave.form.is_not(None))
        row = (await self._connection.execute(query)).mappings().first()
        return None if row is None else Autosave(**row)

    async def drop_form(self, item: str, staff_id: str) -> None:
        """Forget what a person had in the form."""
        await self._connection.execute(delete(Autosave).where(Autosave.item == item, Autosave.staff_id == staff_id))

    async def others_at(self, item: str, staff_id: str, since: datetime) -> list[str]:
        """Return who else has the form of an item open since a time."""
        query = select(Autosave.staff_id).where(Autosave.item == item, Autosave.staff_id != staff_id, Autosave.seen_at >= since)
        return list((await self._connection.execute(query)).scalars())

    async def retain(self, now: datetime) -> None:
        """Forget old saves and forms."""
        await self._connection.execute(delete(DraftRevision).where(DraftRevision.saved_at < now - REVISION_RETENTION))
        await self._connection.execute(delete(Autosave).where(Autosave.seen_at < now - AUTOSAVE_RETENTION))

    async def _move(self, item: str, revision: int, states: Sequence[str], **values: Any) -> bool:
        moved = update(Draft).where(Draft.item == item, Draft.revision == revision, Draft.state.in_(states)).values(**values)
        return (await self._connection.execute(moved)).rowcount == 1

    async def _last_revision(self, item: str) -> int:
        """Return the number of the last save: a new draft goes on counting, so that an old form is never taken for its."""
        query = select(func.max(DraftRevision.revision)).where(DraftRevision.item == item)
        return (await self._connection.execute(query)).scalar_one() or 0

    async def _version(self, condition: Any) -> Version | None:
        row = (await self._connection.execute(select(*_ABOUT).where(condition))).mappings().first()
        return None if row is None else _version(row)


def applied(files: Mapping[str, str], drafts: Sequence[DraftText]) -> dict[str, str]:
    """Return texts with drafts put in."""
    result = dict(files)
    for draft in drafts:
        for path, new in draft.files.items():
            if new is None:
                result.pop(path, None)
            else:
                result[path] = new
    return result


def _version(row: Any) -> Version:
    return Version(**row)
