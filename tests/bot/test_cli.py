"""The commands as a person runs them: exit status and what they print."""

import os
import shutil
import socket
import subprocess

import pytest

from bot.settings import ROOT


def banso(*arguments, **environment):
    return run([ROOT / "banso", *arguments], environment)


def run(command, environment):
    return subprocess.run(
        command, capture_output=True, text=True, timeout=120, check=False, env=os.environ | environment, stdin=subprocess.DEVNULL
    )


def test_lint_says_all_is_well_quickly():
    done = banso("content", "lint")

    assert done.returncode == 0, done.stderr
    assert "Nội dung tốt" in done.stdout


def test_help_lists_the_commands():
    done = banso("--help")

    assert done.returncode == 0
    for command in ("run", "chat", "ask", "train", "doctor", "content", "nlu"):
        assert command in done.stdout


def test_publishes_into_an_empty_folder(tmp_path):
    first = banso("content", "publish", BANSO_DATA_DIR=str(tmp_path / "new"))
    again = banso("content", "publish", BANSO_DATA_DIR=str(tmp_path / "new"))

    assert "đã xuất bản" in first.stdout
    assert "không đổi" in again.stdout


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"BANSO_PORT": "abc"}, "BANSO_PORT"),
        ({"BANSO_DATABASE_URL": "mysql://x/y"}, "BANSO_DATABASE_URL"),
        ({"BANSO_DATA_DIR": "/proc/nothing"}, "BANSO_DATA_DIR"),
        ({"BANSO_SECRET_KEY": "short"}, "BANSO_SECRET_KEY"),
    ],
)
def test_run_refuses_a_bad_setting_in_one_line(environment, message, tmp_path):
    done = banso("run", **{"BANSO_DATA_DIR": str(tmp_path), "BANSO_PORT": "18997"} | environment)

    assert done.returncode == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    assert len(done.stderr.strip().splitlines()) == 1


def test_run_refuses_a_taken_port(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = banso("run", BANSO_PORT=port, BANSO_DATA_DIR=str(tmp_path))

    assert done.returncode == 1
    assert port in done.stderr
    assert "BANSO_PORT" in done.stderr


def test_run_refuses_a_full_disk(tmp_path):
    if os.geteuid() != 0 or not shutil.which("mount"):
        pytest.skip("only root can mount a small disk")
    small = tmp_path / "small"
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", small], check=False, capture_output=True).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        done = banso("run", BANSO_DATA_DIR=str(small), BANSO_PORT="18999")
    finally:
        subprocess.run(["umount", small], check=False)

    assert done.returncode == 1
    assert "MB" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", [("ask", "otp là gì"), ("chat",)])
def test_talking_to_no_service_says_what_to_do(command):
    done = banso(*command, "--url", "http://127.0.0.1:9")

    assert done.returncode == 1
    assert "make run" in done.stderr


def test_a_broken_content_file_stops_the_run(tmp_path):
    tree = tmp_path / "tree"
    shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(".venv*", "var", ".git", "tests", "results"), symlinks=True)
    (tree / ".venv").symlink_to(ROOT / ".venv")
    (tree / ".venv-nlu").symlink_to(ROOT / ".venv-nlu")
    path = tree / "content" / "answers" / "scam-police" / "cong-an-goi-dien.md"
    path.write_text(path.read_text(encoding="utf-8").replace("title:", "titel:"), encoding="utf-8")

    done = run([tree / "banso", "run"], {"BANSO_PORT": "18998"})

    assert done.returncode == 1
    assert "content/answers/scam-police/cong-an-goi-dien.md: phần đầu → titel" in done.stderr
    assert "Traceback" not in done.stderr
