"""Stock Rasa and this project's pipeline side by side, in one run: accuracy, training, loading, parsing, HTTP, memory.

Both are cross-validated on the same draw of the project's examples, each piece of work in a
process of its own. `make bench` runs it; `--quick` is a smaller draw.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from bench.charts import draw_comparison
from bench.data import Example, draw, folds, read_corpus, write
from bench.http_load import load_server
from bot.nlu.tools import macro_f1
from bot.nlu.typing_ways import WAYS, type_all

PIPELINES: Mapping[str, Path] = {"stock": Path("bench/stock.yml"), "ours": Path("bot/nlu/config.yml")}
FIRST_WAY = next(iter(WAYS))
TIMED_HTTP_TEXTS = 200
LIBRARIES = ("rasa", "tensorflow", "numpy", "scikit-learn")


@dataclass(frozen=True)
class Size:
    """How much is drawn: intents, examples of each, folds; and for how many seconds HTTP is loaded."""

    intents: int
    per_intent: int
    folds: int
    http_seconds: float


FULL = Size(intents=10, per_intent=20, folds=2, http_seconds=4)  # Stock needs four minutes for each training even so.
QUICK = Size(intents=4, per_intent=10, folds=2, http_seconds=3)


def main() -> None:
    """Run, print the table, write JSON and plot."""
    parser = argparse.ArgumentParser(prog="python -m bench compare", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a small draw, in a few minutes")
    parser.add_argument("--intents", type=int, help="how many intents to draw")
    parser.add_argument("--per-intent", type=int, help="how many examples of each")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--out", type=Path, default=Path("docs/understanding"), help="folder for compare.json and compare.png")
    arguments = parser.parse_args()
    size = QUICK if arguments.quick else FULL
    size = replace(size, intents=arguments.intents or size.intents, per_intent=arguments.per_intent or size.per_intent)
    drawn = draw(read_corpus(), intents=size.intents, per_intent=size.per_intent, seed=arguments.seed)
    say(f"{len(drawn)} ví dụ của {len({e.intent for e in drawn})} ý định, {size.folds} phần.")
    with tempfile.TemporaryDirectory() as folder:
        measured = {name: measure(name, drawn, size, arguments.seed, Path(folder) / name) for name in PIPELINES}
    ratios = compare(measured["stock"], measured["ours"])
    document = {
        "machine": describe_machine(), "seed": arguments.seed, "size": vars(size), "examples": len(drawn),
        "pipelines": measured, "ratios": ratios,
    }  # fmt: skip
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "compare.json").write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print_tables(measured, ratios)
    draw_comparison(measured, arguments.out / "compare.png")
    say(f"Đã ghi {arguments.out}/compare.json, compare.png")


def measure(name: str, drawn: Sequence[Example], size: Size, seed: int, folder: Path) -> dict[str, Any]:
    """Cross-validate one pipeline; load its last model over HTTP too.

    Returns:
        Shares right and macro F1 by way of typing, seconds, milliseconds, megabytes.
    """
    wanted: list[str] = []
    understood: dict[str, list[str]] = {way: [] for way in WAYS}
    trained, loaded, parsed, memory = [], [], [], []
    for number, (train, test) in enumerate(folds(drawn, size.folds, seed)):
        data, model = write(train, folder / f"data{number}"), folder / f"model{number}.tar.gz"
        say(f"{name}: phần {number + 1}/{size.folds}, học {len(train)} ví dụ…")
        trained.append(work("train", PIPELINES[name], data, model)["train_seconds"])
        typed = folder / f"typed{number}.json"
        typed.write_text(json.dumps({way: type_all([e.text for e in test], way, seed) for way in WAYS}), encoding="utf-8")
        result = work("measure", model, typed)
        loaded.append(result["load_seconds"])
        parsed += result["parse_seconds"]
        memory.append(result["peak_mb"])
        wanted += [e.intent for e in test]
        for way in WAYS:
            understood[way] += result["understood"][way]
    say(f"{name}: HTTP…")
    texts = [e.text for e in test][:TIMED_HTTP_TEXTS]
    http = asyncio.run(load_server(model, texts, size.http_seconds, folder / "http.log"))
    return {
        "right": {way: float(np.mean([g == w for g, w in zip(guesses, wanted)])) for way, guesses in understood.items()},
        "macro_f1": {way: macro_f1(guesses, wanted) for way, guesses in understood.items()},
        "train_seconds": float(np.median(trained)),
        "load_seconds": float(np.median(loaded)),
        "parse_ms": percentiles(parsed),
        "process_mb": float(np.median(memory)),
        "http_ms": percentiles(http["alone_seconds"]),
        "http_per_second": http["per_second"],
        "server_mb": http["memory_mb"],
        "server_start_seconds": http["start_seconds"],
    }


def work(*arguments: object) -> dict[str, Any]:
    """Run `bench.worker` and return what it printed last.

    Raises:
        SystemExit: It failed; its output is shown.
    """
    done = subprocess.run([sys.executable, "-m", "bench.worker", *map(str, arguments)], capture_output=True, text=True)  # noqa: PLW1510
    if done.returncode:
        sys.exit(f"Không chạy được bench.worker {arguments[0]}:\n{done.stderr[-3000:]}")
    result: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return result


def percentiles(seconds: Sequence[float]) -> dict[str, float]:
    """Return p50, p95 and p99 in milliseconds."""
    return {f"p{p}": float(np.percentile(seconds, p)) * 1000 for p in (50, 95, 99)}


def compare(stock: Mapping[str, Any], ours: Mapping[str, Any]) -> dict[str, float]:
    """Return what is asked of ours: differences in points, and ratios."""
    right, stock_right = ours["right"], stock["right"]
    return {
        "as_typed_above_stock": 100 * (right["như đã gõ"] - stock_right["như đã gõ"]),
        "no_diacritics_above_stock": 100 * (right["không dấu"] - stock_right["không dấu"]),
        "no_diacritics_below_as_typed": 100 * (right["như đã gõ"] - right["không dấu"]),
        "teencode_below_as_typed": 100 * (right["như đã gõ"] - right["teencode"]),
        "typos_below_as_typed": 100 * (right["như đã gõ"] - right["gõ sai"]),
        "training": ours["train_seconds"] / stock["train_seconds"],
        "loading": ours["load_seconds"] / stock["load_seconds"],
        "parse_p50": ours["parse_ms"]["p50"] / stock["parse_ms"]["p50"],
        "http_per_second": ours["http_per_second"] / stock["http_per_second"],
    }


def describe_machine() -> dict[str, Any]:
    """Return what a reader needs to judge the figures: processor, cores, memory, versions."""
    model = platform.processor()
    cpu = Path("/proc/cpuinfo")
    if cpu.exists():
        model = next((line.split(":", 1)[1].strip() for line in cpu.read_text().splitlines() if line.startswith("model name")), model)
    memory = Path("/proc/meminfo")
    gigabytes = int(memory.read_text().split()[1]) / 2**20 if memory.exists() else None
    return {
        "processor": model, "cores": os.cpu_count(), "memory_gb": gigabytes and round(gigabytes), "system": platform.system(),
        "python": platform.python_version(), **{name: version(name) for name in LIBRARIES},
    }  # fmt: skip


def print_tables(measured: Mapping[str, Mapping[str, Any]], ratios: Mapping[str, float]) -> None:
    """Print accuracy by way of typing, then speed, then what is asked."""
    stock, ours = measured["stock"], measured["ours"]
    print(f"\n{'đúng / F1 (%)':<16}{'Rasa mặc định':>16}{'Bạn Số':>16}")
    for way in WAYS:
        cells = (f"{100 * m['right'][way]:.1f} / {100 * m['macro_f1'][way]:.1f}" for m in (stock, ours))
        print(f"{way:<16}" + "".join(f"{cell:>16}" for cell in cells))
    rows = [("học (giây)", "train_seconds"), ("nạp mô hình (giây)", "load_seconds"), ("câu/giây qua HTTP", "http_per_second")]
    rows += [("bộ nhớ máy chủ (MB)", "server_mb"), ("máy chủ sẵn sàng (giây)", "server_start_seconds")]
    print(f"\n{'':<26}{'Rasa mặc định':>16}{'Bạn Số':>12}{'tỉ lệ':>10}")
    for label, key in rows:
        print(f"{label:<26}{stock[key]:>16.2f}{ours[key]:>12.2f}{ours[key] / stock[key]:>10.3f}")
    for label, key in (("hiểu một câu", "parse_ms"), ("hiểu một câu qua HTTP", "http_ms")):
        for p in ("p50", "p95", "p99"):
            print(f"{f'{label} {p} (ms)':<26}{stock[key][p]:>16.2f}{ours[key][p]:>12.2f}{ours[key][p] / stock[key][p]:>10.3f}")
    print()
    for name, value in ratios.items():
        print(f"{name:<30}{value:>8.3f}")


def say(line: str) -> None:
    """Print a line at once."""
    print(line, flush=True)


if __name__ == "__main__":
    main()
