"""Reasons why a session proves nothing, from its options and its collected tests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from typing import Any, TypeAlias

import pytest

from release_gate.in_pytest.items import check_named_by, check_of, function_id, has_no_case
from release_gate.in_pytest.options.invocation import paths_given
from release_gate.record.inputs import samples_in
from release_gate.rules.declaration import Declaration
from release_gate.rules.model import Verdict

Refusal: TypeAlias = tuple[Verdict, str, str]


def collection_problems(
    config: pytest.Config,
    declaration: Declaration,
    items: Sequence[pytest.Item],
    marks: Sequence[Sequence[pytest.Mark]],
    deselected: Sequence[pytest.Item],
    skipped: Mapping[str, frozenset[str]],
    *,
    broken: bool,
) -> list[Refusal]:
    """Differences between the collected and the required tests, in both directions.

    marks: those of each item that name a check. skipped: the checks of each module that skipped itself, by a sentence
    on it. broken: something could not be collected, which explains what is missing.
    """
    ids = {
        item.nodeid: [check_named_by(one) for one in own if one.args] for item, own in zip(items, marks, strict=True)
    }
    required = {check.id for check in declaration.checks}
    found = [*_wrong_ids(ids, required)]
    collected = {check for checks in ids.values() for check in checks}
    unmarked = [item for item in deselected if _lacks_marker(item, declaration.marker)]
    found += _without_marker(unmarked, declaration.marker)
    left_out = sorted({item.nodeid for item in deselected if item not in unmarked})
    if left_out:
        found.append((Verdict.INCOMPLETE, "DESELECTED", f"Deselected: {', '.join(left_out[:10])}."))
    named_by = {
        (check_named_by(next(iter(own), None)), function_id(item)) for item, own in zip(items, marks, strict=True)
    }
    found += _repeated(check for check, _ in named_by if check)
    explained = {check_of(item) for item in unmarked} | {check.id for check in declaration.checks if check.sealed}
    missing = sorted(required - collected - explained)
    found += _missing(missing, skipped, narrowed=bool(left_out or broken or paths_given(config)))
    empty = [item.nodeid for item in items if has_no_case(item)]
    if empty:
        found.append((Verdict.INCOMPLETE, "EMPTY_PARAMETERS", f"{', '.join(empty)}: parametrised with no case at all."))
    return found


def _wrong_ids(ids: Mapping[str, Sequence[str]], required: Set[str]) -> Iterator[Refusal]:
    """Tests (node id → the ids of its markers) without exactly one id, and ids that are not declared."""
    nameless = sorted(nodeid for nodeid, checks in ids.items() if len(checks) != 1)
    if nameless:
        message = f"{', '.join(nameless[:5])}: an acceptance test needs exactly one @pytest.mark.check(id)."
        yield Verdict.MISCONFIGURED, "NO_CHECK_ID", message
    unknown = sorted({check for checks in ids.values() for check in checks} - required)
    if unknown:
        message = f"{', '.join(unknown)}: marked on a test and not declared in [tool.release_gate]."
        yield Verdict.MISCONFIGURED, "UNKNOWN_CHECK", message


def _without_marker(unmarked: Sequence[pytest.Item], marker: str) -> Iterator[Refusal]:
    if unmarked:
        named = ", ".join(sorted({f"{check_of(item)}'s test {function_id(item)}" for item in unmarked})[:5])
        message = f"{named} has no marker {marker}, so that it would never run with the gate."
        yield Verdict.MISCONFIGURED, "NO_MARKER", message


def _repeated(checks: Iterable[str]) -> Iterator[Refusal]:
    """Checks that more than one test function has."""
    twice = sorted(check for check, count in Counter(checks).items() if count > 1)
    if twice:
        message = f"{', '.join(twice)}: marked on more than one test; a check is one test function."
        yield Verdict.MISCONFIGURED, "DUPLICATE_CHECK", message


def _missing(missing: Sequence[str], skipped: Mapping[str, frozenset[str]], *, narrowed: bool) -> Iterator[Refusal]:
    """Required checks without a test; those of a module that skipped itself with its reason."""
    for why, checks in skipped.items():
        left = [check for check in missing if check in checks]
        if left:
            yield Verdict.INCOMPLETE, "MODULE_SKIPPED", f"{', '.join(left)}: {why}."
            missing = [check for check in missing if check not in checks]
    if missing:
        beside = f" ({'; '.join(skipped)})" if skipped else ""  # what is missing may be in one of them
        why = f"required in [tool.release_gate] and no test of it was collected{beside}"
        verdict = Verdict.INCOMPLETE if narrowed else Verdict.MISCONFIGURED
        yield verdict, "MISSING_CHECK", f"{', '.join(missing)}: {why}."


def _lacks_marker(item: pytest.Item, marker: str) -> bool:
    """True if a test was left out because it has no marker; False where the gate's marker is an expression."""
    return marker.isidentifier() and item.get_closest_marker(marker) is None


def subject_problems(subject: Mapping[str, Any], *, release: bool) -> list[Refusal]:
    """Reasons why the judged subject cannot be released."""
    found = []
    before, after = subject.get("commit_at_start"), subject.get("commit")
    if before != after:
        message = f"The checkout moved from {before} to {after} meanwhile."
        if None in (before, after):
            moment, why = "end" if after is None else "start", " ".join(subject.get("tree_reasons", [])[:1])
            message = f"At the {moment} of the run the commit could not be found out: {why}"
        found.append((Verdict.INCOMPLETE, "SUBJECT_CHANGED", message))
    if release and subject.get("dirty") is not False:
        why = " ".join(subject.get("tree_reasons", [])[:3])
        message = f"--release needs a clean checkout, and this one is not: {why}"
        found.append((Verdict.INCOMPLETE, "DIRTY_TREE", message))
    samples = samples_in(subject)
    if release and samples:
        message = f"--release needs real data, and {', '.join(samples)} is a sample."
        found.append((Verdict.INCOMPLETE, "SAMPLE_DATA", message))
    return found
