"""Open the learners' database, SQLite or PostgreSQL, and bring its tables up to date."""

import time
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import DBAPIError, DisconnectionError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

MIGRATIONS = Path(__file__).parent / "migrations"
SQLITE_BUSY_TIMEOUT_MS = 5000
MIGRATION_LOCK = 8150  # any number that nobody else locks
POOL_SIZE = 20  # turns at once, and the receiver, the sender and the jobs beside them: new connections are dear
# Connection lost, server stopping or starting, too many connections: postgresql.org/docs/18/errcodes-appendix.html, read 2026-11-29.
AWAY_STATES = ("08", "57P0", "53300")
IDLE_SECONDS = 2.0
WRITES = "banso_writes"  # the execution option of an engine whose transactions write
_ASYNC_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}


def open_database(url: str) -> AsyncEngine:
    """Return an engine for `sqlite:///path` or `postgresql://…`.

    Raises:
        ValueError: Another kind of database.
    """
    parsed = make_url(url)
    url_of_driver = parsed.set(drivername=_driver(url, is_async=True))
    # An error of the database is logged, and must not carry what it was told.
    engine = create_async_engine(url_of_driver, hide_parameters=True, pool_size=POOL_SIZE, max_overflow=POOL_SIZE // 2)
    _prepare(engine.sync_engine)
    _ping_idle_connections(engine.sync_engine)
    return engine


def migrate(url: str, revision: str = "head") -> None:
    """Bring the tables to a revision: upwards, or downwards where it is an older one."""
    engine = create_engine(make_url(url).set(drivername=_driver(url, is_async=False)))
    _prepare(engine)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    try:
        with engine.begin() as connection:
            if connection.dialect.name == "postgresql":  # Replicas that start together migrate one after another.
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK})
            config.attributes["connection"] = connection
            (command.downgrade if _is_older(connection, config, revision) else command.upgrade)(config, revision)
    finally:
        engine.dispose()


def _driver(url: str, *, is_async: bool) -> str:
    backend = make_url(url).get_backend_name()
    if backend not in _ASYNC_DRIVERS:
        raise ValueError(f"BANSO_DATABASE_URL: {backend!r} không dùng được; phải mở bằng sqlite:/// hoặc postgresql://")
    if is_async:
        return _ASYNC_DRIVERS[backend]
    return "sqlite" if backend == "sqlite" else "postgresql+psycopg"


def _is_older(connection: Connection, config: Config, revision: str) -> bool:
    """Tell whether a revision comes before the one that the database has."""
    if revision == "base" or revision.startswith("-"):
        return True
    current = MigrationContext.configure(connection).get_current_revision()
    if current is None:
        return False
    history = ScriptDirectory.from_config(config).iterate_revisions(current, "base")
    return revision in {script.revision for script in history} - {current}


def is_away(error: BaseException) -> bool:
    """Tell whether an error means that the database cannot be reached, rather than that a statement was wrong."""
    if isinstance(error, OperationalError | InterfaceError | NoConnectionError | OSError):
        return True
    state = getattr(getattr(error, "orig", None), "sqlstate", None)
    return isinstance(error, DBAPIError) and (error.connection_invalidated or str(state).startswith(AWAY_STATES))


def for_writing(engine: AsyncEngine) -> AsyncEngine:
    """Return the engine with transactions that take SQLite's write lock at once.

    A transaction that first reads and then writes would else fail when another one wrote in
    between.
    """
    return engine.execution_options(**{WRITES: True})


def for_reading(engine: AsyncEngine) -> AsyncEngine:
    """Return the engine with no transactions: each question is answered by itself, which spares two round trips."""
    return engine.execution_options(isolation_level="AUTOCOMMIT") if engine.dialect.name == "postgresql" else engine


def _ping_idle_connections(engine: Engine) -> None:
    """Try a connection before use when it was idle for a while: the database may have been started anew meanwhile.

    SQLAlchemy's own `pool_pre_ping` would try before every use, a round trip for each turn's transactions.
    """

    @event.listens_for(engine, "checkin")
    def _note_use(_connection: Any, record: ConnectionPoolEntry) -> None:
        record.info["used_at"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def _ping(connection: Any, record: ConnectionPoolEntry, _proxy: Any) -> None:
        if time.monotonic() - record.info.get("used_at", time.monotonic()) < IDLE_SECONDS:
            return
        try:
            is_alive = engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error:
            is_alive = False
        if not is_alive:
            raise DisconnectionError


def _prepare(engine: Engine) -> None:
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def _set_pragmas(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # The driver opens no transaction of its own; `_begin` does.
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA secure_delete=ON")  # What is erased is overwritten in the file too.
        cursor.execute(f"PRAGMA busy_timeout={SQLITE_BUSY_TIMEOUT_MS}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
