"""Train the NLU model in Rasa's own environment, when its data or its code changed."""

import hashlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bot.settings import ROOT, Settings, SettingsError

NLU_PYTHON = ROOT / ".venv-nlu" / "bin" / "python"
CONFIG = ROOT / "bot" / "nlu" / "config.yml"
TRAINING_DATA = ROOT / "training_data"
KEPT_MODELS = 3
FINGERPRINT_CHARACTERS = 12
_PROGRESS_MARK = "banso-progress: "


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


def training_fingerprint() -> str:
    """Return a short hash of all that a model depends on: data, lexicon, pipeline, lock."""
    digest = hashlib.sha256()
    paths = [
        *TRAINING_DATA.rglob("*.yml"),
        *TRAINING_DATA.glob("*.tsv"),
        *(ROOT / "bot" / "nlu").glob("*.py"),
        CONFIG,
        ROOT / "requirements" / "nlu.txt",
    ]
    for path in sorted(paths):
        digest.update(str(path.relative_to(ROOT)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:FINGERPRINT_CHARACTERS]


def current_model(settings: Settings) -> Path | None:
    """Return the model trained on today's data and code, if there is one."""
    path = settings.models_path / f"banso-{training_fingerprint()}.tar.gz"
    return path if path.exists() else None


def train_model(settings: Settings, *, is_forced: bool = False, say: Callable[[str], None] = print) -> Path:
    """Train a model unless there is one for today's data.

    Args:
        settings: Where models are kept.
        is_forced: Train even when nothing changed.
        say: Told of progress, in Vietnamese, a line at a time.

    Returns:
        The model's path.

    Raises:
        TrainingError: Rasa failed; its output is in the named log.
    """
    model = current_model(settings)
    if model is not None and not is_forced:
        say("Mô hình hiểu câu hỏi: đã có, dữ liệu không đổi.")
        return model
    started = time.monotonic()
    settings.models_path.mkdir(parents=True, exist_ok=True)
    log_path = settings.data_path / "training.log"
    name = f"banso-{training_fingerprint()}"
    say("Huấn luyện mô hình hiểu câu hỏi (chừng một phút)…")
    environment = nlu_environment(settings)
    with tempfile.TemporaryDirectory(dir=settings.data_path / "tmp") as folder:
        command = [str(nlu_python()), "-m", "bot.nlu.train", "--out", folder, "--name", name]
        returncode = _run(command, environment, log_path, say)
        trained = Path(folder) / f"{name}.tar.gz"
        if returncode != 0 or not trained.exists():
            raise TrainingError(f"Huấn luyện không xong (mã {returncode}); xem {log_path}")
        final = settings.models_path / trained.name
        shutil.move(trained, final)
    _forget_old_models(settings.models_path)
    say(f"Huấn luyện xong sau {time.monotonic() - started:.0f} giây.")
    return final


def _run(command: list[str], environment: dict[str, str], log_path: Path, say: Callable[[str], None]) -> int:
    """Run the trainer; pass on its progress lines, and keep all it prints in the log."""
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, encoding="utf-8", errors="replace",
    )  # fmt: skip
    try:
        with log_path.open("w", encoding="utf-8") as log:
            for line in process.stdout or ():
                log.write(line)
                if line.startswith(_PROGRESS_MARK):
                    say("  " + line.removeprefix(_PROGRESS_MARK).strip())
        return process.wait()
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def _forget_old_models(folder: Path) -> None:
    models = sorted(folder.glob("banso-*.tar.gz"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in models[KEPT_MODELS:]:
        path.unlink(missing_ok=True)
