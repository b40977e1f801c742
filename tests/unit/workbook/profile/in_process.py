"""The profile made in this process, for tests that make many; the command's own test goes through the bounded one."""

from __future__ import annotations

from pathlib import Path

from app.workbook.profile.profiling import WorkbookProfile, profile_here


def profile_workbook(path: Path) -> WorkbookProfile:
    """Profile a workbook as `profiling.profile_workbook` does, without bounds."""
    *_, profile = profile_here(path, 4096)
    assert isinstance(profile, WorkbookProfile)
    return profile
