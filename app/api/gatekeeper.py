"""Feature gates of the live run: from the gates file when one is configured, from the database otherwise.

Fails closed: a file that is missing, unreadable, invalid or of another run closes every gate, and nothing else
is consulted. The file is looked at on each request and read again when it changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import sqlalchemy as sa
from pydantic import BaseModel

from app.api.watched_file import WatchedFile
from app.features import gates_document
from app.features.errors import DocumentError
from app.features.gate_declaration import Gate, load_gates
from app.features.gate_judgement import GateStatus, Judgement
from app.planning.snapshot.live_gates import stored_gates
from app.planning.snapshot.live_run import Run


@dataclass(frozen=True, slots=True)
class Gates:
    """The judgements of the live run's gates; none, with the reason, when they are unknown and all gates are closed."""

    judgements: dict[str, Judgement]
    closed_because: str | None = None

    def status(self, name: str) -> GateStatus:
        """The gate's status; DISABLED for every gate when the judgements are unknown."""
        return self.judgements[name].status if name in self.judgements else GateStatus.DISABLED


class Gatekeeper:
    """Finds the gates of a run; one per process, safe for its threads."""

    def __init__(self, gates_file: Path | None) -> None:
        self.gates_file = gates_file
        self._file = None if gates_file is None else WatchedFile(gates_file, gates_document.read, DocumentError)

    @property
    def source(self) -> str:
        """The source of the judgements: "file" or "database"."""
        return "database" if self._file is None else "file"

    def version(self) -> object:
        """A value that changes whenever a run's gates may have changed; constant where the database keeps them."""
        if self._file is None:
            return None
        try:
            return self._file.stamp()
        except OSError as error:
            return error.errno

    def gates_of(self, connection: sa.Connection, run: Run) -> Gates:
        """The gates of this run. Never raises for a bad document: it closes them.

        A file is about the live run; a kept one is judged by the database, but only while the file is sound.
        """
        try:
            found = None if self._file is None else self._file.content()
            if found is None or (not run.is_live and found.run_id != run.run_id):
                found = stored_gates(connection, run)
        except DocumentError as error:
            return Gates({}, str(error))
        except OSError as error:
            return Gates({}, f"the gates file cannot be read ({error.strerror})")
        if (found.run_id, found.plant, found.excel_sha256) != (run.run_id, run.plant, run.excel_sha256):
            return Gates({}, f"the gates known are of run {found.run_id}, but run {run.run_id} is live")
        return Gates(found.judgements)


def gates_guarding(path: str) -> tuple[Gate, ...]:
    """The declared gates that guard a route template."""
    return tuple(gate for gate in load_gates() if path in gate.guards)


def gates_of_fields(model: type[BaseModel] | None) -> tuple[Gate, ...]:
    """The declared gates whose `values` name a field of an answer, at any depth."""
    fields = field_names(model)
    return tuple(gate for gate in load_gates() if not fields.isdisjoint(gate.values))


def field_names(annotation: Any) -> frozenset[str]:
    """The names of a model's fields and of the models in them."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        own = annotation.model_fields
        return frozenset(own).union(*(field_names(field.annotation) for field in own.values()))
    return frozenset().union(*map(field_names, get_args(annotation)))
