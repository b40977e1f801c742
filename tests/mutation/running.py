"""Runs mutmut in a copy of the tree, with an environment of its own, and reads its results."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.faults.catalogue import ROOT
from tests.faults.mutated_tree import committed, tree_files

LOCKS = (ROOT / "requirements.lock", ROOT / "tests" / "mutation" / "requirements.lock")
ENVIRONMENT = ROOT / ".local" / "mutation"
SHOWN_AT_ONCE = 2
NUMBER = re.compile(r"__mutmut_\d+$")


class MutationError(Exception):
    """The tool could not run; one sentence says why."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of a function. status: mutmut's word for it. before, after: the lines, of one that was not killed."""

    module: str
    function: str
    status: str
    before: str = ""
    after: str = ""


def declared_modules() -> list[str]:
    """The modules that are changed, in the order of `[tool.mutmut]`."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mutmut"]
    return [path.removesuffix(".py").replace("/", ".") for path in declared["only_mutate"]]


def run(modules: Sequence[str], children: int | None = None) -> list[Mutant]:
    """Try every mutant of these modules. Raises MutationError."""
    tool = installed()
    with tempfile.TemporaryDirectory(prefix="mutation_") as folder:
        tree = Path(folder) / "tree"
        for name in tree_files():
            if (ROOT / name).is_file():
                (tree / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, tree / name)
        committed(tree)
        together = ["--max-children", str(children)] if children else []
        ended = subprocess.run(
            [tool, "run", *together, *(f"{module}.*" for module in modules)],
            cwd=tree,
            capture_output=True,
            text=True,
            check=False,
        )
        if ended.returncode:
            raise MutationError(f"mutmut ended with {ended.returncode}: {(ended.stdout + ended.stderr)[-2000:]}")
        return [mutant for mutant in results(tool, tree) if mutant.module in modules]


def results(tool: str, tree: Path) -> list[Mutant]:
    """The mutants of a tree in which mutmut ran, with the lines of those that were not killed."""
    told = _output([tool, "results", "--all", "true"], tree)
    statuses = [line.strip().rsplit(": ", 1) for line in told.splitlines() if ": " in line]
    with ThreadPoolExecutor(SHOWN_AT_ONCE) as threads:
        return list(threads.map(lambda one: _mutant(tool, tree, *one), statuses))


def _mutant(tool: str, tree: Path, name: str, status: str) -> Mutant:
    module, function = name_of(name)
    if status in ("killed", "not checked"):
        return Mutant(module, function, status)
    return Mutant(module, function, status, *changed_lines(_output([tool, "show", name], tree)))


def name_of(mutant: str) -> tuple[str, str]:
    """Module and function of a name such as `app.x.xǁPeriodǁbound__mutmut_1` or `app.x.x_judge__mutmut_2`."""
    module, mangled = mutant.rsplit(".", 1)
    function = NUMBER.sub("", mangled)
    return module, ".".join(function.split("ǁ")[1:]) if function.startswith("xǁ") else function.removeprefix("x_")


def changed_lines(difference: str) -> tuple[str, str]:
    """The lines that a unified difference takes away and adds, without their indentation."""
    lines = [line for line in difference.splitlines() if not line.startswith(("---", "+++"))]
    before, after = ([line[1:].strip() for line in lines if line.startswith(sign)] for sign in "-+")
    return "\n".join(before), "\n".join(after)


def installed() -> str:
    """The path of mutmut in its environment, made now if it has to be. Raises MutationError."""
    wanted = b"".join(lock.read_bytes() for lock in LOCKS) + sys.version.encode()
    stamp, tool = ENVIRONMENT / "made_from", ENVIRONMENT / "venv" / "bin" / "mutmut"
    if tool.is_file() and stamp.is_file() and stamp.read_bytes() == wanted:
        return str(tool)
    shutil.rmtree(ENVIRONMENT, ignore_errors=True)
    ENVIRONMENT.mkdir(parents=True)
    uv = [sys.executable, "-m", "uv", "--no-config"]
    _output([*uv, "venv", "-q", "--python", sys.executable, str(tool.parents[1])], ROOT)
    install = [*uv, "pip", "install", "-q", "--python", str(tool.with_name("python"))]
    install += ["--require-hashes", "--only-binary", ":all:"]
    _output([*install, *(argument for lock in LOCKS for argument in ("-r", str(lock)))], ROOT)
    stamp.write_bytes(wanted)
    return str(tool)


def _output(command: Sequence[str], folder: Path) -> str:
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if ended.returncode:
        told = " ".join(ended.stderr.split())[-500:]
        raise MutationError(f"{' '.join(command[:5])} ended with {ended.returncode}: {told}")
    return ended.stdout
