"""Problems that a trainer can mend: collected all, then shown at once."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path


class ContentError(Exception):
    """Content files have problems; `problems` lists every one of them."""

    def __init__(self, problems: "list[Problem]") -> None:
        super().__init__("\n".join(str(p) for p in problems))
        self.problems = problems


@dataclass(frozen=True)
class Problem:
    """One problem: where it is, what is wrong with which value, what is allowed."""

    path: str
    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.place}: {self.message}"


@dataclass
class Problems:
    """A list of problems that grows while files are read."""

    root: Path
    found: list[Problem] = field(default_factory=list)

    def add(self, path: Path, place: str, message: str) -> None:
        """Note a problem; `path` is shown relative to the project's root."""
        shown = path.relative_to(self.root) if path.is_relative_to(self.root) else path
        self.found.append(Problem(str(shown), place, message))

    def extend(self, problems: Iterable[Problem]) -> None:
        """Note problems found elsewhere."""
        self.found.extend(problems)

    def raise_if_any(self) -> None:
        """Raise ContentError with all problems, sorted by place, if there are any."""
        if self.found:
            raise ContentError(sorted(self.found, key=lambda p: (p.path, p.place)))
