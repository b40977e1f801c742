"""`python3 -m release_gate run`: runs pytest as a child and judges it by its files, never by its exit code alone."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from release_gate.child import Child, ChildEnd, NotStarted, cause_of_silent_end, started
from release_gate.in_pytest.options.handshake import UNTOUCHED, USAGE
from release_gate.in_pytest.options.invocation import joined
from release_gate.record.files import write_whole
from release_gate.record.journal import NAME as JOURNAL
from release_gate.record.journal import Journal, JournalError, read, require_there
from release_gate.rules.declaration import Declaration
from release_gate.rules.language import Language, language_of, named_language
from release_gate.rules.model import EXIT_CODES, LOST, UNSEALED, Verdict
from release_gate.sealing import signing
from release_gate.sealing.deadlines import Deadlines
from release_gate.sealing.folders import RunFolderError, begin, create, unjudged
from release_gate.sealing.result import NAME as RESULT
from release_gate.sealing.result import Derived, InvalidResult, from_journal
from release_gate.sealing.run_evidence import faults_of_evidence
from release_gate.sealing.run_files import differences
from release_gate.sealing.seal import LATER, publish, seal
from release_gate.sealing.subject import describe, judged, tree_of
from release_gate.telling.closing_lines import closing_lines
from release_gate.telling.colours import coloured
from release_gate.telling.github import Job
from release_gate.telling.said import said
from release_gate.telling.streams import columns_of

if TYPE_CHECKING:
    from securesystemslib.signer import CryptoSigner

SHOWN_ONLY = ("-h", "--help", "--version", "-V")
"""Options with which pytest prints something about itself and ends."""
PLUGIN = "release_gate"
"""Named explicitly, so that it is loaded even if plugin autoloading is off or addopts exclude it."""
SWITCHED_OFF = f"no:{PLUGIN}"
PYTEST_USAGE = 4
"""pytest's exit code for arguments or a configuration that it cannot use."""
CANNOT_START = frozenset({1, 3})
"""Exit codes after an exception that nothing caught: Python's, and pytest's where a plugin raised it."""
NOT_SEALED = frozenset({UNSEALED, LOST})
"""Problems whose messages already give the reason why a run was not sealed."""
CAUSES = (
    "Either something ended the process while it started (a conftest.py, a plugin), "
    "or the gate's plugin was switched off."
)


def supervise(declaration: Declaration, arguments: Sequence[str]) -> int:
    """Run the gate and print its closing lines; returns the verdict's exit code, or 2 where no run can begin.

    arguments: more of pytest's arguments. Whatever the child does, the result stays INCOMPLETE and RELEASE_BLOCKED.md
    stays unless its journal is complete, gives a PASS by this project's requirements, and agrees with its exit code.
    Raises SigningError, before anything is run, for a signing key that cannot be used.
    """
    pytest = [sys.executable, "-m", "pytest"]
    if any(argument in SHOWN_ONLY for argument in arguments):
        return subprocess.call([*pytest, *arguments], cwd=declaration.root)
    spoken = named_language(arguments) or language_of(os.environ, declaration.language_variable)
    if SWITCHED_OFF in " ".join(arguments):
        _say_no_run(f"-p {SWITCHED_OFF} leaves nobody to judge the run: leave it out.", spoken)
        return USAGE
    if (unreadable := _unreadable_options()) is not None:
        _say_no_run(f"PYTEST_ADDOPTS (from the environment) cannot be read: {unreadable}.", spoken)
        return USAGE
    signer = signing.taken_from(os.environ)
    job = Job(os.environ, say)
    command = [*pytest, "-p", PLUGIN, "-m", declaration.marker, *joined(arguments)]
    try:
        with job.held(), started(command, declaration.root) as child:
            language = _require_no_refusal(child, command, declaration, spoken) or spoken
            result = _supervised(declaration, child, signer, language)
    except NotStarted as error:
        _say_no_run(str(error), spoken)
        return EXIT_CODES[Verdict.INCOMPLETE]
    except _Refused as refusal:
        job.tell_misconfigured(str(refusal))
        return refusal.exit_code
    job.tell(declaration.root, result, declaration.runs_dir / result["run_id"], language)
    return EXIT_CODES[Verdict(result["verdict"])]


def _unreadable_options() -> ValueError | None:
    """Return the error of splitting PYTEST_ADDOPTS, on which pytest ends with a traceback; None without one."""
    try:
        shlex.split(os.environ.get("PYTEST_ADDOPTS", ""))
    except ValueError as error:
        return error
    return None


class _Refused(Exception):
    """No run begins; the reason has been printed."""

    def __init__(self, why: str, exit_code: int) -> None:
        super().__init__(why)
        self.exit_code = exit_code


def _require_no_refusal(
    child: Child, command: Sequence[str], declaration: Declaration, spoken: Language
) -> Language | None:
    """Wait until the child requests its run, in the language returned. Raises _Refused if it refuses or cannot read its
    arguments.

    A child that ends without a message is let through, unless it cannot start: its run stays INCOMPLETE.
    """
    try:
        reply = child.handshake.reply(child.process, declaration.timeout_s)
    except TimeoutError:
        child.end_with_stacks()
        raise _refusal(
            f"pytest did not begin within timeout_s = {declaration.timeout_s:g}, and was ended: a conftest.py or a "
            "plugin hangs while it is imported. The stack of every thread stands above.",
            EXIT_CODES[Verdict.INCOMPLETE],
            spoken,
        ) from None
    if reply.reasons:
        child.process.wait()
        raise _Refused(" ".join(reply.reasons), reply.exit_code or USAGE)
    if reply.asked:
        return reply.language
    exit_code = child.process.wait()
    if exit_code == PYTEST_USAGE and not child.forwarded:
        raise _refusal("pytest refused its command line or its configuration, as it says above.", USAGE, spoken)
    cause = cause_of_silent_end(command, declaration.root) if exit_code in CANNOT_START and not child.forwarded else ""
    if cause:
        raise _refusal(f"pytest cannot start: {cause}.", EXIT_CODES[Verdict.MISCONFIGURED], spoken)
    return None


def _refusal(why: str, exit_code: int, spoken: Language) -> _Refused:
    _say_no_run(why, spoken)
    return _Refused(said(spoken, why), exit_code)


def _say_no_run(why: str, spoken: Language) -> None:
    say(f"{said(spoken, why)} {said(spoken, UNTOUCHED)}")


def _supervised(
    declaration: Declaration, child: Child, signer: CryptoSigner | None, language: Language
) -> dict[str, Any]:
    """Begin the run, wait for its end and judge it; returns the result. Raises _Refused where none can begin."""
    try:
        folder = create(declaration)
        result = begin(declaration, folder, language)
    except RunFolderError as error:
        why = said(language, str(error))
        sys.stderr.write(f"{why}\n")
        raise _Refused(why, EXIT_CODES[Verdict.INCOMPLETE]) from error
    child.witness.begin(folder / JOURNAL)
    deadlines = Deadlines(declaration, folder)
    child.handshake.give(folder)
    ended = child.ended(deadlines)
    try:
        require_there(folder)
        result = judge_run(declaration, folder, ended, signer)
        lines = closing_lines(declaration, result, folder, columns_of(sys.stdout), language)
    except (InvalidResult, JournalError, OSError) as error:
        lines = [f"The run cannot be judged and stays INCOMPLETE: {error}"]
        result = unjudged(declaration, folder, result["started_at"], lines[0], language)
    for line in coloured(lines, sys.stdout):
        say(line)
    return result


def say(line: str) -> None:
    """Print a line and flush it before the child prints."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def judge_run(
    declaration: Declaration,
    folder: Path,
    ended: ChildEnd,
    signer: CryptoSigner | None,
) -> dict[str, Any]:
    """The result that the journal gives, after other problems have been recorded in it.

    The journal is folded once, and again only where something was recorded.
    """
    problems = [
        ("INTERRUPTED", f"The run was interrupted by {number.name}.") for number in dict.fromkeys(ended.forwarded)
    ]
    problems += [(LOST, ended.lost)] if ended.lost else []
    derived: Derived | None = None
    try:
        derived = from_journal(folder, declaration.root)
    except (JournalError, InvalidResult, OSError) as error:
        problems.append(("SUPERVISOR", f"The child left no usable evidence: {error}"))
    else:
        problems += [("SUPERVISOR", one) for one in disagreements_of(declaration, folder, ended, derived)]
    if problems or ended.survivors or ended.overdue is not None:
        _overrule(declaration, folder, problems, ended)
        derived = None
    derived = derived or from_journal(folder, declaration.root)
    result = publish(declaration, folder, signer, derived)
    if result["verdict"] != Verdict.PASS.value:
        return result
    refused = faults_of_evidence(folder / RESULT, declaration, derived)
    if not refused:
        return result
    _overrule(declaration, folder, [("SUPERVISOR", one) for one in refused], replace(ended, survivors=()))
    return publish(declaration, folder, signer)


def disagreements_of(declaration: Declaration, folder: Path, ended: ChildEnd, derived: Derived) -> list[str]:
    """Disagreements between journal, files, requirements and exit code of a finished child; empty without one."""
    exit_code, events, run = ended.exit_code, derived.events, derived.run
    kinds = [event["event"] for event in events]
    found = [ended.objection] if ended.objection else []
    if run.sealed is not None:
        recorded = {one["path"]: one for one in run.sealed["artefacts"]}
        found += differences(folder, recorded, LATER, since="after")
        passed = derived.result["verdict"] == Verdict.PASS.value
        found += _other_subject(declaration, run.sealed["subject"], passed=passed)
    if "invoked" not in kinds:
        known = "problem" in kinds or bool(ended.forwarded) or exit_code < 0
        causes = "" if known else f" {CAUSES}"
        found.append(f"No check was judged: pytest ended with exit code {exit_code} and no gate run in it.{causes}")
    elif kinds.count("sealed") != 1 and not ended.lost and all(one.code not in NOT_SEALED for one in run.problems):
        found.append(f"The run was sealed {kinds.count('sealed')} times: the session ended from within or was killed.")
    if run.declaration.raw != json.loads(json.dumps(declaration.raw, default=str)):
        found.append("The run was judged by other requirements than [tool.release_gate] names.")
    collected = {item["nodeid"] for event in events if event["event"] == "collected" for item in event["items"]}
    finished = {event["nodeid"] for event in events if event["event"] in ("finished", "not_run")}
    if collected != finished:
        found.append(f"{len(collected ^ finished)} of {len(collected)} collected checks did not come to an end.")
    if exit_code < 0:
        found.append(f"The child was ended by {signal.Signals(-exit_code).name}.")
    elif exit_code != run.exit_status:
        told = "did not finish its session" if run.exit_status is None else f"finished it with {run.exit_status}"
        found.append(f"The child ended with exit code {exit_code} and {told}.")
    return found


def _other_subject(declaration: Declaration, sealed: Mapping[str, Any], *, passed: bool) -> Iterator[str]:
    """Differences between what the run says of the judged files, and what this process sees, as `verify` will.

    A tree that both found to differ from its commit may change; one that is not clean is looked at for a PASS only.
    """
    if sealed.get("dirty") is not False and not passed:
        return
    tree = tree_of(declaration)
    here = describe(declaration.root, declaration.lock, tree)
    if False in (here["dirty"], sealed.get("dirty")) and here["tree_sha256"] != sealed.get("tree_sha256"):
        reasons = [*tree.reasons, *sealed.get("tree_reasons", ())][:3]
        what = (
            "is the commit's, and the run saw another one"
            if here["dirty"] is False
            else "changed after the run was sealed"
        )
        yield f"The tree {what}: {' '.join(reasons)}"
    for name, what in (("commit", "The checkout's commit"), ("lock_sha256", "The lock file's hash")):
        if here[name] != sealed.get(name):
            yield f"{what} is {here[name]}, and the run says {sealed.get(name)}."


def _overrule(declaration: Declaration, folder: Path, problems: Sequence[tuple[str, str]], ended: ChildEnd) -> None:
    """Journal the problems; seal a run that was never sealed."""
    path = folder / JOURNAL
    try:
        journal = Journal(folder)
    except JournalError:
        # Keep it, and go on with what the run has told meanwhile.
        path.rename(folder / "journal.damaged.jsonl")
        write_whole(path, ended.told, durable=True)
        journal = Journal(folder)
    if ended.overdue is not None:
        ended.overdue.record(journal, folder, declaration.root)
    for code, message in problems:
        journal.append("problem", verdict=Verdict.INCOMPLETE.value, code=code, message=message)
    if ended.survivors:
        message = f"The run left processes behind, which were ended: {', '.join(ended.survivors)}."
        journal.append("warning", message=message)
    journal.close()
    if not any(event["event"] == "sealed" for event in read(path)):
        seal(declaration, folder, judged(declaration, folder))
