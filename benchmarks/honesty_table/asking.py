"""A stimulus put to every witness: to pytest and its reporters without this gate, and to this gate by both doors."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.honesty_table import no_gate
from benchmarks.honesty_table.witnesses import REPORTS, Said, of_exit_code, of_gate
from release_gate.rules.model import EXIT_CODES, Verdict
from release_gate.sealing.result import NAME as RESULT
from tests.plugin.foreign import MARKER, Project
from tests.plugin.stimuli import Stimulus

EXIT_CODE = "pytest's exit code"
OTHERS = (EXIT_CODE, *REPORTS)
SUPERVISED, BARE_RESULT, BARE_EXIT = "the gate", "gate bare (result)", "gate bare (exit code)"
OURS = (SUPERVISED, BARE_RESULT, BARE_EXIT)
PLUGINS = ("xdist.plugin", "pytest_metadata.plugin", "pytest_jsonreport.plugin", "ctrf.main")
STAND_IN = Path(no_gate.__file__)
FORGED = "result_forged"


@dataclass(frozen=True)
class Row:
    """Each witness's answer on a stimulus. releasable: the truth. why_not_put: why the others were not asked."""

    name: str
    claim: str
    releasable: bool
    said: Mapping[str, Said]
    why_not_put: str = ""

    @property
    def put(self) -> bool:
        """True if the others were asked as well."""
        return not self.why_not_put

    def truthful(self, witness: str) -> bool | None:
        """True if that witness's answer was right; None when it was not asked."""
        said = self.said.get(witness)
        return None if said is None else said.released is self.releasable


def asked(stimulus: Stimulus, python: Path, *, asserted: bool = False) -> Row:
    """Put it to all. python: the interpreter that has the reporters. asserted: see `ours_as_asserted`."""
    put = stimulus.others.get("put", True)
    with tempfile.TemporaryDirectory(prefix="honesty-") as name:
        said = others_of(stimulus, Path(name) / "others", python) if put else {}
        as_tested = asserted and stimulus.earlier is None and stimulus.name != FORGED
        said |= ours_as_asserted(stimulus) if as_tested else ours_of(stimulus, Path(name))
    releasable = stimulus.expected.get("verdict") == Verdict.PASS.value
    return Row(stimulus.name, stimulus.claim, releasable, said, stimulus.others.get("why", ""))


def others_of(stimulus: Stimulus, folder: Path, python: Path) -> dict[str, Said]:
    """The answers of pytest and its reporters on its project in `folder`, where there is no gate."""
    plugins = [*PLUGINS, *stimulus.others.get("plugins", ()), STAND_IN.stem]
    command = [str(python), "-m", "pytest", "--disable-plugin-autoload"]
    command += [part for plugin in plugins for part in ("-p", plugin)]
    junit, report, ctrf = (name for name, _ in REPORTS.values())
    command += ["-m", MARKER, f"--junitxml={junit}", "--json-report", f"--json-report-file={report}", f"--ctrf={ctrf}"]

    def run(project: Project, arguments: Sequence[str]) -> Said:
        shutil.copy(STAND_IN, project.root)
        try:
            return of_exit_code(project.run([*command, *arguments]).exit_code)
        except subprocess.TimeoutExpired:
            return Said(False, "did not end")

    project = stimulus.laid_out(folder, run)
    project.lay(stimulus.others.get("files", {}))
    before = {name: _age(project.root / file) for name, (file, _) in REPORTS.items()}
    said = {EXIT_CODE: run(project, [*stimulus.arguments, *stimulus.others.get("arguments", ())])}
    for name, (file, rule) in REPORTS.items():
        path = project.root / file
        said[name] = replace(rule(path), stale=path.exists() and _age(path) == before[name])
    return said


def ours_of(stimulus: Stimulus, folder: Path) -> dict[str, Said]:
    """The gate's answers on its project, supervised and bare, in two folders below `folder`."""
    supervised = stimulus.laid_out(folder / "supervised", lambda earlier, more: earlier.supervised(*more))
    said = {SUPERVISED: of_exit_code(supervised.supervised(*stimulus.arguments).exit_code)}
    bare = stimulus.laid_out(folder / "bare", lambda earlier, more: earlier.bare(*more))
    runs = len(bare.runs)
    ended = bare.bare(*stimulus.arguments)
    result = bare.runs[-1] / RESULT if bare.runs else bare.root / RESULT
    said[BARE_RESULT] = replace(of_gate(result), stale=bool(runs) and len(bare.runs) == runs)
    said[BARE_EXIT] = of_exit_code(ended.exit_code)
    return said


def ours_as_asserted(stimulus: Stimulus) -> dict[str, Said]:
    """The gate's columns as tests/plugin/test_stimuli.py asserts them of this stimulus, without asking again.

    Not for a stimulus with an earlier run, nor for the forged result: their tests say less than the columns do.
    """
    expected, bare = stimulus.expected, {**stimulus.expected, **stimulus.bare}
    supervised = EXIT_CODES[Verdict(expected["verdict"])] if stimulus.begins else expected["exit_code"]
    result = Said(False, "no file")
    if stimulus.begins_when_bare:
        result = Said(bare["verdict"] == Verdict.PASS.value, bare["verdict"])
    return {
        SUPERVISED: of_exit_code(supervised),
        BARE_RESULT: result,
        BARE_EXIT: of_exit_code(bare.get("exit_code", 0)),
    }


def _age(path: Path) -> int:
    return path.stat().st_mtime_ns if path.exists() else 0
