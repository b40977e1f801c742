"""Options, settings and plugins that a session was given, and the place that each comes from."""

from __future__ import annotations

import argparse
import os
import shlex
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from _pytest.config.exceptions import PrintHelp

COMMAND_LINE, ADDOPTS, CODE = "the command line", "PYTEST_ADDOPTS", "a plugin or conftest.py"


@dataclass(frozen=True)
class GivenOption:
    """One option, setting or plugin that was given.

    names: every spelling of it. dest: pytest's name of its value. is_flag: it was given without a value.
    """

    name: str
    names: frozenset[str]
    value: Any
    source: str
    dest: str = ""
    is_flag: bool = False

    def __str__(self) -> str:
        joint = "=" if self.name.startswith("-o ") else " "
        value = " ".join(map(str, self.value)) if isinstance(self.value, list | tuple) else self.value
        return f"{self.name}{'' if self.is_flag else f'{joint}{value}'} (from {self.source})"


def given_options(config: pytest.Config) -> list[GivenOption]:
    """The options whose value is not the default: as parsed, or as changed by a plugin since."""
    parser = config._parser
    sources = _sources(config)
    defaults = _parsed(parser, [])
    parsed = _parsed(parser, [argument for arguments in sources.values() for argument in arguments])
    found = []
    for dest, actions in _by_dest(parser).items():
        default, now = getattr(defaults, dest, None), getattr(config.option, dest, None)
        value = now if now != default else getattr(parsed, dest, None)
        if value == default:
            continue
        names = frozenset(name for action in actions for name in action.option_strings)
        name, source = _origin(names, sources)
        name = name or max(names, key=len)
        is_flag = any(name in action.option_strings and action.nargs == 0 for action in actions)
        found.append(GivenOption(name, names, value, source, dest, is_flag))
    return found


def _parsed(parser: pytest.Parser, arguments: Sequence[str]) -> argparse.Namespace:
    """Parse arguments as pytest does; those after --help are not parsed, because nothing runs then."""
    found = argparse.Namespace()
    with suppress(PrintHelp):
        parser.parse_known_args(arguments, found)
    return found


def option_names(parser: pytest.Parser) -> set[str]:
    """The options that pytest, its plugins and the project's conftest.py have."""
    return {name for actions in _by_dest(parser).values() for action in actions for name in action.option_strings}


def given_settings(config: pytest.Config) -> list[GivenOption]:
    """The settings of the project's configuration file, and those of -o."""
    overrides: dict[str, tuple[str, str]] = {}
    for source, arguments in _sources(config).items():
        for text in getattr(_parsed(config._parser, arguments), "override_ini", None) or ():
            name, _, value = text.partition("=")
            overrides[name.strip()] = (value, source)
    file = config.inipath.name if config.inipath else "the configuration file"
    found = [
        GivenOption(name, frozenset({name}), _raw(value), file)
        for name, value in _settings(config).items()
        if name not in overrides and _raw(value)
    ]
    return found + [
        GivenOption(f"-o {name}", frozenset({name}), value, source) for name, (value, source) in overrides.items()
    ]


def given_plugins(config: pytest.Config) -> list[GivenOption]:
    """The names of plugins to load, and of plugins to leave out as `no:NAME`."""
    found = []
    for source, arguments in _sources(config).items():
        for name in getattr(config._parser.parse_known_args(arguments), "plugins", ()):
            stripped = name.strip()
            found.append(GivenOption(f"-p {stripped}", frozenset({stripped}), None, source, is_flag=True))
    named = [name.strip() for name in os.environ.get("PYTEST_PLUGINS", "").split(",")]
    return found + [
        GivenOption(name, frozenset({name}), None, "PYTEST_PLUGINS", is_flag=True) for name in named if name
    ]


def unknown_settings(config: pytest.Config) -> list[str]:
    """Settings that neither pytest nor a loaded plugin reads."""
    parser = config._parser
    known = parser._inidict.keys() | getattr(parser, "_ini_aliases", {}).keys()
    return sorted(_settings(config).keys() - known)


def is_strict_about_settings(config: pytest.Config) -> bool:
    """True if pytest itself ends the session because of an unknown setting."""
    raw = [str(_raw(_settings(config).get(name, ""))).lower() for name in ("strict", "strict_config")]
    return bool(config.getoption("strict_config", None)) or any(text in ("1", "true", "yes", "on") for text in raw)


def _settings(config: pytest.Config) -> Mapping[str, Any]:
    """The parsed settings, whose attribute pytest renamed in version 9."""
    found: Mapping[str, Any] = getattr(config, "_inicfg", None) or {}
    return found or ({} if hasattr(config, "_inicfg") else config.inicfg)


def _raw(value: Any) -> Any:
    raw = getattr(value, "value", value)
    return raw.strip() if isinstance(raw, str) else raw


def _sources(config: pytest.Config) -> dict[str, list[str]]:
    """The arguments by their source, in the order in which pytest reads them; the last one wins."""
    file = config.inipath.name if config.inipath else "the configuration file"
    return {
        f"addopts of {file}": list(config.getini("addopts")),
        ADDOPTS: shlex.split(os.environ.get(ADDOPTS, "")),
        COMMAND_LINE: [str(argument) for argument in config.invocation_params.args],
    }


def _by_dest(parser: Any) -> dict[str, list[argparse.Action]]:
    """The actions of pytest's parser by the value that they set; pytest creates its parser again before version 9."""
    made = parser.optparser if hasattr(parser, "optparser") else None
    made = parser._getparser() if not isinstance(made, argparse.ArgumentParser) else made
    found: dict[str, list[argparse.Action]] = {}
    for action in made._actions:
        if action.option_strings:
            found.setdefault(action.dest, []).append(action)
    return found


def _origin(names: frozenset[str], sources: Mapping[str, Sequence[str]]) -> tuple[str, str]:
    """The last used spelling and its source."""
    for source in reversed([*sources]):
        for argument in reversed(sources[source]):
            for written in reversed(_in_file(argument)):
                if spelled := next(_spellings(written, names), ""):
                    return spelled, f"{argument}, which {source} names"
            spelled = next(_spellings(argument, names), "")
            if spelled:
                return spelled, source
    return "", CODE


def _in_file(argument: str) -> list[str]:
    """The arguments in the file of `@FILE`, which pytest takes in its place, a line each."""
    if not argument.startswith("@"):
        return []
    try:
        lines = Path(argument[1:]).read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):  # pytest says so itself
        return []
    return [part for line in lines for part in (line, *_in_file(line))]


def _spellings(argument: str, names: frozenset[str]) -> Iterator[str]:
    """The option among these that an argument is: `--name`, `--name=value`, `-nVALUE`, or one of several in `-xvs`."""
    if argument.startswith("--"):
        yield from names & {argument.partition("=")[0]}
    elif argument.startswith("-"):
        yield from sorted(name for name in names if len(name) == 2 and name[1] in argument[1:])
