"""Make one file of the statistics, named on standard input; `bot.statistics.files` runs this as a process of its own."""

import asyncio
import json
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import parse_qsl

from actions.curriculum.versions import active
from actions.learners.exports import REPORT, File
from actions.learners.repository import Repository
from actions.learners.statistics.learner_rows import SmallGroupError
from bot import clock
from bot.nlu.parenthood import die_with_parent
from bot.secret_key import open_repository
from bot.settings import Settings
from bot.statistics.addresses import AddressError, read_address
from bot.statistics.report import SWITCH, Month, Plan, make_report
from bot.statistics.report_pdf import write_pdf
from bot.statistics.row_files import CsvWriter, TooManyRowsError, Writer, XlsxWriter, columns_of, rows_of
from bot.statistics.spreadsheets import write_xlsx
from bot.statistics.words import Words

REFUSED = "Không còn nội dung nào được xuất bản, nên không biết tên bài để ghi vào tệp."


def main() -> None:
    """Make the file; it ends up in the database, as does the reason where it cannot be made."""
    die_with_parent()
    os.nice(5)
    asked = json.load(sys.stdin)
    asyncio.run(_make(Settings(**asked["settings"]), asked["number"]))


async def _make(settings: Settings, number: int) -> None:
    repository = await open_repository(settings)
    try:
        error = await make_file(repository, number, settings.data_path)
        async with repository.transaction() as store:
            await store.exports.end(number, clock.now(), error)
    finally:
        await repository.close()


async def make_file(repository: Repository, number: int, folder: Path) -> str:
    """Make a file that was claimed; return why it cannot be made, or an empty text.

    Args:
        repository: Where it is asked for and kept.
        number: The file's.
        folder: Where temporary files may be.
    """
    async with repository.reading() as store:
        file = await store.exports.file(number)
    published = await active(repository)
    if file is None or published is None:
        return REFUSED
    version, curriculum = published
    words = Words(curriculum, version, repository)
    try:
        if file.kind == REPORT:
            return await _keep(repository, file, await _report(repository, file, words))
        return await _write_rows(repository, file, words, folder)
    except (SmallGroupError, TooManyRowsError, AddressError) as error:  # A path may have been withdrawn meanwhile.
        return str(error)


async def _report(repository: Repository, file: File, words: Words) -> bytes:
    month = Month.parse(file.filter)
    async with repository.reading() as store:
        plan = Plan.read(await store.staff.switch(SWITCH))
    report = await make_report(repository, words, month, plan, clock.now(), clock.today())
    return write_pdf(report) if file.format == "pdf" else write_xlsx(report.figures, report.about, report.made_at)


async def _keep(repository: Repository, file: File, content: bytes) -> str:
    async with repository.transaction() as store:
        await store.exports.add_part(file.id, 0, content, 0)
    return ""


async def _write_rows(repository: Repository, file: File, words: Words, folder: Path) -> str:
    wanted = read_address(dict(parse_qsl(file.filter)), words, clock.today()).wanted
    columns = columns_of(file.kind)
    writer: Writer = CsvWriter(columns) if file.format == "csv" else XlsxWriter(columns, folder)
    place = rows = 0

    async def keep(parts: Iterable[bytes]) -> None:
        nonlocal place
        for part in parts:
            async with repository.transaction() as writing:
                await writing.exports.add_part(file.id, place, part, rows)
            place += 1

    async with repository.reading() as store:
        async for row in rows_of(store.statistics, file.kind, wanted, words):
            rows += 1
            await keep(writer.add(row))
    await keep(writer.end())
    return ""


if __name__ == "__main__":
    main()
