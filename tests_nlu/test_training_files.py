"""The project's own files, read as Rasa's importer gives them."""

from pathlib import Path

from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.loading import load_data

from bot.nlu.examples_importer import ExamplesImporter
from bot.nlu.linear_intent_classifier import LinearIntentClassifier
from bot.nlu.recogniser import RecogniserSettings
from bot.nlu.training_files import CLASSIFIER, OUTSIDE_TOPIC, read_examples, read_held_out, read_settings, read_topics

DATA = Path("training_data")


def test_reads_what_rasa_itself_reads():
    path = next(iter(sorted(DATA.glob("answers/*/*.yml"))))
    by_rasa = {(e.get(TEXT), e.get(INTENT)) for e in load_data(str(path)).training_examples}

    assert by_rasa <= set(read_examples(DATA))


def test_gives_rasa_every_example_once_and_quickly_told_apart():
    data = ExamplesImporter(training_data_paths=[str(DATA)]).get_nlu_data()

    assert len(data.training_examples) == sum(1 for _ in read_examples(DATA))
    assert data.training_examples[0].fingerprint() != data.training_examples[1].fingerprint()


def test_every_intent_has_its_topic():
    assert {intent for _, intent in read_examples(DATA)} == set(read_topics(DATA))


def test_held_out_questions_know_what_is_outside():
    held_out = read_held_out(DATA / "held_out.tsv", DATA / "lexicon.yml")

    assert any(q.is_outside for q in held_out)
    assert all(q.is_outside == (OUTSIDE_TOPIC in q.topics) for q in held_out)


def test_no_file_means_no_questions(tmp_path):
    assert read_held_out(tmp_path / "none.tsv", DATA / "lexicon.yml") == []


def test_tools_train_with_the_settings_of_the_pipeline():
    assert LinearIntentClassifier.__name__ == CLASSIFIER
    assert read_settings() != RecogniserSettings()
