"""Reads a foreign file in a process of its own with bounds of memory and time, so that no file can end the caller.

The process runs one generator of this project and sends its items; it ends with its parent, even if that is killed.
"""

from __future__ import annotations

import os
import pickle
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import IO, Any

from app.checkout import ROOT
from app.workbook.errors import WorkbookRefused, shown_name

HEADER_BYTES = 8
LARGEST_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Bounds:
    """Bounds of one reading process.

    memory_mb: address space. within_s: seconds of CPU, and also of waiting for its records.
    """

    memory_mb: int
    within_s: int


@dataclass(frozen=True, slots=True)
class SheetStarted:
    """The sheet that is read from now on. Yielded by a generator so that a refusal can name it."""

    sheet: str


@dataclass(frozen=True, slots=True)
class Task:
    """A task for the process: a generator by module and name, and its arguments."""

    module: str
    function: str
    arguments: tuple[Any, ...]
    bounds: Bounds


@dataclass(frozen=True, slots=True)
class Refusal:
    """The generator raised WorkbookRefused."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class ProgramFault:
    """The generator raised another exception: a fault of this program, as text."""

    told: str


@dataclass(frozen=True, slots=True)
class OutOfMemory:
    """The generator exceeded its memory."""


@dataclass(frozen=True, slots=True)
class EndOfRecords:
    """The generator has ended."""


class ReadingBroke(RuntimeError):
    """A fault of this program in the reading process; the message contains its traceback."""


def configured_bounds() -> Bounds:
    """The bounds set by MAX_READING_MB and READING_WITHIN_S."""
    # Imported here, because the reading process imports this module, and the settings' libraries take half its start.
    from app.config import load_settings

    settings = load_settings()
    return Bounds(settings.max_reading_mb, settings.reading_within_s)


def bounded(module: str, function: str, path: Path, *arguments: Any, bounds: Bounds | None = None) -> Iterator[Any]:
    """Yield the items of the generator for this file and these arguments, run in a process of its own.

    Raises WorkbookRefused: as the generator does, and TOO_DEMANDING when it exceeds its bounds or is killed.
    """
    with closing(BoundedProcess(module, function, path, *arguments, bounds=bounds)) as process:
        yield from process


class BoundedProcess:
    """A generator of this project in a process of its own; iterate over it once, and close it.

    Iterating raises WorkbookRefused as `bounded` does.
    """

    def __init__(self, module: str, function: str, path: Path, *arguments: Any, bounds: Bounds | None = None) -> None:
        self._name = shown_name(path)
        self._bounds = bounds or configured_bounds()
        self._left_s = float(self._bounds.within_s)
        self._sheet = ""
        self._child = subprocess.Popen(
            [sys.executable, "-m", "app.workbook.bounds.bounded_child"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # so that Ctrl-C reaches the parent alone
        )
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._orders, self._answers = self._child.stdin, self._child.stdout
        with suppress(OSError):
            send(Task(module, function, (path.absolute(), *arguments), self._bounds), self._orders)

    def __iter__(self) -> Iterator[Any]:
        while not isinstance(record := self._receive(), EndOfRecords):
            yield record

    def _receive(self) -> Any:
        """The next record for the caller."""
        while True:
            size = self._exactly(HEADER_BYTES)
            record = pickle.loads(self._exactly(int.from_bytes(size, "big")))
            if isinstance(record, SheetStarted):
                self._sheet = record.sheet
            elif isinstance(record, Refusal):
                raise WorkbookRefused(record.code, record.message)
            elif isinstance(record, ProgramFault):
                raise ReadingBroke(record.told)
            elif isinstance(record, OutOfMemory):
                raise self._too_demanding(f"more than {self._bounds.memory_mb:,} MB of memory", "MAX_READING_MB")
            else:
                return record

    def _exactly(self, size: int) -> bytes:
        parts = bytearray()
        while len(parts) < size:
            began = monotonic()
            ready, _, _ = select.select([self._answers], [], [], self._left_s)
            self._left_s = max(self._left_s - (monotonic() - began), 0.0)
            if not ready:
                raise self._too_demanding(f"longer than {self._bounds.within_s:,} seconds", "READING_WITHIN_S")
            block = os.read(self._answers.fileno(), min(size - len(parts), LARGEST_BYTES))
            if not block:
                raise self._too_demanding(
                    f"more memory or time than it may have (its reader ended with status {self._child.wait()})",
                    "MAX_READING_MB or READING_WITHIN_S",
                )
            parts += block
        return bytes(parts)

    def _too_demanding(self, what: str, setting: str) -> WorkbookRefused:
        where = f", sheet {self._sheet}" if self._sheet else ""
        return WorkbookRefused(
            "TOO_DEMANDING",
            f"{self._name}{where}: reading it takes {what}; no export of this factory does. Open it in Excel, delete"
            f" what lies beyond the data and save it as .xlsx; raise {setting} only if its size is meant.",
        )

    def end(self) -> None:
        """Kill the process; its consumer gets TOO_DEMANDING."""
        self._child.kill()
        self._child.wait()

    def close(self) -> None:
        """Kill the process and close its pipes, once nothing iterates over it."""
        self.end()
        for pipe in (self._orders, self._answers):
            with suppress(OSError):
                pipe.close()


def send(record: Any, sink: IO[bytes]) -> None:
    """Write one record with its length before it, and flush."""
    data = pickle.dumps(record, protocol=pickle.HIGHEST_PROTOCOL)
    sink.write(len(data).to_bytes(HEADER_BYTES, "big"))
    sink.write(data)
    sink.flush()
