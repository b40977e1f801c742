"""pytest as a child process of the supervisor: starts it, forwards signals to it, and waits for its end."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from release_gate.in_pytest.options.changes import NO_ASSERTS_VARIABLE
from release_gate.in_pytest.options.handshake import SupervisorHandshake
from release_gate.in_pytest.signals import ALIVE_VARIABLE
from release_gate.record.causes import one_line
from release_gate.record.witness import WITNESS_VARIABLE, Witness
from release_gate.sealing.deadlines import LOOK_S, Deadlines, Overdue, ask_for_stacks
from release_gate.sealing.survivors import children, end_survivors, orphans_adopted

RELEASE_FLAGS = frozenset({"--release", "--gate-release"})
INSPECT = "PYTHONINSPECT"
"""A variable with which Python would prompt at its end and lose its exit code."""
OPTIMIZE = "PYTHONOPTIMIZE"
"""A variable with which pytest may not even start; under another name it is refused like every other request."""
TOLD_AS_IT_STARTS = ("Traceback", "Error while loading plugin")
"""First words of what Python and pytest say of an exception that ends pytest before a run."""
CONFIGURATIONS = ("pytest.toml", ".pytest.toml", "pytest.ini", ".pytest.ini", "tox.ini", "setup.cfg")
"""Files that pytest may read its settings from, beside pyproject.toml."""
FORWARDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, slots=True)
class ChildEnd:
    """The end of the child process.

    exit_code: minus the signal's number when a signal ended it. forwarded: signals passed on to it. survivors:
    processes that it left and that were ended. told: the events that the child reported. objection: their difference
    from the journal on disk. overdue: the limit that was exceeded. lost: why it could write no more events.
    """

    exit_code: int
    forwarded: Sequence[signal.Signals]
    survivors: Sequence[str] = ()
    told: bytes = b""
    objection: str | None = None
    overdue: Overdue | None = None
    lost: str = ""


@dataclass(frozen=True)
class Child:
    """A running pytest, the pipes to it, and the signals forwarded to it."""

    process: subprocess.Popen[bytes]
    handshake: SupervisorHandshake
    witness: Witness
    forwarded: list[signal.Signals]
    others: set[int]
    """Children of this process that are not part of the run."""

    def ended(self, deadlines: Deadlines) -> ChildEnd:
        """Wait for its end, and for the end of its descendants."""
        exit_code = deadlines.wait(self.process)
        survivors = end_survivors(self.process.pid, own=self.others)
        told, lost = self.witness.told(), self.witness.lost()
        return ChildEnd(exit_code, self.forwarded, survivors, told, _objection(self.witness), deadlines.overdue, lost)

    def end_with_stacks(self) -> None:
        """End a child that has not begun its run, after it has written the stack of every thread."""
        ask_for_stacks(self.process.pid)
        time.sleep(LOOK_S)
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        end_survivors(self.process.pid, own=self.others)


class NotStarted(Exception):
    """The system starts no further process, or opens no further file."""

    code = "NOT_STARTED"


def cause_of_silent_end(command: Sequence[str], root: Path) -> str:
    """The last line of the traceback with which pytest ends as it starts, before any plugin can report it.

    Taken from a second pytest, which only shows versions; empty if that one succeeds or fails in another way.
    """
    shown = [*command, "-VV"]
    done = subprocess.run(shown, cwd=root, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
    head = next((line for line in lines if line.startswith(TOLD_AS_IT_STARTS)), "")
    if not done.returncode or not head:
        return ""
    what = lines[-1].removeprefix("E ").strip()
    if "UnicodeDecodeError" in what:
        return next(_files_not_utf_8(root))
    return one_line(what if head.startswith("Traceback") else f"{head.rstrip('.')}: {what}")


def _files_not_utf_8(root: Path) -> Iterator[str]:
    for name in CONFIGURATIONS:
        try:
            (root / name).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            yield f"{name} is not UTF-8: save it as UTF-8"
        except OSError:
            continue
    yield "a file of its configuration is not UTF-8: save it as UTF-8"


@contextmanager
def started(command: list[str], root: Path) -> Iterator[Child]:
    """Start pytest in a process group of its own; it ends when its supervisor does."""
    try:
        handshake, witness = SupervisorHandshake(), Witness()
        alive, held = os.pipe()
    except OSError as error:
        raise NotStarted(f"pytest cannot be started: {error.strerror}.") from error
    passed = {ALIVE_VARIABLE: alive, WITNESS_VARIABLE: witness.write_end}
    inherited = {NO_ASSERTS_VARIABLE if name == OPTIMIZE else name: value for name, value in os.environ.items()}
    inherited.pop(INSPECT, None)
    environment = inherited | handshake.environment | {name: str(end) for name, end in passed.items()}
    others = children()
    with orphans_adopted(), _fresh_bytecode(command) as more:
        try:
            process = subprocess.Popen(
                command,
                cwd=root,
                env=environment | more,
                start_new_session=True,
                pass_fds=[*passed.values(), *handshake.childs],
            )
        except OSError as error:
            raise NotStarted(f"pytest cannot be started: {error.strerror}.") from error
        os.close(alive)
        witness.listen()
        try:
            with _signals_forwarded(process) as forwarded:
                yield Child(process, handshake, witness, forwarded, others)
        finally:
            handshake.close()
            process.wait()
            os.close(held)


def _objection(witness: Witness) -> str | None:
    try:
        return witness.objection()
    except OSError as error:
        return f"The journal cannot be read: {error.strerror}."


@contextmanager
def _fresh_bytecode(command: Sequence[str]) -> Iterator[dict[str, str]]:
    """Variables with which a release compiles each source again: __pycache__ may be of another commit."""
    if not RELEASE_FLAGS.intersection(command):
        yield {}
        return
    with tempfile.TemporaryDirectory(prefix="release-gate-bytecode-", ignore_cleanup_errors=True) as folder:
        yield {"PYTHONPYCACHEPREFIX": folder}


@contextmanager
def _signals_forwarded(child: subprocess.Popen[bytes]) -> Iterator[list[signal.Signals]]:
    """Forward signals: the child has a process group of its own and does not get those of the supervisor."""
    forwarded: list[signal.Signals] = []

    def forward(number: int, _: Any) -> None:
        forwarded.append(signal.Signals(number))
        with suppress(ProcessLookupError):
            os.killpg(child.pid, number)

    # One that is ignored (nohup, a job in the background) stays ignored.
    heeded = [number for number in FORWARDED if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, forward) for number in heeded}
    try:
        yield forwarded
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
