"""The design's rules about the tree, held by tests: imports go one way, documents tell the truth."""

import ast
import re
import subprocess

import pytest

from bot.settings import ROOT

MODULES = sorted(path for folder in ("bot", "actions") for path in (ROOT / folder).rglob("*.py"))
NLU_ALLOWED = {"bot.nlu", "rasa", "numpy", "scipy", "sklearn", "yaml"}


def imports_of(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_one_way(path):
    place = path.relative_to(ROOT).parts
    imported = set(imports_of(path))

    if place[0] == "actions":
        assert not {name for name in imported if name.split(".")[0] in ("bot", "rasa", "fastapi", "httpx")}
    if place[:2] == ("actions", "learners"):
        assert not {name for name in imported if name.startswith("actions.curriculum")}
    if place[:2] == ("bot", "nlu"):
        ours = {name for name in imported if name.split(".")[0] in ("bot", "actions")}
        assert all(name.startswith("bot.nlu") for name in ours)
    if place[0] == "bot" and place[1] != "nlu":
        assert not {name for name in imported if name.split(".")[0] in ("rasa", "sklearn", "scipy", "numpy", "tensorflow")}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_modules_say_what_they_are(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))

    assert path.name == "__init__.py" or ast.get_docstring(tree)
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


def test_readme_lists_every_make_target_and_command():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    targets = re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)

    assert [t for t in targets if f"make {t}" not in readme] == []
    from bot.cli import app, content_app, keys_app, model_app, nlu_app, queue_app, retention_app, user_app

    groups = (
        ("", app),
        ("content ", content_app),
        ("nlu ", nlu_app),
        ("keys ", keys_app),
        ("retention ", retention_app),
        ("queue ", queue_app),
        ("user ", user_app),
        ("model ", model_app),
    )
    for prefix, group in groups:
        for command in group.registered_commands:
            assert f"./banso {prefix}{command.name or command.callback.__name__}" in readme


def test_nothing_of_a_machine_or_a_registry_is_in_the_tree():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False).stdout.decode().split("\0")
    hosts = ("pypi" + ".org", "pythonhosted" + ".org", "npmjs" + ".org", "deb.debian" + ".org", "/wor" + "k/", "/ro" + "ot/")

    found = []
    for name in filter(None, listed):
        path = ROOT / name
        if path.is_file() and path.suffix not in (".png", ".gz"):
            text = path.read_text(encoding="utf-8", errors="replace")
            found += [(name, host) for host in hosts if host in text]
    assert found == []
