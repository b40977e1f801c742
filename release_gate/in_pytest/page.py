"""Data of the run's page beyond the result: collected from the project's hooks and saved before the run is sealed."""

from __future__ import annotations

from release_gate.in_pytest.open_run import OpenRun
from release_gate.record.expect import shown
from release_gate.record.plain import plain
from release_gate.rules.model import Verdict
from release_gate.sealing.past_runs.earlier import earlier_runs
from release_gate.telling.page import kept
from release_gate.telling.page.blocks import ProjectPart, part_of


def keep_page_data(gate: OpenRun) -> None:
    """Write release_report.json; a hook that raised or returned another format is a problem."""
    told = gate.asked("pytest_release_gate_page", [], config=gate.config, folder=gate.folder)
    parts = [_part(gate, one) for one in told]
    try:
        kept.keep(gate.folder, parts, earlier_runs(gate.declaration, gate.folder.name))
    except OSError as error:
        why = f"{kept.NAME} cannot be written: {error.strerror or error}."
        gate.problem(Verdict.INCOMPLETE, "PAGE_NOT_KEPT", why)


def _part(gate: OpenRun, told: object) -> ProjectPart:
    try:
        return part_of(plain(told))
    except ValueError as error:
        message = f"The hook pytest_release_gate_page told {shown(told)[:80]}: {error}"
        gate.problem(Verdict.INCOMPLETE, "HOOK_FAILED", message)
        return ProjectPart()
