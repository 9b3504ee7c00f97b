"""Nhật ký: each action leaves a line, filters live in the address, the file cannot run anything."""

import ast
import csv
import io
from datetime import datetime, timedelta

import pytest
import time_machine

from actions.local_time import LOCAL_ZONE
from bot import clock
from bot.console.pages.audit import ACTIONS
from bot.settings import ROOT
from tests.bot.console.conftest import text_of

PATH = "/quantri/nhat-ky"
SOURCES = sorted(path for folder in ("bot", "actions") for path in (ROOT / folder).rglob("*.py"))


def audited_in(path):
    """The actions that a module writes to the audit log, as far as they stand in it as texts."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "audit" and len(node.args) > 1:
            yield from (leaf.value for leaf in ast.walk(node.args[1]) if isinstance(leaf, ast.Constant) and isinstance(leaf.value, str))


def test_each_action_has_a_vietnamese_name():
    written = {action for path in SOURCES for action in audited_in(path)}

    assert len(written) > 15
    assert sorted(action for action in written if "." in action and action not in ACTIONS) == []


async def entries(console, *subjects, action="content.publish", at=None):
    async with console.repository.transaction() as store:
        for subject in subjects:
            await store.staff.audit(None, action, subject, at or clock.now())


async def test_filters_live_in_the_address(console):
    admin = await console.as_role("admin")
    await entries(console, "ban-moi")
    async with console.repository.reading() as store:
        me = (await store.staff.account_by_login("admin")).id

    by_action = text_of(await admin.get(f"{PATH}?viec=content.publish"))
    by_person = text_of(await admin.get(f"{PATH}?ai={me}"))
    nothing = text_of(await admin.get(f"{PATH}?ai={me}&viec=content.publish"))

    assert "ban-moi" in by_action
    assert "ban-moi" not in by_person
    assert "Không có dòng nào." in nothing


@pytest.mark.parametrize(
    ("day", "shown"),
    [
        pytest.param("2026-11-29", ("nua-dem", "sat-nua-dem"), id="a day in Vietnam"),
        pytest.param("2026-11-28", ("hom-truoc",), id="the day before"),
        pytest.param("2026-13-45", ("nua-dem", "sat-nua-dem", "hom-truoc"), id="no day"),
    ],
)
async def test_a_day_is_a_day_in_vietnam(console, day, shown):
    admin = await console.as_role("admin")
    midnight = datetime(2026, 11, 29, tzinfo=LOCAL_ZONE)
    await entries(console, "hom-truoc", at=midnight - timedelta(seconds=1))
    await entries(console, "nua-dem", at=midnight)
    await entries(console, "sat-nua-dem", at=midnight + timedelta(days=1, seconds=-1))

    said = text_of(await admin.get(f"{PATH}?viec=content.publish&ngay={day}")).split()

    assert {subject for subject in ("hom-truoc", "nua-dem", "sat-nua-dem") if subject in said} == set(shown)


async def test_older_entries_are_on_further_pages_and_none_is_lost(console):
    admin = await console.as_role("admin")
    await entries(console, *(f"so-{number}" for number in range(230)))
    seen, address = [], f"{PATH}?viec=content.publish"

    while address:
        page = await admin.get(address)
        seen += [word for word in text_of(page).split() if word.startswith("so-")]
        further = page.text.split('<a class="button plain" href="?')
        address = f"{PATH}?{further[1].split(chr(34))[0].replace('&amp;', '&')}" if len(further) > 1 else None

    assert seen == [f"so-{number}" for number in reversed(range(230))]


async def test_the_file_has_what_the_filter_shows_and_no_formula(console):
    admin = await console.as_role("admin")
    await entries(console, "=HYPERLINK(1)", "+1", "-1", "@SUM(1)", "\tx", "thường, “có dấu”")

    with time_machine.travel(datetime(2026, 11, 29, 9, 5, tzinfo=LOCAL_ZONE), tick=False):
        admin = await console.as_role("admin", "khac")
        response = await admin.get(f"{PATH}/tai.csv?viec=content.publish")

    rows = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert response.content.startswith(b"\xef\xbb\xbf")
    assert response.headers["content-disposition"] == 'attachment; filename="nhat-ky-20261129-0905.csv"'
    assert [row[3] for row in rows[1:]] == ["thường, “có dấu”", "'\tx", "'@SUM(1)", "'-1", "'+1", "'=HYPERLINK(1)"]
    assert ("Khac", "audit.export", "6 dòng") in await console.audited()


async def test_a_number_that_no_database_can_hold_is_no_error(console):
    admin = await console.as_role("admin")

    response = await admin.get(f"{PATH}?truoc={10**30}")

    assert response.status_code == 400
