"""A benchmark as a command: the options that all have, and its record on the terminal, as JSON and in a document."""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from rich.console import Console

from app.config import Settings
from benchmarks.ingestion_speed.children import ROOT
from benchmarks.ingestion_speed.figures import Judged, Verdict
from benchmarks.ingestion_speed.presentation import on_terminal
from benchmarks.ingestion_speed.tables import Shown

PAGE_WIDTH = 160


class Measured(Protocol):
    """A record; failures: the reason by the name of what could not be measured."""

    @property
    def failures(self) -> dict[str, str]: ...


Record = TypeVar("Record", bound=Measured)


@dataclass(frozen=True)
class Benchmark(Generic[Record]):
    """The parts in which two benchmarks differ. trouble: the exceptions of `measured` when nothing can be measured.

    put_into: writes the tables into a document.
    """

    measured: Callable[[Console], Record]
    trouble: tuple[type[Exception], ...]
    judged: Callable[[Record], list[Judged]]
    tables_of: Callable[[Record, Sequence[Judged]], list[Shown]]
    as_json: Callable[[Record, Sequence[Judged]], str]
    put_into: Callable[[Path, Record, Sequence[Shown]], object]


def parser_of(description: str, *, quick: str, workbook: str | None = None) -> argparse.ArgumentParser:
    """A parser with the options of every benchmark. workbook, quick: the helps of these two; without one: no such
    option."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    if workbook is not None:
        parser.add_argument("--workbook", type=Path, help=workbook)
    parser.add_argument("--json", type=Path, help="write every value to this file")
    parser.add_argument("--write", type=Path, help="put the tables into this document")
    parser.add_argument("--quick", action="store_true", help=quick)
    return parser


def parsed(parser: argparse.ArgumentParser, arguments: Sequence[str]) -> Any:
    """The given options; ends the program with 2 and one sentence if a file or folder is missing."""
    given = parser.parse_args(arguments)
    workbook = getattr(given, "workbook", None)
    if workbook is not None and not workbook.is_file():
        parser.error(f"there is no workbook {workbook}")
    for target in filter(None, (given.json, given.write)):
        if not target.parent.is_dir():
            parser.error(f"there is no folder {target.parent}")
    return given


@contextmanager
def working_folder(settings: Settings) -> Iterator[Path]:
    """A folder of the benchmark's own, removed at the end, that the servers' account may enter."""
    local = ROOT / settings.local_dir
    local.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="benchmark-", dir=local) as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


def report(benchmark: Benchmark[Record], *, json: Path | None, write: Path | None) -> int:
    """Measure and show; 0 when everything was measured, targets met or not, 1 when something was not."""
    console = Console(stderr=True)
    before = signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(1))
    try:
        record = benchmark.measured(console)
    except KeyboardInterrupt:
        console.print("Interrupted; servers and files are gone.")
        return 1
    except benchmark.trouble as error:
        console.print(f"Nothing was measured: {error}", markup=False, highlight=False, soft_wrap=True)
        return 1
    finally:
        signal.signal(signal.SIGTERM, before)
    targets = benchmark.judged(record)
    shown = benchmark.tables_of(record, targets)
    on_terminal(Console(width=None if sys.stdout.isatty() else PAGE_WIDTH), shown)
    if json:
        json.write_text(benchmark.as_json(record, targets), encoding="utf-8")
    if write:
        benchmark.put_into(write, record, shown)
    return 1 if record.failures or any(one.verdict is Verdict.NOT_MEASURED for one in targets) else 0
