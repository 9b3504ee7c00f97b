"""From draft to published version: what stands in the way, the check, the new version, the way back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from actions.curriculum.tree import Item, needs_review
from actions.curriculum.versions import publish
from actions.learners.contents import APPROVED, CONSOLE, DraftText, Version, applied
from actions.learners.repository import Repository
from bot import clock
from bot.console.console import Staff
from bot.publishing import check


@dataclass(frozen=True)
class Pending:
    """One draft, and what it waits for.

    `is_outdated`: what it began from is no longer what is published.
    """

    item: Item
    draft: DraftText
    needs_review: bool
    is_outdated: bool

    @property
    def is_ready(self) -> bool:
        """Whether it may be published as it is."""
        return not self.is_outdated and (not self.needs_review or self.draft.state == APPROVED)

    @property
    def obstacle(self) -> str:
        """What stands in the way, in Vietnamese; empty where nothing does."""
        if self.is_outdated:
            return "bản đang xuất bản đã đổi từ khi bắt đầu nháp; mở nháp, xem khác nhau rồi bấm “Giữ nháp trên bản mới”"
        if not self.is_ready:
            return "nội dung về luật và an toàn cần người thứ hai duyệt"
        return ""

    def may_review(self, staff: Staff) -> bool:
        """Tell whether this person is a second one: neither who wrote it nor who asked for the review."""
        return staff.may("review") and staff.id not in (self.draft.edited_by, self.draft.submitted_by)


class NotPublishedError(Exception):
    """Nothing was published; `reasons` says why, one sentence each, in Vietnamese."""

    def __init__(self, *reasons: str) -> None:
        super().__init__("\n".join(reasons))
        self.reasons = reasons


async def pending(repository: Repository) -> tuple[list[Pending], dict[str, str]]:
    """Return all drafts with what they wait for, and the published texts by path."""
    async with repository.reading() as store:
        active = await store.contents.active()
        drafts = await store.contents.drafts()
        files = {} if active is None else await store.contents.files(active.tree)
    tree = active.tree if active else {}
    return [_pending(draft, files, tree) for draft in drafts], files


async def publish_drafts(repository: Repository, seen: Mapping[str, int], staff: Staff, note: str) -> str:
    """Publish drafts as a new version.

    Args:
        repository: The database.
        seen: The items, and the revision of each that the person saw.
        staff: Who publishes.
        note: What is new, for the list of versions.

    Returns:
        The version.

    Raises:
        NotPublishedError: A draft is not ready, or somebody was faster.
        ContentError: The content would have problems.
    """
    async with repository.reading() as store:
        before = await store.contents.active()
    found, files = await pending(repository)
    chosen = [one for one in found if str(one.item) in seen]
    _check_ready(chosen, seen)
    merged = applied(files, [one.draft for one in chosen])
    document = await check(merged, clock.today())
    async with repository.transaction() as store:
        await store.contents.hold_versions()
        current = [await store.contents.draft(str(one.item), for_update=True) for one in chosen]
        is_same = await store.contents.active_version() == (before.version if before else None)
        if not is_same or [d and d.revision for d in current] != [one.draft.revision for one in chosen]:
            raise NotPublishedError("Vừa có người khác lưu hoặc xuất bản. Hãy xem lại danh sách rồi bấm xuất bản lần nữa.")
        version, _ = await publish(store, document, merged, clock.now(), origin=CONSOLE, author=staff.name, note=note)
        for one in chosen:
            await store.contents.drop_draft(str(one.item))
        await store.staff.audit(staff, "content.publish", version, clock.now(), items=[str(one.item) for one in chosen], note=note)
    return version


async def roll_back(repository: Repository, version: str, staff: Staff) -> None:
    """Make an older version the one that citizens read.

    Raises:
        NotPublishedError: There is no such version.
    """
    async with repository.transaction() as store:
        await store.contents.hold_versions()
        if await store.contents.version(version) is None:
            raise NotPublishedError(f"Không có bản {version}.")
        before = await store.contents.active_version()
        await store.contents.activate(version, clock.now())
        await store.staff.audit(staff, "content.roll_back", version, clock.now(), before=before)


async def texts_of(repository: Repository, version: Version) -> tuple[dict[str, str], dict[str, str]]:
    """Return the texts of a version's parent and of the version itself, of the paths that differ."""
    async with repository.reading() as store:
        parent = await store.contents.version(version.parent) if version.parent else None
        before = parent.tree if parent else {}
        paths = {path for path in {*before, *version.tree} if before.get(path) != version.tree.get(path)}
        old = await store.contents.files({path: before[path] for path in paths if path in before})
        new = await store.contents.files({path: version.tree[path] for path in paths if path in version.tree})
    return old, new


def _pending(draft: DraftText, files: Mapping[str, str], tree: Mapping[str, str]) -> Pending:
    item = Item.parse(draft.item)
    is_outdated = any(tree.get(path) != digest for path, digest in draft.base.items())
    after = applied(files, [draft])
    is_new = not any(path in files for path in draft.files)
    # Nothing of law or safety gets out of the review by being given another topic.
    is_reviewed = needs_review(item, after, draft.files) or (not is_new and needs_review(item, files, draft.files))
    return Pending(item, draft, is_reviewed, is_outdated)


def _check_ready(chosen: Sequence[Pending], seen: Mapping[str, int]) -> None:
    if not chosen:
        raise NotPublishedError("Chưa chọn nháp nào. Hãy đánh dấu những mục muốn xuất bản.")
    reasons = [f"{one.item}: {one.obstacle}" for one in chosen if one.obstacle]
    reasons += [f"{one.item}: vừa có người lưu bản mới; hãy xem lại" for one in chosen if one.draft.revision != seen[str(one.item)]]
    if reasons:
        raise NotPublishedError(*reasons)
