"""Refuses options, settings, variables and plugins that are not known to change no check of a run."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from release_gate.in_pytest.options import harmless
from release_gate.in_pytest.options.requests import CODE, GivenOption, given_options, given_plugins, given_settings
from release_gate.in_pytest.options.written import written_over
from release_gate.rules.declaration import Declaration
from release_gate.rules.model import Verdict
from release_gate.rules.refused_options import HARMFUL

Refusal: TypeAlias = tuple[Verdict, str, str]

RERUNNERS = ("rerunfailures", "flaky", "pytest_retry", "retry")
"""Plugins that run failed tests again."""
SHUFFLERS = ("randomly", "pytest_randomly")
"""Plugins that change the order of tests by default."""
JUDGED = frozenset({"-m", "-p", "-o", "--override-ini"})
"""Options that are judged by their values."""
SET_BY_WORKERS = frozenset({"--dist", "--tx"})
"""Options that xdist itself sets when workers are requested."""
NO_ASSERTS_VARIABLE = "RELEASE_GATE_PYTHONOPTIMIZE"
"""Environment variable under which the supervisor passes PYTHONOPTIMIZE on."""
ADVICE = "leave it out, or, if it changes no check, name it in allowed_options of the declaration"


def change_problems(config: pytest.Config, declaration: Declaration) -> list[Refusal]:
    """Each request under which no run can be a PASS, with the reason and where it comes from."""
    found = [*_options(config, declaration), *_settings(config, declaration), *_plugins(config, declaration)]
    found += written_over([*given_options(config), *given_settings(config)], declaration)
    return [(Verdict.INCOMPLETE, code, message) for code, message in [*found, *_variables(declaration)]]


def _options(config: pytest.Config, declaration: Declaration) -> Iterator[tuple[str, str]]:
    root = declaration.root.resolve()
    whole = f"the gate runs whole or proves nothing (without -m {declaration.marker} you can debug a part of it)"
    options = given_options(config)
    workers = any("--numprocesses" in given.names for given in options)
    for given in options:
        harmful = next((HARMFUL[name] for name in sorted(given.names) if name in HARMFUL), None)
        follows = workers and given.source == CODE and given.names & SET_BY_WORKERS
        if follows or given.names & JUDGED or _is_harmless(given, declaration, root):
            continue
        if "--numprocesses" in given.names:
            spreads = f"{given.name} {given.value} spreads checks over processes; they run in order, in one"
            yield "PARALLEL", f"{spreads}: leave {given.name} out (from {given.source})."
        elif "--basetemp" in given.names:
            yield "BASETEMP", f"{given} lies in or around the project: pytest would empty it."
        elif harmful:
            yield harmful[0], f"{given} {harmful[1]}; {whole}."
        else:
            yield "UNKNOWN_OPTION", f"{given} is no option that the gate knows as harmless: {ADVICE}."


def _is_harmless(given: GivenOption, declaration: Declaration, root: Path) -> bool:
    if given.names & harmless.OPTIONS:
        return True
    allows = next((allows for name, allows in harmless.VALUES.items() if name in given.names), None)
    if allows is not None and _fits(allows, given.value, root):
        return True
    return not given.names & HARMFUL.keys() and _declared(given, declaration)


def _fits(allows: Callable[[Any, Path], bool], value: Any, root: Path) -> bool:
    try:
        return allows(value, root)
    except (TypeError, ValueError):
        return False


def _declared(given: GivenOption, declaration: Declaration) -> bool:
    """True if the project has declared it harmless, alone or with this value."""
    allowed = set(declaration.allowed_options)
    return any(name in allowed or f"{name}={given.value}" in allowed for name in given.names)


def _settings(config: pytest.Config, declaration: Declaration) -> Iterator[tuple[str, str]]:
    for given in given_settings(config):
        overridden = given.name.startswith("-o ")
        known = harmless.REPORTING_SETTINGS if overridden else harmless.SETTINGS
        if given.names & known or _declared(given, declaration):
            continue
        why = "takes the place of the project's own setting" if overridden else "may change what the checks do"
        yield "UNKNOWN_SETTING", f"{given} {why}: {ADVICE}."


def _plugins(config: pytest.Config, declaration: Declaration) -> Iterator[tuple[str, str]]:
    for given in given_plugins(config):
        (name,) = given.names
        left_out = name.removeprefix("no:").removeprefix("pytest_").removeprefix("pytest-")
        if given.name in declaration.allowed_options or f"-p {name}" in declaration.allowed_options:
            continue
        if not name.startswith("no:"):
            if name not in harmless.PLUGINS_TO_LOAD | _installed_plugins():
                yield "UNKNOWN_PLUGIN", f"{given} loads a plugin that may change every check: {ADVICE}."
        elif left_out not in harmless.PLUGINS_TO_LEAVE_OUT and _exists(name.removeprefix("no:"), config):
            yield "PLUGIN_LEFT_OUT", f"{given} leaves out a plugin that may change what the checks do: {ADVICE}."
    manager = config.pluginmanager
    for name in RERUNNERS:
        if manager.hasplugin(name) and not manager.is_blocked(name):
            yield "RERUN_PLUGIN", f"The plugin {name} may run failed checks again: remove it, or add -p no:{name}."
    for name in SHUFFLERS:
        if manager.hasplugin(name):
            yield "SHUFFLED", f"The plugin {name} changes the order of the checks: remove it, or add -p no:{name}."


def _installed_plugins() -> set[str]:
    """Plugins that pytest loads automatically, by name and module: their options are judged."""
    return {name for entry in entry_points(group="pytest11") for name in (entry.name, entry.value)}


def _exists(name: str, config: pytest.Config) -> bool:
    """True if there is such a plugin: one of pytest, an installed one, or a module."""
    known = name in _installed_plugins() or config.pluginmanager.hasplugin(name)
    return (
        known
        or find_spec(f"_pytest.{name.partition('.')[0]}") is not None
        or find_spec(name.partition(".")[0]) is not None
    )


def _variables(declaration: Declaration) -> Iterator[tuple[str, str]]:
    if sys.flags.optimize or os.environ.get(NO_ASSERTS_VARIABLE, "").strip("0"):
        yield "NO_ASSERTS", "Python leaves out assert statements (-O, PYTHONOPTIMIZE): no check would check anything."
    if os.environ.get("PYTEST_DISABLE_PLUGIN_AUTOLOAD"):
        yield (
            "CHANGED",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD (from the environment) keeps the project's plugins from being loaded: "
            "unset it.",
        )
    for name in sorted(os.environ):
        known = name in harmless.VARIABLES or name in declaration.allowed_options
        if name.startswith("PYTEST_") and not known and name != "PYTEST_DISABLE_PLUGIN_AUTOLOAD":
            yield "UNKNOWN_VARIABLE", f"{name} (from the environment) may change what the checks do: {ADVICE}."
