"""The picture of how far a learner has come, which is sent into the chat."""

from collections.abc import Sequence
from dataclasses import dataclass

from actions.drawing.svg import ACCENT, BRAND, INK, LIGHT, drawable, render_png, text_element, text_width, wrap_lines

WIDTH_PIXELS = 800

_MARGIN = 40
_TITLE_SIZE = 30
_COUNT_SIZE = 28
_TICK_WIDTH = 48  # With the space after it.
_COUNT_GAP = 24
_LINE_HEIGHT = 40
_BAR_HEIGHT = 24
_ROW_GAP = 32
_HEADER_HEIGHT = 140
_FLAME = "M0-27C5-15 19-9 19 7C19 18 11 26 0 26C-11 26-19 18-19 7C-19-2-14-8-9-13C-8-7-5-4-2-4C2-10 2-18 0-27Z"
_FLAME_HEART = "M1 3C4 8 9 10 9 16C9 22 5 25 0 25C-5 25-9 22-9 16C-9 12-6 10-4 7C-3 10-2 11 0 11C1 9 2 6 1 3Z"


@dataclass(frozen=True)
class ModuleProgress:
    """How many lessons of a module are done."""

    title: str
    done: int
    total: int

    @property
    def is_complete(self) -> bool:
        """Whether there are lessons and all are done."""
        return 0 < self.total == self.done


def draw_progress(modules: Sequence[ModuleProgress], streak_days: int) -> bytes:
    """Draw the modules with their bars, and the days learned in a row, as a PNG 800 pixels wide.

    Raises:
        ValueError: A number is negative, or more lessons are done than there are.
    """
    _check(modules, streak_days)
    return render_png(_write_svg(modules, streak_days), WIDTH_PIXELS)


def _check(modules: Sequence[ModuleProgress], streak_days: int) -> None:
    if streak_days < 0:
        raise ValueError(f"streak_days is {streak_days}, allowed are 0 and more")
    for module in modules:
        if not 0 <= module.done <= module.total:
            raise ValueError(f"module {module.title!r}: {module.done} of {module.total} lessons are done, allowed are 0 to all")


def _write_svg(modules: Sequence[ModuleProgress], streak_days: int) -> str:
    parts = [_header(streak_days)]
    top = _HEADER_HEIGHT
    for module in modules:
        lines = wrap_lines(drawable(module.title), _title_width(module), _TITLE_SIZE, is_bold=True)
        parts.append(_row(module, lines, top))
        top += max(len(lines), 1) * _LINE_HEIGHT + _BAR_HEIGHT + _ROW_GAP
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH_PIXELS} {top}">{"".join(parts)}</svg>'


def _header(streak_days: int) -> str:
    heading = text_element("Tiến độ học", _MARGIN, 83, 42, is_bold=True, color=BRAND)
    if streak_days == 0:
        return heading
    words = f"Học {streak_days} ngày liền" if streak_days > 1 else "Đã học 1 ngày"
    end = WIDTH_PIXELS - _MARGIN
    start = end - text_width(words, 30, is_bold=True) - 104
    return (
        f'{heading}<rect x="{start:g}" y="32" width="{end - start:g}" height="76" rx="38" fill="{LIGHT}"/>'
        f'<g transform="translate({start + 46:g} 70)"><path d="{_FLAME}" fill="{ACCENT}" stroke="{INK}" stroke-width="3"'
        f' stroke-linejoin="round"/><path d="{_FLAME_HEART}" fill="#ffffff"/></g>'
        f"{text_element(words, start + 76, 81, 30, is_bold=True)}"
    )


def _title_width(module: ModuleProgress) -> float:
    beside = _COUNT_GAP + text_width(_count_words(module), _COUNT_SIZE) + (_TICK_WIDTH if module.is_complete else 0)
    return WIDTH_PIXELS - 2 * _MARGIN - beside


def _row(module: ModuleProgress, lines: Sequence[str], top: float) -> str:
    titles = (text_element(line, _MARGIN, top + 28 + i * _LINE_HEIGHT, _TITLE_SIZE, is_bold=True) for i, line in enumerate(lines))
    bar_top = top + max(len(lines), 1) * _LINE_HEIGHT + 4
    return "".join((*titles, _count(module, bar_top - 16), _bar(module, bar_top)))


def _count(module: ModuleProgress, baseline: float) -> str:
    """Return "3/7 bài" at the right, after a tick where all are done."""
    words = _count_words(module)
    end = WIDTH_PIXELS - _MARGIN
    count = text_element(words, end, baseline, _COUNT_SIZE, anchor="end")
    if not module.is_complete:
        return count
    x = end - text_width(words, _COUNT_SIZE) - _TICK_WIDTH + 18
    return (
        f'{count}<g transform="translate({x:g} {baseline - 10:g})"><circle r="18" fill="{ACCENT}"/>'
        f'<path d="M-8 0L-2 7L9-6" fill="none" stroke="{INK}" stroke-width="4.5" stroke-linecap="round" stroke-linejoin="round"/></g>'
    )


def _count_words(module: ModuleProgress) -> str:
    return f"{module.done}/{module.total} bài"


def _bar(module: ModuleProgress, top: float) -> str:
    width = WIDTH_PIXELS - 2 * _MARGIN
    radius = _BAR_HEIGHT / 2
    frame = (
        f'<rect x="{_MARGIN}" y="{top:g}" width="{width}" height="{_BAR_HEIGHT}" rx="{radius:g}"'
        f' fill="{LIGHT}" stroke="{BRAND}" stroke-width="2"/>'
    )
    if module.done == 0:
        return frame
    filled = max(width * module.done / module.total, _BAR_HEIGHT)
    return f'{frame}<rect x="{_MARGIN}" y="{top:g}" width="{filled:g}" height="{_BAR_HEIGHT}" rx="{radius:g}" fill="{BRAND}"/>'
