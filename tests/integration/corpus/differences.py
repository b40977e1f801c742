"""Compares the ends of a case's ways with each other, with the corpus, with an independent reader and with `inspect`.

The answer is a list of differences in words, empty if there is none.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from app.contract import SHEET_BY_NAME
from tests.corpus.case import REFUSED, Case
from tests.corpus.cases import runs
from tests.corpus.independent import values_of
from tests.integration.corpus.desk import Desk, Ending, Way

RUN_ONLY = ("SHRINK_REFUSED", "OLDER_REFUSED", "IMPLAUSIBLE_REFUSED")
"""Refusals that no profile can know: they compare with the live run."""

REFUSED_ROWS = "ROWS_REFUSED"
WITHOUT_A_LIVE_RUN = (REFUSED_ROWS, "STAMPS_IN_FUTURE", "ROWS_CONTRADICT")
"""Warnings that need no live run, so that a profile has them."""

Ends = Mapping[Way, Ending]


def differences(desk: Desk, case: Case, path: Path, ways: Sequence[Way], inspections: Sequence[Way]) -> list[str]:
    """Take each way and compare. inspections: `inspect` reads like these ways."""
    ends = {way: desk.ended(case, path, way) for way in ways}
    inspected = {way: desk.inspected(path, way) for way in inspections}
    expected = "REFUSED" if case.ends == REFUSED or case.run else "PUBLISHED"
    other = [f"{way}: {end.status} instead of {expected}: {end.says}" for way, end in ends.items()]
    found = [line for line, end in zip(other, ends.values(), strict=True) if end.status != expected]
    if found:
        return found
    if expected == "REFUSED":
        return [*_refused(case, ends), *_not_inspected(case, inspected)]
    found += _content(desk, path, case, ends)
    for way, (code, profile) in inspected.items():
        if code not in (0, 3) or not profile.startswith("{"):
            found.append(f"inspect, {way}: exit code {code}: {profile}")
        else:
            found += (f"inspect like {way}: {fault}" for fault in _foretold(desk, profile, case, ends))
    return found


def _refused(case: Case, ends: Ends) -> Iterator[str]:
    sentences = {end.says for end in ends.values()}
    if len(sentences) > 1:
        yield f"several sentences: {' / '.join(sorted(sentences))}"
    for way, end in ends.items():
        if way.is_upload and end.code != (case.code or case.run):
            yield f"{way}: {end.code} instead of {case.code or case.run}"
        missing = [part for part in (*case.says, *case.run_says) if part not in end.says]
        if missing:
            yield f"{way}: {missing} not in: {end.says}"


def _not_inspected(case: Case, inspected: Mapping[Way, tuple[int, str]]) -> Iterator[str]:
    for way, (code, said) in inspected.items():
        if code != 3 and case.run not in RUN_ONLY:
            yield f"inspect like {way}: exit code {code} for a file that is refused: {said[:300]}"


def _content(desk: Desk, path: Path, case: Case, ends: Ends) -> Iterator[str]:
    expected = values_of(path)
    first, *others = [desk.rejected(end.run_id) for end in ends.values()]
    if any(one != first for one in others):
        yield f"several lists of refused rows: {[first, *others]}"
    if not first.items() >= case.rows.items():
        yield f"refused are {first}, not {dict(case.rows)}"
    for way, end in ends.items():
        expected_warnings = sorted([*((REFUSED_ROWS, sheet) for sheet in case.warned), *case.warnings])
        if case.group == runs.GROUP and desk.warned(end.run_id) != expected_warnings:
            yield f"{way}: warned of {desk.warned(end.run_id)}, not of {expected_warnings}"
        for sheet, rows in expected.items():
            contract = SHEET_BY_NAME[sheet]
            held = desk.held(end.run_id, contract.table, [column.name for column in contract.columns])
            kept = Counter(
                repr([int(value) if isinstance(value, bool) else value for value in values])
                for number, (_, values) in rows.items()
                if (sheet, number) not in first
            )
            if held != kept:
                yield f"{way}: {sheet} holds {held - kept} instead of {kept - held}"


def _foretold(desk: Desk, document: str, case: Case, ends: Ends) -> Iterator[str]:
    """The profile has the run's rejects by code, and the warnings that need no live run."""
    profile = json.loads(document)
    told = {
        (sheet["sheet"], code): count
        for sheet in profile["sheets"]
        for code, count in sheet["rows_refused"].items()
        if count
    }
    limits = [*profile["limits"]["refused"], *profile["limits"]["warned"]]
    warned = sorted({sentence.split(":")[0] for sentence in limits})
    run_id = next(iter(ends.values())).run_id
    refused = dict(Counter((sheet, code) for (sheet, _), code in desk.rejected(run_id).items()))
    if told != refused:
        yield f"{told} refused, by the ingestion {refused}"
    by_ingestion = {sheet for code, sheet in desk.warned(run_id) if code in WITHOUT_A_LIVE_RUN}
    if case.live is None and warned != sorted(by_ingestion):
        yield f"warns of {warned}, the ingestion of {by_ingestion}"
