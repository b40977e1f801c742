"""The origin of the modules of a session: the commit, an installed package, or a place that neither names."""

from __future__ import annotations

import datetime as dt
import json
import os
import site
import sys
import sysconfig
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from importlib.metadata import distributions
from importlib.util import MAGIC_NUMBER
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import unquote, urlsplit

from release_gate.record.journal import NAME as JOURNAL
from release_gate.record.journal import read
from release_gate.rules.declaration import Declaration
from release_gate.sealing.checkout.tree import Tree
from release_gate.sealing.subject import judged, tree_of

OWN = str(Path(__file__).parents[2]) + os.sep
SHOWN = 8
UNCHECKED = b"\x01\0\0\0"
"""Flags of a .pyc that Python uses without comparing it with its source (PEP 552)."""
EVERYBODYS = frozenset({"conftest", "setup"})
"""Names of many packages, which do not show whose module it is."""


@dataclass(frozen=True, slots=True)
class Origins:
    """Counts of modules by origin, and the reasons why what ran is not the commit's code."""

    from_commit: int
    installed: int
    elsewhere: int
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SessionScope:
    """Code that a session ran. tests: the files of the collected tests. began: when, in seconds since the epoch.

    generated: patterns of files that may be imported although no commit has them.
    """

    root: Path
    tests: frozenset[Path]
    began: float
    generated: tuple[str, ...] = ()


def whole_subject(declaration: Declaration, folder: Path, tests: Iterable[Path]) -> dict[str, Any]:
    """The subject at the end of the run in `folder`, with counts of its modules by origin. Raises JournalError."""
    began = dt.datetime.fromisoformat(next(read(folder / JOURNAL))["at"]).timestamp()
    tree = tree_of(declaration)
    session = SessionScope(declaration.root, frozenset(tests), began, declaration.generated)
    found = origins(tree, session, sys.modules)
    counts = {"from_commit": found.from_commit, "installed": found.installed, "elsewhere": found.elsewhere}
    return judged(declaration, folder, found.reasons, tree) | {"modules": counts}


def origins(tree: Tree, session: SessionScope, modules: Mapping[str, ModuleType]) -> Origins:
    """The origin of every module with a file. Without a known tree nothing is compared: zeros, no reason."""
    if tree.top is None:
        return Origins(0, 0, 0, ())
    own_names, environment = _own_names(tree, session.root), _environment()
    from_commit: dict[str, str] = {}
    elsewhere: dict[str, str] = {}
    copies: dict[str, str] = {}
    installed = 0
    for name, file in _files(modules).items():
        own = name.partition(".")[0] in own_names
        if not own and file.startswith(environment):
            installed += 1
        elif _of_commit(tree, file):
            from_commit[name] = file
        elif file.startswith(OWN):
            installed += 1
        elif not _made_by(session, tree, file):
            (copies if own else elsewhere)[name] = _led(tree, file)
    editable = _editable() if elsewhere else ()
    strange = {
        name: file
        for name, file in elsewhere.items()
        if not file.startswith(editable) or file.startswith(str(tree.top) + os.sep)
    }
    outside = {_led(tree, str(path)): "" for path in session.tests if not _of_commit(tree, str(path))}
    reasons = (
        *_named("test file is not the commit's", "test files are not the commit's", outside),
        *_named("module of the project came from elsewhere", "modules of the project came from elsewhere", copies),
        *_named("module came from no commit or package", "modules came from no commit or package", strange),
        *_named("module ran unchecked bytecode", "modules ran unchecked bytecode", _unchecked(modules, from_commit)),
    )
    return Origins(len(from_commit), installed, len(copies) + len(elsewhere), reasons)


def _files(modules: Mapping[str, ModuleType]) -> dict[str, str]:
    found = {name: _file_of(module) for name, module in list(modules.items()) if name != "__main__"}
    return {name: file for name, file in found.items() if isinstance(file, str) and Path(file).is_absolute()}


def _file_of(module: ModuleType) -> Any:
    """The module's file; one that has deleted the name of it was still loaded from there."""
    file = getattr(module, "__file__", None)
    spec = vars(module).get("__spec__") if file is None and isinstance(module, ModuleType) else None
    return getattr(spec, "origin", None) if getattr(spec, "has_location", False) else file


def _of_commit(tree: Tree, file: str) -> bool:
    """True for a file of the commit, in an archive of it, or in a submodule, which is compared separately.

    A link counts as its target, because the commit holds the link alone.
    """
    path, top = Path(file).resolve(), tree.top
    if top is None or not path.is_relative_to(top):
        return False
    inner = path.relative_to(top)
    return any(place.as_posix() in tree.files for place in (inner, *inner.parents))


def _led(tree: Tree, file: str) -> str:
    """A file as a reason names it; with its link's target, if that lies outside the checkout."""
    end = Path(file).resolve()
    through = tree.top is not None and Path(file).is_relative_to(tree.top) and end != Path(file)
    return f"{file}, which leads to {end}" if through else file


def _made_by(session: SessionScope, tree: Tree, file: str) -> bool:
    """True if a check or a declared tool wrote it, or the archive that holds it."""
    path = Path(file)
    if tree.top is not None and path.is_relative_to(tree.top):
        name = path.relative_to(tree.top).as_posix()
        if any(fnmatchcase(name, pattern) for pattern in session.generated):
            return True
    there = next((place for place in (path, *path.parents) if place.is_file()), None)
    if there is None:
        return not file.startswith((str(tree.top), *_environment()))
    return there.stat().st_ctime >= session.began


def _own_names(tree: Tree, root: Path) -> set[str]:
    """Top-level modules of the commit: in the project's folder, in its src, and where sys.path points."""
    top = tree.top or root
    roots = {root.resolve(), root.resolve() / "src", *(Path(entry).resolve() for entry in sys.path if entry)}
    names = set()
    for place in roots:
        if not place.is_relative_to(top):
            continue
        start = place.relative_to(top).as_posix() + "/"
        start = "" if start == "./" else start
        for file in tree.files:
            first, _, rest = file.removeprefix(start).partition("/")
            if file.startswith(start) and file.endswith(".py") and "/" not in rest:
                names.add(first.removesuffix(".py"))
    return names - EVERYBODYS


def _environment() -> tuple[str, ...]:
    paths = sysconfig.get_paths()
    given = [paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    given += [*site.getsitepackages(), site.getusersitepackages()]
    return tuple({form + os.sep for text in given for form in (text, os.path.realpath(text))})


def _editable() -> tuple[str, ...]:
    """Folders of packages that are installed in editable mode."""
    found = []
    for distribution in distributions():
        text = distribution.read_text("direct_url.json")
        url = json.loads(text).get("url", "") if text else ""
        if url.startswith("file:"):
            found.append(str(Path(unquote(urlsplit(url).path)).resolve()) + os.sep)
    return tuple(found)


def _unchecked(modules: Mapping[str, ModuleType], names: Iterable[str]) -> dict[str, str]:
    """Modules whose bytecode Python uses without comparing it with the source, which may differ."""
    cached = {name: getattr(modules.get(name), "__cached__", None) for name in names}
    return {
        name: path for name, path in cached.items() if isinstance(path, str) and _head(path) == MAGIC_NUMBER + UNCHECKED
    }


def _head(path: str) -> bytes:
    try:
        with Path(path).open("rb") as file:
            return file.read(8)
    except OSError:
        return b""


def _named(one: str, many: str, files: Mapping[str, str]) -> list[str]:
    if not files:
        return []
    pairs = sorted(files.items())
    shown = ", ".join(f"{name} ({file})" if file else name for name, file in pairs[:SHOWN])
    more = f" and {len(pairs) - SHOWN} more" if len(pairs) > SHOWN else ""
    return [f"{len(pairs)} {one if len(pairs) == 1 else many}: {shown}{more}."]
