"""Train a model with Rasa, saying in Vietnamese how it goes; `bot.training` runs this."""

import argparse
import logging

from rasa.model_training import train_nlu

from bot.nlu.parenthood import die_with_parent
from bot.nlu.training_files import CONFIG, TRAINING_DATA

FULLY = {"force_full_training": True}  # There is no cache, so looking into it would be lost time.


def progress(line: str) -> None:
    """Print a line that `bot.training` passes on to the person who waits."""
    print(f"banso-progress: {line}", flush=True)


class _Progress(logging.Handler):
    """Passes on what our components say while Rasa trains them."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print one record."""
        progress(record.getMessage())


def train(out: str, name: str) -> None:
    """Train on the data in the working folder, saying how it goes.

    Args:
        out: The folder for the model.
        name: The model's file name, without .tar.gz.
    """
    ours = logging.getLogger("bot.nlu")
    ours.setLevel(logging.INFO)
    ours.addHandler(_Progress())
    progress("đọc các ví dụ…")
    train_nlu(str(CONFIG), str(TRAINING_DATA), out, fixed_model_name=name, additional_arguments=FULLY)


def main() -> None:
    """Train on the data in the working folder."""
    die_with_parent()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", required=True, help="folder for the model")
    parser.add_argument("--name", required=True, help="the model's file name, without .tar.gz")
    arguments = parser.parse_args()
    train(arguments.out, arguments.name)


if __name__ == "__main__":
    main()
