"""`python -m bench`: run one of the benches, those of understanding under Rasa's Python, in Rasa's quiet environment."""

import os
import runpy
import sys

from bot.settings import ROOT, read_settings
from bot.training import nlu_environment, nlu_python

BENCHES = ("compare", "quality", "growth")
OURS = ("progress", "dashboard", "delivery", "chaos")  # these run under the service's Python


def main() -> None:
    """Become the bench that was named."""
    if len(sys.argv) < 2 or sys.argv[1] not in (*BENCHES, *OURS):
        sys.exit(f"Cách dùng: python -m bench {'|'.join((*BENCHES, *OURS))} [--help]")
    if sys.argv[1] in OURS:
        name = sys.argv.pop(1)
        runpy.run_module(f"bench.{name}", run_name="__main__")
        return
    python = str(nlu_python())
    os.chdir(ROOT)
    os.execve(python, [python, "-m", f"bench.{sys.argv[1]}", *sys.argv[2:]], nlu_environment(read_settings()))


if __name__ == "__main__":
    main()
