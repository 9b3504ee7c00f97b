"""Check a tree of content given as JSON on standard input; `bot.publishing` runs this as a process of its own."""

import json
import os
import sys
from dataclasses import asdict
from datetime import date

from actions.curriculum.tree import check_tree
from bot.nlu.parenthood import die_with_parent
from bot.settings import ROOT


def main() -> None:
    """Print the curriculum's document, or every problem, as JSON."""
    die_with_parent()
    os.nice(5)
    curriculum, problems = check_tree(json.load(sys.stdin), date.fromisoformat(sys.argv[1]), ROOT / "content" / "pictures")
    document = None if curriculum is None else curriculum.model_dump_json()
    json.dump({"document": document, "problems": [asdict(problem) for problem in problems]}, sys.stdout)


if __name__ == "__main__":
    main()
