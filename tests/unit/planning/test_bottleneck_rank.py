"""The order of the bottlenecks, as docs/kpis.md defines it."""

from __future__ import annotations

from app.planning.bottlenecks import Bottleneck, rank


def phase(phase_id: int, *, work: int, score: float | None) -> Bottleneck:
    return Bottleneck(
        phase_id=phase_id,
        phase_name=None,
        is_production=None,
        in_process=work - 1,
        queued=1,
        waiting=0,
        throughput_phases=0 if score is None else 1,
        throughput_phases_per_day=0 if score is None else work / score,
        days_of_work_ahead=score,
    )


def test_standstills_come_first_by_work_and_the_others_follow_by_score_then_number() -> None:
    phases = [
        phase(1, work=9, score=2.0),
        phase(2, work=1, score=7.5),
        phase(3, work=2, score=None),
        phase(4, work=5, score=None),
        phase(6, work=3, score=7.5),
        phase(5, work=5, score=None),
    ]
    assert [one.phase_id for one in sorted(phases, key=rank)] == [4, 5, 3, 2, 6, 1]
