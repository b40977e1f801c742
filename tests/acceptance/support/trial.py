"""A database and an API of the gates' own, on which workbooks come and go (checks D4 to D7)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.acceptance.support.backend import Api, Backend
from tests.acceptance.support.declared_gates import DeclaredGate
from tests.integration.api import workbooks


@dataclass(frozen=True)
class Trial:
    """A database of the gates' own, and one API that answers on it while workbooks come and go.

    gates_file: what the API obeys, written by each ingestion; None: the database.
    """

    backend: Backend
    api: Api
    folder: Path
    gates_file: Path | None = None

    def ingest(self, declared: DeclaredGate, matched: int) -> None:
        """Make a workbook live in which `matched` of 100 references of the gate find their target."""
        path = self.folder / f"{declared.name}_{matched}.xlsx"
        if not path.exists():
            workbooks.write(path, workbooks.matched(declared.name, matched, 100))
        self.publish(path)

    def publish(self, path: Path) -> int:
        """Make this workbook live, and return the number of its run."""
        allowed = dict.fromkeys(("allow_shrink", "allow_implausible", "allow_older", "allow_rejects"), True)
        return self.backend.ingest(path, gates_file=self.gates_file, **allowed).run_id

    def answer(self, declared: DeclaredGate) -> Any:
        return answer_of(self.api, declared)


def answer_of(api: Api, declared: DeclaredGate) -> Any:
    return api.get(declared.route.format(product=1))
