"""Spreadsheets of the content, made and read in a process of their own, one at a time."""

import asyncio
import base64
from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any, Literal

import structlog

from actions.curriculum.sheets.columns import SheetKey
from actions.curriculum.sheets.planning import Plan
from actions.curriculum.sheets.problems import SheetFileError
from actions.curriculum.sheets.writing import TooLongError
from bot.apart import run_apart
from bot.sheet_work import TOO_LONG

logger = structlog.get_logger(__name__)
TIMEOUT_SECONDS = 180
_TOO_MUCH = "tệp này cần quá nhiều bộ nhớ hoặc thời gian để đọc; hãy tải bảng mới, chép phần sửa sang, hoặc chia thành nhiều tệp"
_One = Literal["xlsx", "csv"]


class Sheets:
    """Makes and reads spreadsheets; a second one waits until the first is done, for they keep a processor busy."""

    def __init__(self) -> None:
        self._one_at_a_time = asyncio.Lock()

    async def plan(self, files: Mapping[str, str], content: bytes, name: str, today: date, *, deletes_missing: bool) -> Plan:
        """Return what importing a file into some texts would do; see `make_plan`."""
        encoded = base64.b64encode(content).decode()
        asked = {"task": "plan", "content": encoded, "name": name, "today": today.isoformat(), "deletes_missing": deletes_missing}
        code, output = await self._run({**asked, "files": dict(files)})
        if code:
            logger.warning("sheets.not_read", code=code, bytes=len(content))
            return Plan(problems=SheetFileError(_TOO_MUCH).problems)
        return Plan.model_validate_json(output)

    async def write(self, files: Mapping[str, str], keys: Collection[SheetKey], kind: _One, made_at: datetime) -> bytes:
        """Return a spreadsheet of some texts: a workbook, one CSV file, or a ZIP of several.

        Raises:
            TooLongError: A text fits into no cell.
        """
        asked = {"task": "write", "keys": list(keys), "kind": kind, "made_at": made_at.isoformat()}
        code, output = await self._run({**asked, "files": dict(files)})
        if code == TOO_LONG:
            raise TooLongError(output.decode())
        if code:
            raise RuntimeError(f"writing a spreadsheet ended with {code}")
        return output

    async def _run(self, asked: Mapping[str, Any]) -> tuple[int, bytes]:
        async with self._one_at_a_time:
            return await run_apart("bot.sheet_work", asked, timeout_seconds=TIMEOUT_SECONDS, is_silent=True)
