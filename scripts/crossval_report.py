"""Print Rasa's cross-validation report, named as the argument, so that a person can read it."""

import json
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

WEAKEST = 25


def main() -> None:
    """Print the totals and the weakest intents."""
    report = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    console = Console()
    console.print(f"Đúng ý định: {report['accuracy']:.1%}   F1 trung bình: {report['macro avg']['f1-score']:.1%}")
    intents = [(name, row) for name, row in report.items() if isinstance(row, dict) and "confused_with" in row]
    table = Table("Ý định yếu nhất", "F1", "Ví dụ", "Hay nhầm với")
    for name, row in sorted(intents, key=lambda pair: pair[1]["f1-score"])[:WEAKEST]:
        confused = ", ".join(f"{other} ({count})" for other, count in row["confused_with"].items())
        table.add_row(name, f"{row['f1-score']:.2f}", str(row["support"]), confused)
    console.print(table)
    console.print(f"Đủ cả: {sys.argv[1]}, results/intent_errors.json")


if __name__ == "__main__":
    main()
