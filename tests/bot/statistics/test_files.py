"""Files are made in a process of their own from what is in the database; reports are ordered when they are due."""

import csv
import io
import shutil
from datetime import UTC, date, datetime, timedelta

import pytest

from actions.learners.database import open_database
from actions.learners.repository import Repository
from bot.settings import Settings
from bot.statistics import files
from bot.statistics.files import FAILED, FileRunner
from bot.statistics.report import SWITCH, Month
from tests.actions.learners.statistics.conftest import Scene, crowd
from tests.bot.console.conftest import publish_project
from tests.conftest import KEYS, SECRET_KEY, _migrated

NOW = datetime(2026, 12, 1, 1, tzinfo=UTC)
PERIOD = "tu=2026-11-02&den=2026-11-22"


@pytest.fixture
def url(tmp_path):
    shutil.copyfile(_migrated(), tmp_path / "files.sqlite3")
    return f"sqlite:///{tmp_path}/files.sqlite3"


@pytest.fixture
async def repository(url, curriculum):
    made = Repository(open_database(url), KEYS)
    await made.settle_key()
    await publish_project(made, curriculum)
    async with made.transaction() as store:
        await store.counting.begin()
    yield made
    await made.close()


@pytest.fixture
def runner(repository, url, tmp_path):
    settings = Settings(data_dir=tmp_path, database_url=url, secret_key=SECRET_KEY)
    return FileRunner(repository, settings, "one")


async def content_of(repository, file):
    async with repository.reading() as store:
        return b"".join([part async for part in store.exports.content(file.id)])


async def ask(repository, kind, form, wanted=PERIOD):
    async with repository.transaction() as store:
        return await store.exports.ask(kind, form, wanted, f"x.{form}", NOW, by="an")


async def learn(repository, count):
    scene = Scene(repository)
    await scene.enrol(crowd("an", count), path="moi-dung-dien-thoai")
    await scene.study(crowd("an", count), "ma-otp", steps=2, day=3)
    await scene.answer(crowd("an", count), "ma-otp", "q1", 1, right=True, day=4)
    await scene.count()


async def test_a_row_for_each_learner_and_for_each_attempt(repository, runner, curriculum):
    await learn(repository, 7)
    await ask(repository, "learners", "csv")
    await ask(repository, "attempts", "csv")

    learners, attempts = await runner.work(), await runner.work()

    assert [(one.state, one.row_count, one.error) for one in (learners, attempts)] == [("done", 7, "")] * 2
    rows = list(csv.DictReader(io.StringIO((await content_of(repository, learners)).decode("utf-8-sig"))))
    one = rows[0]
    assert one["Người học"].startswith("NH-")
    assert len({row["Người học"] for row in rows}) == 7
    assert (one["Kênh"], one["Lộ trình"]) == ("Trang chat", "Mới dùng điện thoại thông minh")
    assert (one["Bài bắt đầu"], one["Lần trả lời"], one["Trả lời đúng"]) == ("1", "1", "1")
    rows = list(csv.DictReader(io.StringIO((await content_of(repository, attempts)).decode("utf-8-sig"))))
    assert rows[0]["Bài học"] == curriculum.lessons["ma-otp"].title
    assert (rows[0]["Ngày"], rows[0]["Mã câu đố"], rows[0]["Lựa chọn thứ"], rows[0]["Đúng"]) == ("2026-11-06", "q1", "2", "1")


async def test_fewer_than_five_learners_are_no_file(repository, runner):
    await learn(repository, 4)
    await ask(repository, "learners", "xlsx")

    file = await runner.work()

    assert file.state == "failed"
    assert "dưới 5 người" in file.error
    assert await content_of(repository, file) == b""


@pytest.mark.parametrize(("form", "begins"), [("pdf", b"%PDF-"), ("xlsx", b"PK")])
async def test_a_report_is_made_in_each_format(repository, runner, form, begins):
    await ask(repository, "report", form, "2026-11")

    file = await runner.work()

    assert (file.state, file.error) == ("done", "")
    assert (await content_of(repository, file)).startswith(begins)


async def test_a_process_that_dies_is_told_of(repository, runner, monkeypatch):
    async def die(*_arguments, **_named):
        return 1, b""

    monkeypatch.setattr(files, "run_apart", die)
    await ask(repository, "learners", "csv")

    file = await runner.work()

    assert (file.state, file.error) == ("failed", FAILED)


async def test_another_replica_waits(repository, runner, url, tmp_path):
    await ask(repository, "learners", "csv")
    async with repository.transaction() as store:
        await store.exports.hold("two", datetime.now(UTC))

    assert await runner.work() is None


async def test_reports_are_ordered_when_due_and_once(repository, runner):
    async with repository.transaction() as store:
        await store.staff.set_switch(SWITCH, {"day": 5, "agency": "", "place": ""}, NOW)

    days = [await runner.order_reports(NOW, date(2026, 12, day)) for day in (4, 5, 6)]

    assert days == [None, Month(2026, 11), None]
    async with repository.reading() as store:
        ordered = await store.exports.files("report")
        entries = await store.staff.audit_log()
    assert sorted((one.format, one.filter, one.requested_by) for one in ordered) == [("pdf", "2026-11", None), ("xlsx", "2026-11", None)]
    assert ("Hệ thống", "statistics.report", "2026-11") in [(one.staff_name, one.action, one.subject) for one in entries]


async def test_without_a_schedule_nothing_is_ordered(repository, runner):
    assert await runner.order_reports(NOW, date(2026, 12, 28)) is None
    assert await runner.work() is None


async def test_a_scheduled_report_that_failed_waits_a_day(repository, runner, monkeypatch):
    async def die(*_arguments, **_named):
        return 1, b""

    monkeypatch.setattr(files, "run_apart", die)
    async with repository.transaction() as store:
        await store.staff.set_switch(SWITCH, {"day": 1}, NOW)
    await runner.order_reports(NOW, date(2026, 12, 1))
    made = [await runner.work(), await runner.work()]

    again = [await runner.order_reports(NOW + timedelta(hours=hours), date(2026, 12, 1)) for hours in (0, 1, 25)]

    assert [file.state for file in made] == ["failed", "failed"]
    assert again == [None, None, Month(2026, 11)]


async def test_a_filter_that_is_gone_meanwhile_is_told(repository, runner):
    await ask(repository, "learners", "csv", "lo_trinh=da-rut")

    file = await runner.work()

    assert (file.state, file.error) == ("failed", "Không có lộ trình “da-rut”: hãy chọn lại.")
