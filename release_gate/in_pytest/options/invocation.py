"""Reads pytest's command line: the options of a reproduction, and the places of pytest's reports."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import pytest

PASSIVE = ("collectonly", "showfixtures", "show_fixtures_per_test", "markers", "version", "help", "cacheshow")
"""Options with which pytest only prints something; no run begins."""

OWN_FLAGS = frozenset({"--gate-release", "--gate-keep-going", "--release", "--keep-going"})
OWN_OPTIONS = frozenset({"--gate-criteria", "--gate-lang"})
"""Options of the gate that take a value."""


class LateFile:
    """A path that is also a context manager; entering it opens the file.

    pytest-benchmark before 5.2 enters this object to write its report. Its own option opens the file at once, and
    leaves an empty one where nothing is measured.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def __fspath__(self) -> str:
        return str(self._path)

    def __str__(self) -> str:
        return str(self._path)

    def __enter__(self) -> BinaryIO:
        self._file = self._path.open("wb")
        return self._file

    def __exit__(self, *_: object) -> None:
        self._file.close()


def redirect_reports(config: pytest.Config, folder: Path) -> None:
    """Move junit.xml, pytest.html and benchmark.json into the run folder.

    pytest itself is quiet unless told otherwise, because the board is shown in the terminal.
    """
    option = config.option
    option.verbose = option.verbose or -1
    for name, value in (
        # Relative: pytest and its plugin expand $ and ~, which the folders above may contain.
        ("xmlpath", os.path.relpath(folder / "junit.xml")),
        ("htmlpath", os.path.relpath(folder / "pytest.html")),
        ("self_contained_html", True),
        ("benchmark_json", LateFile(folder / "benchmark.json")),
    ):
        if hasattr(option, name):
            setattr(option, name, value)
    if hasattr(option, "dist"):
        # A run over several processes is refused; do not start them first.
        option.dist, option.tx = "no", []


@contextmanager
def without_benchmarks() -> Iterator[None]:
    """Filter pytest-benchmark's warning that there is nothing to write; as an error it would prevent the other
    reports."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Not saving anything")
        yield


def joined(arguments: Sequence[str]) -> list[str]:
    """`--option FILE` as `--option=FILE`.

    Before pytest has read the project's own options, it would take FILE for a path of tests and derive its rootdir from
    it.
    """
    made: list[str] = []
    for argument in arguments:
        opens = bool(made) and made[-1].startswith("--") and "=" not in made[-1]
        if opens and not argument.startswith("-") and Path(argument).exists():
            made[-1] += f"={argument}"
        else:
            made.append(argument)
    return made


def criteria_in(text: str) -> tuple[str, ...]:
    """The criteria of `A,B`, each once."""
    return tuple(dict.fromkeys(one.strip() for one in text.split(",") if one.strip()))


def narrow_collection(config: pytest.Config, paths: Sequence[str]) -> None:
    """Collect in the folder of the acceptance tests, unless the command names paths."""
    if paths and not paths_given(config):
        config.args[:] = list(paths)


def paths_given(config: pytest.Config) -> bool:
    """True if the command names files or tests."""
    return config.args_source is pytest.Config.ArgsSource.ARGS


def misspelt_paths(config: pytest.Config) -> Iterator[str]:
    """A sentence on each named file, folder or test that is not there; pytest finds out after the run has begun."""
    for given in config.args if paths_given(config) and not config.getoption("pyargs") else ():
        place, *names = given.partition("[")[0].split("::")
        path = config.invocation_params.dir / place
        if not os.path.exists(path):  # noqa: PTH110 a Path raises for a NUL
            yield f"{given}: there is no file or folder {place}."
        elif names and path.is_dir():
            yield f"{given}: {place} is a folder, which has no test of its own."
        elif absent := [name for name in names if not _may_be_in(path, name)]:
            yield f"{given}: {place} has no test {absent[0] or 'without a name'}."


def _may_be_in(path: Path, name: str) -> bool:
    """False where a file cannot have a test of that name; one that it imports may have any."""
    content = path.read_bytes()
    return bool(name) and (os.fsencode(name) in content or b"import *" in content)


def reproducible_options(arguments: Sequence[str | os.PathLike[str]]) -> list[str]:
    """The command's long options with their values, without those of the gate and those that select checks."""
    kept: list[str] = []
    takes_value = False
    for argument in map(str, arguments):
        if argument.partition("=")[0] in OWN_OPTIONS:
            takes_value = False
        elif argument.startswith("--"):
            takes_value = argument not in OWN_FLAGS and "=" not in argument
            kept += [] if argument in OWN_FLAGS else [argument]
        elif argument.startswith("-"):
            takes_value = False
        elif takes_value:
            kept.append(argument)
            takes_value = False
    return kept


def python_command(root: Path) -> str:
    """The command of this interpreter, relative to the project's folder; python3 if it lies elsewhere."""
    executable = Path(sys.executable)
    return executable.relative_to(root).as_posix() if executable.is_relative_to(root) else "python3"
