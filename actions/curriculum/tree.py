"""Everything trainers write as one tree of texts, path → text; how paths belong together, and who must look at a change.

The folders `content/` and `training_data/` are one such tree, a published version is another.
"""

import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

import yaml

from actions.curriculum.lint import check_all
from actions.curriculum.model import Curriculum
from actions.curriculum.problems import ContentError, Problem

ItemKind = Literal["answer", "lesson", "guide", "drill", "facts", "other"]
ITEM_KIND_TITLES: dict[ItemKind, str] = {
    "answer": "Câu trả lời",
    "lesson": "Bài học",
    "guide": "Hướng dẫn",
    "drill": "Diễn tập",
    "facts": "Dữ kiện",
    "other": "Tệp khác",
}
FACTS = "content/facts.yml"
TOPICS = "content/topics.yml"
EXAMPLES = "training_data/"
NO_TEXT = "\ufffd"  # what stands for bytes that are no UTF-8
_PATTERNS = ("content/**/*.md", "content/**/*.yml", "training_data/**/*.yml", "training_data/**/*.tsv")
# A part of a path is no longer than file systems take, and never leads upwards; pictures are not texts.
_PATH = re.compile(
    r"(?:content/(?!pictures/)(?:PART/)*PART\.(?:md|yml)|training_data/(?:PART/)*PART\.(?:yml|tsv))".replace("PART", r"[^/\0.][^/\0]{0,59}")
)
_PATHS: tuple[tuple[ItemKind, re.Pattern[str]], ...] = (
    ("answer", re.compile(r"content/answers/[^/]+/(?P<slug>[^/]+)\.md")),
    ("answer", re.compile(r"training_data/(?:answers|behaviours)/[^/]+/(?P<slug>[^/]+)\.yml")),
    ("lesson", re.compile(r"content/lessons/(?P<slug>[^/]+)/(?:lesson\.md|quiz\.yml)")),
    ("guide", re.compile(r"content/guides/(?P<slug>[^/]+)\.yml")),
    ("drill", re.compile(r"content/drills/(?P<slug>[^/]+)\.yml")),
    ("facts", re.compile(r"content/(?P<slug>facts)\.yml")),
)
_PLAIN_PILLARS = ("digital-skills",)  # what says nothing of law or safety


@dataclass(frozen=True)
class Item:
    """One thing that is written, reviewed and published as a whole."""

    kind: ItemKind
    slug: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.slug}"

    @classmethod
    def parse(cls, text: str) -> "Item":
        """Return the item that `<kind>/<slug>` names.

        Raises:
            ValueError: There is no such kind.
        """
        kind, _, slug = text.partition("/")
        if kind not in ITEM_KIND_TITLES or not slug:
            raise ValueError(text)
        return cls(kind, slug)


def read_tree(root: Path) -> dict[str, str]:
    """Return the texts below a project's root, by their paths from there; bytes that are no UTF-8 are told by the check."""
    found = {path for pattern in _PATTERNS for path in root.glob(pattern) if path.is_file()}
    by_path = {path.relative_to(root).as_posix(): path for path in sorted(found)}
    return {
        path: file.read_bytes().decode("utf-8", "replace") for path, file in by_path.items() if not path.startswith("content/pictures/")
    }


def write_tree(tree: Mapping[str, str], root: Path) -> list[str]:
    """Make the files below a root the same as a tree; return the paths that were written or deleted.

    Raises:
        ValueError: A path is none of a tree.
    """
    for path in tree:
        if not is_path(path):
            raise ValueError(path)
    present = read_tree(root)
    changed = sorted(path for path in {*present, *tree} if present.get(path) != tree.get(path))
    for path in changed:
        file = root / path
        if path in tree:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(tree[path].encode())
        else:
            file.unlink()
            _remove_empty(file.parent, root)
    return changed


def is_path(path: str) -> bool:
    """Tell whether a text of a tree may have this path."""
    return _PATH.fullmatch(path) is not None


def check_tree(tree: Mapping[str, str], today: date, pictures: Path) -> tuple[Curriculum | None, list[Problem]]:
    """Check a tree as a whole.

    Args:
        tree: The texts by path.
        today: The day against which reviews are checked.
        pictures: The folder of the pictures' files, which are not in the tree.

    Returns:
        The curriculum, None where there are problems, and every problem.
    """
    problems = [problem for path, text in tree.items() for problem in _unreadable(path, text)]
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        write_tree({path: text for path, text in tree.items() if is_path(path)}, root)
        (root / "content").mkdir(exist_ok=True)
        (root / "content" / "pictures").symlink_to(pictures.resolve(), target_is_directory=True)
        try:
            curriculum = check_all(root, today)
        except ContentError as error:
            return None, sorted([*problems, *error.problems], key=lambda problem: (problem.path, problem.place))
    return (None, problems) if problems else (curriculum, [])


def item_of(path: str) -> Item:
    """Return the item that a file belongs to."""
    for kind, pattern in _PATHS:
        match = pattern.fullmatch(path)
        if match is not None:
            return Item(kind, match["slug"])
    return Item("other", path.replace("/", ":"))


def paths_of(item: Item, tree: Iterable[str], topic: str | None = None) -> list[str]:
    """Return the paths of an item: those that the tree has, or those of a new one.

    Args:
        item: The item.
        tree: The paths that are there.
        topic: The topic of a new answer.
    """
    found = sorted(path for path in tree if item_of(path) == item)
    match item.kind:
        case "answer" if topic is not None:
            return [f"content/answers/{topic}/{item.slug}.md", f"training_data/answers/{topic}/{item.slug}.yml"]
        case "lesson":
            return [f"content/lessons/{item.slug}/lesson.md", f"content/lessons/{item.slug}/quiz.yml"]
        case "guide" | "drill":
            return [f"content/{item.kind}s/{item.slug}.yml"]
        case "facts":
            return [FACTS]
        case "other":
            return [item.slug.replace(":", "/")]
    return found


def needs_review(item: Item, tree: Mapping[str, str], changed: Iterable[str] = ()) -> bool:
    """Tell whether a second person must look at a change before it is published: all that says something of law or safety.

    Args:
        item: What is changed.
        tree: The texts with the change.
        changed: The paths that are changed; examples alone say nothing to citizens.
    """
    changed = list(changed)
    if changed and all(path.startswith(EXAMPLES) for path in changed):
        return False
    if item.kind not in ("answer", "lesson"):
        return True
    pillars = {str(slug): fields.get("pillar") for slug, fields in _yaml(tree.get(TOPICS, "")).items() if isinstance(fields, dict)}
    return any(pillars.get(topic) not in _PLAIN_PILLARS for topic in _topics_of(item, tree)) or not _topics_of(item, tree)


def _unreadable(path: str, text: str) -> Iterator[Problem]:
    """Tell what keeps a text from being read as it is."""
    if not is_path(path):
        yield Problem(path, "tên tệp", "không phải tệp nội dung; chỉ dùng .md, .yml trong content, .yml, .tsv trong training_data")
    if NO_TEXT in text:
        line = text[: text.index(NO_TEXT)].count("\n") + 1
        yield Problem(path, f"dòng {line}", "có chữ không phải UTF-8; hãy lưu lại tệp với mã hoá UTF-8")


def _remove_empty(folder: Path, root: Path) -> None:
    """Remove a folder that nothing is in any more, and those above it."""
    while folder != root and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent


def _topics_of(item: Item, tree: Mapping[str, str]) -> list[str]:
    topics: list[str] = []
    for path in paths_of(item, tree):
        parts = path.split("/")
        if parts[1] == "answers" and parts[0] == "content":
            topics.append(parts[2])
        elif parts[-1] == "lesson.md" and path in tree:
            front = _yaml(tree[path].partition("---\n")[2].partition("\n---")[0])
            found = front.get("topics")
            topics += map(str, found) if isinstance(found, list) else []
    return topics


def _yaml(text: str) -> dict[object, object]:
    try:
        parsed = yaml.load(text, Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, ValueError):  # A date such as 2026-13-45 is a ValueError.
        return {}  # Broken text is told by the lint; whoever publishes is asked for a review meanwhile.
    return parsed if isinstance(parsed, dict) else {}
