"""Plots of what the benches measured, as PNG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")
from matplotlib import pyplot as plt

STOCK_COLOUR, OUR_COLOUR, THIRD_COLOUR = "#b0b7c3", "#0b6e4f", "#c8553d"


def draw_comparison(measured: Mapping[str, Mapping[str, Any]], path: Path) -> None:
    """Draw accuracy by way of typing, and the ratios of times on a logarithmic axis."""
    stock, ours = measured["stock"], measured["ours"]
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4), gridspec_kw={"width_ratios": (3, 2)})
    ways = list(stock["right"])
    for offset, (label, pipeline, colour) in zip((-0.2, 0.2), (("Rasa mặc định", stock, STOCK_COLOUR), ("Bạn Số", ours, OUR_COLOUR))):
        values = [100 * pipeline["right"][way] for way in ways]
        bars = left.bar([i + offset for i in range(len(ways))], values, 0.4, label=label, color=colour)
        left.bar_label(bars, fmt="%.0f", fontsize=8)
    left.set_xticks(range(len(ways)), ways, fontsize=8)
    left.set_ylim(0, 100)
    left.set_ylabel("% hiểu đúng ý định (kiểm tra chéo)")
    left.legend(loc="lower right")
    faster = {
        "học": stock["train_seconds"] / ours["train_seconds"],
        "nạp mô hình": stock["load_seconds"] / ours["load_seconds"],
        "hiểu một câu": stock["parse_ms"]["p50"] / ours["parse_ms"]["p50"],
        "câu/giây qua HTTP": ours["http_per_second"] / stock["http_per_second"],
    }
    bars = right.barh(list(faster), list(faster.values()), color=OUR_COLOUR)
    right.bar_label(bars, fmt="%.1f lần", fontsize=8, padding=3)
    right.set_xscale("log")
    right.set_xlim(1, max(faster.values()) * 4)
    right.invert_yaxis()
    right.set_xlabel("nhanh hơn Rasa mặc định (lần)")
    _save(figure, path)


def draw_learning_curve(sizes: Sequence[float], curves: Mapping[str, Sequence[float]], path: Path) -> None:
    """Draw shares (per cent) against the mean number of examples for an answer."""
    figure, axes = plt.subplots(figsize=(6, 4))
    for (label, values), colour in zip(curves.items(), (OUR_COLOUR, THIRD_COLOUR, STOCK_COLOUR)):
        axes.plot(sizes, values, marker="o", label=label, color=colour)
    axes.set_xlabel("số ví dụ trung bình cho một câu trả lời")
    axes.set_ylabel("% câu hỏi lạ")
    axes.set_ylim(0, 100)
    axes.grid(alpha=0.3)
    axes.legend()
    _save(figure, path)


def draw_risk_coverage(curves: Mapping[str, tuple[Sequence[float], Sequence[float]]], threshold: tuple[float, float], path: Path) -> None:
    """Draw wrong answers against answered questions (per cent), and where the model's threshold stands."""
    figure, axes = plt.subplots(figsize=(6, 4))
    for (label, (coverage, risk)), colour in zip(curves.items(), (OUR_COLOUR, STOCK_COLOUR)):
        axes.plot(coverage, risk, label=label, color=colour)
    axes.plot(*threshold, "o", color=THIRD_COLOUR, label="ngưỡng trả lời của mô hình")
    axes.set_xlabel("% câu hỏi được trả lời")
    axes.set_ylabel("% câu trả lời sai chủ đề")
    axes.grid(alpha=0.3)
    axes.legend()
    _save(figure, path)


def _save(figure: Any, path: Path) -> None:
    figure.tight_layout()
    figure.savefig(path, dpi=110, metadata={"Software": None})
    plt.close(figure)
