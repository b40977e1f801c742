"""The values that a verdict is made of: criteria, checks, outcomes, problems, waivers. Independent of pytest."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

RESULT_FILE = "RELEASE_GATE_RESULT.json"
"""The file in a run's folder that holds its verdict."""
PAGE = "release_report.html"
"""The page for people, rendered from the sealed run and therefore not an artefact."""
BLOCKED, TRIAGE = "RELEASE_BLOCKED.md", "ERROR_TRIAGE_REPORT.md"
"""The documents beside the runs that say what blocks the release, and what failed in the last run."""
CRITERIA = "--criteria"
"""The option that makes a run a shard; the checks of the other criteria are blocked by it."""

UNSEALED, LOST = "UNSEALED", "LOST"
"""Codes of the problems that end a run before it is sealed, and before its next event is written."""


class Verdict(StrEnum):
    """The verdict of a run, with its exit code."""

    PASS = "PASS"
    FAIL = "FAIL"
    INCOMPLETE = "INCOMPLETE"
    MISCONFIGURED = "MISCONFIGURED"

    @property
    def exit_code(self) -> int:
        return EXIT_CODES[self]


EXIT_CODES = {Verdict.PASS: 0, Verdict.FAIL: 1, Verdict.INCOMPLETE: 3, Verdict.MISCONFIGURED: 4}
PRECEDENCE = (Verdict.MISCONFIGURED, Verdict.FAIL, Verdict.INCOMPLETE, Verdict.PASS)
"""Verdicts from the gravest to PASS."""


class Outcome(StrEnum):
    """Outcome of a check. Only PASSED counts as passed."""

    PASSED = "PASSED"
    FAILED = "FAILED"
    ERROR = "ERROR"
    SKIPPED = "SKIPPED"
    XFAILED = "XFAILED"
    XPASSED = "XPASSED"
    NOT_MEASURED = "NOT_MEASURED"
    RAN_TWICE = "RAN_TWICE"
    NOT_RUN = "NOT_RUN"


BROKEN = frozenset({Outcome.FAILED, Outcome.ERROR})
"""Outcomes that make FAIL; every other one except PASSED makes INCOMPLETE."""


@dataclass(frozen=True, slots=True)
class Criterion:
    """A group of checks that is judged together.

    waivable: whether its checks may be waived. always: it also runs after a critical failure.
    """

    id: str
    title: str
    waivable: bool = True
    always: bool = False


class Seal(StrEnum):
    """A rule that can only be decided once the session is over, as the run is sealed."""

    COMPLETE = "complete"
    ARTEFACTS = "artefacts"
    SCHEMAS = "schemas"
    TRIAGED = "triaged"


@dataclass(frozen=True, slots=True)
class Check:
    """A required check.

    critical: its failure stops the criteria after its own. seals: the rule by which sealing the run decides it as well.
    fix: the steps that mend a failure. acceptance: what will count as fixed. timeout_s: for each of its cases,
    set-up and teardown included. trial_until: until the end of that day it is run and reported and decides nothing.
    remeasure: it is run once more where it could not measure.
    """

    id: str
    criterion: str
    title: str
    category: str
    fix: tuple[str, ...]
    acceptance: str
    critical: bool = False
    seals: Seal | None = None
    timeout_s: float | None = None
    trial_until: dt.date | None = None
    remeasure: bool = False

    def is_on_trial(self, day: dt.date) -> bool:
        """True if the check decides nothing on that day."""
        return self.trial_until is not None and day <= self.trial_until

    @property
    def sealed(self) -> bool:
        """True if the check is also decided after the session."""
        return self.seals is not None


@dataclass(frozen=True, slots=True)
class Waiver:
    """A known failure that is accepted until a day, inclusive."""

    check: str
    reason: str
    approver: str
    expires: dt.date


@dataclass(frozen=True, slots=True)
class Problem:
    """A fault of the run itself that keeps it from passing. verdict: the best one that is still possible."""

    verdict: Verdict
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class CheckResult:
    """Outcome of one required check: the worst of its cases.

    blocked_by: the check whose failure stopped it. beside: of the cases that did not fail, the worst that did not pass
    either, in words; no waiver covers it.
    """

    check: str
    outcome: Outcome
    reason: str = ""
    blocked_by: str = ""
    beside: str = ""
