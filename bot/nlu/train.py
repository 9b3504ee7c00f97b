"""Train a model with Rasa, saying in Vietnamese how it goes; `bot.training` runs this."""

import argparse
import logging

from rasa.model_training import train_nlu

from bot.nlu.parenthood import die_with_parent

CONFIG = "bot/nlu/config.yml"
TRAINING_DATA = "training_data"
FULLY = {"force_full_training": True}  # There is no cache, so looking into it would be lost time.


def progress(line: str) -> None:
    """Print a line that `bot.training` passes on to the person who waits."""
    print(f"banso-progress: {line}", flush=True)


class _Progress(logging.Handler):
    """Passes on what our components say while Rasa trains them."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print one record."""
        progress(record.getMessage())


def main() -> None:
    """Train on the project's data, from the project's root."""
    die_with_parent()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", required=True, help="folder for the model")
    parser.add_argument("--name", required=True, help="the model's file name, without .tar.gz")
    arguments = parser.parse_args()
    ours = logging.getLogger("bot.nlu")
    ours.setLevel(logging.INFO)
    ours.addHandler(_Progress())
    progress("đọc các ví dụ…")
    train_nlu(CONFIG, TRAINING_DATA, arguments.out, fixed_model_name=arguments.name, additional_arguments=FULLY)


if __name__ == "__main__":
    main()
