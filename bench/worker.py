"""Train one pipeline, or measure one model, in a process of its own; the result is one JSON document on standard output."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import resource
import sys
import time
from pathlib import Path
from typing import Any

WARM_UP = 50


def main() -> None:
    """Do one piece of work."""
    parser = argparse.ArgumentParser(description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    training = verbs.add_parser("train")
    training.add_argument("config", type=Path)
    training.add_argument("data", type=Path)
    training.add_argument("model", type=Path)
    measuring = verbs.add_parser("measure")
    measuring.add_argument("model", type=Path)
    measuring.add_argument("texts", type=Path, help="JSON: way of typing → texts; the first way is timed")
    arguments = parser.parse_args()
    if arguments.verb == "train":
        result = train(arguments.config, arguments.data, arguments.model)
    else:
        result = measure(arguments.model, arguments.texts)
    result["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
    print("\n" + json.dumps(result))


def train(config: Path, data: Path, model: Path) -> dict[str, Any]:
    """Train as `rasa train nlu --force` does; return the seconds it took, imports aside."""
    from rasa.model_training import train_nlu

    _be_quiet()
    started = time.perf_counter()
    name = model.name.removesuffix(".tar.gz")
    train_nlu(str(config), str(data), str(model.parent), fixed_model_name=name, additional_arguments={"force_full_training": True})
    return {"train_seconds": time.perf_counter() - started}


def measure(model: Path, texts: Path) -> dict[str, Any]:
    """Load a model and understand texts one by one; return times, and the intents understood."""
    from rasa.core.agent import Agent

    _be_quiet()
    by_way: dict[str, list[str]] = json.loads(texts.read_text(encoding="utf-8"))
    started = time.perf_counter()
    agent = Agent.load(str(model))
    load_seconds = time.perf_counter() - started

    async def understand(some: list[str]) -> tuple[list[str], list[float]]:
        intents, times = [], []
        for text in some:
            began = time.perf_counter()
            parsed = await agent.parse_message(text)
            times.append(time.perf_counter() - began)
            intents.append(parsed["intent"]["name"] or "")
        return intents, times

    first = next(iter(by_way))
    asyncio.run(understand(by_way[first][:WARM_UP]))
    understood, times = {}, []
    for way, some in by_way.items():
        understood[way], taken = asyncio.run(understand(some))
        times = times or taken
    return {"load_seconds": load_seconds, "parse_seconds": times, "understood": understood}


def _be_quiet() -> None:
    """Keep Rasa from writing a line for each message, which would be timed too."""
    from rasa.utils.log_utils import configure_structlog

    logging.getLogger("rasa").setLevel(logging.WARNING)
    configure_structlog(logging.WARNING)


if __name__ == "__main__":
    main()
