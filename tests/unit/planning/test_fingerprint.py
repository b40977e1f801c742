"""The fingerprint of a scenario, as docs/kpis.md, "What if", defines it."""

from __future__ import annotations

import datetime as dt
import hashlib

from app.planning.simulation.scenario import Scenario, fingerprint
from app.planning.simulation.scenario_parts import CapacityOverride
from app.planning.snapshot.live_run import Run

PUBLISHED = ("export.xlsx", dt.datetime(2025, 3, 1, tzinfo=dt.UTC))
RUN = Run(7, "main", "ab" * 32, *PUBLISHED, None)
OVERRIDES = [CapacityOverride(phase_id=11, capacity=2), CapacityOverride(phase_id=9, capacity=3)]


def test_fingerprint_is_of_the_canonical_scenario_and_the_run() -> None:
    text = (
        '{"capacity_overrides":[{"capacity":3,"phase_id":9},{"capacity":2,"phase_id":11}],'
        f'"excel_sha256":"{RUN.excel_sha256}","include":"terminal,stale","rule":"EDD","run_id":7}}'
    )
    scenario = Scenario(rule="EDD", include="stale,terminal", capacity_overrides=OVERRIDES)
    assert fingerprint(RUN, scenario) == hashlib.sha256(text.encode()).hexdigest()
    turned = Scenario(rule="EDD", include="terminal,stale", capacity_overrides=OVERRIDES[::-1])
    assert fingerprint(RUN, turned) == fingerprint(RUN, scenario)


def test_fingerprints_of_other_scenarios_runs_and_workbooks_differ() -> None:
    usual = Scenario()
    found = {
        fingerprint(RUN, usual),
        fingerprint(RUN, Scenario(rule="SPT")),
        fingerprint(RUN, Scenario(include="stale")),
        fingerprint(RUN, Scenario(capacity_overrides=OVERRIDES)),
        fingerprint(RUN, Scenario(capacity_overrides=OVERRIDES[:1])),
        fingerprint(Run(8, "main", RUN.excel_sha256, *PUBLISHED, None), usual),
        fingerprint(Run(7, "main", "cd" * 32, *PUBLISHED, None), usual),
    }
    assert len(found) == 7
