"""Databases for tests that need many: migrated once, since that takes longer than most of these tests, and emptied for each."""

import functools
import shutil
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from actions.learners.database import migrate
from actions.learners.tables import Table
from tests.conftest import _migrated

BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]
DATABASE = "prepared"


def prepared(request, tmp_path: Path) -> str:
    """Return the address of an empty database with all tables, of the kind that a fixture's parameter names."""
    if request.param == "sqlite":
        path = tmp_path / "prepared.sqlite3"
        shutil.copyfile(_migrated(), path)
        return f"sqlite:///{path}"
    return emptied(request.getfixturevalue("postgres_url"))


def emptied(server_url: str) -> str:
    """Return the address of the prepared PostgreSQL database, without any row."""
    url = _prepared_postgres(server_url)
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        for table in reversed(Table.metadata.sorted_tables):
            connection.execute(table.delete())
    engine.dispose()
    return url


@functools.cache
def _prepared_postgres(server_url: str) -> str:
    engine = create_engine(make_url(server_url).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {DATABASE}"))
    engine.dispose()
    url = make_url(server_url).set(database=DATABASE).render_as_string(hide_password=False)
    migrate(url)
    return url
