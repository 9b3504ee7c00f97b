"""Change some files of an item's draft in one click, and leave what else is being written there."""

from collections.abc import Mapping
from datetime import datetime

from actions.curriculum.tree import Item, item_of
from actions.learners.contents import DraftConflictError, DraftText
from actions.learners.repository import Store


class NothingDoneError(Exception):
    """Nothing was done; the message says why and what to do, in Vietnamese."""


async def working_texts(store: Store, item: Item, draft: DraftText | None) -> dict[str, str]:
    """Return the texts of one item: the published ones, with its draft put in."""
    active = await store.contents.active()
    tree = {path: digest for path, digest in (active.tree if active else {}).items() if item_of(path) == item}
    texts: dict[str, str | None] = {**await store.contents.files(tree), **(draft.files if draft else {})}
    return {path: text for path, text in texts.items() if text is not None}


async def save_into_draft(
    store: Store, item: Item, draft: DraftText | None, files: Mapping[str, str | None], *, by: str, now: datetime
) -> DraftText:
    """Save some files into an item's draft; its other files stay.

    Args:
        store: The open transaction.
        item: The item.
        draft: Its draft, read in this transaction for update.
        files: The new texts by path, None for a file that is to go.
        by: Who changes it.
        now: The time.

    Raises:
        NothingDoneError: The draft was begun from an older version, or another saved meanwhile.
    """
    if draft is not None and await _is_outdated(store, draft):
        raise NothingDoneError("Nháp của mục này dựa trên bản cũ. Hãy mở nháp ở trang Xuất bản, bấm “Giữ nháp trên bản mới”, rồi làm lại.")
    merged = {**(draft.files if draft else {}), **files}
    try:
        return await store.contents.save_draft(str(item), merged, revision=draft.revision if draft else 0, by=by, now=now)
    except DraftConflictError:
        raise NothingDoneError("Vừa có người lưu nháp của mục này. Hãy bấm lại lần nữa.") from None


async def _is_outdated(store: Store, draft: DraftText) -> bool:
    """Tell whether something else was published since; saving would write over it unseen."""
    active = await store.contents.active()
    tree = active.tree if active else {}
    return any(tree.get(path) != digest for path, digest in draft.base.items())
