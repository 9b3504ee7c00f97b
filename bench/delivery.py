"""The whole line beside a stock Rasa REST bot, in one run: sustained turns, turn time, webhook acknowledgement, cost by stage.

Ours: webhooks as Telegram sends them, for 2,000 learners, half taps and half free text, through
PostgreSQL and the real NLU server to a vendor that takes everything. Stock: `rasa init`'s
pipeline and policies on a draw of the same examples, asked over its REST channel. Runs under
the service's Python.
"""

import argparse
import asyncio
import json
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import aiohttp
import yaml

from actions.curriculum.examples import Example, read_examples
from actions.curriculum.lint import check_all
from actions.curriculum.problems import Problems
from bench.stand import WEBHOOK_SECRET, Part, Stand, free_port, standing
from bot.clock import today
from bot.settings import ROOT, Settings
from bot.training import nlu_environment, nlu_python

LEARNERS = 2000
SATURATION_SENDERS = 48  # turns in flight
OPEN_LOOP_PER_SECOND = 50
STOCK_CLIENTS = 8
STOCK_READY_SECONDS = 300
STOCK_POLICIES = """
policies:
  - name: MemoizationPolicy
  - name: RulePolicy
  - name: UnexpecTEDIntentPolicy
    max_history: 5
    epochs: 20
  - name: TEDPolicy
    max_history: 5
    epochs: 20
"""


def main() -> None:
    """Measure ours with one and two replicas and stock; print a table; write JSON."""
    parser = argparse.ArgumentParser(prog="python -m bench delivery", description=__doc__)
    parser.add_argument("--seconds", type=float, default=40, help="of each load")
    parser.add_argument("--replicas", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--stock-intents", type=int, default=8)
    parser.add_argument("--no-stock", action="store_true")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--out", type=Path, default=Path("docs/delivery"))
    arguments = parser.parse_args()
    document: dict[str, Any] = {"machine": f"{platform.machine()}, 2 cores", "learners": LEARNERS, "seconds": arguments.seconds}
    for replicas in arguments.replicas:
        with standing(replicas) as stand:
            document[f"ours_{replicas}"] = asyncio.run(measure_ours(stand, arguments.seconds, arguments.seed))
        say(f"Bạn Số, {replicas} bản: {json.dumps(document[f'ours_{replicas}'], ensure_ascii=False)}")
    if not arguments.no_stock:
        document["stock"] = asyncio.run(measure_stock(arguments.stock_intents, arguments.seconds, arguments.seed))
        say(f"Rasa mặc định: {json.dumps(document['stock'])}")
        best = max(document[f"ours_{replicas}"]["turns_per_second"] for replicas in arguments.replicas)
        document["ratio_turns_per_second"] = round(best / document["stock"]["turns_per_second"], 2)
        say(f"Tỉ lệ lượt mỗi giây: {document['ratio_turns_per_second']}")
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "delivery.json").write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


class Load:
    """Sends webhooks to the replicas in turn and waits for what reaches the vendor."""

    def __init__(self, stand: Stand, client: aiohttp.ClientSession, seed: int) -> None:
        self._stand, self._client = stand, client
        self._random = random.Random(seed)
        self._texts = [example.text for example in _examples()]
        self._taps = _plain_taps()
        self._update = 0
        self._taken = 0
        self._waiting: dict[str, tuple[float, asyncio.Future[float]]] = {}
        self.acknowledged: list[float] = []
        self.turns: list[float] = []

    async def become_learners(self) -> None:
        """Let everybody agree to be remembered, as taps do."""
        gate = asyncio.Semaphore(SATURATION_SENDERS)

        async def become(chat: int) -> None:
            async with gate:
                await self.turn(chat, {"data": "learn"})
                await self.turn(chat, {"data": f"agree:{_stamp()}:paths"})

        await asyncio.gather(*(become(chat) for chat in range(1, LEARNERS + 1)))
        self.turns.clear()
        self.acknowledged.clear()

    async def saturate(self, seconds: float) -> None:
        """Keep so many turns in flight for a while."""
        ends = time.monotonic() + seconds
        chats = iter(range(10**9))

        async def go_on() -> None:
            while time.monotonic() < ends:
                await self.turn(next(chats) % LEARNERS + 1, self.message())

        await asyncio.gather(*(go_on() for _ in range(SATURATION_SENDERS)))

    async def at_a_pace(self, per_second: float, seconds: float) -> None:
        """Begin so many turns a second, whatever became of those before."""
        begun = time.monotonic()
        turns = []
        for number in range(int(per_second * seconds)):
            await asyncio.sleep(max(begun + number / per_second - time.monotonic(), 0))
            turns.append(asyncio.create_task(self.turn(number % LEARNERS + 1, self.message())))
        await asyncio.gather(*turns)

    def message(self) -> dict[str, str]:
        """Return a tap or a free text, half and half."""
        if self._random.random() < 0.5:
            return {"data": self._random.choice(self._taps)}
        return {"text": self._random.choice(self._texts)}

    async def turn(self, chat: int, message: dict[str, str]) -> None:
        """Send one message and wait until its answer reached the vendor."""
        self._update += 1
        future: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        began = time.monotonic()
        self._waiting[str(chat)] = (began, future)
        url = self._stand.service_urls[self._update % len(self._stand.service_urls)]
        body, headers = telegram_update(self._update, chat, message), {"X-Telegram-Bot-Api-Secret-Token": WEBHOOK_SECRET}
        async with self._client.post(f"{url}/hooks/telegram", json=body, headers=headers) as response:
            response.raise_for_status()
        self.acknowledged.append(time.monotonic() - began)
        self.turns.append(await asyncio.wait_for(future, 60))

    async def watch_vendor(self) -> None:
        """For ever, see what reached the vendor, and end the turns it answers."""
        while True:
            async with self._client.get(f"{self._stand.sink_url}/taken?from={self._taken}") as response:
                calls = await response.json()
            self._taken += len(calls)
            for chat, at, *_ in calls:
                began, future = self._waiting.get(chat, (0.0, None))
                if future is not None and not future.done() and at >= began:
                    future.set_result(at - began)
            await asyncio.sleep(0.01)


async def measure_ours(stand: Stand, seconds: float, seed: int) -> dict[str, Any]:
    """Return the figures of one stand."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=SATURATION_SENDERS * 2)) as client:
        load = Load(stand, client, seed)
        watch = asyncio.create_task(load.watch_vendor())
        await load.become_learners()
        before = _cpu(stand)
        await load.saturate(seconds)
        spent = {name: after - before[name] for name, after in _cpu(stand).items()}
        saturated = load.turns[:]
        figures: dict[str, Any] = {
            "turns_per_second": round(len(saturated) / seconds, 1),
            "turn_ms": _percentiles(saturated),
            "acknowledgement_ms": _percentiles(load.acknowledged),
            "cpu_ms_per_turn": {name: round(1000 * value / len(saturated), 2) for name, value in spent.items()},
            "stages_ms": await _stages(client, stand),
            "memory_mb": {part.name: round(part.memory_mb()) for part in (stand.nlu, *stand.services)},
        }
        load.turns.clear()
        load.acknowledged.clear()
        await load.at_a_pace(OPEN_LOOP_PER_SECOND, seconds)
        figures["at_50_per_second"] = {"turn_ms": _percentiles(load.turns), "acknowledgement_ms": _percentiles(load.acknowledged)}
        watch.cancel()
    return figures


async def measure_stock(intents: int, seconds: float, seed: int) -> dict[str, Any]:
    """Train a stock bot on a draw of the same examples, load its REST channel, return its figures."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        texts = _write_stock_bot(folder, intents, seed)
        environment = nlu_environment(Settings()) | {"PYTHONPATH": ""}
        command = [str(nlu_python()), "-m", "rasa", "train", "--quiet", "--out", str(folder / "models")]
        trained = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        if trained.returncode:
            sys.exit(f"Không huấn luyện được Rasa mặc định:\n{trained.stdout[-1000:]}{trained.stderr[-1000:]}")
        port = free_port()
        command = [str(nlu_python()), "-m", "rasa", "run", "--quiet", "--interface", "127.0.0.1", "--port", str(port)]
        part = Part("stock", [*command, "--model", str(folder / "models"), "--credentials", str(folder / "credentials.yml")], environment,
                    folder / "stock.log")  # fmt: skip
        part.start()
        try:
            return await _load_stock(f"http://127.0.0.1:{port}/webhooks/rest/webhook", texts, seconds, seed)
        finally:
            part.kill()


async def _load_stock(url: str, texts: Sequence[str], seconds: float, seed: int) -> dict[str, Any]:
    chance = random.Random(seed)
    times: list[float] = []
    async with aiohttp.ClientSession() as client:

        async def ask(sender: str) -> None:
            async with client.post(url, json={"sender": sender, "message": chance.choice(texts)}) as response:
                response.raise_for_status()
                await response.read()

        for _ in range(STOCK_READY_SECONDS):
            try:
                await ask("warm")
                break
            except aiohttp.ClientError:
                await asyncio.sleep(1)
        ends = time.monotonic() + seconds

        async def go_on(number: int) -> None:
            while time.monotonic() < ends:
                began = time.monotonic()
                await ask(f"s{chance.randrange(LEARNERS)}-{number}")
                times.append(time.monotonic() - began)

        await asyncio.gather(*(go_on(number) for number in range(STOCK_CLIENTS)))
    return {"turns_per_second": round(len(times) / seconds, 1), "turn_ms": _percentiles(times)}


def _write_stock_bot(folder: Path, intents: int, seed: int) -> list[str]:
    """Write what `rasa init` would, with some intents of ours; return their examples."""
    by_intent: dict[str, list[str]] = {}
    for example in _examples():
        by_intent.setdefault(example.intent, []).append(example.text)
    chance = random.Random(seed)
    drawn = {name: by_intent[name][:15] for name in chance.sample(sorted(by_intent), intents)}
    (folder / "data").mkdir(parents=True)
    config = (ROOT / "bench" / "stock.yml").read_text(encoding="utf-8")
    (folder / "config.yml").write_text(config + STOCK_POLICIES, encoding="utf-8")
    (folder / "credentials.yml").write_text("rest:\n", encoding="utf-8")
    nlu = [{"intent": name, "examples": "".join(f"- {text}\n" for text in texts)} for name, texts in drawn.items()]
    rules = [{"rule": name, "steps": [{"intent": name}, {"action": f"utter_{name}"}]} for name in drawn]
    stories = [{"story": name, "steps": [{"intent": name}, {"action": f"utter_{name}"}] * 2} for name in drawn]
    domain = {"version": "3.1", "intents": list(drawn), "responses": {f"utter_{name}": [{"text": name}] for name in drawn}}
    for path, content in (
        ("data/nlu.yml", {"version": "3.1", "nlu": nlu}), ("data/rules.yml", {"version": "3.1", "rules": rules}),
        ("data/stories.yml", {"version": "3.1", "stories": stories}), ("domain.yml", domain),
    ):  # fmt: skip
        (folder / path).write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return [text for texts in drawn.values() for text in texts]


def _examples() -> list[Example]:
    return read_examples(ROOT / "training_data", Problems(ROOT)).items


def _plain_taps() -> list[str]:
    """Return taps that are answered by one message: steps without a picture, answers, menus."""
    curriculum = check_all(ROOT, today())
    steps = [f"step:{x.slug}:{n}" for x in curriculum.lessons.values() for n, step in enumerate(x.steps, 1) if not step.picture]
    answers = [f"answer:{slug}" for slug, answer in curriculum.answers.items() if answer.outcome is None]
    return [*steps, *answers[: len(steps) // 2], *["menu"] * 20, *["pillar:online-safety"] * 20]


def telegram_update(number: int, chat: int, message: dict[str, str]) -> dict[str, Any]:
    """Return an update as Telegram sends it: a tap on a button (`data`) or a typed text (`text`)."""
    person = {"id": chat, "is_bot": False, "first_name": "A"}
    sent = {"message_id": number, "date": int(time.time()), "chat": {"id": chat, "type": "private", "first_name": "A"}}
    if "data" in message:
        query = {"id": str(number), "from": person, "chat_instance": "1", "data": message["data"]}
        return {"update_id": number, "callback_query": query | {"message": sent | {"text": "x"}}}
    return {"update_id": number, "message": sent | {"from": person, "text": message["text"]}}


async def _stages(client: aiohttp.ClientSession, stand: Stand) -> dict[str, float]:
    """Return the mean time of each stage, from the first replica's own metrics."""
    async with client.get(f"{stand.service_urls[0]}/metrics") as response:
        lines = (await response.text()).splitlines()
    values = {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line.startswith("banso_"))}
    stages = {"accept": "banso_accept_seconds", "turn": "banso_turn_seconds", "until_sent": "banso_send_delay_seconds"}
    return {
        stage: round(1000 * values[f'{name}_sum{{channel="telegram"}}'] / values[f'{name}_count{{channel="telegram"}}'], 2)
        for stage, name in stages.items()
    }


def _cpu(stand: Stand) -> dict[str, float]:
    services = sum(part.cpu_seconds() for part in stand.services)
    return {"service": services, "nlu": stand.nlu.cpu_seconds(), "database": stand.database_cpu_seconds(),
            "vendor": stand.sink.cpu_seconds(),
            "load": time.process_time()}  # fmt: skip


def _percentiles(seconds: Sequence[float]) -> dict[str, float]:
    cuts = statistics.quantiles(seconds, n=100)
    return {"p50": round(1000 * cuts[49], 1), "p95": round(1000 * cuts[94], 1), "p99": round(1000 * cuts[98], 1)}


def _stamp() -> str:
    from datetime import UTC, datetime

    from actions.stamp import stamp

    return stamp(datetime.now(UTC))


def say(line: str) -> None:
    """Print a line at once."""
    print(line, flush=True)


if __name__ == "__main__":
    main()
