"""Folds the journal's events into a record of each check. Pure: the same events give the same records."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from release_gate.record.journal import Event, JournalError
from release_gate.rules.declaration import Declaration, parse
from release_gate.rules.language import Language
from release_gate.rules.model import BROKEN, LOST, Check, CheckResult, Outcome, Problem, Verdict, Waiver

WORST_FIRST = (
    Outcome.FAILED,
    Outcome.ERROR,
    Outcome.RAN_TWICE,
    Outcome.SKIPPED,
    Outcome.XFAILED,
    Outcome.XPASSED,
    Outcome.NOT_MEASURED,
    Outcome.NOT_RUN,
    Outcome.PASSED,
)

SUBTEST = "subtest"
"""The phase of reports during a test's function: a part of its call."""
STAGES = ("setup", "call", "teardown")
"""The phases of a test in their order."""
PLAINLY_PASSED = [(when, "passed", False) for when in STAGES]
"""The moment, outcome and xfail of each phase of nearly every case, of which nothing else needs to be asked."""
NOT_FINISHED = "NOT_FINISHED"
"""The code of the problem of a run whose session did not end."""
OF_CASES = frozenset({"started", "phase", "finished"})
STOPPED = frozenset({"INTERRUPTED", "INTERNAL_ERROR", "TIMEOUT", LOST})
"""Problems that explain why a check never ended; without one, its process died."""


def passed_phase(when: str, duration_s: float) -> Event:
    """The facts of a phase that only passed."""
    return {"when": when, "outcome": "passed", "duration_s": duration_s, "xfail": False}


@dataclass(slots=True)
class Case:
    """One test of a check (one case of its parametrisation), as the journal has it.

    function: the node id without the case. phases: setup, call (after its subtests) and teardown as reported: {when,
    outcome, duration_s, xfail, failure?}.
    """

    nodeid: str
    check: str
    function: str = ""
    starts: int = 0
    finishes: int = 0
    phases: list[Event] = field(default_factory=list)
    evidence: list[Event] = field(default_factory=list)
    blocked_by: str = ""
    not_measured: str = ""
    interrupted: bool = False

    earlier: tuple[float, str] | None = None

    def can_be_measured_again(self, check: Check | None) -> bool:
        """True if its test ended without a measurement for the first time, and may be repeated."""
        again = check is not None and check.remeasure and self.earlier is None
        return again and self.outcome()[0] is Outcome.NOT_MEASURED

    def measure_again(self) -> None:
        """Record that the first measurement failed, and why; the following events are the second one."""
        self.earlier = (self.duration_s, self.not_measured)
        self.starts = self.finishes = 0
        self.phases = []
        self.not_measured = ""

    @property
    def duration_s(self) -> float:
        total = 0.0
        for phase in self.phases:
            if phase["when"] != SUBTEST:
                total += float(phase["duration_s"])
        return round(total, 4)

    @property
    def failure(self) -> Event | None:
        """The first failure of its phases, if any."""
        return next((phase["failure"] for phase in self.phases if phase.get("failure")), None)

    def outcome(self) -> tuple[Outcome, str]:
        """The outcome of the check and its reason."""
        if self.blocked_by:
            return Outcome.NOT_RUN, ""
        told = [(phase["when"], phase["outcome"], phase["xfail"]) for phase in self.phases]
        if told == PLAINLY_PASSED and self.starts == self.finishes == 1 and not self.not_measured:
            return Outcome.PASSED, ""
        for phase in self.phases:
            if phase["outcome"] == "failed" and not phase["xfail"]:
                kind = Outcome.FAILED if phase["when"] in ("call", SUBTEST) else Outcome.ERROR
                return kind, str((phase.get("failure") or {}).get("message", ""))
        if self.starts > 1 or self.finishes > 1:
            return Outcome.RAN_TWICE, f"it ran {max(self.starts, self.finishes)} times; a rerun proves nothing"
        if self.starts == 0:
            return Outcome.NOT_RUN, "it was collected and never started"
        if self.finishes == 0 and self.interrupted:
            return Outcome.NOT_RUN, "it was interrupted"
        if self.finishes == 0:
            return Outcome.ERROR, "the process ended while it ran"
        return self._quiet_outcome()

    def _quiet_outcome(self) -> tuple[Outcome, str]:
        if any(phase["xfail"] for phase in self.phases):
            passed = any(phase["xfail"] and phase["outcome"] != "skipped" for phase in self.phases)
            told = next((phase["reason"] for phase in self.phases if phase["xfail"] and phase.get("reason")), "")
            why = f"an expected failure proves nothing{f' ({told})' if told else ''}"
            return (Outcome.XPASSED if passed else Outcome.XFAILED), why
        skipped = [phase for phase in self.phases if phase["outcome"] == "skipped"]
        if skipped:
            return Outcome.SKIPPED, str(skipped[0].get("reason", ""))
        reported = [phase["when"] for phase in self.phases if phase["when"] != SUBTEST]
        if len(reported) > len(set(reported)):
            return Outcome.RAN_TWICE, "it reported a phase more than once; a rerun proves nothing"
        if reported != [*STAGES]:
            told = f"it reported {', '.join(reported) or 'nothing'}, not setup, call and teardown"
            return Outcome.NOT_RUN, f"{told}: a hook or a plugin took the place of the runner"
        if self.not_measured:
            return Outcome.NOT_MEASURED, self.not_measured
        return Outcome.PASSED, ""


@dataclass(slots=True)
class Run:
    """The record of a run, computed from the journal. language: of the documents for people.

    portuguese: the project's Portuguese of texts of checks and findings, by the English.
    """

    declaration: Declaration
    run_id: str
    started_at: str
    cases: dict[str, Case] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    waivers: list[Waiver] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    invocation: Event = field(default_factory=dict)
    sealed: Event | None = None
    exit_status: int | None = None
    validated: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    by_check: dict[str, list[Case]] = field(default_factory=dict)
    language: Language = Language.EN
    portuguese: dict[str, str] = field(default_factory=dict)
    _results: list[CheckResult] = field(default_factory=list)
    _on_trial: frozenset[str] | None = None

    def cases_of(self, check: str) -> list[Case]:
        return self.by_check.get(check, [])

    @property
    def on_trial(self) -> frozenset[str]:
        """Checks that decided nothing on the UTC day of the run."""
        if self._on_trial is None:
            day = dt.datetime.fromisoformat(self.started_at).astimezone(dt.UTC).date()
            self._on_trial = frozenset(check.id for check in self.declaration.checks if check.is_on_trial(day))
        return self._on_trial

    def results(self) -> list[CheckResult]:
        """One result for each required check: the worst of its cases, and of its seal if it has one.

        Computed at the first call; the events do not change any more.
        """
        if not self._results:
            self._results = [self._result(check.id) for check in self.declaration.checks]
        return self._results

    def _result(self, check: str) -> CheckResult:
        found = [(*case.outcome(), case.blocked_by) for case in self.cases_of(check)]
        declared = self.declaration.check(check)
        if declared is not None and declared.sealed:
            decided = (self.sealed or {}).get("checks", {}).get(check)
            if decided is None:
                found.append((Outcome.NOT_RUN, "the run was not sealed", ""))
            else:
                found.append((Outcome(decided["outcome"]), decided["reason"], decided.get("blocked_by", "")))
        if not found:
            return CheckResult(check, Outcome.NOT_RUN, "no test of it was collected")
        found.sort(key=lambda one: WORST_FIRST.index(one[0]))
        outcome, reason, blocked_by = found[0]
        unproven = [one for one in found if one[0] not in BROKEN and one[0] is not Outcome.PASSED]
        beside = ": ".join(part for part in unproven[0][:2] if part) if unproven and outcome in BROKEN else ""
        return CheckResult(check, outcome, reason, blocked_by, beside)


def fold(events: Iterable[Event], root: Path) -> Run:
    """The run that the events tell. Raises JournalError when they do not begin with a session."""
    journal = iter(events)
    first = next(journal, None)
    if first is None or first["event"] != "run_started":
        raise JournalError("The journal does not begin with a run.")
    language = Language(first.get("language", Language.EN))
    run = Run(parse(first["declaration"], root), first["run_id"], first["at"], language=language)
    last, seen = first["at"], set()
    for event in journal:
        if event["at"] < last:
            run.problems.append(
                Problem(Verdict.INCOMPLETE, "CLOCK", f"The clock went backwards, from {last} to {event['at']}.")
            )
        last = event["at"]
        seen.add(event["event"])
        _apply(run, event)
    stopped = any(problem.code in STOPPED for problem in run.problems)
    for case in run.cases.values():
        case.interrupted = stopped
        run.by_check.setdefault(case.check, []).append(case)
    if "collected" not in seen:
        run.problems.append(Problem(Verdict.INCOMPLETE, "NOT_COLLECTED", "No check was collected."))
    if "session_finished" not in seen and not _is_told(run, NOT_FINISHED):
        message = "The session did not finish: it was ended from within or without."
        run.problems.append(Problem(Verdict.INCOMPLETE, NOT_FINISHED, message))
    return run


def _is_told(run: Run, code: str) -> bool:
    """True if a problem of this code keeps the run from passing, as one that names the shard of a merged run does."""
    return any(problem.code == code and problem.verdict is not Verdict.PASS for problem in run.problems)


def _apply(run: Run, event: Event) -> None:
    kind = event["event"]
    if kind in OF_CASES and "nodeid" in event:
        _apply_to_case(run, event)
    elif kind == "invoked":
        if run.invocation:
            run.problems.append(Problem(Verdict.INCOMPLETE, "TWO_SESSIONS", "Two sessions wrote into one run."))
        run.invocation = event
    elif kind == "collected":
        for item in event["items"]:
            run.cases.setdefault(item["nodeid"], Case(item["nodeid"], item["check"], item.get("function", "")))
    elif kind == "problem":
        run.problems.append(Problem(Verdict(event["verdict"]), event["code"], event["message"]))
    elif kind == "waiver":
        run.waivers.append(
            Waiver(event["check"], event["reason"], event["approver"], dt.date.fromisoformat(event["expires"]))
        )
    elif kind == "warning":
        run.warnings.append(event["message"])
    elif kind == "note":
        run.notes.append(event["message"])
    elif kind == "validated":
        run.validated[event["path"], event["sha256"]] = event["faults"]
    elif kind == "sealed":
        run.sealed = event
    elif kind == "session_finished":
        run.exit_status = event["exitstatus"]
    elif kind == "portuguese":
        run.portuguese |= event["texts"]
    elif "nodeid" in event:
        _apply_to_case(run, event)


def _apply_to_case(run: Run, event: Event) -> None:
    case = run.cases.setdefault(event["nodeid"], Case(event["nodeid"], event.get("check", "")))
    kind = event["event"]
    if kind == "started":
        case.starts += 1
    elif kind == "finished":
        case.finishes += 1
        case.phases += [passed_phase(*one) for one in event.get("passed_s", {}).items()]
    elif kind == "phase":
        case.phases.append(event)
    elif kind == "evidence":
        case.evidence.append(event["item"])
    elif kind == "not_run":
        case.blocked_by = event["blocked_by"]
    elif kind == "measured_again":
        if case.can_be_measured_again(run.declaration.check(case.check)):
            case.measure_again()
    elif kind == "not_measured":
        case.not_measured = event["reason"]


def evidence_of(run: Run, check: str) -> list[dict[str, Any]]:
    """All evidence of a check, in the order of recording."""
    return [item for case in run.cases_of(check) for item in case.evidence]
