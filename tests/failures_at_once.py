"""A plugin for `make test`: a failure is named at once, so that a run that is cut off has said what failed.

Not a conftest.py, because pytest-alembic collects tests of its own from tests/conftest.py.
"""

from __future__ import annotations

import os

import pytest


class FailuresAtOnce:
    """Writes the name of each failed test when it fails, and not only in the summary at the end."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        terminal = self._config.pluginmanager.get_plugin("terminalreporter")
        if report.failed and terminal is not None:
            terminal.write_line("")
            terminal.write_line(f"FAILED {report.nodeid} ({report.when})")


def pytest_configure(config: pytest.Config) -> None:
    # Only the process that spreads tests over workers needs it: a run in one process can be watched.
    if config.getoption("numprocesses", None) and "PYTEST_XDIST_WORKER" not in os.environ:
        config.pluginmanager.register(FailuresAtOnce(config))
