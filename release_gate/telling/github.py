"""Output of a run for GitHub Actions: job summary, annotations, outputs; nothing else may write them.

Rules: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands. What the runner makes of a
line or a file: src/Runner.Common/ActionCommand.cs and src/Runner.Worker/FileCommandManager.cs of actions/runner.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from release_gate.record.redaction import Redactor
from release_gate.rules.language import Language
from release_gate.rules.model import RESULT_FILE, Verdict
from release_gate.telling.annotations import annotate, command
from release_gate.telling.job_summary import summary
from release_gate.telling.texts_of_checks import result_in

SUMMARY, OUTPUT = "GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"
SUMMARY_LIMIT = 1024 * 1024
"""Most bytes of a step's summary; the runner drops a longer one."""


class Job:
    """The GitHub job of a gate run; does nothing unless GITHUB_ACTIONS is `true`.

    The variables that name its files are removed from `environment`, so that a check's processes cannot write there.
    say: prints one line on standard output.
    """

    def __init__(self, environment: MutableMapping[str, str], say: Callable[[str], object]) -> None:
        self._here = environment.get("GITHUB_ACTIONS") == "true"
        self._workspace = Path(environment.get("GITHUB_WORKSPACE") or os.curdir).resolve()
        self._files = {name: environment.pop(name, "") for name in (SUMMARY, OUTPUT)} if self._here else {}
        self._say = say
        self._token = ""

    def hold(self) -> None:
        """Make the runner ignore commands on standard output, where checks may print anything."""
        if self._here:
            self._token = f"release-gate-{os.urandom(16).hex()}"
            self._say(f"::stop-commands::{self._token}")

    def resume(self) -> None:
        """Make the runner accept commands again."""
        if self._token:
            self._say(f"::{self._token}::")
            self._token = ""

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold for the block, and resume in any case."""
        self.hold()
        try:
            yield
        finally:
            self.resume()

    def tell(self, root: Path, result: dict[str, Any], folder: Path, language: Language = Language.EN) -> None:
        """Write annotations, outputs and summary of a result; failures are warnings on standard error."""
        if not self._here:
            return
        evidence = self._seen_from_workspace(folder)
        with _warning("annotations"):
            for line in annotate(result, root, self._workspace):
                self._say(line)
        facts = {"verdict": result["verdict"], "run_id": result["run_id"], "result": f"{evidence}/{RESULT_FILE}"}
        self._append(OUTPUT, lambda _: "".join(output(name, value) for name, value in facts.items()))
        shown = result_in(language, result, folder, root)
        self._append(SUMMARY, lambda size: summary(shown, f"{evidence}/", SUMMARY_LIMIT - size, language))

    def tell_misconfigured(self, why: str) -> None:
        """Write annotation and outputs where no run could begin and there is no result."""
        if not self._here:
            return
        clean = Redactor()(why)
        with _warning("annotations"):
            self._say(command("error", clean, title="Release gate: MISCONFIGURED"))
        facts = {"verdict": Verdict.MISCONFIGURED.value, "run_id": "", "result": ""}
        self._append(OUTPUT, lambda _: "".join(output(name, value) for name, value in facts.items()))

    def _seen_from_workspace(self, path: Path) -> str:
        path = path.resolve()
        return path.relative_to(self._workspace).as_posix() if path.is_relative_to(self._workspace) else str(path)

    def _append(self, name: str, text: Callable[[int], str]) -> None:
        """Append to a file. text: makes the text from the file's current size."""
        if not self._files[name]:
            return
        with _warning(name), Path(self._files[name]).open("a", encoding="utf-8", errors="replace") as file:
            file.write(text(file.tell()))


def output(name: str, value: str) -> str:
    """An entry of GITHUB_OUTPUT. Its delimiter does not occur in the value, so a value cannot add another entry."""
    end = f"end-{os.urandom(16).hex()}"
    return f"{name}<<{end}\n{value}\n{end}\n"


@contextmanager
def _warning(what: str) -> Iterator[None]:
    """Turn a failed write into a warning on standard error, so that it does not change the verdict."""
    try:
        yield
    except (OSError, ValueError) as error:
        sys.stderr.write(f"GitHub could not be told ({what}): {error}\n")
