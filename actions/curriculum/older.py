"""Older versions of the content, for those who are still in the middle of them."""

from collections import OrderedDict

from actions.curriculum.model import Curriculum
from actions.curriculum.versions import read_document
from actions.learners.repository import Store

OLDER_KEPT = 4


class OlderVersions:
    """Reads older versions; the last few are kept in memory."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Curriculum | None] = OrderedDict()

    async def get(self, store: Store, version: str) -> Curriculum | None:
        """Return the content of a version, or None where it is gone or cannot be read any more."""
        if version not in self._kept:
            self._kept[version] = await read_document(store, version)
            while len(self._kept) > OLDER_KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(version)
        return self._kept[version]
