"""The judgement of match rates: exact at every threshold, monotone, and closed on nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.features.errors import UnmeasuredError
from app.features.gate_declaration import Denominator, Gate, gate_named, load_gates
from app.features.gate_judgement import GateStatus, MatchRate, facts_of, judge, judge_all

RANK = {GateStatus.DISABLED: 0, GateStatus.DEGRADED: 1, GateStatus.ENABLED: 2}
gates = st.sampled_from(load_gates())


def rate_of(gate: Gate, matched: int, referencing: int) -> MatchRate:
    """A rate with these integers over the gate's denominator, and the opposite extreme over the other one."""
    other = 0 if matched else referencing
    if gate.denominator is Denominator.ROWS:
        return MatchRate(referencing, matched, referencing, other)
    return MatchRate(referencing, other, referencing, matched)


@pytest.mark.parametrize(
    ("name", "matched", "expected"),
    [
        ("employee_productivity", 899_999, GateStatus.DISABLED),
        ("employee_productivity", 900_000, GateStatus.ENABLED),
        ("employee_productivity", 900_001, GateStatus.ENABLED),
        ("produto_join", 0, GateStatus.DEGRADED),
        ("produto_join", 949_999, GateStatus.DEGRADED),
        ("produto_join", 950_000, GateStatus.ENABLED),
        ("error_attribution", 499_999, GateStatus.DISABLED),
        ("error_attribution", 500_000, GateStatus.DEGRADED),
        ("error_attribution", 899_999, GateStatus.DEGRADED),
        ("error_attribution", 900_000, GateStatus.ENABLED),
        ("standard_route", 799_999, GateStatus.DISABLED),
        ("standard_route", 800_000, GateStatus.DEGRADED),
        ("standard_route", 949_999, GateStatus.DEGRADED),
        ("standard_route", 950_000, GateStatus.ENABLED),
    ],
)
def test_status_of_a_million_values_follows_the_design(name: str, matched: int, expected: GateStatus) -> None:
    gate = gate_named(name)
    assert judge(gate, rate_of(gate, matched, 1_000_000)).status is expected


@given(gates, st.integers(1, 10**12))
def test_status_changes_by_one_row_at_the_threshold(gate: Gate, referencing: int) -> None:
    for threshold, above in ((gate.enabled_at, GateStatus.ENABLED), (gate.degraded_at, GateStatus.DEGRADED)):
        if threshold is None:
            continue
        needed = -(-threshold.numerator * referencing // threshold.denominator)
        assert RANK[judge(gate, rate_of(gate, needed, referencing)).status] >= RANK[above]
        if needed:
            assert RANK[judge(gate, rate_of(gate, needed - 1, referencing)).status] < RANK[above]


@given(gates, st.integers(1, 10**9), st.data())
def test_status_never_falls_when_more_rows_match(gate: Gate, referencing: int, data: st.DataObject) -> None:
    fewer, more = sorted(data.draw(st.tuples(*[st.integers(0, referencing)] * 2)))
    statuses = [judge(gate, rate_of(gate, matched, referencing)).status for matched in (fewer, more)]
    assert RANK[statuses[0]] <= RANK[statuses[1]]


@pytest.mark.parametrize("gate", load_gates(), ids=lambda gate: gate.name)
def test_gate_is_disabled_with_a_null_rate_when_nothing_refers(gate: Gate) -> None:
    judgement = judge(gate, MatchRate(0, 0, 0, 0))
    assert (judgement.status, judgement.match_rate) == (GateStatus.DISABLED, None)


def test_gate_judges_its_own_denominator() -> None:
    real = MatchRate(rows_referencing=27_380, rows_matched=26_993, distinct_referencing=1_233, distinct_matched=894)
    judgement = judge(gate_named("produto_join"), real)
    assert (judgement.status, judgement.matched, judgement.referencing) == (GateStatus.DEGRADED, 894, 1_233)


def test_rate_refuses_more_matches_than_references() -> None:
    for counts, told in (
        ((1, 2, 1, 1), "2 of 1 rows cannot match"),
        ((1, 1, 1, 2), "2 of 1 distinct values cannot match"),
        ((1, -1, 1, 1), "-1 of 1 rows cannot match"),
        ((1, 1, 1, -1), "-1 of 1 distinct values cannot match"),
    ):
        with pytest.raises(ValueError, match=f"^{told}$"):
            MatchRate(*counts)


def test_gate_without_a_measured_relationship_is_an_error() -> None:
    with pytest.raises(UnmeasuredError) as missing:
        judge_all(load_gates(), {})
    first = load_gates()[0]
    assert str(missing.value) == f"{first.name} judges {first.relationship}, which was not measured"


def test_every_gate_is_judged_by_the_rate_of_its_relationship() -> None:
    declared = load_gates()
    rates = {gate.relationship: MatchRate(100 + place, 90, 10, 9) for place, gate in enumerate(declared)}
    judged = judge_all(declared, rates)
    assert judged == tuple(judge(gate, rates[gate.relationship]) for gate in declared)
    assert [(one.gate, one.rate) for one in judged] == [(gate, rates[gate.relationship]) for gate in declared]


def test_facts_of_a_gate_are_null_while_its_rate_is_unknown() -> None:
    gate = gate_named("produto_join")
    named = {"gate": "produto_join", "relationship": gate.relationship, "over": "distinct"}
    none = {"match_rate": None, "matched": None, "referencing": None}
    assert facts_of(gate, None) == named | none
    assert facts_of(gate, judge(gate, MatchRate(8, 6, 4, 1))) == named | {
        "match_rate": 0.25,
        "matched": 1,
        "referencing": 4,
    }
    assert facts_of(gate, judge(gate, MatchRate(0, 0, 0, 0))) == named | none | {"matched": 0, "referencing": 0}
