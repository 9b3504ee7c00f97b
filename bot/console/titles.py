"""The titles of items, read straight from their texts, which may be drafts with problems."""

import re
from collections.abc import Iterable, Mapping

from actions.curriculum.tree import Item, paths_of

_TITLE = re.compile(r"^title:\s*(?P<title>.+?)\s*$", re.MULTILINE)
_FIXED = {"facts": "Dữ kiện dùng chung"}


def titles_of(files: Mapping[str, str], items: Iterable[Item]) -> dict[str, str]:
    """Return the title of each item by its name; the name itself where the text gives none."""
    return {str(item): title_of(files, item) for item in items}


def title_of(files: Mapping[str, str], item: Item) -> str:
    """Return the title of one item."""
    if item.kind in _FIXED:
        return _FIXED[item.kind]
    for path in paths_of(item, files):
        match = _TITLE.search(files.get(path, ""))
        if match is not None:
            return match["title"].strip("\"'")
    return paths_of(item, files)[0] if item.kind == "other" else item.slug
