"""Kill service, NLU server and PostgreSQL at random moments under load, and count what became of every message.

Messages come as Telegram sends them: again and again until they are acknowledged, one after
another for each person. Each asks for a step of a lesson, so that its effect and its reply can
be told from all others. At the end everything that was acknowledged must have been handled
exactly once in effect and answered at least once, in the order of each person. Also a soak:
`--minutes 20 --kills 0` holds a steady load and watches memory, connections and tasks.
Runs under the service's Python.
"""

import argparse
import asyncio
import json
import random
import signal
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg

from actions.curriculum.lint import check_all
from bench.delivery import telegram_update
from bench.stand import WEBHOOK_SECRET, Part, Stand, standing, wait_until_ready
from bot.clock import today
from bot.settings import ROOT

PEOPLE = 100
REDELIVER_SECONDS = (1, 2, 4, 8)
QUIET_SECONDS = 60  # after the last message, for what is still on its way
HEADERS = {"X-Telegram-Bot-Api-Secret-Token": WEBHOOK_SECRET}
KINDS = ("service", "service", "nlu", "postgresql")


@dataclass
class Counts:
    """What happened."""

    sent: int = 0
    redelivered: int = 0
    kills: Counter[str] = field(default_factory=Counter)
    acknowledged: dict[int, float] = field(default_factory=dict)


@dataclass
class Walk:
    """What one person asks for, in order: the text that each message must be answered with."""

    chat: int
    expected: list[str]


def main() -> None:
    """Run, print the counts, write JSON, exit 1 where a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m bench chaos", description=__doc__)
    parser.add_argument("--messages", type=int, default=5000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--replicas", type=int, default=2)
    parser.add_argument("--minutes", type=float, default=0, help="a soak of so long instead of a number of messages")
    parser.add_argument("--per-second", type=float, default=25)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--out", type=Path, default=Path("docs/delivery"))
    arguments = parser.parse_args()
    messages = int(arguments.minutes * 60 * arguments.per_second) or arguments.messages
    with standing(arguments.replicas, fail_percent=1.0 if arguments.kills else 0.0) as stand:
        document = asyncio.run(_run(stand, messages, arguments))
    name = "chaos" if arguments.kills else "soak"
    print(json.dumps(document, ensure_ascii=False, indent=1), flush=True)
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / f"{name}.json").write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    if document["lost"] or document["answered_wrongly"] or document["out_of_order"] or document["waiting"] or document["effects_twice"]:
        raise SystemExit(1)


async def _run(stand: Stand, messages: int, arguments: argparse.Namespace) -> dict[str, Any]:
    counts = Counts()
    chance = random.Random(arguments.seed)
    walks, updates = _plan(messages, chance)
    memory: list[dict[str, float]] = []
    async with httpx.AsyncClient(timeout=10) as client:
        watching = asyncio.create_task(_watch_memory(stand, memory))
        keeping = asyncio.create_task(_keep_running(stand))
        killing = asyncio.create_task(_kill(stand, arguments.kills, messages / arguments.per_second, counts, chance))
        started = time.monotonic()
        await asyncio.gather(*(_deliver_all(client, stand, of_one, counts, started, arguments.per_second) for of_one in updates.values()))
        await killing
        keeping.cancel()
        seconds = time.monotonic() - started
        await _until_quiet(client, stand)
        watching.cancel()
        taken = (await client.get(f"{stand.sink_url}/taken?from=0")).json()
    return _judge(walks, taken, counts, stand) | {"messages": messages, "seconds": round(seconds), "memory_mb": _thin(memory)}


def _plan(messages: int, chance: random.Random) -> tuple[list[Walk], dict[int, list[tuple[int, int, dict[str, str]]]]]:
    """Return what everybody asks for, and the updates, by person, in the order of their sending."""
    curriculum = check_all(ROOT, today())
    steps = [
        (f"step:{lesson.slug}:{number}", f"{step.heading} ({number}/{len(lesson.steps)})")
        for lesson in curriculum.lessons.values()
        for number, step in enumerate(lesson.steps, 1)
        if not step.picture and number < len(lesson.steps)
    ]
    walks = [Walk(chat, []) for chat in range(1, PEOPLE + 1)]
    updates: dict[int, list[tuple[int, int, dict[str, str]]]] = defaultdict(list)
    for number in range(messages):
        walk = walks[number % PEOPLE]
        # No two neighbours alike, so that a reply tells which message it answers.
        value, heading = chance.choice([s for s in chance.sample(steps, 3) if not walk.expected or s[1] != walk.expected[-1]])
        walk.expected.append(heading)
        updates[walk.chat].append((number + 1, number, {"data": value}))
    return walks, updates


async def _deliver_all(
    client: httpx.AsyncClient, stand: Stand, updates: list[tuple[int, int, dict[str, str]]], counts: Counts, started: float, pace: float
) -> None:
    """Deliver the updates of one person as Telegram does: the next one only when the one before was acknowledged."""
    for update_id, number, message in updates:
        await asyncio.sleep(max(started + number / pace - time.monotonic(), 0))
        counts.sent += 1
        chat = updates[0][0]
        tries = 0
        while True:
            url = stand.service_urls[(update_id + tries) % len(stand.service_urls)]
            try:
                response = await client.post(
                    f"{url}/hooks/telegram",
                    json=telegram_update(update_id, chat, message),
                    headers=HEADERS,
                )
                if response.status_code == httpx.codes.OK:
                    counts.acknowledged[update_id] = time.monotonic()
                    break
            except httpx.HTTPError:
                pass
            counts.redelivered += 1
            await asyncio.sleep(REDELIVER_SECONDS[min(tries, len(REDELIVER_SECONDS) - 1)])
            tries += 1
        if tries == 0 and update_id % 50 == 0:  # Now and then a vendor repeats what it was told is taken.
            counts.redelivered += 1
            await _repeat(client, stand, update_id, chat, message)


async def _repeat(client: httpx.AsyncClient, stand: Stand, update_id: int, chat: int, message: dict[str, str]) -> None:
    try:
        url = stand.service_urls[(update_id + 1) % len(stand.service_urls)]
        await client.post(f"{url}/hooks/telegram", json=telegram_update(update_id, chat, message), headers=HEADERS)
    except httpx.HTTPError:
        return


async def _kill(stand: Stand, kills: int, seconds: float, counts: Counts, chance: random.Random) -> None:
    """Kill something now and then, and start it again a little later."""
    for number in range(kills):
        await asyncio.sleep(seconds / (kills + 1))
        what = chance.choice(KINDS) if number >= 3 else ("service", "nlu", "postgresql")[number]
        counts.kills[what] += 1
        if what == "postgresql":
            await asyncio.to_thread(stand.kill_database)
            await asyncio.sleep(chance.uniform(0.5, 4))
            await asyncio.to_thread(stand.start_database)
            continue
        part = chance.choice(stand.services) if what == "service" else stand.nlu
        await asyncio.to_thread(part.kill)
        await asyncio.sleep(chance.uniform(0.2, 2))
        part.start()
    for url in stand.service_urls:
        await asyncio.to_thread(wait_until_ready, url)


async def _keep_running(stand: Stand) -> None:
    """For ever, start again what ended by itself, as a supervisor does."""
    while True:
        await asyncio.sleep(1)
        for part in stand.services:
            if part.process is not None and part.process.poll() is not None and part.process.returncode != -signal.SIGKILL:
                part.start()


async def _until_quiet(client: httpx.AsyncClient, stand: Stand) -> None:
    """Wait until nothing waits any more, anywhere."""
    deadline = time.monotonic() + QUIET_SECONDS * 3
    while time.monotonic() < deadline:
        if not any(_waiting(stand).values()):
            await asyncio.sleep(2)
            return
        await asyncio.sleep(1)


def _waiting(stand: Stand) -> dict[str, int]:
    with psycopg.connect(stand.postgres.get_uri().replace("/postgres?", "/bench?")) as connection:
        return {
            table: connection.execute(f"SELECT count(*) FROM {table} WHERE state = 'waiting'").fetchone()[0]  # type: ignore[index]
            for table in ("inbound_events", "outbound_messages")
        }


def _judge(walks: list[Walk], taken: list[list[Any]], counts: Counts, stand: Stand) -> dict[str, Any]:
    """Hold what reached the vendor against what was asked."""
    answered: dict[int, list[str]] = defaultdict(list)
    dropped = 0
    for chat, _, _, text, was_dropped in taken:
        answered[int(chat)].append(text.split("\n")[0])
        dropped += was_dropped
    lost = doubled = wrong = out_of_order = 0
    for walk in walks:
        got = answered[walk.chat]
        kept = [text for place, text in enumerate(got) if place == 0 or text != got[place - 1]]
        doubled += len(got) - len(kept)
        expected = Counter(walk.expected)
        lost += sum((expected - Counter(kept)).values())
        wrong += sum(1 for text in kept if text not in expected)
        out_of_order += kept != walk.expected and not (expected - Counter(kept))
    with psycopg.connect(stand.postgres.get_uri().replace("/postgres?", "/bench?")) as connection:
        states = dict(connection.execute("SELECT state, count(*) FROM inbound_events GROUP BY state").fetchall())
        unsent = connection.execute("SELECT count(*) FROM outbound_messages WHERE state = 'dead'").fetchone()[0]  # type: ignore[index]
    return {
        "sent": counts.sent,
        "acknowledged": len(counts.acknowledged),
        "redelivered": counts.redelivered,
        "kills": dict(counts.kills),
        "events_done": states.get("done", 0),
        "effects_twice": max(states.get("done", 0) - counts.sent, 0),
        "set_aside": states.get("dead", 0),
        "unsent": unsent,
        "waiting": sum(_waiting(stand).values()),
        "replies": len(taken),
        "lost": lost,
        "doubled": doubled,
        "answers_of_the_vendor_lost": dropped,
        "answered_wrongly": wrong,
        "out_of_order": out_of_order,
    }


async def _watch_memory(stand: Stand, memory: list[dict[str, float]]) -> None:
    started = time.monotonic()
    while True:
        await asyncio.sleep(15)
        found: dict[str, float] = {"seconds": round(time.monotonic() - started)}
        for part in (stand.nlu, *stand.services):
            found |= _figures(part)
        memory.append(found)


def _figures(part: Part) -> dict[str, float]:
    try:
        assert part.process is not None
        open_files = len(list(Path(f"/proc/{part.process.pid}/fd").iterdir()))
        return {f"{part.name}_mb": round(part.memory_mb()), f"{part.name}_open_files": open_files}
    except OSError:
        return {}  # It is being killed.


def _thin(memory: list[dict[str, float]]) -> list[dict[str, float]]:
    """Return about ten of the readings, the first and the last among them."""
    step = max(len(memory) // 10, 1)
    return memory[::step] + memory[-1:]


if __name__ == "__main__":
    main()
