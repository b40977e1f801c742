"""Sheets prepared by reading processes, ahead of whoever asks for them; or here, where processes would not pay.

One thread cuts sheet after sheet into pieces and hands them out; each process answers one piece at a time; the rows
come back in the workbook's order.
"""

from __future__ import annotations

import gc
import os
import pickle
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType

from python_calamine import CalamineError

from app.ingestion.errors import IngestionFailed
from app.ingestion.reading.piecework import say
from app.ingestion.reading.preparing import Prepared, prepare
from app.workbook.checking import column_places, extra_columns
from app.workbook.contract import Sheet
from app.workbook.package import damaged
from app.workbook.pieces import Piece
from app.workbook.reading import Workbook, headers_of
from app.workbook.typing import typed_chunks

ROOT = Path(__file__).resolve().parents[3]
WORTH_BYTES = 40_000_000
"""Below this much XML the processes would take longer to start than they save."""
MOST_PROCESSES = 4
AHEAD = 2
"""Pieces that wait for each process, so that none is idle; each is a few megabytes."""


@dataclass(slots=True)
class Sheetful:
    """One sheet's prepared rows, which can be walked once. extra_columns: headers that the contract does not know."""

    chunks: Iterator[Prepared]
    extra_columns: tuple[str, ...] = ()


class Process:
    """A reading process. Raises IngestionFailed when it ends before it has answered."""

    def __init__(self, parts: dict[str, bytes]) -> None:
        # A session of its own: Ctrl-C is its parent's to answer, and it ends with its parent's end of the pipe.
        self._child = subprocess.Popen(
            [sys.executable, "-m", "app.ingestion.reading.piecework"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._requests, self._answers = self._child.stdin, self._child.stdout
        with suppress(OSError):
            say(parts, self._requests)

    @property
    def pid(self) -> int:
        return self._child.pid

    def prepare(self, piece: Piece, places: list[int]) -> Prepared | str:
        """The piece's rows, or what is wrong with it."""
        try:
            say((piece, places), self._requests)
            answer: Prepared | str = pickle.load(self._answers)
        except (OSError, EOFError, pickle.UnpicklingError) as error:
            raise IngestionFailed(
                f"A process that reads sheet {piece.sheet} ended with exit code {self._child.wait()} before its work"
                " was done; nothing changed. Is the machine out of memory? Run it again."
            ) from error
        return answer

    def end(self) -> None:
        """At once, whatever it is doing."""
        self._child.kill()
        self._child.wait()
        for pipe in (self._requests, self._answers):
            with suppress(OSError):
                pipe.close()


class Readers:
    """The sheets of an open workbook, prepared in this order. Ask for each of them once, in the same order."""

    def __init__(self, workbook: Workbook, sheets: Sequence[Sheet], processes: int | None = None) -> None:
        self._workbook = workbook
        self._sheets = sheets
        parts = workbook.skeleton() if (wanted := _count(workbook, processes)) else None
        self._parts: dict[str, bytes] = parts or {}
        self.processes = [Process(self._parts) for _ in range(wanted if parts else 0)]
        self._idle: queue.SimpleQueue[Process] = queue.SimpleQueue()
        for process in self.processes:
            self._idle.put(process)
        self._work = ThreadPoolExecutor(len(self.processes) or 1, thread_name_prefix="reading")
        self._room = threading.Semaphore(len(self.processes) * (1 + AHEAD))
        self._cut: queue.SimpleQueue[_Cut | BaseException] = queue.SimpleQueue()
        self._ending = False
        self._cutter = threading.Thread(target=self._cut_all, name="cutting", daemon=True)

    def __enter__(self) -> Readers:
        if self.processes:
            self._cutter.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending = True
        for process in self.processes:
            process.end()
        self._work.shutdown(wait=True, cancel_futures=True)
        if self._cutter.is_alive():
            self._room.release(1 << 20)
            self._cutter.join()

    def sheet(self, sheet: Sheet) -> Sheetful:
        """The next sheet. Raises WorkbookRefused as `typed_chunks` does, IngestionFailed when a process ended."""
        if not self.processes:
            return self._whole(sheet)
        cut = self._cut.get()
        if isinstance(cut, BaseException):
            raise cut
        return self._whole(sheet) if cut.answers is None else Sheetful(self._joined(cut), cut.extra_columns)

    def sheet_sha256(self, sheet: Sheet) -> str:
        """SHA-256 of the XML of a sheet whose rows were walked."""
        return self._workbook.sheet_sha256(sheet.name)

    def _whole(self, sheet: Sheet) -> Sheetful:
        found = Sheetful(iter(()))

        def chunks() -> Iterator[Prepared]:
            with collector_paused():
                for chunk in typed_chunks(self._workbook, sheet):
                    found.extra_columns = chunk.extra_columns
                    yield prepare(sheet, chunk)

        found.chunks = chunks()
        return found

    def _joined(self, cut: _Cut) -> Iterator[Prepared]:
        assert cut.answers is not None
        while (waiting := cut.answers.get()) is not None:
            if isinstance(waiting, BaseException):
                raise waiting
            answer = waiting.result()
            self._room.release()
            if isinstance(answer, str):
                raise damaged(self._workbook.path, ValueError(answer), cut.sheet.name)
            yield answer

    def _cut_all(self) -> None:
        for sheet in self._sheets:
            cut = _Cut(sheet)
            try:
                pieces = self._workbook.pieces(sheet.name)
                if pieces is None:
                    self._cut.put(cut)
                    continue
                first = next(pieces)
                headers = headers_of(self._parts, first)
                places = column_places(self._workbook.path.name, sheet, headers)
            except CalamineError as error:
                self._cut.put(damaged(self._workbook.path, error))
                return
            except BaseException as error:
                self._cut.put(error)
                return
            cut.extra_columns, cut.answers = extra_columns(sheet, headers), queue.SimpleQueue()
            self._cut.put(cut)
            if not self._hand_out(cut.answers, first, pieces, places):
                return

    def _hand_out(self, answers: _Answers, first: Piece, others: Iterator[Piece], places: list[int]) -> bool:
        piece: Piece | None = first
        try:
            while piece is not None:
                self._room.acquire()
                if self._ending:
                    return False
                answers.put(self._work.submit(partial(self._prepare, piece, places)))
                piece = next(others, None)
        except BaseException as error:
            answers.put(error)
            return False
        answers.put(None)
        return True

    def _prepare(self, piece: Piece, places: list[int]) -> Prepared | str:
        process = self._idle.get()
        try:
            return process.prepare(piece, places)
        finally:
            self._idle.put(process)


@contextmanager
def collector_paused() -> Iterator[None]:
    """Without walks through millions of cells in search of cycles, of which cells have none: a quarter of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


_Answers = queue.SimpleQueue[Future[Prepared | str] | BaseException | None]


@dataclass(slots=True)
class _Cut:
    """A sheet that was cut: its answers in their order, None after the last; no answers when it must be read whole."""

    sheet: Sheet
    extra_columns: tuple[str, ...] = ()
    answers: _Answers | None = None


def _count(workbook: Workbook, processes: int | None) -> int:
    if processes is not None:
        return processes
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return 0 if cores < 2 or workbook.expanded_bytes < WORTH_BYTES else min(cores, MOST_PROCESSES)
