"""The verdict as a pure function: what may never happen, whatever was reported."""

from __future__ import annotations

import datetime as dt
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from release_gate.rules.model import (
    BROKEN,
    PRECEDENCE,
    Check,
    CheckResult,
    Criterion,
    Outcome,
    Problem,
    Verdict,
    Waiver,
)
from release_gate.rules.verdict import judge

CRITERIA = (Criterion("A", "Water", waivable=False), Criterion("B", "Heating"), Criterion("C", "Noise"))
CHECKS = tuple(
    Check(name, name[0], f"title of {name}", "HEATING", ("mend it",), "it works")
    for name in ("A1", "A2", "B1", "B2", "C1")
)
IDS = [check.id for check in CHECKS]
outcomes = st.fixed_dictionaries({name: st.sampled_from(list(Outcome)) for name in IDS})
waivers = st.lists(st.sampled_from(IDS), unique=True).map(
    lambda names: [Waiver(name, "known", "A. Kettle", dt.date(2999, 1, 1)) for name in names]
)
problems = st.lists(
    st.sampled_from([verdict for verdict in Verdict if verdict is not Verdict.PASS]).map(
        lambda verdict: Problem(verdict, "ANY", "something is wrong")
    ),
    max_size=2,
)


def results(given: dict[str, Outcome]) -> list[CheckResult]:
    return [CheckResult(name, outcome) for name, outcome in given.items()]


def rank(verdict: Verdict) -> int:
    """0 is the gravest."""
    return PRECEDENCE.index(verdict)


@given(outcomes, waivers, problems)
def test_verdict_is_pass_only_when_every_check_passed_or_is_rightly_waived(
    given: dict[str, Outcome], granted: list[Waiver], wrong: list[Problem]
) -> None:
    excused = {waiver.check for waiver in granted if waiver.check[0] != "A"}
    proven = all(
        outcome is Outcome.PASSED or (outcome in BROKEN and name in excused) for name, outcome in given.items()
    )
    verdict = judge(CRITERIA, CHECKS, results(given), granted, wrong).verdict
    assert (verdict is Verdict.PASS) == (proven and not wrong)


@given(outcomes, waivers, problems, st.sampled_from(IDS), st.sampled_from(sorted(BROKEN)))
def test_adding_a_failure_never_improves_the_verdict(
    given: dict[str, Outcome], granted: list[Waiver], wrong: list[Problem], name: str, failure: Outcome
) -> None:
    before = judge(CRITERIA, CHECKS, results(given), granted, wrong).verdict
    granted = [waiver for waiver in granted if waiver.check != name]
    before_unwaived = judge(CRITERIA, CHECKS, results(given), granted, wrong).verdict
    after = judge(CRITERIA, CHECKS, results(given | {name: failure}), granted, wrong).verdict
    assert rank(after) <= rank(before_unwaived) <= rank(before)
    assert rank(after) <= rank(Verdict.FAIL)


@given(outcomes, waivers, st.sampled_from(IDS))
def test_removing_a_record_never_yields_pass(given: dict[str, Outcome], granted: list[Waiver], name: str) -> None:
    rest = [result for result in results(given) if result.check != name]
    assert judge(CRITERIA, CHECKS, rest, granted).verdict is not Verdict.PASS


@given(outcomes, waivers, st.sampled_from(IDS))
def test_a_second_record_never_yields_pass(given: dict[str, Outcome], granted: list[Waiver], name: str) -> None:
    twice = [*results(given), CheckResult(name, Outcome.PASSED)]
    assert judge(CRITERIA, CHECKS, twice, granted).verdict is not Verdict.PASS


@given(outcomes, waivers, problems, st.randoms(use_true_random=False))
def test_order_of_records_is_irrelevant(
    given: dict[str, Outcome], granted: list[Waiver], wrong: list[Problem], random: Random
) -> None:
    shuffled = results(given)
    random.shuffle(shuffled)
    first = judge(CRITERIA, CHECKS, results(given), granted, wrong)
    second = judge(CRITERIA, CHECKS, shuffled, granted, wrong)
    assert (first.verdict, first.reasons, first.criteria) == (second.verdict, second.reasons, second.criteria)


@given(outcomes, st.sampled_from(IDS))
def test_a_waiver_changes_exactly_one_check(given: dict[str, Outcome], name: str) -> None:
    waiver = Waiver(name, "known", "A. Kettle", dt.date(2999, 1, 1))
    without = set(judge(CRITERIA, CHECKS, results(given)).reasons)
    granted = judge(CRITERIA, CHECKS, results(given), [waiver])
    excused = without - set(granted.reasons)
    assert set(granted.reasons) <= without
    assert len(excused) == int(given[name] in BROKEN and name[0] != "A") == len(granted.waived)
    assert all(reason.startswith(f"{name} ") for reason in excused)


@given(outcomes, st.text(min_size=1).filter(lambda name: name not in IDS))
def test_a_record_of_an_unknown_check_is_a_misconfiguration(given: dict[str, Outcome], name: str) -> None:
    reported = [*results(given), CheckResult(name, Outcome.PASSED)]
    assert judge(CRITERIA, CHECKS, reported).verdict is Verdict.MISCONFIGURED


def test_nothing_required_proves_nothing() -> None:
    assert judge(CRITERIA, (), ()).verdict is Verdict.MISCONFIGURED


@given(problems)
def test_problems_alone_decide_a_run_in_which_all_passed(wrong: list[Problem]) -> None:
    passed = results(dict.fromkeys(IDS, Outcome.PASSED))
    expected = min([problem.verdict for problem in wrong] or [Verdict.PASS], key=rank)
    assert judge(CRITERIA, CHECKS, passed, (), wrong).verdict is expected
