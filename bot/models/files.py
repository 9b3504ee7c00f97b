"""The files of models on this machine's disk, where the NLU server reads them; the bank in the database is their source."""

import asyncio
import os
import tempfile
from pathlib import Path

from actions.learners.repository import Repository
from bot.secret_key import open_repository
from bot.settings import Settings, SettingsError
from bot.training import forget_old_files, model_path


async def fetch_file(repository: Repository, settings: Settings, name: str) -> Path | None:
    """Return the file of a model, written out of the bank where it is not on the disk yet; None where neither has it."""
    path = model_path(settings, name)
    if not path.exists():
        async with repository.reading() as store:
            content = await store.models.file(name)
        if content is None:
            return None
        await asyncio.to_thread(_write, path, content)
    os.utime(path)  # Those used last are kept.
    await asyncio.to_thread(forget_old_files, settings)
    return path


async def export_file(settings: Settings, name: str, path: Path) -> int:
    """Write a model of the bank to a file; return its size in bytes.

    Raises:
        SettingsError: The bank has no such model.
    """
    repository = await open_repository(settings)
    try:
        async with repository.reading() as store:
            content = await store.models.file(name)
    finally:
        await repository.close()
    if content is None:
        raise SettingsError(f"Trong kho không có mô hình {name}. Xem tên ở trang Huấn luyện.")
    await asyncio.to_thread(_write, path, content)
    return len(content)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(content)
    Path(file.name).replace(path)
