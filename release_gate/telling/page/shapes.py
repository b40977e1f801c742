"""Geometry of the page's charts: shapes in a box 1000 wide, which the page stretches. Texts are placed beside them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from release_gate.telling.page.blocks import Bar, Distribution, FlowRow, Number, Quantity, SplitRow

WIDTH = 1000
HEIGHT = 100
LEAST = 2.0
"""Smallest drawn size of a value that is not zero."""
NODE = 14
"""Width of a step in a flow."""


def written(value: float) -> str:
    """A coordinate as a short text, the same on every machine."""
    return f"{value:.1f}".removesuffix(".0")


def flow(row: FlowRow) -> list[dict[str, str]]:
    """Bands from step to step and from the last step to each end: path and tone."""
    most = max((quantity.value for quantity in (*row.steps, *row.ends)), default=0)
    if most <= 0 or not row.steps:
        return []
    columns = len(row.steps) + 1
    places = [(WIDTH - NODE) * number / (columns - 1) for number in range(columns)]
    heights = [_share(step.value, most) for step in row.steps]
    drawn = []
    for number, height in enumerate(heights):
        tone = row.steps[number].tone
        drawn.append({"d": _box(places[number], 0, NODE, height), "tone": f"{tone} solid"})
        if number + 1 < len(heights):
            after = min(height, heights[number + 1])
            drawn.append({"d": _band(places[number] + NODE, places[number + 1], 0, height, 0, after), "tone": "band"})
    last, left = row.steps[-1], heights[-1]
    above, below = 0.0, 0.0
    for end in (one for one in row.ends if one.value > 0):
        height = _share(end.value, most)
        source = left * end.value / last.value if last.value else 0.0
        band = _band(places[-2] + NODE, places[-1], above, above + source, below, below + height)
        drawn.append({"d": band, "tone": f"{end.tone} band"})
        drawn.append({"d": _box(places[-1], below, NODE, height), "tone": f"{end.tone} solid"})
        above, below = above + source, below + height + 4
    return drawn


def flow_height(row: FlowRow) -> str:
    """The box's height: one band at its full width, and the gaps between the ends."""
    ends = sum(end.value > 0 for end in row.ends)
    return written(HEIGHT + max(0, ends - 1) * (4 + LEAST) + LEAST)


def bar(row: Bar, most: Number) -> dict[str, object]:
    """Length of a bar, and the places of its marks."""
    length = 0.0 if row.value is None else min(1.0, max(0.0, row.value / most)) * WIDTH
    if row.value:
        length = max(LEAST, length)
    return {"length": written(length), "marks": [_at(mark.value / most) for mark in row.marks]}


def distribution(row: Distribution, scale: str) -> dict[str, object]:
    """Columns of the counts, the outline of the earlier ones, and the places of the marks."""
    drawn = [*row.edges, *(mark.value for mark in row.marks)]
    low, high = min(drawn), max(drawn)

    def across(value: float) -> float:
        if scale == "log":
            return (math.log(value) - math.log(low)) / (math.log(high) - math.log(low) or 1.0)
        return (value - low) / ((high - low) or 1.0)

    return {
        "columns": [
            _box(left, HEIGHT - height, max(LEAST, right - left), height)
            for left, right, height in _columns(row.edges, row.counts, across)
            if height
        ],
        "earlier": _outline(list(_columns(row.edges, row.earlier, across))) if any(row.earlier) else "",
        "marks": [_at(across(mark.value)) for mark in row.marks],
    }


def split(row: SplitRow) -> list[dict[str, str]]:
    """The parts side by side: x, width and tone."""
    whole = sum(max(0.0, part.value) for part in row.parts)
    made, left = [], 0.0
    for part in row.parts:
        width = WIDTH * max(0.0, part.value) / whole if whole else 0.0
        made.append({"x": written(left), "width": written(max(LEAST if part.value > 0 else 0.0, width))})
        left += width
    return made


def total(quantities: Sequence[Quantity]) -> float:
    """The sum of the quantities' values."""
    return sum(quantity.value for quantity in quantities)


def _share(value: float, most: float) -> float:
    return max(LEAST, HEIGHT * value / most) if value > 0 else 0.0


def _at(share: float) -> str:
    return written(min(1.0, max(0.0, share)) * WIDTH)


def _columns(
    edges: Sequence[float], counts: Sequence[int], across: Callable[[float], float]
) -> list[tuple[float, float, float]]:
    most = max(counts, default=0) or 1
    places = [across(edge) * WIDTH for edge in edges]
    return [
        (left, right, max(LEAST, HEIGHT * count / most) if count else 0.0)
        for left, right, count in zip(places, places[1:], counts, strict=False)
    ]


def _outline(columns: list[tuple[float, float, float]]) -> str:
    steps = [f"M{written(columns[0][0])} {HEIGHT}"]
    for left, right, height in columns:
        steps.append(f"L{written(left)} {written(HEIGHT - height)}L{written(right)} {written(HEIGHT - height)}")
    return "".join([*steps, f"L{written(columns[-1][1])} {HEIGHT}"])


def _box(x: float, y: float, width: float, height: float) -> str:
    return f"M{written(x)} {written(y)}h{written(width)}v{written(height)}h-{written(width)}z"


def _band(left: float, right: float, top: float, bottom: float, top_after: float, bottom_after: float) -> str:
    middle = written((left + right) / 2)
    start, end = written(left), written(right)
    upper = f"M{start} {written(top)}C{middle} {written(top)} {middle} {written(top_after)} {end} {written(top_after)}"
    lower = f"C{middle} {written(bottom_after)} {middle} {written(bottom)} {start} {written(bottom)}"
    return f"{upper}L{end} {written(bottom_after)}{lower}z"
