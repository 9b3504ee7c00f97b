"""The whole system as an operator starts it: real Rasa, real model, real database."""

import os
import re
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path

import pytest

from bot.settings import ROOT
from tests.live.conftest import start
from tests.live.questions import read_questions

pytestmark = pytest.mark.nlu

RIGHT_MIN, WRONG_MAX = 0.85, 0.06
OUTSIDE = {"out_of_scope", "unknown", "small_talk", "crisis", "menu", "suggested"}


def verdict(body, topics):
    """Judge as the public score does: an answer of another topic is wrong, no answer is not."""
    topic, outcome = body["topic"], body["outcome"]
    if "unsafe-request" in topics and outcome in ("unsafe", "crisis"):
        return "right"
    if "out-of-scope" in topics and topic is None and outcome in OUTSIDE - {"suggested"}:
        return "right"
    if topic in topics:
        return "right"
    if topic is None and set(body["suggested_topics"][:3]) & set(topics):
        return "suggested"
    return "unknown" if topic is None else "wrong"


def test_answers_questions_of_other_authors(running):
    verdicts = Counter(verdict(running.ask(q.text).json(), q.topics) for q in read_questions())

    total = verdicts.total()
    assert verdicts["right"] / total >= RIGHT_MIN, verdicts
    assert verdicts["wrong"] / total <= WRONG_MAX, verdicts


@pytest.mark.parametrize("style", ["nodiacritics", "typo", "teencode", "story", "clean"])
def test_no_way_of_typing_is_often_answered_wrongly(running, style):
    questions = [q for q in read_questions() if q.style == style]

    verdicts = Counter(verdict(running.ask(q.text).json(), q.topics) for q in questions)

    assert verdicts["wrong"] / verdicts.total() <= 0.09, verdicts


def test_a_long_story_is_understood_like_a_short_question(running):
    short = running.ask("có người xưng công an gọi bảo tôi liên quan vụ rửa tiền").json()
    story = running.ask(
        "Sáng nay tôi đang nấu cám lợn thì thằng cháu ngoại chạy về khóc vì ngã xe, tôi dỗ mãi mới nín. Vừa xong thì có số lạ gọi đến, "
        "giọng đàn ông nghe nghiêm lắm, tự giới thiệu là công an ở tỉnh, bảo tôi liên quan vụ rửa tiền gì đó dưới Hà Nội, dặn không được "
        "kể cho ai nghe, kể cả ông nhà tôi. Tôi có làm gì đâu mà run hết cả tay. Trưa nay họ hẹn gọi lại. Tôi phải làm thế nào hả cháu?"
    ).json()

    assert short["topic"] == story["topic"] == "scam-police"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\x00",
        "\u202eabc\u202c",
        "cha\u0300o ba\u0323n",
        "🙂🙂🙂",
        "/",
        "/restart",
        '/intent{"x":1}',
        "<script>alert(1)</script>",
        "'; DROP TABLE conversations; --",
        "a" * 2000,
        "שלום",
        "%s %n {0} {{ fact.hotline_156 }}",
        "lừa " * 500,
    ],
)
def test_odd_texts_get_a_kind_reply(running, text):
    response = running.ask(text)

    assert response.status_code == 200
    assert response.json()["replies"][0]["text"]


@pytest.mark.parametrize("length", [2001, 10_000, 300_000])
def test_long_texts_get_a_problem_document(running, length):
    response = running.ask("x" * length)

    assert response.status_code == 413
    assert response.headers["content-type"] == "application/problem+json"


def test_nothing_a_citizen_wrote_stands_in_a_log_or_the_database(running):
    running.ask("dấuvếtriêngtư tôi ở thôn Đông 0912345678 hỏi cái gì đó lạ hoắc", "dauvetnguoigui")
    running.ask("dấuvếtriêngtư otp 483920", "dauvetnguoigui")
    time.sleep(0.5)

    for path in running.data_dir.rglob("*"):
        if path.is_file() and path.suffix != ".gz":
            data = path.read_bytes()
            assert b"0912345678" not in data, path
            assert re.search(rb"(?<!\d)483920(?!\d)", data) is None, path  # within a time it may stand by chance
            assert b"dauvetnguoigui" not in data, path
            if path.suffix in (".log", ".out"):
                assert "dấuvếtriêngtư".encode() not in data, path


def test_the_nlu_server_is_reached_from_this_machine_only(running):
    listening = Path(f"/proc/{running.nlu_pid()}/net/tcp").read_text().splitlines()[1:]
    inodes = {re.sub(r"\D", "", _link(f)) for f in Path(f"/proc/{running.nlu_pid()}/fd").iterdir() if "socket" in _link(f)}

    addresses = {line.split()[1].split(":")[0] for line in listening if line.split()[3] == "0A" and line.split()[9] in inodes}

    assert addresses == {"0100007F"}


def _link(path):
    try:
        return str(path.readlink())
    except FileNotFoundError:
        return ""


def test_killing_the_nlu_server_hurts_no_panic_menu_or_command_and_heals(running):
    os.kill(running.nlu_pid(), signal.SIGKILL)
    time.sleep(0.3)

    question = running.ask("làm sao đặt mật khẩu mạnh")
    panic = running.ask("tôi vừa bị lừa hết tiền rồi")
    menu = running.ask("/menu", "healer")
    choice = running.ask("3", "healer")
    ready = running.client.get("/healthz/ready")
    live = running.client.get("/healthz/live")
    running.wait_until_ready()
    again = running.ask("làm sao đặt mật khẩu mạnh")

    assert question.status_code == 503
    assert "đang bận" in question.json()["replies"][0]["text"]
    assert "156" in question.json()["replies"][0]["text"]
    assert panic.json()["outcome"] == "emergency"
    assert menu.json()["outcome"] == choice.json()["outcome"] == "menu"
    assert (ready.status_code, live.status_code) == (503, 200)
    assert again.json()["topic"] == "passwords-2fa"


def test_commands_for_trainers_speak_to_it(running):
    url = str(running.client.base_url).rstrip("/")
    asked = subprocess.run([ROOT / "banso", "ask", "otp là gì", "--url", url], capture_output=True, text=True, timeout=60, check=False)
    chatted = subprocess.run(
        [ROOT / "banso", "chat", "--url", url], input="menu\n1\n/thoat\n", capture_output=True, text=True, timeout=60, check=False
    )

    assert asked.returncode == 0, asked.stderr
    assert "otp-la-gi" in asked.stdout
    assert "Độ tin cậy" in asked.stdout
    assert chatted.returncode == 0, chatted.stderr
    assert "Dừng lại: không chuyển thêm" in chatted.stdout


def test_stopping_leaves_nothing_behind(model, tmp_path):
    steps = start(model, tmp_path)
    running = next(steps)
    nlu_pid = running.nlu_pid()
    printed = (tmp_path / "run.out").read_text()

    steps.close()

    assert running.process.returncode == 0
    assert not Path(f"/proc/{nlu_pid}").exists()
    assert not (tmp_path / "tmp").exists()
    assert "Đã dừng." in (tmp_path / "run.out").read_text()
    assert str(running.client.base_url.port) in printed
    assert "./banso chat" in printed
    assert len(printed.strip().splitlines()) <= 12


def test_the_nlu_server_ends_with_a_killed_service(model, tmp_path):
    steps = start(model, tmp_path)
    running = next(steps)
    nlu_pid = running.nlu_pid()

    running.process.kill()
    running.process.wait()
    deadline = time.monotonic() + 20
    while Path(f"/proc/{nlu_pid}").exists() and time.monotonic() < deadline:
        time.sleep(0.2)

    assert not Path(f"/proc/{nlu_pid}").exists()
    with pytest.raises(StopIteration):
        next(steps)


@pytest.mark.parametrize("verb", [["explain", "cái ô vuông lốm đốm dán ở quán có bị dán đè không"], ["diagnose"]])
def test_nlu_tools_explain_themselves(model, verb):
    done = subprocess.run([ROOT / "banso", "nlu", *verb], capture_output=True, text=True, timeout=400, check=False)

    assert done.returncode == 0, done.stderr[-2000:]
    assert ("Ví dụ gần nhất" if verb[0] == "explain" else "Ví dụ gần một ý định khác nhất") in done.stdout


def test_evaluates_any_labelled_file(tmp_path):
    rows = [
        (f"{verb} {thing}", thing)
        for verb in ("mua", "bán", "đổi", "xem", "hỏi giá", "tìm", "sửa", "thuê")
        for thing in ("xe máy", "nhà đất", "điện thoại")
    ]
    for name, part in (("train.tsv", rows), ("test.tsv", rows[::3])):
        (tmp_path / name).write_text("text\tintent\n" + "".join(f"{t}\t{i}\n" for t, i in part), encoding="utf-8")

    done = subprocess.run(
        [ROOT / "banso", "nlu", "evaluate", "--train", tmp_path / "train.tsv", "--test", tmp_path / "test.tsv"],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr[-2000:]
    assert "F1 trung bình" in done.stdout
