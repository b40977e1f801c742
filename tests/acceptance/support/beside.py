"""The oracle in a process of its own, which reads the workbook and computes its answers beside other checks.

`python3 -m tests.acceptance.support.beside WORKBOOK FOLDER ANSWERS` makes FOLDER/rows.duckdb, and with ANSWERS 1
FOLDER/answers.pickle once it was told the run's number on standard input, which is all that it needs of the backend.
FOLDER/failure.pickle is the exception that ended it.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue

from tests.acceptance.support.expected_answers import Expected, of_run, of_workbook
from tests.oracle import Oracle

ROOT = Path(__file__).resolve().parents[3]
ROWS, ANSWERS, FAILURE = "rows.duckdb", "answers.pickle", "failure.pickle"
LOADED, DONE = "loaded", "done"


class OracleBeside:
    """The process, from the workbook on. It ends with its answers, or with this one's."""

    def __init__(self, workbook: Path, folder: Path, *, answers: bool) -> None:
        self._workbook, self._folder = workbook, folder
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.acceptance.support.beside", workbook, folder, str(int(answers))],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def oracle(self) -> Oracle:
        """The oracle with the rows that the process has read. Raises what the reading raised."""
        self._wait_for(LOADED)
        return Oracle(self._workbook, loaded=self._folder / ROWS)

    def tell(self, run_id: int) -> None:
        """The number of the run whose answers are expected. A process that has ended says why with `answers`."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.write(f"{run_id}\n")
            self._process.stdin.flush()

    def answers(self) -> Expected:
        """The answers that the API is to give. Raises what their computation raised."""
        self._wait_for(DONE)
        expected: Expected = pickle.loads((self._folder / ANSWERS).read_bytes())
        return expected

    def close(self) -> None:
        """End the process, whatever it does."""
        with suppress(BrokenPipeError), self._process:
            self._process.kill()

    def _wait_for(self, word: str) -> None:
        assert self._process.stdout is not None
        said = self._process.stdout.readline().strip()
        if said == word:
            return
        failure = self._folder / FAILURE
        if failure.exists():
            raise pickle.loads(failure.read_bytes())
        raise RuntimeError(f"the oracle's process ended with {self._process.wait()} before it had {word} the workbook")


def work(workbook: Path, folder: Path, *, answers: bool) -> None:
    """Read the workbook, say so, and go on with its answers."""
    run_ids: SimpleQueue[int] = SimpleQueue()
    threading.Thread(target=listen, args=[run_ids.put], name="listener", daemon=True).start()
    Oracle(workbook, loading=folder / ROWS).close()
    sys.stdout.write(f"{LOADED}\n")
    sys.stdout.flush()
    if not answers:
        return
    oracle = Oracle(workbook, loaded=folder / ROWS)
    expected = of_workbook(oracle)
    expected["of_run"] = of_run(oracle, run_ids.get())
    (folder / ANSWERS).write_bytes(pickle.dumps(expected))
    sys.stdout.write(f"{DONE}\n")
    sys.stdout.flush()


def listen(heard: Callable[[int], None]) -> None:
    """Hand on the numbers that standard input has, and end this process with it: the gate is over then."""
    for line in sys.stdin:
        heard(int(line))
    os._exit(1)


def main(workbook: str, folder: str, answers: str) -> None:
    try:
        work(Path(workbook), Path(folder), answers=bool(int(answers)))
    except Exception as error:
        Path(folder, FAILURE).write_bytes(pickled(error))
        raise


def pickled(error: Exception) -> bytes:
    """The exception, or where it cannot be pickled its type and text."""
    try:
        return pickle.dumps(error)
    except Exception:
        return pickle.dumps(RuntimeError(f"{type(error).__name__}: {error}"))


if __name__ == "__main__":
    main(*sys.argv[1:])
