"""Finds mistakes before a run begins, so that they replace no earlier verdict."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from release_gate.in_pytest.options.changes import change_problems
from release_gate.in_pytest.options.harmless import SETTINGS
from release_gate.in_pytest.options.invocation import PASSIVE
from release_gate.in_pytest.options.requests import (
    GivenOption,
    given_options,
    is_strict_about_settings,
    unknown_settings,
)
from release_gate.record.causes import named
from release_gate.record.clock import CLOCK
from release_gate.record.redaction import texts_in
from release_gate.rules.declaration import Declaration, load
from release_gate.rules.waivers import load_waivers
from release_gate.sealing.subject import tree_of


def declaration_of(config: pytest.Config) -> tuple[Declaration | None, str]:
    """The project's declaration, and why this session cannot be a gate run of it although it was meant to be one.

    Raises DeclarationError.
    """
    found = load(config.rootpath)
    here = config.invocation_params.dir
    if found is not None or here == config.rootpath:
        return found, ""
    declared = load(here)
    if declared is None or config.getoption("markexpr", "") != declared.marker:
        return None, ""
    if config.inipath is not None and not config.inipath.is_relative_to(here):
        return None, (
            f"pytest takes {config.inipath} for this project's configuration and {config.rootpath} for its folder, "
            f"but the declaration lies in {here}: put a pytest.ini with the line [pytest] into {here}."
        )
    return None, f"pytest takes {config.rootpath} for the project's folder, but the declaration lies in {here}."


def passive_option(config: pytest.Config) -> GivenOption | None:
    """The option with which pytest only prints something, if there is one."""
    return next((given for given in given_options(config) if given.dest in PASSIVE), None)


def faults_before_run(config: pytest.Config, declaration: Declaration) -> Iterator[str]:
    """Sentences on why no run can begin."""
    strict = is_strict_about_settings(config)
    for name in unknown_settings(config):
        if strict or name not in SETTINGS | {*declaration.allowed_options}:
            yield f"{config.inipath or '-o'}: {name} is a setting of neither pytest nor a loaded plugin: remove it."
    yield from load_waivers(declaration.waivers, declaration, CLOCK.today()).errors
    yield from (message for _, _, message in change_problems(config, declaration))
    yield from _unknown_criteria(config, declaration)
    if config.getoption("gate_release"):
        yield from _faults_of_checkout(declaration)
    yield from _faults_of_project(config)


def _unknown_criteria(config: pytest.Config, declaration: Declaration) -> Iterator[str]:
    known = [criterion.id for criterion in declaration.criteria]
    criteria = config.getoption("gate_criteria")
    if criteria == ():
        yield f"--gate-criteria names no criterion; {declaration.title} has {', '.join(known)}."
    for one in criteria or ():
        if one not in known:
            yield f"--gate-criteria: {declaration.title} has no criterion {one!r}; it has {', '.join(known)}."


def _faults_of_checkout(declaration: Declaration) -> Iterator[str]:
    """Each difference between the tree and its commit, or git's error message."""
    tree = tree_of(declaration)
    if tree.dirty is not False:
        yield f"--gate-release needs a clean git checkout: {' '.join(tree.reasons[:3])}"


def _faults_of_project(config: pytest.Config) -> Iterator[str]:
    """The faults that the project's hook finds; a hook that fails is a fault as well."""
    try:
        found = texts_in(config.hook.pytest_release_gate_preflight(config=config))
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # whatever a project's hook may raise; a SystemExit would end pytest with its code
        yield f"The hook pytest_release_gate_preflight failed: {named(error)}"
        return
    yield from (text for text in found if text.strip())
