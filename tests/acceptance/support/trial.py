"""A database and an API of the gates' own, on which workbooks come and go (checks D4 to D8)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

from tests.acceptance.support.backend import Api, Backend
from tests.acceptance.support.declared_gates import DeclaredGate
from tests.integration.api import workbooks


@dataclass(frozen=True)
class Trial:
    """A database of the gates' own, and one API that answers on it while workbooks come and go.

    gates_file: what the API obeys, written by each ingestion. turn: held while one makes a workbook live and asks.
    """

    backend: Backend
    api: Api
    folder: Path
    gates_file: Path
    turn: Lock = field(default_factory=Lock)

    def ingest(self, matched: Mapping[str, int]) -> None:
        """Make a workbook live in which this number of 100 references of each gate finds its target; all of the others.

        Nothing is done if it is live already.
        """
        path = self.folder / f"{'_'.join(f'{gate}_{count}' for gate, count in matched.items())}.xlsx"
        if not path.exists():
            workbooks.write(path, workbooks.rated(matched))
        self.publish(path)

    def publish(self, path: Path) -> int:
        """Make this workbook live, and return the number of its run."""
        allowed = dict.fromkeys(("allow_shrink", "allow_implausible", "allow_older", "allow_rejects"), True)
        return self.backend.ingest(path, gates_file=self.gates_file, **allowed).run_id

    def answer(self, declared: DeclaredGate) -> Any:
        return answer_of(self.api, declared)


@contextmanager
def on_trial(backend: Backend, folder: Path) -> Iterator[Trial]:
    """A served API that obeys the gates file in this folder."""
    gates_file = folder / "FEATURE_GATES.json"
    with backend.served(gates_file) as api:
        yield Trial(backend, api, folder, gates_file)


def answer_of(api: Api, declared: DeclaredGate) -> Any:
    return api.get(declared.route.format(product=1))
