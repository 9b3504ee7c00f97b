"""Open the learners' database, SQLite or PostgreSQL, and bring its tables up to date."""

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

MIGRATIONS = Path(__file__).parent / "migrations"
SQLITE_BUSY_TIMEOUT_MS = 5000
_ASYNC_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+psycopg"}


def open_database(url: str) -> AsyncEngine:
    """Return an engine for `sqlite:///path` or `postgresql://…`.

    Raises:
        ValueError: Another kind of database.
    """
    parsed = make_url(url)
    engine = create_async_engine(parsed.set(drivername=_driver(url, is_async=True)), pool_pre_ping=True)
    _prepare(engine.sync_engine)
    return engine


def migrate(url: str, revision: str = "head") -> None:
    """Bring the tables to a revision: upwards, or downwards where it is an older one."""
    engine = create_engine(make_url(url).set(drivername=_driver(url, is_async=False)))
    _prepare(engine)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            is_down = revision == "base" or revision.startswith("-")
            (command.downgrade if is_down else command.upgrade)(config, revision)
    finally:
        engine.dispose()


def _driver(url: str, *, is_async: bool) -> str:
    backend = make_url(url).get_backend_name()
    if backend not in _ASYNC_DRIVERS:
        raise ValueError(f"BANSO_DATABASE_URL: {backend!r} không dùng được; phải mở bằng sqlite:/// hoặc postgresql://")
    if is_async:
        return _ASYNC_DRIVERS[backend]
    return "sqlite" if backend == "sqlite" else "postgresql+psycopg"


def _prepare(engine: Engine) -> None:
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def _set_pragmas(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute(f"PRAGMA busy_timeout={SQLITE_BUSY_TIMEOUT_MS}")
        cursor.close()
