"""A small tree of content that is cut from the project's own: valid as a whole, and checked in a moment."""

from functools import cache

from actions.curriculum.tree import item_of, read_tree
from bot.settings import ROOT

PICTURES = ROOT / "content" / "pictures"
ANSWER = "content/answers/scam-police/cong-an-goi-dien.md"
EXAMPLES = "training_data/answers/scam-police/cong-an-goi-dien.yml"
OTHER_ANSWER = "content/answers/passwords-2fa/otp-la-gi.md"
LESSON = "content/lessons/ma-otp/lesson.md"
QUIZ = "content/lessons/ma-otp/quiz.yml"
FACTS = "content/facts.yml"
TOPICS = "content/topics.yml"
PATHS = "content/paths.yml"
_KEPT = {
    "answer/cong-an-goi-dien",
    "answer/otp-la-gi",
    "lesson/ma-otp",
    "lesson/cong-an-gia",
    "lesson/vua-bi-lua-lam-gi",
    "guide/vua-bi-lua",
    "drill/dien-tap-cong-an",
    "facts/facts",
}
_ONE_PATH = """\
nguoi-cao-tuoi:
  title: "Người cao tuổi dùng mạng yên tâm"
  audience: "Tôi lớn tuổi, muốn học chậm"
  about: "Bài ngắn, chữ dễ đọc."
  lessons: [ma-otp, cong-an-gia]
"""


@cache
def project_tree():
    """Return the texts of the project itself, by path."""
    return read_tree(ROOT)


@cache
def _small():
    kept = {path: text for path, text in project_tree().items() if item_of(path).kind == "other" or str(item_of(path)) in _KEPT}
    return kept | {PATHS: _ONE_PATH}


def small_tree(**changed):
    """Return a valid tree of a few answers and lessons."""
    return dict(_small()) | changed


def edited(tree, path, old, new):
    """Return a tree with a place of one text changed."""
    assert tree[path].count(old) >= 1, (path, old)
    return tree | {path: tree[path].replace(old, new, 1)}


def without(tree, *paths):
    """Return a tree that some files are gone from."""
    assert set(paths) <= tree.keys()
    return {path: text for path, text in tree.items() if path not in paths}
