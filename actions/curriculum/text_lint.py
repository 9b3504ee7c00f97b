"""Check one text that citizens read: its placeholders, its length, what must not be written by hand."""

import re
from collections.abc import Collection
from pathlib import Path

from actions.curriculum.model import Curriculum
from actions.curriculum.problems import Problems
from actions.curriculum.text import ADDRESS_NAMES, FACT_PREFIX, PLACEHOLDER, placeholders, render

_MARKUP = re.compile(r"\*\*|\]\(|</?[a-z]+>|^#", re.MULTILINE)
_HAND_WRITTEN = re.compile(r"(?<![\w.,])\d{3,}(?!\w)|\b\d{1,2}/\d{1,2}/\d{4}\b|\b[\w-]+\.(?:vn|com|gov)\b")
_SUM = re.compile(r"(?<![\w.,])\d{3,}(?= (?:nghìn|ngàn|triệu|tỷ|tỉ|đồng|quả|con|cái|người|mét))")


def check_text(path: Path, place: str, text: str, limit: int, curriculum: Curriculum, problems: Problems) -> None:
    """Check one text.

    Args:
        path: The file it stands in.
        place: Where in the file.
        text: With its placeholders.
        limit: Characters, after facts are filled in.
        curriculum: Where the facts are.
        problems: Where problems are noted.
    """
    if check_placeholders(path, place, text, curriculum, problems):
        length = len(render(text, curriculum))
        if length > limit:
            problems.add(path, place, f"dài {length} ký tự sau khi điền dữ kiện; tối đa {limit}")
    plain = PLACEHOLDER.sub("", text)
    if found := _MARKUP.search(plain):
        problems.add(path, place, f'có ký hiệu định dạng "{found[0]}"; chỉ viết chữ thường, danh sách "1. " hoặc "- "')
    if found := _HAND_WRITTEN.search(_SUM.sub("", plain)):
        cure = "hãy đưa vào content/facts.yml rồi viết {{ fact.<mã> }}"
        problems.add(path, place, f'có số, ngày hoặc địa chỉ viết tay "{found[0]}"; {cure}')


def check_placeholders(path: Path, place: str, text: str, curriculum: Curriculum, problems: Problems, values: Collection[str] = ()) -> bool:
    """Check that all placeholders can be filled in with what may be told; return whether they can."""
    before = len(problems.found)
    for name in placeholders(text):
        if name in ADDRESS_NAMES or name in values:
            continue
        fact = curriculum.facts.get(name.removeprefix(FACT_PREFIX)) if name.startswith(FACT_PREFIX) else None
        if fact is None:
            others = "".join(f", {{{{ {value} }}}}" for value in values)
            allowed = f"{{{{ ban }}}}, {{{{ Ban }}}}{others} và {{{{ fact.<mã> }}}} có trong content/facts.yml"
            problems.add(
                path,
                place,
                f'không có "{{{{ {name} }}}}"; được dùng: {allowed}',
            )
        elif not fact.is_verified:
            problems.add(path, place, f'dữ kiện "{fact.slug}" chưa kiểm chứng (unverified); không được cho người dân xem')
    return len(problems.found) == before
