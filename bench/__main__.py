"""`python -m bench`: run one of the benches under Rasa's Python, in Rasa's quiet environment."""

import os
import sys

from bot.settings import ROOT, read_settings
from bot.training import nlu_environment, nlu_python

BENCHES = ("compare", "quality", "growth")


def main() -> None:
    """Become the bench that was named."""
    if len(sys.argv) < 2 or sys.argv[1] not in BENCHES:
        sys.exit(f"Cách dùng: python -m bench {'|'.join(BENCHES)} [--help]")
    python = str(nlu_python())
    os.chdir(ROOT)
    os.execve(python, [python, "-m", f"bench.{sys.argv[1]}", *sys.argv[2:]], nlu_environment(read_settings()))


if __name__ == "__main__":
    main()
