"""The workbooks that are measured besides the given one: samples of several sizes, and one without rows."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

from app.workbook.writing import write_workbook
from benchmarks.ingestion_speed.children import Child

LARGEST_SCALE = 1.9
"""The most that the sample generator makes; Excel's row limit bounds the phases."""
SEED = 7


def make_samples(folder: Path, scales: Iterable[float]) -> dict[float, Path]:
    """Samples by scale, made at the same time, in `folder`. Raises ChildFailed."""
    targets = {scale: folder / f"sample-{scale:g}.xlsx" for scale in scales}
    with ExitStack() as stack:
        generating = [
            stack.enter_context(Child("generating", target=str(target), scale=scale, seed=SEED))
            for scale, target in targets.items()
        ]
        for child in generating:
            child.tell(go=True)
        for child in generating:
            child.answer()
    return targets


def make_empty(folder: Path) -> Path:
    """A workbook of every sheet with its headers and no rows."""
    target = folder / "empty.xlsx"
    write_workbook(target, {})
    return target
