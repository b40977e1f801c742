"""`python3 -m release_gate run`: pytest as a child, judged by what it left on disk and never by its exit code alone."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from release_gate.declaration import Declaration
from release_gate.files import as_json
from release_gate.folders import RUN_VARIABLE, begin, create, unblock
from release_gate.journal import NAME as JOURNAL
from release_gate.journal import Journal, JournalError, read
from release_gate.model import EXIT_CODES, Verdict
from release_gate.result import NAME as RESULT
from release_gate.result import InvalidResult, from_journal
from release_gate.seal import publish
from release_gate.terminal import closing_lines

FORWARDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def supervise(declaration: Declaration, arguments: Sequence[str]) -> int:
    """Run the gate and print its closing lines; returns the verdict's exit code.

    arguments: more of pytest's arguments. Whatever the child does, RELEASE_BLOCKED.md stays unless its journal is
    complete, its result is the one that the journal gives, and its exit code agrees.
    """
    folder = create(declaration)
    begin(declaration, folder)
    command = [sys.executable, "-m", "pytest", "-m", declaration.marker, *arguments]
    exit_code = _run(command, declaration.root, folder)
    result = _judge(declaration, folder, exit_code)
    for line in closing_lines(declaration, result, folder):
        sys.stdout.write(line + "\n")
    return EXIT_CODES[Verdict(result["verdict"])]


def _run(command: list[str], root: Path, folder: Path) -> int:
    """The child's exit code; minus the signal's number when one ended it."""
    environment = os.environ | {RUN_VARIABLE: str(folder)}
    child = subprocess.Popen(command, cwd=root, env=environment, start_new_session=True)
    with _signals_forwarded(child):
        return child.wait()


@contextmanager
def _signals_forwarded(child: subprocess.Popen[bytes]) -> Iterator[None]:
    """The child has a process group of its own, so a signal to the supervisor must be handed on."""

    def forward(number: int, _: Any) -> None:
        if child.poll() is None:
            os.killpg(child.pid, number)

    before = {number: signal.signal(number, forward) for number in FORWARDED}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _judge(declaration: Declaration, folder: Path, exit_code: int) -> dict[str, Any]:
    """The result on disk if it holds; otherwise what is wrong goes into the journal and the result is made anew."""
    disagreements = disagreements_of(declaration, folder, exit_code)
    if disagreements:
        return _overruled(declaration, folder, disagreements)
    result: dict[str, Any] = json.loads((folder / RESULT).read_bytes())
    if result["verdict"] == Verdict.PASS.value:
        unblock(declaration)
    return result


def disagreements_of(declaration: Declaration, folder: Path, exit_code: int) -> list[str]:
    """Where journal, result and exit code of a finished child do not agree; empty when they do."""
    try:
        events = list(read(folder / JOURNAL))
        _, computed = from_journal(folder, declaration.root)
        written = (folder / RESULT).read_bytes()
    except (JournalError, InvalidResult, OSError) as error:
        return [f"The child left no usable evidence: {error}"]
    kinds = [event["event"] for event in events]
    found = []
    if "invoked" not in kinds:
        found.append(
            "The child never began a gate run: the release gate's plugin was switched off, or pytest could not start."
        )
    if kinds.count("sealed") != 1:
        found.append(f"The run was sealed {kinds.count('sealed')} times: the session ended from within or was killed.")
    collected = {item["nodeid"] for event in events if event["event"] == "collected" for item in event["items"]}
    ended = {event["nodeid"] for event in events if event["event"] in ("finished", "not_run")}
    if collected != ended:
        found.append(f"{len(collected ^ ended)} of {len(collected)} collected checks did not come to an end.")
    if written != as_json(computed):
        found.append("The result on disk is not the one that the journal gives.")
    if exit_code < 0:
        found.append(f"The child was ended by {signal.Signals(-exit_code).name}.")
    elif computed["verdict"] == Verdict.PASS.value and exit_code != 0:
        found.append(f"Every check passed, and yet pytest ended with exit code {exit_code}.")
    elif computed["verdict"] == Verdict.FAIL.value and exit_code == 0:
        found.append("A check failed, and yet pytest ended with exit code 0.")
    return found


def _overruled(declaration: Declaration, folder: Path, disagreements: list[str]) -> dict[str, Any]:
    path = folder / JOURNAL
    try:
        journal = Journal(folder)
    except JournalError:
        path.rename(folder / "journal.damaged.jsonl")
        begin(declaration, folder)
        journal = Journal(folder)
    for message in disagreements:
        journal.append("problem", verdict=Verdict.INCOMPLETE.value, code="SUPERVISOR", message=message)
    journal.close()
    return publish(declaration, folder, release=False)
