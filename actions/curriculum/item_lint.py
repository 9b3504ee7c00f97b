"""Check one item within content that is known to be good; quick enough for every keystroke."""

import tempfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from actions.curriculum.examples import folded_key, read_examples
from actions.curriculum.files import read_answer, read_facts
from actions.curriculum.lesson_files import read_lesson
from actions.curriculum.lesson_lint import check_lesson, check_script
from actions.curriculum.lint import MIN_BEHAVIOUR_EXAMPLES, MIN_EXAMPLES, check_answer
from actions.curriculum.model import Curriculum, ScriptKind
from actions.curriculum.problems import Problem, Problems
from actions.curriculum.script_files import read_script
from actions.curriculum.tree import FACTS, Item, item_of

KnownExamples = Mapping[str, str]  # the words of an example without diacritics → its intent


def check_item(
    item: Item, files: Mapping[str, str], curriculum: Curriculum, today: date, known: KnownExamples
) -> tuple[Curriculum, list[Problem]]:
    """Put one item into the content, and check it.

    Args:
        item: Which item.
        files: Its texts by path.
        curriculum: All other content.
        today: The day against which reviews are checked.
        known: The examples of all intents.

    Returns:
        The content with the item, as far as it can be read, and the item's problems.

    Raises:
        ValueError: A path is not one of the item's.
    """
    if stray := [path for path in files if item_of(path) != item]:
        raise ValueError(stray[0])
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        for path, text in files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(text.encode())
        problems = Problems(root)
        match item.kind:
            case "answer":
                curriculum = _check_answer(item, root, curriculum, today, problems)
                _check_examples(item, root, known, problems)
            case "lesson":
                lesson = read_lesson(root / "content" / "lessons" / item.slug, curriculum.modules, problems)
                if lesson is not None:
                    curriculum = curriculum.model_copy(update={"lessons": {**curriculum.lessons, item.slug: lesson}})
                    check_lesson(lesson, curriculum, root / "content" / "lessons" / item.slug, today, problems)
            case "guide" | "drill":
                curriculum = _check_script(item, root, curriculum, today, problems)
            case "facts":
                curriculum = curriculum.model_copy(update={"facts": read_facts(root / FACTS, problems)})
    return curriculum, sorted(problems.found, key=lambda p: (p.path, p.place))


def _check_answer(item: Item, root: Path, curriculum: Curriculum, today: date, problems: Problems) -> Curriculum:
    for path in root.glob("content/answers/*/*.md"):
        answer = read_answer(path, curriculum.topics, problems)
        if answer is not None:
            curriculum = curriculum.model_copy(update={"answers": {**curriculum.answers, item.slug: answer}})
            check_answer(answer, curriculum, root, today, problems)
    return curriculum


def _check_script(item: Item, root: Path, curriculum: Curriculum, today: date, problems: Problems) -> Curriculum:
    kind: ScriptKind = "guide" if item.kind == "guide" else "drill"
    path = root / "content" / f"{kind}s" / f"{item.slug}.yml"
    script = read_script(path, kind, problems)
    if script is None:
        return curriculum
    scripts = curriculum.guides if kind == "guide" else curriculum.drills
    curriculum = curriculum.model_copy(update={f"{kind}s": {**scripts, item.slug: script}})
    check_script(script, curriculum, path, today, problems)
    return curriculum


def _check_examples(item: Item, root: Path, known: KnownExamples, problems: Problems) -> None:
    examples = read_examples(root / "training_data", problems)
    path = examples.paths.get(item.slug)
    if path is None:
        return
    needed = MIN_BEHAVIOUR_EXAMPLES if "behaviours" in path.parts else MIN_EXAMPLES
    if len(examples.items) < needed:
        problems.add(path, "examples", f"có {len(examples.items)} ví dụ; cần ít nhất {needed}")
    for number, example in enumerate(examples.items, 1):
        other = known.get(folded_key(example.text) or example.text)
        if other is not None and other != item.slug:
            problems.add(path, f"ví dụ {number}", f'"{example.text[:60]}" đã là ví dụ của "{other}"; mỗi câu chỉ ghi một nơi')
