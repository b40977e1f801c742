"""What the gate reads off pytest's own objects: the check that a test is, its name, its explanation of a failure."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest


def distinct_names(nodeids: Iterable[str], redact: Callable[[str], str]) -> dict[str, str]:
    """Node ids without secrets, still one for each: two cases may differ in nothing but their password."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    for nodeid in nodeids:
        name = redact(nodeid)
        number = 2
        while name in taken:
            name, number = f"{redact(nodeid)}#{number}", number + 1
        taken.add(name)
        names[nodeid] = name
    return names


def check_of(item: pytest.Item) -> str:
    """The id of the check that a test is; empty when its marker has none."""
    marker = next(item.iter_markers("check"), None)
    return str(marker.args[0]) if marker is not None and marker.args else ""


def crash_message(report: pytest.TestReport) -> str:
    """pytest's short explanation of a failure."""
    crash = getattr(report.longrepr, "reprcrash", None)
    return str(crash.message) if crash is not None else str(report.longrepr or "")
