"""The table of `make corpus`: cases, ways and differences of each group."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

PROPERTY = "corpus"

Taken = Callable[[str, int], None]
"""The group of a case, and the number of ways by which it is taken."""


@pytest.fixture
def taken(record_property: Callable[[str, object], None]) -> Taken:
    def tell(group: str, ways: int) -> None:
        record_property(PROPERTY, [group, ways])

    return tell


def table_of(taken: list[tuple[str, int, bool]]) -> list[str]:
    """The table's lines. taken: group, number of ways, and True if they differ, for each case."""
    cases, ways, four, different = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    for group, number, differs in taken:
        for name in (group, "all"):
            cases[name] += 1
            ways[name] += number
            four[name] += number == 4
            different[name] += differs
    head = f"{'group':<24}{'cases':>8}{'four ways':>12}{'ways':>8}{'different':>12}"
    return [
        head,
        *(f"{name:<24}{cases[name]:>8}{four[name]:>12}{ways[name]:>8}{different[name]:>12}" for name in sorted(cases)),
    ]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if not config.getoption("--every-case"):
        return
    taken = [
        (*dict(report.user_properties)[PROPERTY], outcome == "failed")
        for outcome in ("passed", "failed")
        for report in terminalreporter.stats.get(outcome, [])
        if report.when == "call" and PROPERTY in dict(report.user_properties)
    ]
    terminalreporter.section("the corpus in a database")
    for line in table_of(taken):
        terminalreporter.write_line(line)
