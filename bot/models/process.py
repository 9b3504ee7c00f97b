"""Run one training job in a process under Rasa's Python, in a folder of its own; what comes of it is handed back."""

import asyncio
import json
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from actions.curriculum.tree import write_tree
from actions.learners.models import Evaluated
from bot.settings import ROOT, Settings
from bot.training import FROZEN, MODEL_SUFFIX, PROGRESS_MARK, nlu_python, serving_environment, training_files

PERCENT_MARK, ERROR_MARK = "banso-percent: ", "banso-error: "
LOG = "training.log"
GIVEN_MODEL = "given"  # the name of the file of a model that is only measured
PERCENT_TRAINED = 40  # as `bot/nlu/job.py` counts
Say = Callable[[int, str], None]


class JobFailedError(Exception):
    """The job ended without a report; the message says in Vietnamese what is known."""


@dataclass(frozen=True)
class Task:
    """What a job has to do: train on files, or measure a model's file; `folds` of a cross-validation, 0 for none."""

    name: str
    files: Mapping[str, str]
    questions: Sequence[Evaluated]
    model: bytes | None = None
    folds: int = 0


@dataclass(frozen=True)
class Report:
    """How good a model is, its file where it was trained now, and how long the training took."""

    figures: dict[str, Any]
    results: list[dict[str, Any]]
    file: bytes | None
    train_seconds: float


async def run_task(settings: Settings, task: Task, say: Say) -> Report:
    """Run a job to its end; cancelling it ends its process.

    Args:
        settings: Where temporary files and the log go.
        task: What to do.
        say: Told how many per cent are done, and a line in Vietnamese.

    Raises:
        JobFailedError: It failed.
    """
    environment = serving_environment(settings)
    with tempfile.TemporaryDirectory(dir=settings.data_path / "tmp", prefix="job-") as name:
        folder = Path(name)
        await asyncio.to_thread(_prepare, folder, task)
        command = [str(nlu_python()), "-m", "bot.nlu.job", "--name", task.name, "--folds", str(task.folds)]
        command += [] if task.model is None else ["--model", f"{GIVEN_MODEL}{MODEL_SUFFIX}"]
        process = await asyncio.create_subprocess_exec(
            *command, cwd=folder, env=environment, stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        try:
            seconds, error = await _listen(process, settings.data_path / LOG, say)
            if await process.wait() != 0:
                raise JobFailedError(error or f"Huấn luyện không xong (mã {process.returncode}). Người vận hành xem tệp {LOG}.")
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        return await asyncio.to_thread(_read, folder, task, seconds)


async def _listen(process: asyncio.subprocess.Process, log_path: Path, say: Say) -> tuple[float, str]:
    """Pass on what a job says, and keep all it prints; return how long it trained, and its error."""
    assert process.stdout is not None
    started, trained, percent, error = time.monotonic(), 0.0, 0, ""
    with log_path.open("w", encoding="utf-8") as log:
        async for raw in process.stdout:
            line = raw.decode("utf-8", "replace")
            log.write(line)
            if line.startswith(PERCENT_MARK):
                percent = int(line.removeprefix(PERCENT_MARK))
            elif line.startswith(PROGRESS_MARK):
                say(percent, line.removeprefix(PROGRESS_MARK).strip())
            elif line.startswith(ERROR_MARK):
                error = line.removeprefix(ERROR_MARK).strip()
            if percent >= PERCENT_TRAINED and not trained:
                trained = time.monotonic() - started
    return trained, error


def _prepare(folder: Path, task: Task) -> None:
    frozen = task.files.get(FROZEN) or (ROOT / FROZEN).read_text(encoding="utf-8")  # Older versions did not hold it.
    write_tree(training_files(task.files) | {FROZEN: frozen}, folder)
    lines = [json.dumps({"text": q.text, "topic": q.topic}, ensure_ascii=False) for q in task.questions]
    (folder / "questions.jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    if task.model is not None:
        (folder / f"{GIVEN_MODEL}{MODEL_SUFFIX}").write_bytes(task.model)


def _read(folder: Path, task: Task, seconds: float) -> Report:
    try:
        document = json.loads((folder / "report.json").read_text(encoding="utf-8"))
        file = (folder / f"{task.name}{MODEL_SUFFIX}").read_bytes() if task.model is None else None
    except (OSError, ValueError) as error:
        raise JobFailedError(f"Huấn luyện không để lại kết quả ({type(error).__name__}). Người vận hành xem tệp {LOG}.") from error
    return Report(document["figures"], document["results"], file, seconds)
