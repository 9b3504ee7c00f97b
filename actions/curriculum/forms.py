"""Items as forms: the texts of an item's files as nested fields, and back into texts.

A form is a dict of texts, flags and lists of forms. What the fields mean is checked by the
lint; here only the shape of the files is known, so that a draft with problems can be edited.
"""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import Any

from actions.curriculum.files import MORE_HEADING
from actions.curriculum.lesson_files import SIMPLE_HEADING
from actions.curriculum.reading import SLUG
from actions.curriculum.tree import FACTS, Item
from actions.curriculum.yaml_text import Block, Inline, UnreadableError, dump, read_front, read_mapping, read_yaml_text

Form = dict[str, Any]
Files = Mapping[str, str]
_STEP = re.compile(r"^## +(.+)$", re.MULTILINE)
_PICTURE = re.compile(r"^Hình: *(\S+) *$", re.MULTILINE)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_HEADING_IN_TEXT = re.compile(r"^#+ *", re.MULTILINE)
_LISTED = re.compile(r"^(?:[-–•*] +)+")  # what examples have before them when they are pasted from a list
# Not seen on a screen, and no YAML: a file that held one could not be opened again.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
_QUESTION_NUMBER = re.compile(r"q(\d{1,6})")


def read_form(item: Item, files: Files) -> Form:
    """Return an item's texts as a form.

    Args:
        item: Which item.
        files: Its texts by path; those that are missing give empty fields.

    Raises:
        UnreadableError: A file is no YAML, or not of its kind.
    """
    match item.kind:
        case "answer":
            return _read_answer(files)
        case "lesson":
            return _read_lesson(files)
        case "guide" | "drill":
            return _read_script(files)
    raise ValueError(item.kind)


def write_form(item: Item, form: Form, before: Files) -> dict[str, str]:
    """Return the texts of an item's files; a file whose fields did not change keeps its text.

    Args:
        item: Which item.
        form: Its fields.
        before: The texts as they were.

    Raises:
        ValueError: The item, or its topic, cannot be the name of a file.
    """
    if not SLUG.fullmatch(item.slug):
        raise ValueError(item.slug)
    match item.kind:
        case "answer":
            written = _write_answer(item, form)
        case "lesson":
            written = _write_lesson(item, form)
        case "guide" | "drill":
            written = {f"content/{item.kind}s/{item.slug}.yml": _write_script(form)}
        case _:
            raise ValueError(item.kind)
    return {path: before[path] if path in before and _is_same(item, path, text, before[path]) else text for path, text in written.items()}


def read_fact(facts: str, slug: str) -> Form:
    """Return one fact of `facts.yml` as a form; an empty one where there is none.

    Raises:
        UnreadableError: The file is no YAML.
    """
    return _read_fact(read_mapping(FACTS, facts).get(slug))


def read_all_facts(facts: str) -> dict[str, Form]:
    """Return the facts of `facts.yml` as forms, by slug, in its order.

    Raises:
        UnreadableError: The file is no YAML.
    """
    return {str(slug): _read_fact(fields) for slug, fields in read_mapping(FACTS, facts).items()}


def write_fact(facts: str, slug: str, form: Form) -> str:
    """Return `facts.yml` with one fact put in the place of the old one, or at the end; all else stays as it is."""
    fields = {
        "title": tidy(form["title"]),
        "value": tidy(form["value"]),
        "source": {"title": tidy(form["source_title"]), "address": tidy(form["source_address"])},
        "checked_on": _day(form["checked_on"]),
        "status": "verified" if form["verified"] else "unverified",
    }
    block = dump({slug: fields})
    lines = facts.splitlines(keepends=True)
    start = next((n for n, line in enumerate(lines) if line.startswith(f"{slug}:")), None)
    if start is None:
        return facts.rstrip("\n") + "\n" + block
    end = next((n for n in range(start + 1, len(lines)) if not lines[n].startswith((" ", "\t"))), len(lines))
    return "".join([*lines[:start], block, *lines[end:]])


def tidy(text: object) -> str:
    """Return what was typed into a field as it is kept: composed letters, plain line ends, no blanks around."""
    plain = str(text or "").replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    plain = unicodedata.normalize("NFC", _CONTROL.sub("", plain))
    return "\n".join(line.rstrip() for line in plain.split("\n")).strip()


def with_question_ids(form: Form, *quizzes: str) -> Form:
    """Return a lesson's form in which each question has an id; a new one gets a number that was never used.

    Args:
        form: The form.
        quizzes: The texts of the quiz as it was published, and as it was saved; what they do not have is not known.
    """
    used = [one["id"] for one in form["questions"]] + re.findall(r"^- id: *(\S+)", "\n".join(quizzes), re.MULTILINE)
    last = max((int(found[1]) for found in map(_QUESTION_NUMBER.fullmatch, used) if found), default=0)
    questions = []
    for one in form["questions"]:
        last += not tidy(one["id"])
        questions.append(one if tidy(one["id"]) else {**one, "id": f"q{last}"})
    return {**form, "questions": questions}


def _read_fact(given: Any) -> Form:
    fields = given if isinstance(given, dict) else {}
    source = fields["source"] if isinstance(fields.get("source"), dict) else {}
    return {
        "title": _text(fields.get("title")),
        "value": _text(fields.get("value")),
        "source_title": _text(source.get("title")),
        "source_address": _text(source.get("address")),
        "checked_on": _text(fields.get("checked_on")),
        "verified": fields.get("status") == "verified",
    }


def _read_answer(files: Files) -> Form:
    path = next((p for p in files if p.endswith(".md")), "")
    fields, body = read_front(path, files.get(path, ""))
    first, _, more = body.partition(MORE_HEADING)
    devices = fields.get("devices") if isinstance(fields.get("devices"), dict) else {}
    return _common(fields) | {
        "topic": _text(fields.get("topic")) or (path.split("/")[2] if path else ""),
        "text": first.strip(),
        "more": more.strip(),
        "android": _text((devices or {}).get("android")),
        "iphone": _text((devices or {}).get("iphone")),
        "outcome": _text(fields.get("outcome")),
        "related": ", ".join(map(str, fields.get("related") or [])),
        "examples": "\n".join(_examples(files)),
    }


def _write_answer(item: Item, form: Form) -> dict[str, str]:
    topic, outcome = tidy(form["topic"]), tidy(form.get("outcome"))
    if not SLUG.fullmatch(topic):
        raise ValueError(topic)
    devices = {name: tidy(form[name]) for name in ("android", "iphone") if tidy(form[name])}
    related = [slug.strip() for slug in tidy(form["related"]).split(",") if slug.strip()]
    head: dict[str, Any] = {"title": tidy(form["title"]), "topic": topic}
    head |= _written_about(form, shows_status=form["status"] == "retired")
    head |= {"outcome": outcome} if outcome else {}
    head |= {"devices": devices} if devices else {}
    head |= {"related": related} if related else {}
    body = _plain(form["text"])
    more = _plain(form["more"])
    text = f"---\n{dump(head)}---\n{body}\n" + (f"{MORE_HEADING}\n\n{more}\n" if more else "")
    folder = "behaviours" if outcome else "answers"
    examples = write_examples(item.slug, tidy(form["examples"]).split("\n"))
    return {f"content/answers/{topic}/{item.slug}.md": text, f"training_data/{folder}/{topic}/{item.slug}.yml": examples}


def write_examples(intent: str, texts: list[str]) -> str:
    """Return the file of an intent's examples, in Rasa's own format."""
    plain = (_LISTED.sub("", " ".join(tidy(text).split())) for text in texts)
    lines = "".join(f"    - {text}\n" for text in plain if text)
    return f'version: "3.1"\nnlu:\n- intent: {intent}\n  examples: |\n{lines}'


def _read_lesson(files: Files) -> Form:
    path = next((p for p in files if p.endswith("lesson.md")), "")
    fields, body = read_front(path, files.get(path, ""))
    _before, *parts = _STEP.split(body)
    return _common(fields) | {
        "module": _text(fields.get("module")),
        "goal": _text(fields.get("goal")),
        "steps": [_read_step(heading, part) for heading, part in zip(parts[::2], parts[1::2], strict=True)],
        "questions": _read_questions(files),
    }


def _read_step(heading: str, part: str) -> Form:
    text, _, simple = part.partition(SIMPLE_HEADING)
    picture = _PICTURE.search(text)
    plain = _PICTURE.sub("", text).strip()
    return {"heading": heading.strip(), "text": plain, "simple": simple.strip(), "picture": picture[1] if picture else ""}


def _read_questions(files: Files) -> list[Form]:
    path = next((p for p in files if p.endswith("quiz.yml")), "")
    questions = read_yaml_text(path, files.get(path, ""))
    if questions is not None and not isinstance(questions, list):
        raise UnreadableError(path)
    return [
        {
            "id": _text(one.get("id")),
            "question": _text(one.get("question")),
            "choices": [
                {"text": _text(c.get("text")), "feedback": _text(c.get("feedback")), "right": c.get("right") is True}
                for c in one.get("choices") or []
                if isinstance(c, dict)
            ],
        }
        for one in questions or []
        if isinstance(one, dict)
    ]


def _write_lesson(item: Item, form: Form) -> dict[str, str]:
    about = _written_about(form, shows_status=False)
    head = {"title": tidy(form["title"]), "status": form["status"], "module": tidy(form["module"])}
    head |= {"topics": Inline(_listed(form["topics"])), "goal": tidy(form["goal"]), **about}
    steps = "\n\n".join(map(_write_step, form["steps"]))
    form = with_question_ids(form)
    folder = f"content/lessons/{item.slug}"
    return {f"{folder}/lesson.md": f"---\n{dump(head)}---\n{steps}\n", f"{folder}/quiz.yml": _write_questions(form["questions"])}


def _write_step(step: Form) -> str:
    picture = tidy(step["picture"])
    shown = f"\n\nHình: {picture}" if picture else ""
    heading = " ".join(_plain(step["heading"]).split())
    text = _PICTURE.sub(lambda found: f"Hình {found[1]}", _plain(step["text"]))  # A picture is chosen, not typed.
    return f"## {heading}\n\n{text}{shown}\n\n{SIMPLE_HEADING}\n\n{_plain(step['simple'])}"


def _write_questions(questions: list[Form]) -> str:
    return dump(
        [
            {
                "id": tidy(one["id"]),
                "question": tidy(one["question"]),
                "choices": [
                    {"text": tidy(c["text"])} | ({"right": True} if c["right"] else {}) | {"feedback": tidy(c["feedback"])}
                    for c in one["choices"]
                ],
            }
            for one in questions
        ],
        is_flat=True,
    )


def _read_script(files: Files) -> Form:
    path, text = next(iter(files.items()), ("", ""))
    fields = read_mapping(path, text)
    steps = fields.get("steps") if isinstance(fields.get("steps"), dict) else {}
    return _common(fields) | {
        "role": _text(fields.get("role")),
        "intro": _text(fields.get("intro")),
        "lesson": _text(fields.get("lesson")),
        "start": _text(fields.get("start")),
        "steps": [_read_script_step(str(slug), step) for slug, step in (steps or {}).items() if isinstance(step, dict)],
    }


def _read_script_step(slug: str, step: Mapping[str, Any]) -> Form:
    return {
        "slug": slug,
        "text": _text(step.get("text")),
        "sign": _text(step.get("sign")),
        "ending": _text(step.get("ending")),
        "follow_up": step.get("follow_up") is True,
        "picture": _text(step.get("picture")),
        "choices": [
            {"text": _text(c.get("text")), "next": _text(c.get("next")), "falls": c.get("falls") is True}
            for c in step.get("choices") or []
            if isinstance(c, dict)
        ],
    }


def _write_script(form: Form) -> str:
    head: dict[str, Any] = {"title": tidy(form["title"]), "topics": Inline(_listed(form["topics"])), "status": form["status"]}
    head |= {name: tidy(form[name]) for name in ("role", "lesson") if tidy(form.get(name))}
    head |= {"intro": Block(tidy(form["intro"]))} if tidy(form.get("intro")) else {}
    head |= _written_about(form, shows_status=False)
    head |= {"start": tidy(form["start"]) or (tidy(form["steps"][0]["slug"]) if form["steps"] else "")}
    return dump(head | {"steps": {tidy(step["slug"]): _write_script_step(step) for step in form["steps"]}})


def _write_script_step(step: Form) -> dict[str, Any]:
    fields: dict[str, Any] = {"ending": tidy(step.get("ending"))} if tidy(step.get("ending")) else {}
    fields |= {"text": Block(tidy(step["text"]))}
    fields |= {name: tidy(step[name]) for name in ("sign", "picture") if tidy(step.get(name))}
    fields |= {"follow_up": True} if step.get("follow_up") else {}
    choices = [{"text": tidy(c["text"]), "next": tidy(c["next"])} | ({"falls": True} if c.get("falls") else {}) for c in step["choices"]]
    return fields | ({"choices": choices} if choices else {})


def _common(fields: Mapping[str, Any]) -> Form:
    sources = fields.get("sources") if isinstance(fields.get("sources"), list) else []
    topics = fields.get("topics") if isinstance(fields.get("topics"), list) else []
    return {
        "title": _text(fields.get("title")),
        "status": _text(fields.get("status")) or "active",
        "topics": ", ".join(map(str, topics or [])),
        "general_advice": fields.get("general_advice") is True,
        "reviewed_on": _text(fields.get("reviewed_on")),
        "review_by": _text(fields.get("review_by")),
        "sources": [
            {"title": _text(s.get("title")), "address": _text(s.get("address")), "read_on": _text(s.get("read_on"))}
            for s in sources or []
            if isinstance(s, dict)
        ],
    }


def _written_about(form: Form, *, shows_status: bool) -> dict[str, Any]:
    """Return sources, dates and state; a flag that does not hold is not written."""
    sources = [
        {"title": tidy(s["title"]), "address": tidy(s["address"]), "read_on": _day(s["read_on"])}
        for s in form["sources"]
        if tidy(s["title"]) or tidy(s["address"])
    ]
    about: dict[str, Any] = {"sources": sources} if sources else {}
    about |= {"general_advice": True} if form["general_advice"] else {}
    about |= {"reviewed_on": _day(form["reviewed_on"]), "review_by": _day(form["review_by"])}
    return about | ({"status": form["status"]} if shows_status else {})


def _examples(files: Files) -> list[str]:
    path = next((p for p in files if p.startswith("training_data/")), "")
    blocks = read_mapping(path, files.get(path, "")).get("nlu") or []
    lines: list[str] = []
    for block in blocks if isinstance(blocks, list) else []:
        text = block.get("examples") if isinstance(block, dict) else None
        lines += [line.strip().removeprefix("- ").strip() for line in str(text or "").splitlines() if line.strip()]
    return lines


def _is_same(item: Item, path: str, text: str, before: str) -> bool:
    if text == before:
        return True
    try:
        return read_form(item, {path: text}) == read_form(item, {path: before})
    except UnreadableError:
        return False


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()


def _plain(text: object) -> str:
    """Return a text without marks at the beginning of a line that would be taken for a heading."""
    return _HEADING_IN_TEXT.sub("", tidy(text))


def _listed(text: str) -> list[str]:
    return [part.strip() for part in tidy(text).split(",") if part.strip()]


def _day(text: object) -> date | str:
    """Return a date as YAML knows it; what is none stays as typed, for the lint to name."""
    typed = tidy(text)
    try:
        return date.fromisoformat(typed) if _DATE.fullmatch(typed) else typed
    except ValueError:
        return typed
