"""The gate run in progress inside pytest: its journal, its cases, its secrets and its board."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from errno import EBADF
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from release_gate.in_pytest.failures.forks import Forks
from release_gate.in_pytest.failures.library import cause_of, replaced
from release_gate.in_pytest.failures.limits import left_low, lifted
from release_gate.in_pytest.refusals import Refusal
from release_gate.record.attachments import AttachmentRefused
from release_gate.record.causes import named, root_of
from release_gate.record.cleaning import LARGEST_BYTES, SecretInBinary, without_secrets
from release_gate.record.files import files_in, sha256_of, write_whole
from release_gate.record.findings import describe_failure
from release_gate.record.journal import Journal, JournalError
from release_gate.record.records import STAGES, Case, passed_phase
from release_gate.record.redaction import Redactor, texts_in
from release_gate.record.witness import WITNESS_VARIABLE
from release_gate.rules.declaration import Declaration
from release_gate.rules.language import Language
from release_gate.rules.model import LOST, PRECEDENCE, Verdict
from release_gate.rules.validity import faults_of
from release_gate.sealing.folders import leave_files_to_their_owner
from release_gate.sealing.past_runs.earlier import usual_seconds
from release_gate.telling.terminal import Board, screen

ONLY_PASSED = passed_phase("", 0.0)
"""The facts of a phase of which nothing but its time is worth telling."""


class OpenRun:
    """Shared by the parts of a session.

    cases: by node id. names: a node id without secrets. waived: checks that may fail. criteria: the only ones that run,
    or none where all do. refusal: why the run does not begin, or empty. lost: why nothing more can be recorded, or
    empty. ended_by: an exception that is recorded already. board_open: True while the table of checks is shown.
    """

    def __init__(
        self, config: pytest.Config, declaration: Declaration, folder: Path, *, supervised: bool, language: Language
    ) -> None:
        self.config = config
        self.declaration = declaration
        self.folder = folder
        self.supervised = supervised
        self.language = language
        leave_files_to_their_owner()
        given = os.environ.pop(WITNESS_VARIABLE, "") if supervised else ""
        self.journal = Journal(folder, witness=_kept_from_children(int(given)) if given else None)
        self.board = Board(declaration, screen(), partial(usual_seconds, declaration, folder.name), language)
        self.board_open = False
        self.forks = Forks()
        self.redactor = Redactor()
        self.cases: dict[str, Case] = {}
        self.names: dict[str, str] = {}
        self.waived: set[str] = set()
        self.criteria: tuple[str, ...] = config.getoption("gate_criteria") or ()
        self.refusal = ""
        self.lost = ""
        self.ended_by: BaseException | None = None
        self._noted: set[Refusal] = set()
        self._passed: dict[str, dict[str, float]] = {}
        self._limited = {check.id for check in declaration.checks if check.timeout_s is not None}
        self.verdict = Verdict.PASS

    def write(self, event: str, **facts: Any) -> None:
        """Append to the journal."""
        if self.forks.in_child:
            self._end_forked_child(event)
        self._append(event, **facts)

    def _end_forked_child(self, event: str) -> None:
        """End this process, which has left its check unnoticed."""
        self.forks.end(event, JournalError("it went on with the session of its parent"))

    def _append(self, event: str, **facts: Any) -> None:
        """Append, or end the session if the disk is full: nothing more could be proven."""
        if self.lost:
            return
        try:
            try:
                self.journal.append(event, **facts)
            except OSError:
                low = [*left_low()]
                with lifted() as changed:
                    if not changed:
                        raise
                    self.journal.append(event, **facts)
                    self.note_limits(low)
        except OSError as error:
            self.lost = _why_lost(f"{self.folder.name}/{self.journal.path.name}", error)
            told: dict[str, Any] = {"verdict": Verdict.INCOMPLETE.value, "code": LOST, "message": self.lost}
            self.journal.tell("problem", **told)
            if error.errno == EBADF:
                with suppress(OSError, JournalError):
                    Journal(self.folder).append("problem", **told)
            pytest.exit(self.lost, returncode=Verdict.INCOMPLETE.exit_code)

    def tell(self, nodeid: str, event: str, **facts: Any) -> None:
        """Append an event of a test; a missing measurement is also shown."""
        if event == "not_measured":
            self.case(nodeid).not_measured = str(facts["reason"])
        self._append(event, nodeid=self.name_of(nodeid), **facts)

    def tell_phase(self, case: Case, facts: dict[str, Any]) -> None:
        """Record a phase of a test; one that only passed is written with the end of the test, in one event.

        A phase of a check with a time limit is written at once: the supervisor reads from it which phase goes on.
        """
        if self.forks.in_child:
            self._end_forked_child("phase")
        case.phases.append(facts)
        passed, when = self._passed.setdefault(case.nodeid, {}), facts["when"]
        only_passed = facts["outcome"] == "passed" and not facts["xfail"] and len(facts) == len(ONLY_PASSED)
        if only_passed and when in STAGES and when not in passed and case.check not in self._limited:
            passed[when] = facts["duration_s"]
            return
        for earlier in passed.items():
            self.write("phase", nodeid=case.nodeid, **passed_phase(*earlier))
        passed.clear()
        self.write("phase", nodeid=case.nodeid, **facts)

    def tell_end(self, case: Case) -> None:
        """Record the end of a test, with the phases that only passed."""
        case.finishes += 1
        passed = self._passed.pop(case.nodeid, None)
        self.write("finished", nodeid=case.nodeid, **({"passed_s": passed} if passed else {}))

    def problem(self, verdict: Verdict, code: str, message: str) -> None:
        """Record a problem that keeps the run from passing."""
        self.write("problem", verdict=verdict.value, code=code, message=message)

    def refuse(self, problems: Iterable[Refusal]) -> None:
        """Record why the run cannot pass, before it begins; it then does not begin."""
        for verdict, code, message in problems:
            self.problem(verdict, code, message)
            self.refusal = self.refusal or message
            self.verdict = min(self.verdict, verdict, key=PRECEDENCE.index)

    def note_problems(self, problems: Iterable[Refusal]) -> None:
        """Record problems that keep the run from passing, each once; the run continues."""
        for found in problems:
            if found not in self._noted:
                self._noted.add(found)
                self.problem(*found)

    def note_limits(self, sentences: Iterable[str]) -> None:
        """Record limits of this process that a check has left too low."""
        self.note_problems((Verdict.INCOMPLETE, "LIMIT_LOWERED", one) for one in sentences)

    def name_of(self, nodeid: str) -> str:
        """A test's name in the journal: its node id without secrets."""
        return self.names.get(nodeid, nodeid)

    def clean(self, path: Path) -> None:
        """Remove secrets from a file of the run. Raises AttachmentRefused, after removing the file, where that is
        impossible.

        The schema is checked before: the check's own content must be valid.
        """
        if path.stat().st_size > LARGEST_BYTES:
            return
        name = path.relative_to(self.folder).as_posix()
        content = path.read_bytes()
        try:
            cleaned = without_secrets(content, self.redactor)
        except SecretInBinary:
            path.unlink()
            why = "holds a secret and cannot be changed: it was left out."
            raise AttachmentRefused(f"{self.redactor(name)} {why}") from None
        if cleaned == content:
            return
        schema = self.declaration.schemas.get(name)
        faults = faults_of(content, self.declaration.root / schema) if schema else []
        write_whole(path, cleaned)
        if schema:
            self.write("validated", path=name, sha256=sha256_of(path), faults=faults)

    def clean_all(self) -> None:
        """Remove secrets from every file, at the end: a secret may have become known during the run."""
        known = self.redactor.known
        self.redactor = Redactor(self.secrets())
        self.journal.redact = self.redactor.event
        for name, path in files_in(self.folder).items():
            try:
                if path == self.journal.path:
                    continue
                if self.redactor(name) != name:
                    path.unlink()
                    raise AttachmentRefused(f"{self.redactor(name)} has a secret in its name: it was left out.")
                self.clean(path)
            except AttachmentRefused as left_out:
                self.problem(Verdict.INCOMPLETE, SecretInBinary.code, str(left_out))
        if not self.redactor.known <= known:
            self.journal.rewrite(self.redactor.event)

    def leave_if_refused(self) -> None:
        if self.refusal:
            pytest.exit(f"The release gate does not begin: {self.refusal}", returncode=self.verdict.exit_code)

    def secrets(self) -> list[str]:
        """The project's secrets. A hook that fails is a problem of the run."""
        return texts_in(self.asked("pytest_release_gate_secrets", [], config=self.config))

    def asked(self, hook: str, otherwise: Any, **arguments: Any) -> Any:
        """The result of a project's hook; if it raises, a problem of the run, and `otherwise`."""
        try:
            return getattr(self.config.hook, hook)(**arguments)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # the project's code, which may raise anything
            message = f"The hook {hook} raised {named(root_of(error))}"
            if not self.journal.closed:
                self.note_problems([(Verdict.INCOMPLETE, "HOOK_FAILED", message)])
            return otherwise

    def case(self, nodeid: str) -> Case:
        known = self.cases.get(nodeid)
        return known if known is not None else self.cases.setdefault(nodeid, Case(nodeid, ""))

    def criterion_of(self, check: str) -> str:
        declared = self.declaration.check(check)
        return declared.criterion if declared else ""

    def described(self, error: BaseException, message: str) -> dict[str, Any]:
        return describe_failure(
            error,
            message,
            lambda exception: self.asked("pytest_release_gate_classify", None, exception=exception),
            lambda exception: self.asked("pytest_release_gate_remedy", None, exception=exception),
        )


def _why_lost(name: str, error: OSError) -> str:
    if error.errno == EBADF:
        return (
            f"{name} cannot be written any more: a check closed file descriptors that it had not opened (os.close, "
            "os.closerange); close only those that it opened."
        )
    if any(replaced()):
        return f"{name} cannot be written any more: {cause_of(error)}"
    why = f"{name} cannot be written any more ({error.strerror or error})"
    return f"{why}: make room, or raise the limit on a file's size, and run again."


def _kept_from_children(descriptor: int) -> int:
    """Close the pipe in child processes, so that they do not hold it open."""
    os.set_inheritable(descriptor, False)
    return descriptor
