"""One gate run inside pytest from its start to its seal; collection and checks have modules of their own."""

from __future__ import annotations

import os
import sys
import unittest
from collections.abc import Callable, Generator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from release_gate.in_pytest.blocking import Blocking
from release_gate.in_pytest.collection.collecting import Collecting
from release_gate.in_pytest.collection.generated import Generated
from release_gate.in_pytest.failures.at_exit import end_in_time, listen_until_the_end
from release_gate.in_pytest.failures.hooks import Ending, hook_of, place_of, raised_as_it_ends, told
from release_gate.in_pytest.failures.library import cause_of, replaced
from release_gate.in_pytest.failures.limits import left_low, raise_again
from release_gate.in_pytest.failures.stacks import Stacks
from release_gate.in_pytest.failures.unheard import Listening
from release_gate.in_pytest.garbage import bring_libraries_back, collection_held_back
from release_gate.in_pytest.innermost import Innermost
from release_gate.in_pytest.open_run import OpenRun
from release_gate.in_pytest.options.changes import change_problems
from release_gate.in_pytest.options.invocation import python_command, reproducible_options, without_benchmarks
from release_gate.in_pytest.page import keep_page_data
from release_gate.in_pytest.portuguese import keep_portuguese, show_titles
from release_gate.in_pytest.refusals import subject_problems
from release_gate.in_pytest.running import Running
from release_gate.in_pytest.signals import end_with_supervisor, interrupt_when_told_to_end
from release_gate.in_pytest.source_code.imported import whole_subject
from release_gate.in_pytest.source_code.judging_code import JudgingCode
from release_gate.in_pytest.source_code.own_modules import OwnModules, is_tool
from release_gate.in_pytest.source_code.sources import Sources
from release_gate.record.causes import named, one_line
from release_gate.record.clock import CLOCK
from release_gate.record.expect import shown
from release_gate.record.journal import Journal, JournalError, now, require_there
from release_gate.record.plain import plain
from release_gate.record.redaction import Redactor
from release_gate.rules.declaration import Declaration
from release_gate.rules.language import Language
from release_gate.rules.model import UNSEALED, Verdict
from release_gate.rules.waivers import load_waivers
from release_gate.sealing.folders import unjudged
from release_gate.sealing.result import InvalidResult
from release_gate.sealing.seal import publish, seal
from release_gate.sealing.shards import shard_note
from release_gate.telling.closing_lines import closing_lines
from release_gate.telling.colours import coloured
from release_gate.telling.github import Job
from release_gate.telling.streams import columns_of

BARE = "pytest's own exit code is not the verdict; to be judged from outside as well: python3 -m release_gate run"
GATE = pytest.StashKey["GateSession"]()


class GateSession(OpenRun):
    """The hooks of a gate run's beginning and end, in the order of their calls."""

    def __init__(
        self, config: pytest.Config, declaration: Declaration, folder: Path, *, supervised: bool, language: Language
    ) -> None:
        super().__init__(config, declaration, folder, supervised=supervised, language=language)
        self._job = Job({} if supervised else os.environ, lambda line: self.board.say([line]))
        self._job.hold()
        self._session: pytest.Session | None = None
        self._ending = Ending(self._end)
        self._listening = Listening(self.forks)
        self._judging = JudgingCode(config, LOADED, TOOLS)
        self._sources = Sources(config, declaration.root, self._judging)
        self._stacks = Stacks(declaration, folder, supervised=supervised)
        self._began_at = now()
        self.over = False
        self._late: Callable[[BaseException], None] | None = None
        self.published = Verdict.INCOMPLETE
        self._verdict_after_all = Verdict.INCOMPLETE
        self._restore_signals = interrupt_when_told_to_end()
        end_with_supervisor()

    def pytest_configure(self, config: pytest.Config) -> None:
        generated = Generated(self.declaration.root)
        innermost = Innermost(self, self._sources, self._judging, self._listening)
        blocking = Blocking(self)
        running = Running(self, generated, self._sources, self._listening, self._stacks, innermost, blocking)
        for part in (Collecting(self, generated, self._sources), running, blocking, innermost):
            config.pluginmanager.register(part)
        self._ending.come_last(config.pluginmanager)

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        self._session = session
        self.redactor = Redactor(self.secrets())
        self.journal.redact = self.redactor.event
        self.write(
            "invoked",
            argv=list(self.config.invocation_params.args),
            options=reproducible_options(self.config.invocation_params.args),
            python=python_command(self.declaration.root),
            release=self.config.getoption("gate_release"),
            supervised=self.supervised,
            pid=os.getpid(),
            criteria=list(self.criteria),
        )
        show_titles(self)
        left_out = {criterion.id for criterion in self.declaration.criteria}.difference(self.criteria)
        if self.criteria and left_out:
            self.write("note", message=shard_note(self.criteria))
        self.refuse(change_problems(self.config, self.declaration))
        waivers = load_waivers(self.declaration.waivers, self.declaration, CLOCK.today())
        self.refuse((Verdict.MISCONFIGURED, "BAD_WAIVER", error) for error in waivers.errors)
        self.waived = {waiver.check for waiver in waivers.valid}
        for warning in waivers.warnings:
            self.write("warning", message=warning)
        for waiver in waivers.valid:
            self.write(
                "waiver",
                check=waiver.check,
                reason=waiver.reason,
                approver=waiver.approver,
                expires=waiver.expires.isoformat(),
            )

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        if not self.refusal:
            why = named(excinfo.value)
            self.problem(Verdict.INCOMPLETE, "INTERRUPTED", f"The session was interrupted: {why}")

    def pytest_internalerror(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        error, root = excinfo.value, self.declaration.root
        if error is self.ended_by:
            return
        of_project = hook_of(error) and place_of(error, root)
        message = told(error, root) if of_project else f"pytest failed itself: {cause_of(error)}"
        self.problem(Verdict.INCOMPLETE, "INTERNAL_ERROR", message)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> Generator[None, None, None]:
        if self.board_open:
            self.board.close()
        self._clean_up_modules()
        low = [*left_low()]
        raise_again()
        self.note_limits(low)
        try:
            with without_benchmarks(), collection_held_back():  # a full one follows, of all that this leaves
                yield
        except BaseException as error:
            if not self.lost:
                self._note_hook(error)
        finally:
            self.write("session_finished", exitstatus=int(session.exitstatus))
            self._ending.come_last(self.config.pluginmanager)

    def _note_hook(self, error: BaseException) -> None:
        """Record what a plugin raised at the end of the session, and let the session end."""
        place = place_of(error, self.declaration.root)
        if isinstance(error, OSError) and not place:
            why = f"A report of this session could not be written: {named(error)}"
            self.problem(Verdict.INCOMPLETE, "REPORT_LOST", why)
            return
        code = "INTERRUPTED" if isinstance(error, KeyboardInterrupt) else "HOOK_FAILED"
        self.problem(Verdict.INCOMPLETE, code, told(error, self.declaration.root))

    def _clean_up_modules(self) -> None:
        """Run the functions registered with unittest's addModuleCleanup, which pytest does not run."""
        try:
            unittest.doModuleCleanups()
        except Exception as error:  # the project's code, which may raise anything
            why = f"A cleanup that addModuleCleanup registered failed: {named(error)}"
            self.problem(Verdict.INCOMPLETE, "FIXTURE_TEARDOWN", why)

    def _own_subject(self) -> dict[str, Any]:
        """The gate's facts about the subject; no hook of the project can replace them."""
        items = self._session.items if self._session is not None else []
        return whole_subject(self.declaration, self.folder, {item.path for item in items})

    def _subject_of_hooks(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for part in self.asked("pytest_release_gate_subject", [], config=self.config):
            if isinstance(part, Mapping):
                found |= plain(part)
            else:
                message = f"The hook pytest_release_gate_subject told {shown(part)} where a dict belongs."
                self.problem(Verdict.INCOMPLETE, "HOOK_FAILED", message)
        return found

    def _end(self, error: BaseException | None) -> None:
        """Seal the run, after every other plugin has written its report. A forked child has no run to seal.

        error: what a plugin raised meanwhile.
        """
        if not self.journal.ours:
            if error is not None:
                raise error
            return
        self.over = True
        refused = sys.exception()
        try:
            if error is None and isinstance(refused, pytest.UsageError):
                error = refused  # of a hook, after the run had begun
            if error is not None:
                self._note_hook(error)
            self._tell_what_failed_late()
            with collection_held_back():
                self._seal()
                result = None if self.supervised else publish(self.declaration, self.folder)
            told = (self.folder, columns_of(self.board.stream), self.language)
            lines = [BARE, *closing_lines(self.declaration, result, *told)] if result else []
            self._late = listen_until_the_end(self.folder, self.journal.witness, self._judge_again)
        except (Exception, pytest.exit.Exception) as failed:  # a check may have broken any function of Python
            lines, result = self._unsealed(failed)
        self.board.say(coloured(lines, self.board.stream))
        if result and not self.supervised:
            self.published = Verdict(result["verdict"])
            self._correct_exit_code(self.published)
            self._job.resume()
            self._job.tell(self.declaration.root, result, self.folder, self.language)
            if limit := self._stacks.left_s():
                end_in_time(*limit, self.folder, self.declaration.root, self._judge_again)
        self.board.leave_screen()
        self._restore_signals()

    def _unsealed(self, failed: BaseException) -> tuple[list[str], dict[str, Any]]:
        """The sentence on why the run was not sealed, and its result; the journal keeps the sentence, if it can."""
        foreseen = isinstance(failed, JournalError | InvalidResult | OSError) and not any(replaced())
        why = self.lost or (one_line(str(failed)) if foreseen else cause_of(failed))
        told_in_full = f"The run could not be sealed and stays INCOMPLETE: {why}"
        with suppress(Exception, pytest.exit.Exception):
            if self.journal.closed:
                self.journal = Journal(self.folder, witness=self.journal.witness)
            self.problem(Verdict.INCOMPLETE, UNSEALED, told_in_full)
            self.journal.close()
        result: dict[str, Any] = {"verdict": Verdict.INCOMPLETE.value}
        with suppress(Exception):
            result = unjudged(self.declaration, self.folder, self._began_at, told_in_full, self.language)
        return [told_in_full], result

    def _seal(self) -> None:
        """Write the last facts of the run and seal it. Raises JournalError or OSError."""
        self._stacks.close()
        if self.lost:
            raise JournalError(self.lost)
        self.note_problems(self._judging.alterations())
        require_there(self.folder)
        keep_page_data(self)
        subject = self._subject_of_hooks() | self._own_subject()
        for refusal in subject_problems(subject, release=self.config.getoption("gate_release")):
            self.problem(*refusal)
        keep_portuguese(self, subject)
        self.clean_all()
        self.journal.close()
        seal(self.declaration, self.folder, self.redactor.value(subject), witness=self.journal.witness)

    def _judge_again(self, what: str) -> None:
        """Publish the result of a bare pytest again; a supervisor has not judged yet."""
        if not self.supervised:
            self.published = self._verdict_after_all = Verdict(publish(self.declaration, self.folder)["verdict"])
            sys.stderr.write(f"The run is INCOMPLETE after all: {what}.\n")

    def end_of_pytest(self, error: BaseException) -> int:
        """Record what pytest itself raised after the run had ended, and return the exit code.

        pytest before 9.1 leaves the other functions of its end uncalled once one has raised.
        """
        for one in (error, *raised_as_it_ends(self.config)):
            if self._late is not None:
                self._late(one)
        if self.supervised and self._session is not None:
            return int(self._session.exitstatus)
        return self._verdict_after_all.exit_code

    def _tell_what_failed_late(self) -> None:
        bring_libraries_back()
        for what in self._listening.after_the_last():
            self.problem(Verdict.INCOMPLETE, "UNHEARD", what)
        self._listening.close()

    def _correct_exit_code(self, verdict: Verdict) -> None:
        """Change pytest's exit code 0 of a run that did not pass: pytest calls a session of skips a success."""
        if self._session is not None and verdict is not Verdict.PASS and not self._session.exitstatus:
            self._session.exitstatus = verdict.exit_code


with collection_held_back():
    LOADED = OwnModules()
    TOOLS = OwnModules(is_tool)
"""The functions by which tests judge, as they were then."""
