"""Make or read a spreadsheet, given as JSON on standard input; `bot.sheets` runs this as a process of its own.

So citizens are answered meanwhile, and a file that is made to eat memory or time ends this process, not the service.
"""

import base64
import json
import os
import resource
import sys
from datetime import date, datetime
from typing import Any

from actions.curriculum.sheets.planning import make_plan
from actions.curriculum.sheets.writing import TooLongError, write_csv, write_csv_zip, write_xlsx
from bot.nlu.parenthood import die_with_parent
from bot.settings import ROOT

MEMORY_MAX_BYTES = 1536 * 1024 * 1024
SECONDS_MAX = 120
TOO_LONG = 3  # the exit code where a text fits into no cell; what it says is on standard output


def main() -> None:
    """Print the plan as JSON, or the bytes of the file."""
    die_with_parent()
    os.nice(5)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MAX_BYTES, MEMORY_MAX_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS_MAX, SECONDS_MAX))
    asked = json.load(sys.stdin)
    try:
        result = _planned(asked) if asked["task"] == "plan" else _written(asked)
    except TooLongError as error:
        sys.stdout.buffer.write(str(error).encode())
        sys.exit(TOO_LONG)
    sys.stdout.buffer.write(result)


def _planned(asked: dict[str, Any]) -> bytes:
    plan = make_plan(
        asked["files"],
        base64.b64decode(asked["content"]),
        asked["name"],
        today=date.fromisoformat(asked["today"]),
        pictures=ROOT / "content" / "pictures",
        deletes_missing=asked["deletes_missing"],
    )
    return plan.model_dump_json().encode()


def _written(asked: dict[str, Any]) -> bytes:
    files, keys = asked["files"], asked["keys"]
    if asked["kind"] == "xlsx":
        return write_xlsx(files, keys, datetime.fromisoformat(asked["made_at"]))
    return write_csv(files, keys[0]) if len(keys) == 1 else write_csv_zip(files, keys)


if __name__ == "__main__":
    main()
