"""Reading foreign files in the test's own process: for tests of what follows the reading.

A reading process costs more than the ingestion of a small factory. Its bounds, its death and the records that pass
through it are proven where it is real: tests/unit/workbook, the crashes and contents of tests/integration/ingestion,
the worker, and the workbooks of tests/integration/corpus that come by HTTP.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from app.workbook.bounds.bounded import SheetStarted
from tests.corpus.reading import FEW_ROWS_BYTES, in_pieces


class ReadHere:
    """A `BoundedProcess` without a process and without bounds."""

    def __init__(self, module: str, function: str, path: Path, *arguments: Any, bounds: object = None) -> None:
        self._told = getattr(importlib.import_module(module), function)(path.absolute(), *arguments)

    def __iter__(self) -> Iterator[Any]:
        return (one for one in self._told if not isinstance(one, SheetStarted))

    def end(self) -> None: ...

    def close(self) -> None: ...


@contextmanager
def ingested_here() -> Iterator[None]:
    """Within the block an ingestion reads its workbook in this process."""
    with patch("app.ingestion.reading.readers.BoundedProcess", ReadHere):
        yield


@contextmanager
def here(piece_bytes: int = FEW_ROWS_BYTES) -> Iterator[None]:
    """Read foreign files in this process, by default a few rows at a time."""

    def bounded(*order: Any, bounds: object = None) -> Iterator[Any]:
        return iter(ReadHere(*order))

    with ExitStack() as stack:
        stack.enter_context(ingested_here())
        for module in ("upload_admission", "profile.profiling"):
            stack.enter_context(patch(f"app.workbook.{module}.bounded", bounded))
        stack.enter_context(in_pieces(piece_bytes))
        yield
