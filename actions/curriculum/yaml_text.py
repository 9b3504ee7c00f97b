"""YAML as the content's files have it, read without judging and written so that differences stay small."""

import re
from typing import Any

import yaml

_FRONT_MATTER = re.compile(r"---\n(.*?)\n---\n(.*)", re.DOTALL)
_WIDE = 10**6  # Lines are never folded: a text is one line of a difference.


class UnreadableError(Exception):
    """A file is so broken that no form can be made of it; it must be mended as text."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


def read_front(path: str, text: str) -> tuple[dict[str, Any], str]:
    """Return the front matter of a Markdown text, and its body.

    Raises:
        UnreadableError: It has none that can be read.
    """
    if not text:
        return {}, ""
    match = _FRONT_MATTER.fullmatch(text.replace("\r\n", "\n"))
    if match is None:
        raise UnreadableError(path)
    return read_mapping(path, match[1]), match[2]


def read_mapping(path: str, text: str) -> dict[str, Any]:
    """Return the YAML mapping that a text holds.

    Raises:
        UnreadableError: It holds none.
    """
    parsed = read_yaml_text(path, text)
    if parsed is not None and not isinstance(parsed, dict):
        raise UnreadableError(path)
    return parsed or {}


def read_yaml_text(path: str, text: str) -> Any:
    """Return what a YAML text holds.

    Raises:
        UnreadableError: It is no YAML.
    """
    try:
        return yaml.load(text, Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, ValueError):
        raise UnreadableError(path) from None


class Inline(list[str]):
    """A list that is written in one line."""


class Block(str):
    """A text that is written as a block, below its name."""

    __slots__ = ()


class _FlatDumper(yaml.SafeDumper):
    """Writes YAML as the content's files have it: texts of several lines as blocks, short lists in one line."""


class _Dumper(_FlatDumper):
    """Indents lists below their name, too."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: FBT001, FBT002 - the library's signature
        """Indent a list like anything else."""
        super().increase_indent(flow=flow, indentless=False)


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_FlatDumper.add_representer(str, _represent_text)
_FlatDumper.add_representer(Block, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", str(text), style="|"))
_FlatDumper.add_representer(Inline, lambda dumper, items: dumper.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=True))


def dump(document: Any, *, is_flat: bool = False) -> str:
    """Return a document as YAML text; `is_flat` leaves lists at the place of their name."""
    dumper = _FlatDumper if is_flat else _Dumper
    return yaml.dump(document, Dumper=dumper, allow_unicode=True, sort_keys=False, width=_WIDE)
