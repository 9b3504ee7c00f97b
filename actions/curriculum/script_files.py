"""Read guides and drills: trees of steps, one YAML file each, noting problems."""

from pathlib import Path
from typing import Any, get_args

from actions.curriculum.model import Ending, Script, ScriptChoice, ScriptKind, ScriptStep, Status
from actions.curriculum.problems import Problems
from actions.curriculum.reading import Fields, check_slug, read_sources, read_yaml

_COMMON = {"title", "topics", "status", "sources", "general_advice", "reviewed_on", "review_by", "start", "steps"}
_FIELDS: dict[ScriptKind, set[str]] = {"guide": _COMMON, "drill": _COMMON | {"intro", "role", "lesson"}}
_STEP_FIELDS: dict[ScriptKind, set[str]] = {
    "guide": {"text", "choices", "follow_up", "picture"},
    "drill": {"text", "choices", "sign", "ending", "picture"},
}


def read_scripts(folder: Path, kind: ScriptKind, problems: Problems) -> dict[str, Script]:
    """Read all guides, or all drills, of a folder."""
    scripts = {}
    for path in sorted(folder.glob("*.yml")):
        script = read_script(path, kind, problems)
        if script is not None:
            scripts[script.slug] = script
    return scripts


def read_script(path: Path, kind: ScriptKind, problems: Problems) -> Script | None:
    """Read one guide or drill; None where it has problems of form."""
    fields = read_yaml(path, problems)
    if not fields:
        return None
    reader = Fields(path, "phần đầu", fields, problems)
    reader.allow(_FIELDS[kind])
    check_slug(path, path.stem, problems)
    title, start = reader.text("title"), reader.text("start")
    is_drill = kind == "drill"
    intro = reader.text("intro") if is_drill else ""
    role = reader.text("role") if is_drill else ""
    reviewed_on, review_by = reader.day("reviewed_on"), reader.day("review_by")
    status = reader.choice("status", get_args(Status), is_optional=True) or "active"
    sources = read_sources(path, reader, problems)
    raw_steps = reader.value("steps")
    if not isinstance(raw_steps, dict) or not raw_steps:
        reader.problem("steps", "", 'các bước, mỗi bước là một mã rồi "text: …"')
        return None
    steps = {str(slug): _read_step(path, kind, str(slug), step, problems) for slug, step in raw_steps.items()}
    if reader.has_problem or not reviewed_on or not review_by:
        return None
    return Script(
        slug=path.stem, kind=kind, title=title, topics=tuple(map(str, reader.sequence("topics"))), start=start, steps=steps,
        intro=intro, role=role, lesson=reader.text("lesson", "") or None, sources=sources,
        is_general_advice=fields.get("general_advice") is True, reviewed_on=reviewed_on, review_by=review_by, status=status,
    )  # fmt: skip


def _read_step(path: Path, kind: ScriptKind, slug: str, fields: Any, problems: Problems) -> ScriptStep:
    reader = Fields(path, slug, fields, problems)
    reader.allow(_STEP_FIELDS[kind])
    check_slug(path, slug, problems)
    choices = []
    for number, item in enumerate(reader.sequence("choices"), 1):
        choice = Fields(path, f"{slug}, lựa chọn {number}", item, problems)
        choice.allow({"text", "next", "falls"} if kind == "drill" else {"text", "next"})
        choices.append(ScriptChoice(text=choice.text("text"), next=choice.text("next"), falls=choice.value("falls") is True))
    return ScriptStep(
        slug=slug, text=reader.text("text"), choices=tuple(choices), sign=reader.text("sign", ""),
        ending=reader.choice("ending", get_args(Ending), is_optional=True) or None,
        follow_up=reader.value("follow_up") is True, picture=reader.text("picture", "") or None,
    )  # fmt: skip
