"""The pytest plugin: options, fixtures, and the choice between a gate run, debugging one check, and doing nothing."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from _pytest.config import ConftestImportFailure

from release_gate.in_pytest.class_cleanups import report_class_cleanups
from release_gate.in_pytest.evidence import Evidence
from release_gate.in_pytest.failures.hooks import place_of
from release_gate.in_pytest.failures.stacks import answer_with_stacks
from release_gate.in_pytest.garbage import hold_collection_back, let_collect, set_libraries_aside
from release_gate.in_pytest.options.handshake import UNTOUCHED, USAGE, ChildHandshake, NoRun
from release_gate.in_pytest.options.invocation import misspelt_paths, narrow_collection, redirect_reports
from release_gate.in_pytest.options.own import add_options, add_short_forms
from release_gate.in_pytest.options.preflight import declaration_of, faults_before_run, passive_option
from release_gate.in_pytest.options.requests import COMMAND_LINE
from release_gate.in_pytest.session import GATE, GateSession
from release_gate.in_pytest.signals import ALIVE_VARIABLE
from release_gate.record.causes import named
from release_gate.record.files import fault_of_machine
from release_gate.record.witness import WITNESS_VARIABLE
from release_gate.rules.declaration import Declaration, DeclarationError, load
from release_gate.rules.language import Language, language_of
from release_gate.rules.model import Verdict
from release_gate.sealing.folders import begin, create
from release_gate.sealing.survivors import keep_child_exit_codes
from release_gate.telling.github import Job
from release_gate.telling.said import said
from release_gate.telling.streams import survive_lost_streams

SUPERVISED = "python3 -m release_gate run"
SESSION = "release_gate_session"
"""The name under which the gate's session is registered with pytest."""
HANDSHAKE = pytest.StashKey["ChildHandshake | None"]()
GIVEN = pytest.StashKey[dict[str, str]]()
"""The supervisor's other variables, kept from the project's code, which may clear all of them as it is imported."""
DECLARED = pytest.StashKey[Declaration]()
"""The declaration as it was before code of the project ran."""
ACCEPTED = pytest.StashKey[Declaration]()
"""The declaration of a run that may begin."""


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Add the options. pytest calls this as it loads the gate, often before the other plugins, which are many modules:
    none of their objects is garbage."""
    hold_collection_back()
    config = pluginmanager.get_plugin("pytestconfig")
    if config is not None:
        config.add_cleanup(let_collect)  # in case a plugin cannot be loaded
    add_options(parser)


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    from release_gate.in_pytest import hookspecs

    pluginmanager.add_hookspecs(hookspecs)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config, parser: pytest.Parser) -> Generator[None]:
    """Connect to the supervisor before pytest captures output and imports code of the project."""
    handshake = early_config.stash[HANDSHAKE] = ChildHandshake.inherited(os.environ)
    is_run = handshake is not None or _is_meant_as_gate_run(early_config)
    if is_run:
        set_libraries_aside()
    let_collect()
    if is_run:
        survive_lost_streams()
        keep_child_exit_codes()
        report_class_cleanups()
        if handshake is not None:
            answer_with_stacks()
            early_config.stash[GIVEN] = {name: os.environ.pop(name, "") for name in (WITNESS_VARIABLE, ALIVE_VARIABLE)}
        if fault := fault_of_machine():
            language = _language_of(early_config)
            raise pytest.UsageError(said(language, fault), said(language, UNTOUCHED))
    try:
        yield
    except BaseException as error:  # whatever a conftest.py may raise while it is imported, or in pytest_addoption
        if not is_run or isinstance(error, KeyboardInterrupt):
            raise
        why, place = named(error), place_of(error, early_config.rootpath)
        if handshake is not None:
            handshake.refuse([why], Verdict.MISCONFIGURED.exit_code)
        if isinstance(error, pytest.UsageError | ConftestImportFailure):
            raise
        untouched = said(_language_of(early_config), UNTOUCHED)
        raise pytest.UsageError(f"{why}{f' ({place})' if place else ''}", untouched) from error
    add_short_forms(parser)


def _is_meant_as_gate_run(early_config: pytest.Config) -> bool:
    expression = vars(early_config.known_args_namespace).get("markexpr")
    try:
        declaration = load(early_config.rootpath) if expression else None
    except DeclarationError:
        return True
    if declaration is not None:
        early_config.stash[DECLARED] = declaration
    return declaration is not None and expression == declaration.marker


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> Generator[None, object, object]:
    """Refuse what must not run, before another plugin takes over the session, as xdist does.

    An exception that passes here after the run has ended comes from what pytest calls last, such as a function that was
    registered with `config.add_cleanup`.
    """
    _accept(config)
    try:
        return _judged(config, (yield))
    except pytest.UsageError:
        raise
    except BaseException as error:
        if GATE not in config.stash or not config.stash[GATE].over:
            raise
        return config.stash[GATE].end_of_pytest(error)


def _judged(config: pytest.Config, result: object) -> object:
    """The exit code, or another one where pytest ends with 0 although nothing was judged, or not as a PASS."""
    is_accepted = ACCEPTED in config.stash and config.stash.get(HANDSHAKE, None) is None
    if result or not is_accepted:
        return result
    if GATE in config.stash and config.stash[GATE].over:
        return config.stash[GATE].published.exit_code
    why = "No check was judged: a hook pytest_cmdline_main of the project took the place of pytest's."
    sys.stderr.write(f"{said(_language_of(config), why)}\n")
    return Verdict.INCOMPLETE.exit_code


def _accept(config: pytest.Config) -> None:
    """Accept a run that may begin. Raises pytest.UsageError for one that must not."""
    if hasattr(config, "workerinput"):
        return
    handshake = config.stash.get(HANDSHAKE, None)
    expression = config.getoption("markexpr", "")
    if not handshake and not expression:
        return
    try:
        known = config.stash.get(DECLARED, None)
        declaration, foreign = (known, "") if known is not None else declaration_of(config)
    except DeclarationError as error:
        raise _no_run(config, [str(error)]) from error
    if foreign:
        raise _no_run(config, [foreign])
    if declaration is not None:
        config.stash[DECLARED] = declaration
    if declaration is None or expression != declaration.marker:
        if handshake:
            raise _no_run(config, [f"-m {expression!r} selects other tests than the gate's: leave -m out."], USAGE)
        return
    passive = passive_option(config)
    if passive and (handshake or passive.source != COMMAND_LINE):
        raise _no_run(
            config, [f"{passive.name} (from {passive.source}) only shows something: no check would run."], USAGE
        )
    if passive:
        narrow_collection(config, declaration.paths)
        return
    if config.pluginmanager.is_blocked(SESSION):
        raise _no_run(config, [f"-p no:{SESSION} switches the release gate off: leave it out."])
    if misspelt := list(misspelt_paths(config)):
        raise _no_run(config, misspelt, USAGE)
    faults = list(faults_before_run(config, declaration))
    if faults:
        raise _no_run(config, faults)
    config.stash[ACCEPTED] = declaration


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    let_collect()  # where a conftest.py loaded the gate, after the hook that else ends it
    config.addinivalue_line("markers", "check(id): this test is the required check of that id of the release gate")
    if ACCEPTED in config.stash:
        _begin_run(config, config.stash[ACCEPTED], config.stash.get(HANDSHAKE, None))


def _no_run(config: pytest.Config, given: list[str], exit_code: int = Verdict.MISCONFIGURED.exit_code) -> Exception:
    """Refuse a run that has not begun: through the supervisor, or as pytest's usage error."""
    handshake = config.stash.get(HANDSHAKE, None)
    language = _language_of(config)
    reasons = [said(language, reason) for reason in given]
    if handshake:
        handshake.refuse(reasons, exit_code)
    else:
        Job(os.environ, print).tell_misconfigured(" ".join(reasons))
    return pytest.UsageError(*reasons, said(language, UNTOUCHED))


def _language_of(config: pytest.Config) -> Language:
    """The language of a run, or of why there is none, as far as options and declaration are known."""
    named = vars(config.known_args_namespace).get("gate_lang")
    declaration = config.stash.get(DECLARED, None)
    return Language(named) if named else language_of(os.environ, declaration.language_variable if declaration else "")


def _begin_run(config: pytest.Config, declaration: Declaration, handshake: ChildHandshake | None) -> None:
    language = _language_of(config)
    try:
        if handshake:
            folder = handshake.run_folder(language)
        else:
            folder = create(declaration)
            begin(declaration, folder, language)
    except (OSError, NoRun) as error:
        raise pytest.UsageError(str(error)) from error
    given: dict[str, str] = config.stash.get(GIVEN, {})
    os.environ.update(given)
    session = GateSession(config, declaration, folder, supervised=handshake is not None, language=language)
    config.stash[GATE] = session
    config.pluginmanager.register(session, SESSION)
    redirect_reports(config, folder)
    narrow_collection(config, declaration.paths)


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """State that debugging a check proves nothing."""
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
    """Keeps what this check measured, with its verdict."""
    gate = request.config.stash.get(GATE, None)
    if gate is None:
        yield Evidence(lambda *_, **__: None, run_folder)
        return
    nodeid = request.node.nodeid
    kept = Evidence(lambda event, **facts: gate.tell(nodeid, event, **facts), run_folder, gate.clean)
    yield kept
    kept.close()
    if kept.failure is not None and not gate.case(nodeid).failure:
        raise kept.failure  # the check has caught it


@pytest.fixture(scope="session")
def run_folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run's folder, for artefacts; a temporary folder outside a gate run."""
    gate = request.config.stash.get(GATE, None)
    return tmp_path_factory.mktemp("no_verdict") if gate is None else gate.folder


@pytest.fixture(scope="session")
def gate_progress(request: pytest.FixtureRequest) -> Iterator[Callable[[str, int, int | None], None]]:
    """Report the progress of a long step: (step, done, total or None). Shown in the gate's table."""
    gate = request.config.stash.get(GATE, None)
    yield (lambda *_: None) if gate is None else gate.board.progress
