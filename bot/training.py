"""Train the NLU model in Rasa's own environment, when its data or its code changed."""

import functools
import hashlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from actions.curriculum.tree import EXAMPLES, read_tree, write_tree
from bot.settings import ROOT, Settings, SettingsError

NLU_PYTHON = ROOT / ".venv-nlu" / "bin" / "python"
NLU_CODE = ROOT / "bot" / "nlu"
LOCK = ROOT / "requirements" / "nlu.txt"
FROZEN = f"{EXAMPLES}frozen.tsv"  # what every model is tried on; a model does not depend on it
MEASURING = ("cross_validation.py", "evaluation.py", "job.py", "tools.py", "trained_model.py", "typing_ways.py")  # nor on these
KEPT_MODELS = 3
FINGERPRINT_CHARACTERS = 12
MODEL_SUFFIX = ".tar.gz"
PROGRESS_MARK = "banso-progress: "


class TrainingError(SettingsError):
    """Training failed; the message says where its log is."""


def nlu_python() -> Path:
    """Return Rasa's Python.

    Raises:
        SettingsError: It is not installed.
    """
    if not NLU_PYTHON.exists():
        raise SettingsError("Chưa cài môi trường NLU (.venv-nlu). Hãy chạy: make install")
    return NLU_PYTHON


def nlu_environment(settings: Settings) -> dict[str, str]:
    """Return the environment for Rasa's processes: quiet, without telemetry, never at debug level."""
    temporary = settings.data_path / "tmp"
    temporary.mkdir(parents=True, exist_ok=True)
    # Compiled modules must be kept, or every start of Rasa takes half a minute.
    dropped = ("BANSO_", "LOG_LEVEL", "RASA_", "SANIC_", "PYTHONDONTWRITEBYTECODE")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(dropped)}
    return kept | {
        "PYTHONPATH": str(ROOT),
        "MALLOC_ARENA_MAX": "2",  # Rasa's threads would else hold on to a hundred megabytes more.
        "PYTHONWARNINGS": "ignore",
        "LOG_LEVEL": "WARNING",  # At debug level Rasa writes message texts to its log.
        "LOG_LEVEL_LIBRARIES": "ERROR",
        "RASA_MAX_CACHE_SIZE": "0",  # Or Rasa would write a cache into the working folder.
        "RASA_CACHE_DIRECTORY": str(temporary / "rasa"),
        "RASA_TELEMETRY_ENABLED": "false",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": "-1",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "SQLALCHEMY_WARN_20": "0",
        "TMPDIR": str(temporary),
        "HOME": str(temporary),  # Rasa keeps its settings in the home folder.
    }


def serving_environment(settings: Settings) -> dict[str, str]:
    """Return the environment of an NLU server: one question needs one thread, and more would spin while they wait for the next."""
    return nlu_environment(settings) | dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


@functools.cache
def code_fingerprint() -> str:
    """Return a short hash of the code that a model depends on: components, pipeline, lock."""
    code = sorted(path for path in NLU_CODE.glob("*.py") if path.name not in MEASURING)
    return _fingerprint({path.name: path.read_bytes() for path in (*code, NLU_CODE / "config.yml", LOCK)})


def data_fingerprint(files: Mapping[str, str]) -> str:
    """Return a short hash of what a model learns from, out of all that trainers write."""
    return _fingerprint({path: text.encode() for path, text in training_files(files).items()})


def training_files(files: Mapping[str, str]) -> dict[str, str]:
    """Return what a model learns from, path → text: examples, lexicon, held-out questions."""
    return {path: text for path, text in sorted(files.items()) if path.startswith(EXAMPLES) and path != FROZEN}


def model_name(files: Mapping[str, str]) -> str:
    """Return the name of the model that today's code makes of the training files."""
    return f"banso-{_fingerprint({'code': code_fingerprint().encode(), 'data': data_fingerprint(files).encode()})}"


def model_path(settings: Settings, name: str) -> Path:
    """Return where the file of a model lies, or would lie, on this machine."""
    return settings.models_path / f"{name}{MODEL_SUFFIX}"


def current_model(settings: Settings, files: Mapping[str, str] | None = None) -> Path | None:
    """Return the model of today's code and of training files, the project's unless given, where there is one."""
    path = model_path(settings, model_name(read_tree(ROOT) if files is None else files))
    return path if path.exists() else None


def train_model(
    settings: Settings, *, is_forced: bool = False, say: Callable[[str], None] = print, files: Mapping[str, str] | None = None
) -> Path:
    """Train a model unless there is one for today's code and these files.

    Args:
        settings: Where models are kept.
        is_forced: Train even when nothing changed.
        say: Told of progress, in Vietnamese, a line at a time.
        files: What trainers write, path → text; the project's files unless given.

    Returns:
        The model's path.

    Raises:
        TrainingError: Rasa failed; its output is in the named log.
    """
    files = read_tree(ROOT) if files is None else files
    model = current_model(settings, files)
    if model is not None and not is_forced:
        say("Mô hình hiểu câu hỏi: đã có, dữ liệu không đổi.")
        return model
    started = time.monotonic()
    settings.models_path.mkdir(parents=True, exist_ok=True)
    log_path = settings.data_path / "training.log"
    name = model_name(files)
    say("Huấn luyện mô hình hiểu câu hỏi (chừng một phút)…")
    environment = nlu_environment(settings)
    with tempfile.TemporaryDirectory(dir=settings.data_path / "tmp") as folder:
        write_tree(training_files(files), Path(folder))
        command = [str(nlu_python()), "-m", "bot.nlu.train", "--out", folder, "--name", name]
        returncode = _run(command, Path(folder), environment, log_path, say)
        trained = Path(folder) / f"{name}{MODEL_SUFFIX}"
        if returncode != 0 or not trained.exists():
            raise TrainingError(f"Huấn luyện không xong (mã {returncode}); xem {log_path}")
        final = model_path(settings, name)
        shutil.move(trained, final)
    forget_old_files(settings)
    say(f"Huấn luyện xong sau {time.monotonic() - started:.0f} giây.")
    return final


def forget_old_files(settings: Settings) -> None:
    """Delete the files of all but the models that were used last."""
    models = sorted(settings.models_path.glob(f"banso-*{MODEL_SUFFIX}"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in models[KEPT_MODELS:]:
        path.unlink(missing_ok=True)


def _fingerprint(parts: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name, content in parts.items():
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()[:FINGERPRINT_CHARACTERS]


def _run(command: list[str], folder: Path, environment: dict[str, str], log_path: Path, say: Callable[[str], None]) -> int:
    """Run the trainer; pass on its progress lines, and keep all it prints in the log."""
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, encoding="utf-8", errors="replace",
    )  # fmt: skip
    try:
        with log_path.open("w", encoding="utf-8") as log:
            for line in process.stdout or ():
                log.write(line)
                if line.startswith(PROGRESS_MARK):
                    say("  " + line.removeprefix(PROGRESS_MARK).strip())
        return process.wait()
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
