"""Structured logs: stable event names, ids and times; never what a citizen wrote."""

import logging
import sys
import traceback
from logging.handlers import RotatingFileHandler
from pathlib import Path

import structlog
import structlog.typing

LOG_FILE_MAX_BYTES = 10 * 2**20
LOG_FILES_KEPT = 3
FRAMES_MAX = 12


def configure_logs(level: str, path: Path | None = None) -> None:
    """Send JSON lines, ours and the libraries' alike, to a file or to standard error."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _name_exception,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler: logging.Handler = logging.StreamHandler(sys.stderr)
    if path is not None:
        handler = RotatingFileHandler(path, maxBytes=LOG_FILE_MAX_BYTES, backupCount=LOG_FILES_KEPT, encoding="utf-8")
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # These write addresses with message texts, or SQL with its parameters, below warning.
    for name in ("httpx", "httpcore", "telegram", "aiosqlite", "sqlalchemy", "uvicorn.access", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)


def _name_exception(_logger: structlog.typing.WrappedLogger, _method: str, entry: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Say of an exception its kind and where it was raised; not its words, which may quote a citizen or a token."""
    found = entry.pop("exc_info", None)
    if found is True:
        found = sys.exc_info()
    error = found[1] if isinstance(found, tuple) else found
    if isinstance(error, BaseException):
        frames = traceback.extract_tb(error.__traceback__)[-FRAMES_MAX:]
        entry["exception"] = type(error).__qualname__
        entry["raised_at"] = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
    return entry
