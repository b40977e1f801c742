"""The verdict as a pure function: what may never happen, whatever was reported."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from random import Random

import pytest
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
    Seal,
    Verdict,
    Waiver,
)
from release_gate.rules.verdict import Judgement, decides, judge

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


ALL_PASSED = dict.fromkeys(IDS, Outcome.PASSED)
PASSED = {"A": Verdict.PASS, "B": Verdict.PASS, "C": Verdict.PASS}
WAIVER = Waiver("B1", "known", "A. Kettle", dt.date(2999, 1, 1))


def judged(
    *instead: CheckResult, waivers: tuple[Waiver, ...] = (), on_trial: frozenset[str] = frozenset()
) -> Judgement:
    """The judgement of a run in which all passed, but for these results."""
    others = [result for result in results(ALL_PASSED) if result.check not in {one.check for one in instead}]
    return judge(CRITERIA, CHECKS, [*others, *instead], waivers, (), on_trial)


@pytest.mark.parametrize(
    ("result", "verdict", "reason"),
    [
        (CheckResult("B1", Outcome.FAILED), Verdict.FAIL, "B1 title of B1 FAILED"),
        (CheckResult("B1", Outcome.ERROR, "dry"), Verdict.FAIL, "B1 title of B1 ERROR: dry"),
        (CheckResult("B1", Outcome.SKIPPED, "no cup"), Verdict.INCOMPLETE, "B1 title of B1 SKIPPED: no cup"),
        (CheckResult("B1", Outcome.NOT_RUN), Verdict.INCOMPLETE, "B1 title of B1 NOT_RUN"),
        (
            CheckResult("B1", Outcome.NOT_RUN, "stopped", blocked_by="A1"),
            Verdict.INCOMPLETE,
            "B1 title of B1 NOT_RUN (blocked by A1): stopped",
        ),
    ],
)
def test_a_result_that_did_not_pass_is_one_sentence_and_counts_for_its_criterion_alone(
    result: CheckResult, verdict: Verdict, reason: str
) -> None:
    found = judged(result)
    assert (found.verdict, found.reasons, found.criteria) == (verdict, (reason,), PASSED | {"B": verdict})


def test_number_of_results_is_told() -> None:
    twice = judged(CheckResult("B1", Outcome.PASSED), CheckResult("B1", Outcome.PASSED))
    none = judge(CRITERIA, CHECKS, results({name: Outcome.PASSED for name in IDS if name != "B1"}))
    assert twice.reasons == ("B1 title of B1: has 2 results.",)
    assert none.reasons == ("B1 title of B1: has no result.",)
    assert twice.criteria == none.criteria == PASSED | {"B": Verdict.INCOMPLETE}


def test_reasons_stand_from_the_gravest_in_the_order_in_which_they_were_found() -> None:
    problems = [Problem(Verdict.INCOMPLETE, "ANY", "zz first"), Problem(Verdict.INCOMPLETE, "ANY", "aa second")]
    reported = results(ALL_PASSED | {"A1": Outcome.NOT_RUN, "B2": Outcome.FAILED, "B1": Outcome.ERROR})
    reported += [CheckResult("Z9", Outcome.PASSED), CheckResult("Y9", Outcome.PASSED)]
    found = judge(CRITERIA, CHECKS, reported, (), problems)
    assert found.reasons == (
        "Y9 was reported and is not a required check.",
        "Z9 was reported and is not a required check.",
        "B1 title of B1 ERROR",
        "B2 title of B2 FAILED",
        "zz first",
        "aa second",
        "A1 title of A1 NOT_RUN",
    )
    assert found.criteria == {"A": Verdict.INCOMPLETE, "B": Verdict.FAIL, "C": Verdict.PASS}


def test_no_criterion_takes_the_faults_of_the_run() -> None:
    """A reason that belongs to no criterion, such as an unknown check, leaves each criterion as it is."""
    odd = replace(CHECKS[0], id="X1", criterion="XXXX")
    reported = [CheckResult("X1", Outcome.PASSED), CheckResult("Z9", Outcome.PASSED)]
    found = judge(CRITERIA, [odd], reported, (), [Problem(Verdict.FAIL, "ANY", "something is wrong")], {"X1"})
    assert len(found.reasons) == 3
    assert (found.verdict, found.criteria) == (Verdict.MISCONFIGURED, {"XXXX": Verdict.PASS})


@pytest.mark.parametrize(
    ("checks", "on_trial", "why"),
    [
        ((), frozenset(), "No check that runs is required, so nothing can be proven."),
        (CHECKS[:1], frozenset({"A1"}), "Every check that runs is on trial, so nothing can be proven."),
        (
            (replace(CHECKS[0], seals=Seal.COMPLETE),),
            frozenset(),
            "No check that runs is required, so nothing can be proven.",
        ),
    ],
)
def test_a_run_without_a_check_that_decides_proves_nothing(
    checks: tuple[Check, ...], on_trial: frozenset[str], why: str
) -> None:
    found = judge(CRITERIA, checks, [CheckResult(check.id, Outcome.PASSED) for check in checks], (), (), on_trial)
    assert (found.verdict, found.reasons) == (Verdict.MISCONFIGURED, (why,))
    assert found.criteria == {check.criterion: Verdict.PASS for check in checks}


def test_a_check_on_trial_decides_nothing_and_those_after_it_do() -> None:
    broken = judged(CheckResult("A1", Outcome.FAILED), CheckResult("B2", Outcome.FAILED), on_trial=frozenset({"A1"}))
    assert broken.reasons == ("B2 title of B2 FAILED",)
    assert broken.criteria == PASSED | {"B": Verdict.FAIL}
    assert judged(CheckResult("A1", Outcome.FAILED), on_trial=frozenset({"A1"})).verdict is Verdict.PASS


def test_a_waiver_covers_the_failure_and_no_other_case_beside_it() -> None:
    failed = CheckResult("B1", Outcome.FAILED, "cold")
    excused = judged(failed, waivers=(WAIVER,))
    assert (excused.verdict, excused.reasons, excused.waived) == (Verdict.PASS, (), (WAIVER,))
    found = judged(replace(failed, beside="case 2 SKIPPED"), waivers=(WAIVER,))
    assert found.waived == (WAIVER,)
    assert found.reasons == ("B1 title of B1: its failure is waived; another case of it is not proven: case 2 SKIPPED",)
    assert (found.verdict, found.criteria) == (Verdict.INCOMPLETE, PASSED | {"B": Verdict.INCOMPLETE})


@pytest.mark.parametrize(
    ("check", "expected"),
    [
        ({"waived": False}, True),
        ({"waived": True}, False),
        ({"waived": False, "trial_until": "2999-01-01"}, False),
        ({"waived": True, "trial_until": "2999-01-01"}, False),
    ],
)
def test_only_a_check_neither_waived_nor_on_trial_decides(check: dict[str, object], expected: bool) -> None:
    assert decides(check) is expected
