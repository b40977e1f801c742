"""pytest's way in: options, fixtures, and the choice between a gate run, debugging one check, and staying out of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from release_gate.in_pytest.evidence import Evidence
from release_gate.in_pytest.invocation import narrow_collection, only_tells, redirect_reports
from release_gate.in_pytest.session import GATE, GateSession
from release_gate.rules.declaration import DeclarationError, load
from release_gate.sealing.folders import RUN_VARIABLE, RunFolderError, begin, block, create, is_begun_only
from release_gate.telling.github import Job

SUPERVISED = "python3 -m release_gate run"
SESSION = "release_gate_session"
"""The name under which pytest knows the running gate."""


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("release_gate", "release gate")
    group.addoption(
        "--release",
        action="store_true",
        help="judge for a real release: a dirty tree or sample data is refused",
    )
    group.addoption(
        "--keep-going", action="store_true", help="run every criterion although a critical check failed before it"
    )


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    from release_gate.in_pytest import hookspecs

    pluginmanager.add_hookspecs(hookspecs)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "check(id): this test is the required check of that id of the release gate")
    if hasattr(config, "workerinput"):
        return
    expression = config.getoption("markexpr", "")
    if not expression or only_tells(config):
        return
    # Taken out, so that a pytest which a check starts does not write into this run.
    supervised = os.environ.pop(RUN_VARIABLE, None)
    try:
        declaration = load(config.rootpath)
    except DeclarationError as error:
        block(config.rootpath / error.docs_dir, str(error))
        Job(os.environ, print).tell_misconfigured(str(error))
        raise pytest.UsageError(str(error)) from error
    if declaration is None or expression != declaration.marker:
        return
    if config.pluginmanager.is_blocked(SESSION):
        raise pytest.UsageError(f"-p no:{SESSION} switches the release gate off: leave it out.")
    if supervised:
        folder = Path(supervised)
        if not is_begun_only(declaration, folder):
            raise pytest.UsageError(
                f"{RUN_VARIABLE} names {supervised}, which is no run that has just begun: unset it."
            )
    else:
        try:
            folder = create(declaration)
            begin(declaration, folder)
        except RunFolderError as error:
            raise pytest.UsageError(str(error)) from error
    session = GateSession(config, declaration, folder, supervised=bool(supervised))
    config.stash[GATE] = session
    config.pluginmanager.register(session, SESSION)
    redirect_reports(config, folder)
    narrow_collection(config, declaration.paths)


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Debugging a check is welcome and proves nothing; say so."""
    if GATE in config.stash or not hasattr(terminalreporter, "_session"):
        return
    ran = {
        marker.args[0]
        for item in getattr(terminalreporter._session, "items", ())
        for marker in item.iter_markers("check")
        if marker.args
    }
    if not ran:
        return
    try:
        declaration = load(config.rootpath)
    except DeclarationError as error:
        terminalreporter.write_line(f"no verdict: {error}")
        return
    if declaration is not None:
        terminalreporter.write_line(
            f"no verdict: {len(ran)} of {len(declaration.checks)} required checks. The whole gate: {SUPERVISED}"
        )


@pytest.fixture
def evidence(request: pytest.FixtureRequest, run_folder: Path) -> Iterator[Evidence]:
    """Keeps what this check saw beside its verdict."""
    gate = request.config.stash.get(GATE, None)
    if gate is None:
        yield Evidence(lambda *_, **__: None, run_folder)
        return
    nodeid = request.node.nodeid
    kept = Evidence(lambda event, **facts: gate.tell(nodeid, event, **facts), run_folder, gate.clean)
    yield kept
    kept.close()


@pytest.fixture(scope="session")
def run_folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run's folder, where artefacts belong; a temporary one when there is no gate run."""
    gate = request.config.stash.get(GATE, None)
    return tmp_path_factory.mktemp("no_verdict") if gate is None else gate.folder


@pytest.fixture(scope="session")
def gate_progress(request: pytest.FixtureRequest) -> Iterator[Callable[[str, int, int | None], None]]:
    """Tell how far a long step is: (step, done, total or None). Shown in the gate's table."""
    gate = request.config.stash.get(GATE, None)
    yield (lambda *_: None) if gate is None else gate.board.progress
