"""`python3 -m release_gate run`: pytest as a child, judged by what it left on disk and never by its exit code alone."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from release_gate.in_pytest.signals import ALIVE_VARIABLE
from release_gate.record.journal import NAME as JOURNAL
from release_gate.record.journal import Journal, JournalError, read
from release_gate.rules.declaration import Declaration
from release_gate.rules.model import EXIT_CODES, Verdict
from release_gate.sealing import signing
from release_gate.sealing.folders import RUN_VARIABLE, begin, create, unjudged
from release_gate.sealing.result import InvalidResult, from_journal
from release_gate.sealing.seal import publish, seal
from release_gate.sealing.subject import describe
from release_gate.telling.colours import coloured
from release_gate.telling.github import Job
from release_gate.telling.terminal import closing_lines

if TYPE_CHECKING:
    from securesystemslib.signer import CryptoSigner

FORWARDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def supervise(declaration: Declaration, arguments: Sequence[str]) -> int:
    """Run the gate and print its closing lines; returns the verdict's exit code.

    arguments: more of pytest's arguments. Whatever the child does, the result stays INCOMPLETE and RELEASE_BLOCKED.md
    stays unless its journal is complete, gives a PASS by this project's requirements, and agrees with its exit code.
    Raises SigningError, before anything is run, for a signing key that cannot be used.
    """
    signer = signing.taken_from(os.environ)
    job = Job(os.environ, say)
    folder = create(declaration)
    result = begin(declaration, folder)
    command = [sys.executable, "-m", "pytest", "-m", declaration.marker, *joined(arguments)]
    with job.held():
        exit_code, forwarded = _run(command, declaration.root, folder)
        try:
            result = _judge(declaration, folder, exit_code, forwarded, signer)
            lines = closing_lines(declaration, result, folder)
        except (InvalidResult, JournalError, OSError) as error:
            lines = [f"The run cannot be judged and stays INCOMPLETE: {error}"]
            result = unjudged(declaration, folder, result["started_at"], lines[0])
        for line in coloured(lines, sys.stdout):
            say(line)
    job.tell(declaration.root, result, folder)
    return EXIT_CODES[Verdict(result["verdict"])]


def say(line: str) -> None:
    """Print a line at once: what the child prints next comes after it."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def joined(arguments: Sequence[str]) -> list[str]:
    """`--option FILE` as `--option=FILE`.

    Before pytest knows the project's own options, it takes such a FILE for a place of tests and looks for the project
    there (its rootdir), where neither options nor checks are.
    """
    made: list[str] = []
    for argument in arguments:
        opens = bool(made) and made[-1].startswith("--") and "=" not in made[-1]
        if opens and not argument.startswith("-") and Path(argument).exists():
            made[-1] += f"={argument}"
        else:
            made.append(argument)
    return made


def _run(command: list[str], root: Path, folder: Path) -> tuple[int, list[signal.Signals]]:
    """The child's exit code (minus the signal's number when one ended it) and the signals handed on to it."""
    alive, held = os.pipe()
    environment = os.environ | {RUN_VARIABLE: str(folder), ALIVE_VARIABLE: str(alive)}
    child = subprocess.Popen(command, cwd=root, env=environment, start_new_session=True, pass_fds=[alive])
    os.close(alive)
    try:
        with _signals_forwarded(child) as forwarded:
            return child.wait(), forwarded
    finally:
        os.close(held)


@contextmanager
def _signals_forwarded(child: subprocess.Popen[bytes]) -> Iterator[list[signal.Signals]]:
    """The child has a process group of its own, so a signal to the supervisor must be handed on."""
    forwarded: list[signal.Signals] = []

    def forward(number: int, _: Any) -> None:
        forwarded.append(signal.Signals(number))
        with suppress(ProcessLookupError):
            os.killpg(child.pid, number)

    before = {number: signal.signal(number, forward) for number in FORWARDED}
    try:
        yield forwarded
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _judge(
    declaration: Declaration,
    folder: Path,
    exit_code: int,
    forwarded: Sequence[signal.Signals],
    signer: CryptoSigner | None,
) -> dict[str, Any]:
    """The result that the journal gives, once whatever else is wrong stands in it as well."""
    problems = [
        ("INTERRUPTED", f"The run was interrupted by {number.name}.") for number in dict.fromkeys(forwarded)
    ] + [("SUPERVISOR", message) for message in disagreements_of(declaration, folder, exit_code)]
    if problems:
        _overrule(declaration, folder, problems)
    return publish(declaration, folder, signer)


def disagreements_of(declaration: Declaration, folder: Path, exit_code: int) -> list[str]:
    """Where journal, requirements and exit code of a finished child do not agree; empty when they do."""
    try:
        events = list(read(folder / JOURNAL))
        run, _ = from_journal(folder, declaration.root)
    except (JournalError, InvalidResult, OSError) as error:
        return [f"The child left no usable evidence: {error}"]
    kinds = [event["event"] for event in events]
    found = []
    if "invoked" not in kinds:
        found.append(
            "The child never began a gate run: the release gate's plugin was switched off, or pytest could not start."
        )
    elif kinds.count("sealed") != 1:
        found.append(f"The run was sealed {kinds.count('sealed')} times: the session ended from within or was killed.")
    if run.declaration.raw != json.loads(json.dumps(declaration.raw, default=str)):
        found.append("The run was judged by other requirements than [tool.release_gate] names.")
    collected = {item["nodeid"] for event in events if event["event"] == "collected" for item in event["items"]}
    ended = {event["nodeid"] for event in events if event["event"] in ("finished", "not_run")}
    if collected != ended:
        found.append(f"{len(collected ^ ended)} of {len(collected)} collected checks did not come to an end.")
    if exit_code < 0:
        found.append(f"The child was ended by {signal.Signals(-exit_code).name}.")
    elif exit_code != run.exit_status:
        finished = "did not finish its session" if run.exit_status is None else f"finished it with {run.exit_status}"
        found.append(f"The child ended with exit code {exit_code} and {finished}.")
    return found


def _overrule(declaration: Declaration, folder: Path, problems: Sequence[tuple[str, str]]) -> None:
    """What is wrong, into the journal; a run that was never sealed is sealed now."""
    path = folder / JOURNAL
    try:
        journal = Journal(folder)
    except JournalError:
        # A line cut off in the middle: keep it, and begin a journal that can hold the reason.
        path.rename(folder / "journal.damaged.jsonl")
        begin(declaration, folder)
        journal = Journal(folder)
    for code, message in problems:
        journal.append("problem", verdict=Verdict.INCOMPLETE.value, code=code, message=message)
    journal.close()
    if not any(event["event"] == "sealed" for event in read(path)):
        seal(declaration, folder, describe(declaration.root, declaration.lock))
